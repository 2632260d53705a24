//! The S3 protocol over an [`ObjectStore`]: one method per operation, written in one file per
//! resource.
//!
//! Called by `front`, with signatures checked, bodies unframed and the caller known. XML and the
//! choice of the operation are the `s3s` crate's; its types appear in this module and nowhere else.
//! An operation without a method here answers 501 with its name.

mod attributes;
mod buckets;
mod checksums;
mod conditions;
mod copies;
mod dates;
mod listings;
mod multipart;
mod object_attributes;
mod objects;
mod refusals;
mod tagging;
mod uploads;
mod versioning;
mod versions;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteBucketInput,
    DeleteBucketOutput, DeleteBucketTaggingInput, DeleteBucketTaggingOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectTaggingInput, DeleteObjectTaggingOutput, DeleteObjectsInput,
    DeleteObjectsOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketTaggingInput,
    GetBucketTaggingOutput, GetBucketVersioningInput, GetBucketVersioningOutput,
    GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectInput, GetObjectOutput,
    GetObjectTaggingInput, GetObjectTaggingOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, ListPartsInput, ListPartsOutput, PutBucketTaggingInput,
    PutBucketTaggingOutput, PutBucketVersioningInput, PutBucketVersioningOutput, PutObjectInput,
    PutObjectOutput, PutObjectTaggingInput, PutObjectTaggingOutput, UploadPartCopyInput,
    UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::service::S3ServiceBuilder;
use s3s::validation::{AwsNameValidation, NameValidation as _};
use s3s::{S3Request, S3Response, S3Result};
use sha2::{Digest as _, Sha256};

use self::refusals::{error, error_with};
use super::answer::{S3Body, S3BodyError};
use super::object_store::{Bucket, ObjectStore};
use crate::domain::id::{AccountId, Region};
use crate::facts::s3_errors;
use crate::facts::s3_limits::{PAGE_SIZE_MAX, XML_BYTES_MAX, XML_NAMESPACE};

/// Gives the emulator's time; asked once or twice per request.
pub(crate) type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the operations need to know beside the request as `s3s` reads it.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// Whose request it is.
    pub(super) account: AccountId,
    /// The region it was signed for.
    pub(super) region: Option<Region>,
    /// `Host`, for links to the object.
    pub(super) host: Option<String>,
    /// `Expires`, which S3 keeps verbatim and `s3s` would parse.
    pub(super) expires: Option<HeaderValue>,
}

/// An `s3s` service over the operations below.
#[derive(Debug, Clone)]
pub(super) struct Protocol {
    service: s3s::service::S3Service,
}

impl Protocol {
    pub(super) fn new(store: Arc<dyn ObjectStore>, now: Now) -> Self {
        let mut config = S3Config::default();
        config.xml_max_body_size = XML_BYTES_MAX;
        let mut builder = S3ServiceBuilder::new(Operations { store, now });
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        Self {
            service: builder.build(),
        }
    }

    /// Answers a path-style request that carries a [`Scope`] and no signature. `None`: no answer
    /// could be written.
    pub(super) async fn call<B>(&self, request: Request<B>) -> Option<Response<S3Body>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let request = request.map(s3s::Body::http_body_unsync);
        let mut response = self.service.call(request).await.ok()?;
        if let Some(AnswerStatus(status)) = response.extensions_mut().remove() {
            *response.status_mut() = status;
        }
        let is_xml = response.headers().get(CONTENT_TYPE) == Some(&XML);
        Some(response.map(|body| {
            let named = body
                .bytes()
                .filter(|_| is_xml)
                .and_then(|xml| in_namespace(&xml));
            let body = named.map_or(body, s3s::Body::from);
            S3Body::new(body.map_err(S3BodyError))
        }))
    }
}

/// The status of an answer for which `s3s` has another.
#[derive(Debug, Clone, Copy)]
struct AnswerStatus(StatusCode);

const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// Puts the root element of an answer in S3's namespace, which `s3s` does for few answers. Errors
/// have none. `None`: nothing to do.
fn in_namespace(xml: &[u8]) -> Option<Bytes> {
    let (_, after_declaration) = std::str::from_utf8(xml).ok()?.split_once("?>")?;
    let (root, _) = after_declaration.split_once('>')?;
    let name = root.trim_start().strip_prefix('<')?;
    if name.starts_with("GetObjectAttributesResponse ") {
        return Some(with_bare_etag(xml));
    }
    if name == "Error" || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let end_of_name = xml.len() - after_declaration.len() + root.len();
    let (before, after) = xml.split_at(end_of_name);
    let attribute = format!(" xmlns=\"{XML_NAMESPACE}\"");
    Some([before, attribute.as_bytes(), after].concat().into())
}

/// The `ETag` without the quotes that `s3s` puts around it everywhere.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_get_object_attributes`, 2026-02-21); recorded;
/// case: s3-attributes/of-an-object
fn with_bare_etag(xml: &[u8]) -> Bytes {
    let xml = String::from_utf8_lossy(xml);
    let bare = xml
        .replace("<ETag>\"", "<ETag>")
        .replace("\"</ETag>", "</ETag>");
    bare.into_bytes().into()
}

/// Whether S3 lets a bucket have this name.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    AwsNameValidation::new().validate_bucket_name(name)
}

/// Whether S3 takes the value of a `Range` header for a range. Others, among them several ranges at
/// once, are ignored by S3.
pub(super) fn is_range(value: &HeaderValue) -> bool {
    value
        .to_str()
        .is_ok_and(|text| s3s::dto::Range::parse(text).is_ok())
}

/// The id under which S3 shows an account: hex SHA-256 of its number.
fn canonical_id(account: &AccountId) -> String {
    hex::encode(Sha256::digest(account.as_str()))
}

/// The operations; the state they share.
struct Operations {
    store: Arc<dyn ObjectStore>,
    now: Now,
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operations")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Operations {
    /// The bucket, if it is there and the caller may use it: until there are policies, its owner
    /// alone.
    ///
    /// `owner_expected` is the request's own assertion about the owner.
    async fn bucket_for<T>(
        &self,
        request: &S3Request<T>,
        bucket: &str,
        owner_expected: Option<&str>,
    ) -> S3Result<Arc<Bucket>> {
        let bucket = self
            .store
            .bucket(bucket)
            .await
            .map_err(refusals::of_store)?;
        let owner = &bucket.info.owner;
        let is_allowed = *owner == scope(request)?.account
            && owner_expected.is_none_or(|expected| expected == owner.as_str());
        if is_allowed {
            Ok(bucket)
        } else {
            Err(error("AccessDenied"))
        }
    }
}

fn scope<T>(request: &S3Request<T>) -> S3Result<&Scope> {
    // The front never leaves it out; a request without one is nobody's.
    request
        .extensions
        .get::<Scope>()
        .ok_or_else(|| error("AccessDenied"))
}

/// A header as text.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `max-keys` and its like: 1000 unless asked for less.
fn page_size(asked: Option<i32>, name: &str) -> S3Result<usize> {
    match asked.map(usize::try_from) {
        None => Ok(PAGE_SIZE_MAX),
        Some(Ok(size)) => Ok(size.min(PAGE_SIZE_MAX)),
        Some(Err(_)) => Err(error_with("InvalidArgument", s3_errors::page_size(name))),
    }
}

/// An `s3s` trait method that hands its request to the method of the same name in a resource's
/// file.
macro_rules! operations {
    ($($name:ident: $input:ty => $output:ty;)*) => {
        #[async_trait::async_trait]
        impl s3s::S3 for Operations {
            $(
                async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    Operations::$name(self, request).await
                }
            )*
        }
    };
}

operations! {
    create_bucket: CreateBucketInput => CreateBucketOutput;
    head_bucket: HeadBucketInput => HeadBucketOutput;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput;
    list_buckets: ListBucketsInput => ListBucketsOutput;
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput;
    put_bucket_versioning: PutBucketVersioningInput => PutBucketVersioningOutput;
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput;
    put_bucket_tagging: PutBucketTaggingInput => PutBucketTaggingOutput;
    get_bucket_tagging: GetBucketTaggingInput => GetBucketTaggingOutput;
    delete_bucket_tagging: DeleteBucketTaggingInput => DeleteBucketTaggingOutput;
    put_object: PutObjectInput => PutObjectOutput;
    get_object: GetObjectInput => GetObjectOutput;
    head_object: HeadObjectInput => HeadObjectOutput;
    delete_object: DeleteObjectInput => DeleteObjectOutput;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput;
    get_object_attributes: GetObjectAttributesInput => GetObjectAttributesOutput;
    put_object_tagging: PutObjectTaggingInput => PutObjectTaggingOutput;
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput;
    delete_object_tagging: DeleteObjectTaggingInput => DeleteObjectTaggingOutput;
    copy_object: CopyObjectInput => CopyObjectOutput;
    list_objects: ListObjectsInput => ListObjectsOutput;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output;
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput;
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput;
    upload_part: UploadPartInput => UploadPartOutput;
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput;
    list_parts: ListPartsInput => ListPartsOutput;
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput;
}
