//! On whose behalf a request comes.
//!
//! Found out by the auth layer and read by both services; what an identity may do is theirs to
//! decide.

use super::id::{AccountId, Region};

/// The identity behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Unsigned, which only S3 lets through to its access rules.
    Anonymous,
    /// A known account.
    Account {
        /// Whose request it is.
        account: AccountId,
        /// The key that signed; `None` if nothing was judged.
        access_key_id: Option<String>,
        /// The user whose key it is; `None` where the key pair names none.
        user_name: Option<String>,
        /// The region signed for; `None` where the signature names none that could be one.
        region: Option<Region>,
    },
}
