//! The region that a signature of version 4 names, which has to be that of the bucket.
//!
//! Made while a signature is verified, held against the bucket by whoever finds the bucket. SigV2 names
//! no region.

use super::scope::Scope;
use super::sigv4::Place;
use crate::facts::answer::ErrorAnswer;
use crate::facts::signatures as facts;

/// A region signed for, and where that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedRegion {
    name: String,
    place: Place,
}

impl SignedRegion {
    pub(super) fn new(scope: &Scope, place: Place) -> Self {
        Self {
            name: scope.region.clone(),
            place,
        }
    }

    /// What S3 answers if the bucket is in this region; `None` if it is the one signed for.
    pub(crate) fn refusal(&self, bucket_region: &str) -> Option<ErrorAnswer> {
        (self.name != bucket_region).then(|| match self.place {
            Place::Header => facts::header_region(&self.name, bucket_region),
            Place::Query { .. } => facts::query_region(&self.name, bucket_region),
        })
    }
}
