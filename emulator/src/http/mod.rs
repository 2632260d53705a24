//! Everything that speaks HTTP: which service a request is for, and whether it may go there.

pub(crate) mod auth;
pub(crate) mod dispatch;
