//! How an export lies in S3: object keys, markers, metadata and the gzip header.

/// Written while the job prepares, as the test of role and bucket.
///
/// # Source
/// aws-samples/generative-ai-marketing-portal lists the prefix after a job and drops exactly the
/// two names; recorded. Zero bytes and the moment of writing: assumed; case: file-format/markers
pub(crate) const MARKER_VALIDATED: &str = "EXPORT_VALIDATED";

/// Written when all pieces are, before the status says so. Source as for [`MARKER_VALIDATED`].
pub(crate) const MARKER_COMPLETED: &str = "COMPLETED";

/// Key of a piece, a template of [`crate::domain::piece::ObjectKeyTemplate`].
///
/// # Source
/// Assumed: no real key was found; that names differ from job to job and end in `.gz` was seen;
/// case: file-format/piece-names-differ-between-jobs
pub(crate) const OBJECT_KEY_TEMPLATE: &str = "{prefix}{application-id}_{job-id}_{piece}.gz";

/// `Content-Type` of a piece. No `Content-Encoding` is set: readers gunzip by themselves.
///
/// # Source
/// Assumed; that no transparent encoding is at work was seen; case: file-format/object-metadata
pub(crate) const PIECE_CONTENT_TYPE: &str = "application/x-gzip";

/// `OS` and `XFL` bytes and time of the gzip header: all zero, as Java's GZIPOutputStream writes
/// them.
///
/// # Source
/// Two real export objects, header `1f 8b 08 00 00000000 00 00`; recorded;
/// case: file-format/gzip-header
pub(crate) const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0];
