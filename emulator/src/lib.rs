//! Amazon Pinpoint's REST API and an S3 store on one port, in one process.

pub mod domain;
pub mod model;
pub mod s3;
pub mod seed;
