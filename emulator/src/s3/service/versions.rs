//! Ids of versions as requests name them and answers show them.

use s3s::S3Result;

use super::refusals::invalid_argument;
use crate::domain::s3_version::VersionId;
use crate::facts::s3_errors;

/// The version that a request names by `versionId`.
pub(super) fn read(text: Option<&str>) -> S3Result<Option<VersionId>> {
    read_as("versionId", text)
}

/// The version that a request names by a parameter of this name.
pub(super) fn read_as(name: &str, text: Option<&str>) -> S3Result<Option<VersionId>> {
    let Some(text) = text else {
        return Ok(None);
    };
    let invalid = |why| invalid_argument(name, text, why);
    if text.is_empty() {
        return Err(invalid(s3_errors::VERSION_ID_EMPTY));
    }
    let version = VersionId::parse(text);
    version
        .ok_or_else(|| invalid(s3_errors::VERSION_ID_INVALID))
        .map(Some)
}

/// For the member of an answer.
pub(super) fn shown(version: Option<VersionId>) -> Option<String> {
    version.map(|version| version.to_string())
}
