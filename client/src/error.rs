//! What can go wrong in the library, split by who is at fault.
//!
//! Every fallible function of the crate returns [`Error`]. A service that answered with a refusal is
//! [`Error::Service`]; everything that went wrong on the way to it, or on this side, is a
//! [`ClientError`]. A job that *ends* `FAILED` is a result and not an error, and so is an export whose
//! content does not add up (`verify::Problem`). Exit codes are not decided here but in the program.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::destination::DestinationError;

/// A cause of any type.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// Longest quotation of an answer that is no exception of the service.   \[characters\]
const QUOTED_CHARS_MAX: usize = 200;

/// Why a step of an export could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service was reached and said no.
    #[error("{operation} was refused with status {status}: {code}: {message}")]
    Service {
        /// Operation as AWS names it, for example `CreateExportJob`.
        operation: &'static str,
        /// HTTP status, for example 404.
        status: u16,
        /// Exception or error code, for example `NotFoundException`; `Unknown` if the answer has none.
        code: String,
        /// Text of the service, verbatim. If the answer is not one of the service's exceptions: the
        /// beginning of its body.
        message: String,
        /// Id under which the service knows the request, if it gave one.
        request_id: Option<String>,
    },
    /// Anything else: the network, the answer's form, the data, the local disk.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// What went wrong on this side of the service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No connection, or one that ended before the answer.
    #[error("{operation} could not reach the service")]
    Unreachable {
        /// Operation as AWS names it.
        operation: &'static str,
        /// What the network said.
        source: Cause,
    },
    /// The service accepted the connection but did not answer in time.
    #[error("{operation} got no answer in time")]
    NoAnswer {
        /// Operation as AWS names it.
        operation: &'static str,
        /// Which limit was exceeded.
        source: Cause,
    },
    /// An answer that is not what the operation answers.
    #[error("the answer to {operation} makes no sense")]
    Senseless {
        /// Operation as AWS names it.
        operation: &'static str,
        /// What is wrong with it.
        source: Cause,
    },
    /// The request could not even be built, for lack of credentials, a region or a valid URL.
    #[error("{operation} could not be sent")]
    Unsendable {
        /// Operation as AWS names it.
        operation: &'static str,
        /// What is missing or malformed.
        source: Cause,
    },
    /// The body of an object ended early, even when asked for again.
    #[error("the transfer of {key} broke off after {received_bytes} of {expected_bytes} bytes")]
    BrokenOff {
        /// Key of the object.
        key: String,
        /// Bytes that arrived in the last attempt.
        received_bytes: u64,
        /// Bytes that the answer announced.
        expected_bytes: u64,
        /// What the network said, if it said anything.
        source: Option<Cause>,
    },
    /// An object that arrived complete but is not what it should be.
    #[error("{key} is damaged")]
    Damaged {
        /// Key of the object.
        key: String,
        /// What is wrong: checksum, size or gzip.
        source: Cause,
    },
    /// A local file or folder that cannot be used.
    #[error("could not {attempt} {}", path.display())]
    File {
        /// What was tried, as a verb: `create`, `write`, `read`.
        attempt: &'static str,
        /// File or folder it was tried on.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A bucket or prefix that cannot be one.
    #[error(transparent)]
    Destination(#[from] DestinationError),
}

impl Error {
    /// Whether the same request may well succeed when it is sent again later: throttling, faults of
    /// the service, trouble on the network.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Service { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            Self::Client(error) => matches!(
                error,
                ClientError::Unreachable { .. }
                    | ClientError::NoAnswer { .. }
                    | ClientError::Senseless { .. }
                    | ClientError::BrokenOff { .. }
            ),
        }
    }

    /// Whether the service says that the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Service { status: 404, .. })
    }
}

/// Sorts what the SDK says about a failed `operation` into [`Error`].
pub(crate) fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Error
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    match error {
        SdkError::ServiceError(ref answer) if answer.raw().status().is_success() => {
            ClientError::Senseless {
                operation,
                source: error.into(),
            }
            .into()
        }
        SdkError::ServiceError(refusal) => Error::Service {
            operation,
            status: refusal.raw().status().as_u16(),
            code: refusal.err().code().unwrap_or("Unknown").to_owned(),
            message: match refusal.err().message() {
                Some(message) => message.to_owned(),
                None => quotation(refusal.raw()),
            },
            request_id,
        },
        SdkError::TimeoutError(_) => ClientError::NoAnswer {
            operation,
            source: error.into(),
        }
        .into(),
        SdkError::DispatchFailure(ref failure) if failure.is_timeout() => ClientError::NoAnswer {
            operation,
            source: error.into(),
        }
        .into(),
        // Credentials that cannot be had and malformed URLs surface as failures to dispatch, too.
        SdkError::DispatchFailure(ref failure) if failure.is_io() => ClientError::Unreachable {
            operation,
            source: error.into(),
        }
        .into(),
        SdkError::ResponseError(_) => ClientError::Senseless {
            operation,
            source: error.into(),
        }
        .into(),
        _ => ClientError::Unsendable {
            operation,
            source: error.into(),
        }
        .into(),
    }
}

/// An answer to `operation` that lacks `member`, which it cannot do without.
pub(crate) fn missing(operation: &'static str, member: &'static str) -> Error {
    ClientError::Senseless {
        operation,
        source: format!("the answer has no {member}").into(),
    }
    .into()
}

/// What an answer says that the SDK finds no exception in: its message if it is JSON (without an error
/// code the SDK drops it), or else the beginning of its body.
fn quotation(answer: &HttpResponse) -> String {
    #[derive(serde::Deserialize)]
    struct Exception {
        #[serde(alias = "Message")]
        message: String,
    }
    let body = answer.body().bytes().unwrap_or_default();
    let text = match serde_json::from_slice::<Exception>(body) {
        Ok(exception) => exception.message,
        Err(_) => String::from_utf8_lossy(body).trim().to_owned(),
    };
    if text.is_empty() {
        "(the answer has no text)".to_owned()
    } else {
        text.chars().take(QUOTED_CHARS_MAX).collect()
    }
}
