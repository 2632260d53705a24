//! Cases that drive the client library against the target.
//!
//! They are functions and not data, since what they check is a Rust interface; beside the data
//! cases they have the same names, sources and outcomes.

use crate::library::Case;

/// All cases of the suite `client`.
pub(crate) fn all() -> Vec<Case> {
    Vec::new()
}
