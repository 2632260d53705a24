//! Everything that speaks HTTP: the accept loop, who may pass, which operation is meant, and how
//! answers look on the wire. No operation is carried out here.

pub(crate) mod auth;
mod calls;
mod capabilities;
pub(crate) mod control;
pub(crate) mod dispatch;
pub(crate) mod front;
pub(crate) mod protocol;
pub(crate) mod router;
pub(crate) mod server;
pub(crate) mod validation;
