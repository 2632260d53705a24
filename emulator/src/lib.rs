//! Amazon Pinpoint's REST API and an S3 store on one port.

mod facts;
mod http;
