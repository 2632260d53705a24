//! The S3 side as its users see it: raw requests, the AWS SDK, and a naive model of the store.

mod fixture;
mod model;
mod raw;
mod sdk;
mod stream;
