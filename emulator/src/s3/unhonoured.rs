//! What a request may ask for and this store does not do: found before anything is done.
//!
//! A feature dropped in silence would let a test pass that fails on S3, so each of these ends a
//! request with 501. Operations as a whole are no concern of this module.

use std::borrow::Cow;

use http::{HeaderMap, Method, Uri};

/// Headers that would change the outcome, with the values that ask for nothing special.
const HEADERS: [(&str, &[&str]); 27] = [
    (
        "x-amz-acl",
        &["private", "bucket-owner-full-control", "bucket-owner-read"],
    ),
    ("x-amz-grant-full-control", &[]),
    ("x-amz-grant-read", &[]),
    ("x-amz-grant-read-acp", &[]),
    ("x-amz-grant-write", &[]),
    ("x-amz-grant-write-acp", &[]),
    ("x-amz-server-side-encryption", &["AES256"]),
    ("x-amz-server-side-encryption-aws-kms-key-id", &[]),
    ("x-amz-server-side-encryption-context", &[]),
    (
        "x-amz-server-side-encryption-bucket-key-enabled",
        &["false"],
    ),
    ("x-amz-server-side-encryption-customer-algorithm", &[]),
    ("x-amz-server-side-encryption-customer-key", &[]),
    ("x-amz-server-side-encryption-customer-key-md5", &[]),
    (
        "x-amz-copy-source-server-side-encryption-customer-algorithm",
        &[],
    ),
    ("x-amz-copy-source-server-side-encryption-customer-key", &[]),
    (
        "x-amz-copy-source-server-side-encryption-customer-key-md5",
        &[],
    ),
    ("x-amz-object-lock-mode", &[]),
    ("x-amz-object-lock-retain-until-date", &[]),
    ("x-amz-object-lock-legal-hold", &["OFF"]),
    ("x-amz-bucket-object-lock-enabled", &["false"]),
    ("x-amz-object-ownership", &["BucketOwnerEnforced"]),
    ("x-amz-write-offset-bytes", &[]),
    ("x-amz-mfa", &[]),
    ("x-amz-if-match-last-modified-time", &[]),
    ("x-amz-if-match-size", &[]),
    ("x-amz-if-match-initiated-time", &[]),
    ("x-amz-rename-source", &[]),
];

/// Conditions that are honoured for reading, and for some writes.
const CONDITIONS: [&str; 2] = ["if-match", "if-none-match"];

/// Query parameters that operations know. Anything else without a value is a sub-resource that came
/// after this list: not to be mistaken for the plain operation.
const PARAMETERS: [&str; 65] = [
    // Those that select an operation; one that is not written says so itself.
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "id",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "select-type",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
    "x-id",
    // Those that say more about it.
    "bucket-region",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "marker",
    "max-buckets",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
    "x-amz-request-payer",
    "x-amz-expected-bucket-owner",
    "x-amz-optional-object-attributes",
];

/// Names the first thing in the request that this store does not do.
pub(super) fn find(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<String> {
    if method == Method::OPTIONS {
        return Some("CORS".to_owned());
    }
    if method == Method::POST && is_form(headers) {
        return Some("PostObject".to_owned());
    }
    for (name, harmless) in HEADERS {
        let unhonoured = |value: &http::HeaderValue| {
            !value.is_empty() && !harmless.iter().any(|text| value == text)
        };
        if headers.get_all(name).iter().any(unhonoured) {
            return Some(format!("The header {name} with this value"));
        }
    }
    if matches!(*method, Method::PUT | Method::POST) && names_version(uri) {
        return Some("The parameter versionId on this write".to_owned());
    }
    let condition = CONDITIONS
        .iter()
        .find(|name| headers.contains_key(**name) && !knows_condition(method, uri, name));
    if let Some(name) = condition {
        return Some(format!("The header {name} on this write"));
    }
    form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()).find_map(|(name, value)| {
        let is_unknown = value.is_empty() && !PARAMETERS.contains(&Cow::as_ref(&name));
        (is_unknown && !name.is_empty()).then(|| format!("The sub-resource {name}"))
    })
}

/// Whether a version is named, other than for its tags.
fn names_version(uri: &Uri) -> bool {
    let query = || form_urlencoded::parse(uri.query().unwrap_or("").as_bytes());
    let has = |wanted: &str| query().any(|(name, _)| name == wanted);
    has("versionId") && !has("tagging")
}

/// Reads know both conditions, and so do writes of whole objects; deletions know one of them.
/// Buckets are told apart by their operations.
fn knows_condition(method: &Method, uri: &Uri, name: &str) -> bool {
    let query = form_urlencoded::parse(uri.query().unwrap_or("").as_bytes());
    let selects =
        |name: &str| name != "x-id" && !name.starts_with("x-amz-") && PARAMETERS.contains(&name);
    let mut selecting = query.filter(|(name, _)| selects(name));
    match *method {
        Method::GET | Method::HEAD => true,
        Method::PUT => selecting.next().is_none(),
        Method::DELETE => name == "if-match" && selecting.next().is_none(),
        // What completes an upload, and what fits no operation.
        Method::POST => selecting.all(|(name, _)| name == "uploadId"),
        _ => false,
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(http::header::CONTENT_TYPE);
    content_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("multipart/form-data")
        })
}
