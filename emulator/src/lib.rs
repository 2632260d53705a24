//! Amazon Pinpoint's REST API and an S3 store on one port, in one process.

mod domain;
mod facts;
mod model;
mod s3;
mod seed;
