//! The seam between whoever stores objects (the S3 protocol, export jobs) and where they are kept.
//!
//! Backings: memory (`memory.rs`) today; a directory and an outer S3 fit the same trait. All methods
//! are async because those will wait. Who may do what is decided before this seam.
