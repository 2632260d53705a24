//! What AWS says and does, and nothing else: limits, texts, layouts, each with source and evidence.
//!
//! Evidence levels: *recorded* (seen in a real exchange or file), *documented* (said by AWS),
//! *assumed* (our choice where both are silent; the reason stands with it). No other module holds
//! an AWS limit or message text.
//!
//! A block `# Source` says where a fact stands, then its evidence, then the conformance case that
//! checks it, where there is one: `<where>; <evidence>; case: <suite>/<name>`.

pub(crate) mod answer;
pub(crate) mod application_settings;
pub(crate) mod auth;
pub(crate) mod channels;
pub(crate) mod country_names;
pub(crate) mod event_streams;
pub(crate) mod front;
pub(crate) mod layout;
pub(crate) mod limits;
pub(crate) mod messages;
pub(crate) mod operations;
pub(crate) mod phone_numbers;
pub(crate) mod quotas;
pub(crate) mod s3_errors;
pub(crate) mod s3_limits;
pub(crate) mod shapes;
pub(crate) mod signatures;
pub(crate) mod tags;
