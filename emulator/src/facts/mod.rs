//! What AWS says, and nothing else: limits and texts, each with its source.

pub(crate) mod s3_errors;
pub(crate) mod s3_limits;
