//! The tags shape.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Body of TagResource, and answer of ListTagsForResource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TagsModel {
    /// Keys to values; the member is lower-case on the wire.
    pub(crate) tags: IndexMap<String, String>,
}
