//! What the real services do: every text, status and limit of theirs, each with its source and the strength of the evidence.
//!
//! Read by all other modules; holds no behaviour.

pub(crate) mod auth;
