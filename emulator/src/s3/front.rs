//! The door to the S3 side: one request in, one answer as S3 gives it out.
//!
//! Called by the HTTP server once a request is known to be S3's and its signature is checked. Puts
//! what the `s3s` crate leaves out around it: virtual-host style, ids and resource in errors,
//! faults of the body, and a clear no to what is not done. It does not check signatures or bodies
//! itself.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, EXPIRES, HOST, RANGE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use percent_encoding::percent_decode_str;

use super::answer::{self, ERROR_DETAIL, RequestNames, S3Body, name_answer};
use super::object_store::ObjectStore;
use super::service::{Now, Protocol, Scope, is_range};
use super::unhonoured;
use crate::domain::id::Region;
use crate::domain::identity::Identity;
use crate::facts::answer::ErrorAnswer;
use crate::facts::s3_errors;

/// Answers S3 requests over one store. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct S3Front {
    store: Arc<dyn ObjectStore>,
    protocol: Protocol,
}

/// What to answer if the bucket is in this region.
pub(crate) type RegionAnswer<'a> = dyn Fn(&str) -> Option<ErrorAnswer> + Sync + 'a;

/// What is known about a request beside its head and body.
pub(crate) struct CallContext<'a> {
    /// Who asks.
    pub(crate) identity: Identity,
    /// The bucket, when the host named it.
    pub(crate) virtual_host_bucket: Option<String>,
    /// Unique per request.
    pub(crate) request_id: &'a str,
    /// Given if the region signed for has to be the bucket's.
    pub(crate) other_region: Option<&'a RegionAnswer<'a>>,
    /// What was wrong with the body, once it has been read: what the stream's error stands for. It
    /// replaces whatever was made of that error on the way.
    pub(crate) body_fault: &'a (dyn Fn() -> Option<ErrorAnswer> + Sync),
}

impl fmt::Debug for CallContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext")
            .field("identity", &self.identity)
            .field("virtual_host_bucket", &self.virtual_host_bucket)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl S3Front {
    /// A front over `store`; `now` dates what is made.
    pub(crate) fn new(store: Arc<dyn ObjectStore>, now: Now) -> Self {
        Self {
            protocol: Protocol::new(Arc::clone(&store), now),
            store,
        }
    }

    /// Answers a request whose signature has been checked and whose body is the payload alone,
    /// without any framing.
    pub(crate) async fn call<B>(
        &self,
        request: Request<B>,
        context: CallContext<'_>,
    ) -> Response<S3Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let (parts, body) = request.into_parts();
        let outline = Outline::of(&parts, context.virtual_host_bucket.as_deref());
        if let Some((region, answer)) = self.other_region(&outline, &context).await {
            let mut response = outline.refuse(&answer, context.request_id);
            // An answer to HEAD has no body, so that SDKs look for the region here.
            if let Ok(region) = HeaderValue::from_str(region.as_str()) {
                response.headers_mut().insert(BUCKET_REGION, region);
            }
            return response;
        }
        let answered = match prepare(parts, &context) {
            Ok(parts) => self.protocol.call(Request::from_parts(parts, body)).await,
            Err(answer) => return outline.refuse(&answer, context.request_id),
        };
        let Some(mut response) = answered else {
            return outline.refuse(&s3_errors::answer("InternalError"), context.request_id);
        };
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            if let Some(answer) = (context.body_fault)() {
                return outline.refuse(&answer, context.request_id);
            }
            let headers = std::mem::take(response.headers_mut());
            let mut answer = outline.read_error(response).await;
            answer.details = details(&headers, &outline.method);
            let mut refusal = outline.refuse(&answer, context.request_id);
            keep_said(headers, refusal.headers_mut());
            return refusal;
        }
        if status == StatusCode::NOT_MODIFIED {
            response.headers_mut().remove(CONTENT_TYPE);
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = empty();
        }
        name_answer(response.headers_mut(), context.request_id);
        response
    }

    /// The region of the bucket and the answer, if the request was signed for another one.
    ///
    /// # Source
    /// Answers quoted with `facts::signatures::header_region`; that GetBucketLocation is answered
    /// everywhere follows the S3 API Reference, GetBucketLocation; documented;
    /// case: s3-buckets/location-of-another-region
    async fn other_region(
        &self,
        outline: &Outline,
        context: &CallContext<'_>,
    ) -> Option<(Region, ErrorAnswer)> {
        let other_region = context.other_region?;
        let creates_bucket = outline.method == Method::PUT && outline.key.is_none();
        if creates_bucket || outline.asks_location {
            return None;
        }
        let name = outline.bucket.as_ref()?;
        let bucket = self.store.bucket(name).await.ok()?;
        let answer = other_region(bucket.info.region.as_str())?;
        Some((bucket.info.region.clone(), answer))
    }
}

const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

/// Turns the request into what the protocol takes: path style, no signature, no host.
fn prepare(mut parts: Parts, context: &CallContext<'_>) -> Result<Parts, ErrorAnswer> {
    let Identity::Account {
        account, region, ..
    } = context.identity.clone()
    else {
        // Until there are policies nothing is public.
        return Err(s3_errors::answer("AccessDenied"));
    };
    if let Some(what) = unhonoured::find(&parts.method, &parts.uri, &parts.headers) {
        let text = s3_errors::not_implemented(&what);
        return Err(s3_errors::answer_with("NotImplemented", text));
    }
    let host = parts.uri.authority().map(ToString::to_string);
    let host = host.or_else(|| Some(parts.headers.get(HOST)?.to_str().ok()?.to_owned()));
    parts.uri = path_style(&parts.uri, context.virtual_host_bucket.as_deref())
        .ok_or_else(|| s3_errors::answer("InvalidURI"))?;
    let headers = &mut parts.headers;
    headers.remove(HOST);
    headers.remove(AUTHORIZATION);
    if headers.get(RANGE).is_some_and(|value| !is_range(value)) {
        headers.remove(RANGE);
    }
    let expires = headers.remove(EXPIRES);
    parts.extensions.insert(Scope {
        account,
        region,
        host,
        expires,
    });
    Ok(parts)
}

/// Without the host; with the bucket in front of the path if the host named it.
fn path_style(uri: &Uri, virtual_host_bucket: Option<&str>) -> Option<Uri> {
    let path_and_query = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let target = match virtual_host_bucket {
        Some(bucket) => format!("/{bucket}{path_and_query}"),
        None => path_and_query.to_owned(),
    };
    Uri::try_from(target).ok()
}

/// What errors say about the request they answer; taken before the request is used up.
#[derive(Debug)]
struct Outline {
    method: Method,
    /// Path style, percent-encoded.
    path: String,
    bucket: Option<String>,
    key: Option<String>,
    upload_id: Option<String>,
    version_id: Option<String>,
    /// A question where the bucket is, which S3 answers in every region.
    asks_location: bool,
}

impl Outline {
    fn of(parts: &Parts, virtual_host_bucket: Option<&str>) -> Self {
        let path = match virtual_host_bucket {
            Some(bucket) => format!("/{bucket}{}", parts.uri.path()),
            None => parts.uri.path().to_owned(),
        };
        let mut names = path.trim_start_matches('/').splitn(2, '/');
        let mut name = || {
            let name = names.next().filter(|name| !name.is_empty())?;
            Some(percent_decode_str(name).decode_utf8_lossy().into_owned())
        };
        let (bucket, key) = (name(), name());
        let query = || form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes());
        let value_of = |sought: &str| {
            let found = query().find(|(name, _)| name == sought);
            found.map(|(_, value)| value.into_owned())
        };
        let asks_location = query().any(|(name, _)| name == "location");
        Self {
            method: parts.method.clone(),
            bucket,
            key,
            upload_id: value_of("uploadId"),
            version_id: value_of("versionId"),
            asks_location,
            path,
        }
    }

    fn refuse(&self, answer: &ErrorAnswer, request_id: &str) -> Response<S3Body> {
        let named: &[(&'static str, &Option<String>)] = match &*answer.code {
            "NoSuchBucket"
            | "BucketAlreadyExists"
            | "BucketAlreadyOwnedByYou"
            | "BucketNotEmpty"
            | "InvalidBucketName"
            | "NoSuchTagSet" => &[("BucketName", &self.bucket)],
            "NoSuchKey" => &[("Key", &self.key)],
            "NoSuchVersion" => &[("Key", &self.key), ("VersionId", &self.version_id)],
            "NoSuchUpload" | "InvalidPart" | "InvalidPartOrder" => &[("UploadId", &self.upload_id)],
            _ => &[],
        };
        let elements: Vec<(&'static str, String)> = named
            .iter()
            .filter_map(|(name, text)| Some((*name, text.as_ref()?.clone())))
            .collect();
        answer::refuse(
            answer,
            RequestNames {
                method: &self.method,
                path: &self.path,
                elements: &elements,
                request_id,
            },
        )
    }

    /// Reads code and text back from the protocol's own error.
    async fn read_error(&self, response: Response<S3Body>) -> ErrorAnswer {
        let status = response.status();
        let Some(xml) = collect(response.into_body()).await else {
            return s3_errors::answer("InternalError");
        };
        let xml = String::from_utf8_lossy(&xml);
        let Some(code) = element(&xml, "Code") else {
            return s3_errors::answer("InternalError");
        };
        let message = element(&xml, "Message");
        if code == "NotImplemented" && message.as_deref() == Some("Unknown operation") {
            // No operation of S3 has this method and path.
            return s3_errors::answer("MethodNotAllowed");
        }
        let known = s3_errors::find(&code);
        let message = message.filter(|message| !message.is_empty()).map(Cow::from);
        let message = message.or_else(|| known.map(|known| known.message.clone()));
        ErrorAnswer {
            status: known.map_or(status.as_u16(), |known| known.status),
            message: message.unwrap_or_default(),
            details: Vec::new(),
            code: code.into(),
        }
    }
}

/// Longest error that the protocol writes itself.   (bytes)
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// Boxed, because the compiler cannot prove that the future with the body's boxed error is `Send`.
fn collect(body: S3Body) -> BoxFuture<'static, Option<Bytes>> {
    let collected = Limited::new(body, ERROR_BYTES_MAX).collect();
    collected
        .map(|collected| Some(collected.ok()?.to_bytes()))
        .boxed()
}

/// Content of the first element of this name, in XML as the protocol's serializer writes it.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let mut plain = text.to_owned();
    // The ampersand last, or what it hid would be taken for an entity.
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(entity, character);
    }
    Some(plain)
}

/// The elements that the protocol's error asks for beside code and text.
fn details(headers: &HeaderMap, method: &Method) -> Vec<(&'static str, String)> {
    let said = headers.get_all(ERROR_DETAIL).iter();
    let mut details = Vec::new();
    for (name, text) in said.filter_map(|value| value.to_str().ok()?.split_once('=')) {
        let name = DETAILS.iter().find(|known| **known == name);
        let text = hex::decode(text).ok();
        let text = text.and_then(|text| String::from_utf8(text).ok());
        if let (Some(name), Some(text)) = (name, text) {
            if *name == "ResourceType" {
                details.push(("Method", method.to_string()));
            }
            details.push((*name, text));
        }
    }
    details
}

/// Elements that the protocol's errors may ask for.
const DETAILS: [&str; 12] = [
    "ActualPartCount",
    "ArgumentName",
    "ArgumentValue",
    "Condition",
    "ETag",
    "Header",
    "PartNumber",
    "PartNumberRequested",
    "ResourceType",
    "TagKey",
    "TagValue",
    "additionalMessage",
];

/// Keeps what the protocol's error said in headers beside its XML, which is written anew.
fn keep_said(said: HeaderMap, kept: &mut HeaderMap) {
    for (name, value) in said {
        if let Some(name) = name
            && name != CONTENT_TYPE
            && name != CONTENT_LENGTH
            && name != ERROR_DETAIL
        {
            kept.insert(name, value);
        }
    }
}

fn empty() -> S3Body {
    S3Body::new(http_body_util::Empty::new().map_err(|never| match never {}))
}
