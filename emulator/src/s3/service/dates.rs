//! Dates in S3's precision, whole seconds, as `s3s` carries them.

use std::time::SystemTime;

use jiff::Timestamp;

/// For an answer. S3 shows whole seconds everywhere.
pub(super) fn shown(date: Timestamp) -> s3s::dto::Timestamp {
    let seconds = Timestamp::from_second(date.as_second()).unwrap_or(date);
    s3s::dto::Timestamp::from(SystemTime::from(seconds))
}

/// For a header of an answer that `s3s` does not write.
pub(super) fn http(date: Timestamp) -> String {
    date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
