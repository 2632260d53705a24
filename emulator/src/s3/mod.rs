//! The embedded S3: a store of buckets and objects, and the S3 protocol over it.
//!
//! Export jobs write to the same [`object_store::ObjectStore`] that S3 clients read, so a file is
//! there for them as soon as it is committed.

pub(crate) mod answer;
pub(crate) mod checksum;
pub(crate) mod front;
pub(crate) mod memory;
pub(crate) mod object_store;
mod roll_up;
mod service;
mod unhonoured;

pub(crate) use self::service::is_bucket_name;

#[cfg(test)]
mod tests;
