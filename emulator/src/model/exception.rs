//! The exceptions of the API: the closed set of errors a caller can get.

use serde::Serialize;

use crate::facts::messages;

/// Which exception, with its status and the name that `x-amzn-ErrorType` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExceptionKind {
    BadRequest,
    NotFound,
    MethodNotAllowed,
    PayloadTooLarge,
    TooManyRequests,
    InternalServerError,
    /// Not the API's: what the API has and this emulator does not.
    NotImplemented,
}

impl ExceptionKind {
    /// # Source
    /// API model, error shapes; documented; case: protocol/error-shape
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::PayloadTooLarge => 413,
            Self::TooManyRequests => 429,
            Self::InternalServerError => 500,
            Self::NotImplemented => 501,
        }
    }

    /// The shape's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequestException",
            Self::NotFound => "NotFoundException",
            Self::MethodNotAllowed => "MethodNotAllowedException",
            Self::PayloadTooLarge => "PayloadTooLargeException",
            Self::TooManyRequests => "TooManyRequestsException",
            Self::InternalServerError => "InternalServerErrorException",
            Self::NotImplemented => "NotImplementedException",
        }
    }
}

/// What an operation answers instead of its output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.name())]
pub(crate) struct Exception {
    /// Which one.
    pub(crate) kind: ExceptionKind,
    /// The text for the caller.
    pub(crate) message: String,
    /// What was looked for and is not there, where AWS's text does not say so. For the log alone.
    pub(crate) missing: Option<String>,
}

impl Exception {
    pub(crate) fn new(kind: ExceptionKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            missing: None,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ExceptionKind::BadRequest, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ExceptionKind::NotFound, message)
    }

    /// The same, telling the log what is not there.
    pub(crate) fn missing(self, what: String) -> Self {
        Self {
            missing: Some(what),
            ..self
        }
    }

    /// A fault of ours: the caller learns nothing of it, the log everything.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            causes = format!("{causes}: {cause}");
            source = cause.source();
        }
        tracing::error!(error = causes, "internal error");
        Self::new(ExceptionKind::InternalServerError, messages::INTERNAL)
    }
}

/// The body of an error answer.
///
/// # Source
/// API model (both members); documented. A recorded answer of 2019 holds only `Message`, one of
/// 2018 both; case: protocol/error-shape
#[derive(Debug, Serialize)]
pub(crate) struct ExceptionBody<'a> {
    /// The text.
    #[serde(rename = "Message")]
    pub(crate) message: &'a str,
    /// The value of `x-amzn-RequestId`.
    #[serde(rename = "RequestID")]
    pub(crate) request_id: &'a str,
}
