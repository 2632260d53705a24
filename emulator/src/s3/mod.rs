//! The embedded S3: a store of buckets and objects, and the S3 protocol over it.
//!
//! Export jobs write to the same [`object_store::ObjectStore`] that S3 clients read, so a file is
//! there for them as soon as it is committed.

pub(crate) mod answer;
mod bodies;
mod catalogue;
pub(crate) mod checksum;
pub(crate) mod front;
pub(crate) mod object_store;
mod roll_up;
mod service;
pub(crate) mod store;
mod unhonoured;

pub(crate) use self::service::is_bucket_name;

#[cfg(test)]
mod tests;
