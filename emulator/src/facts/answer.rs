//! The shape of an error answer, in which texts are kept and handed on.
//!
//! Pinpoint writes it as JSON and S3 as XML; neither form is known here.

use std::borrow::Cow;

/// What an error answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorAnswer {
    /// HTTP status, 300..=599.
    pub(crate) status: u16,
    /// S3's `<Code>`, or Pinpoint's `x-amzn-ErrorType`.
    pub(crate) code: Cow<'static, str>,
    /// S3's `<Message>` as plain text, or the lower-case `message` of Pinpoint's front.
    pub(crate) message: Cow<'static, str>,
    /// Further elements of S3's error, as plain text. Pinpoint has none.
    pub(crate) details: Vec<(&'static str, String)>,
}

impl ErrorAnswer {
    /// One whose text is always the same.
    pub(super) const fn fixed(status: u16, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            message: Cow::Borrowed(message),
            details: Vec::new(),
        }
    }

    /// One whose text depends on the request.
    pub(super) fn with(status: u16, code: &'static str, message: String) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            message: Cow::Owned(message),
            details: Vec::new(),
        }
    }

    /// The same with further elements.
    pub(super) fn detailed<const N: usize>(mut self, details: [(&'static str, String); N]) -> Self {
        self.details.extend(details);
        self
    }
}
