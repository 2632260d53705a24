//! Dates in S3's precision, whole seconds, as `s3s` carries them.

use std::time::SystemTime;

use jiff::Timestamp;

/// For an answer. S3 shows whole seconds everywhere.
pub(super) fn shown(date: Timestamp) -> s3s::dto::Timestamp {
    let seconds = Timestamp::from_second(date.as_second()).unwrap_or(date);
    s3s::dto::Timestamp::from(SystemTime::from(seconds))
}
