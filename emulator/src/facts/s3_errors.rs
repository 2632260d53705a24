//! Codes, statuses and texts of S3's error answers.
