//! Smithy shapes as plain data with serde, named and ordered as on the wire.
//!
//! No rules here: what is valid, merged or computed is `domain`'s business. Member order is the
//! order of declaration, since the service's order was observed and readers compare bytes.

pub(crate) mod application;
pub(crate) mod application_settings;
pub(crate) mod attributes;
pub(crate) mod channel;
pub(crate) mod endpoint;
pub(crate) mod event_stream;
pub(crate) mod events;
pub(crate) mod exception;
pub(crate) mod export_job;
pub(crate) mod import_job;
pub(crate) mod job;
pub(crate) mod json;
pub(crate) mod open_shape;
pub(crate) mod phone_number;
pub(crate) mod segment;
mod string_enum;
pub(crate) mod tags;
