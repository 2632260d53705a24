//! Amazon Pinpoint's REST API and an S3 store on one port, in one process.

mod clock;
mod domain;
mod facts;
mod http;
mod model;
mod operations;
mod pace;
mod runner;
mod s3;
mod seed;
mod store;
