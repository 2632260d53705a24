//! Why a request was turned away before any service saw it.
//!
//! Made by this layer, rendered by the two services: Pinpoint as JSON, S3 as XML.

use crate::facts::answer::ErrorAnswer;

/// The two services behind the port; decides the rules of signing and the shape of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Signing name `mobiletargeting`; errors in JSON.
    Pinpoint,
    /// Signing name `s3`; errors in XML.
    S3,
}

/// An answer that ends the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("request refused with {} {}: {}", answer.status, answer.code, answer.message)]
pub(crate) struct Refusal {
    /// Whose shape the answer takes.
    pub(crate) service: Service,
    /// Status, code and text.
    pub(crate) answer: ErrorAnswer,
}

impl Refusal {
    pub(super) fn s3(answer: ErrorAnswer) -> Self {
        Self {
            service: Service::S3,
            answer,
        }
    }

    pub(super) fn pinpoint(answer: ErrorAnswer) -> Self {
        Self {
            service: Service::Pinpoint,
            answer,
        }
    }
}
