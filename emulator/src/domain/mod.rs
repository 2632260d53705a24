//! Pure rules of the emulation: no I/O, no async, no clock, no randomness but a [`Seed`] argument.
//!
//! Everything here can be tested without a runtime. What is stored where, and who calls, is not
//! known here.
//!
//! [`Seed`]: crate::seed::Seed

pub(crate) mod access_key;
pub(crate) mod application_settings;
pub(crate) mod arn;
pub(crate) mod attribute;
pub(crate) mod channel;
pub(crate) mod checksum;
pub(crate) mod endpoint;
pub(crate) mod id;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod job;
pub(crate) mod page;
pub(crate) mod phone_number;
pub(crate) mod piece;
pub(crate) mod population;
pub(crate) mod s3_conditions;
pub(crate) mod s3_tags;
pub(crate) mod s3_url;
pub(crate) mod s3_version;
pub(crate) mod segment;
pub(crate) mod tags;
pub(crate) mod timestamp;
pub(crate) mod token_bucket;
