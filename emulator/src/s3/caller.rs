//! Who asks, as far as the S3 side needs to know; found out by whoever checks signatures.

use crate::domain::id::{AccountId, Region};

/// The identity behind a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// `None`: anonymous.
    pub(crate) account: Option<AccountId>,
    /// The region that the request was signed for; S3's older signatures name none.
    pub(crate) region: Option<Region>,
}
