//! Browser uploads: a `multipart/form-data` POST to a bucket, read up to its file and handed on as
//! a PUT of that file.
//!
//! Called by `admit` for requests to S3 only; the service in the form's credential can therefore
//! forbid a form, but not send it elsewhere (Pinpoint takes no forms). The file itself streams on
//! unread.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Uri, response};
use http_body::Body;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::body::BodyPlan;
use super::form_source::{FormField, FormSource};
use super::post_policy::{LengthRange, Policy};
use super::presented::Presented;
use super::sigv4::Place;
use super::{AuthMode, AuthSettings, Now, Service, SignedRegion, date, query, scope, sigv2, sigv4};
use crate::domain::identity::Identity;
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;
use crate::facts::s3_errors;

/// Whether a request to S3 is a form; sub-resources such as `?delete` take other bodies under any
/// content type.
pub(super) fn is_form(parts: &Parts) -> bool {
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .map_or(&[][..], HeaderValue::as_bytes);
    let is_multipart = content_type
        .get(..FORM_TYPE.len())
        .is_some_and(|beginning| beginning.eq_ignore_ascii_case(FORM_TYPE.as_bytes()));
    let query = parts.uri.query().unwrap_or("");
    parts.method == Method::POST
        && is_multipart
        && !["uploads", "uploadId", "delete", "select", "restore"]
            .iter()
            .any(|name| query::has(query, name))
}

/// A form that has become an upload.
pub(super) struct FormUpload {
    /// Method, address and headers of the PUT.
    pub(super) parts: Parts,
    /// The file's bytes.
    pub(super) file: FormField,
    pub(super) plan: BodyPlan,
    pub(super) identity: Identity,
    pub(super) signed_region: Option<SignedRegion>,
    pub(super) reply: FormReply,
}

/// Reads a form up to its file and judges it.
pub(super) async fn read<B>(
    parts: Parts,
    body: B,
    host_bucket: Option<&str>,
    settings: &AuthSettings,
    now: Now,
) -> Result<FormUpload, ErrorAnswer>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let bucket = bucket_of(parts.uri.path(), host_bucket)?;
    if settings.mode != AuthMode::Off && Presented::in_head(&parts) != Presented::Unsigned {
        return Err(facts::ONE_MECHANISM);
    }
    let Form { mut fields, file } = Form::read(&parts.headers, body).await?;
    fields.insert("bucket".to_owned(), bucket.clone());
    let key = fields
        .get("key")
        .filter(|key| !key.is_empty())
        .ok_or_else(|| facts::form_field_missing("key"))?
        .clone();
    let Signer {
        identity,
        signed_region,
        bytes: (bytes_min, bytes_max),
    } = judge(&fields, settings, now)?;
    let put = put_of(parts, &fields, &bucket, &key, host_bucket.is_some())?;
    let plan = BodyPlan::for_form_file(&put, bytes_min, bytes_max)?;
    let reply = FormReply::new(&put, &fields, bucket, key);
    Ok(FormUpload {
        parts: put,
        file,
        plan,
        identity,
        signed_region,
        reply,
    })
}

/// How a form wants its success answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormReply {
    bucket: String,
    key: String,
    /// The object's address.
    location: String,
    wish: Wish,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Redirect(String),
    Status(StatusCode),
}

impl FormReply {
    /// Turns the head of a *successful* answer to the PUT into the form's, and yields the new body.
    ///
    /// Headers such as `ETag` and the request id are kept. A failed PUT is answered as it is.
    pub(crate) fn answer(&self, put: &mut response::Parts) -> Bytes {
        let etag = put
            .headers
            .get(header::ETAG)
            .and_then(|etag| etag.to_str().ok())
            .unwrap_or("")
            .to_owned();
        put.headers.remove(header::CONTENT_LENGTH);
        put.headers.remove(header::CONTENT_TYPE);
        let (status, location, body) = match &self.wish {
            Wish::Redirect(target) => {
                let result = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs([
                        ("bucket", self.bucket.as_str()),
                        ("key", &self.key),
                        ("etag", &etag),
                    ])
                    .finish();
                let separator = if target.contains('?') { '&' } else { '?' };
                (
                    StatusCode::SEE_OTHER,
                    format!("{target}{separator}{result}"),
                    String::new(),
                )
            }
            Wish::Status(StatusCode::CREATED) => {
                put.headers.insert(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/xml"),
                );
                (
                    StatusCode::CREATED,
                    self.location.clone(),
                    self.post_response(&etag),
                )
            }
            Wish::Status(status) => (*status, self.location.clone(), String::new()),
        };
        put.status = status;
        if let Ok(location) = HeaderValue::from_str(&location) {
            put.headers.insert(header::LOCATION, location);
        }
        Bytes::from(body)
    }

    fn new(put: &Parts, fields: &BTreeMap<String, String>, bucket: String, key: String) -> Self {
        let is_address = |target: &&String| {
            target
                .parse::<Uri>()
                .is_ok_and(|uri| uri.scheme().is_some())
        };
        let redirect = ["success_action_redirect", "redirect"]
            .iter()
            .find_map(|name| fields.get(*name));
        let wish = match redirect.filter(is_address) {
            Some(target) => Wish::Redirect(target.clone()),
            None => Wish::Status(
                match fields.get("success_action_status").map(String::as_str) {
                    Some("200") => StatusCode::OK,
                    Some("201") => StatusCode::CREATED,
                    _ => StatusCode::NO_CONTENT,
                },
            ),
        };
        let scheme = put.uri.scheme_str().unwrap_or("http");
        let host = put
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let host = put
            .uri
            .authority()
            .map(http::uri::Authority::as_str)
            .or(host)
            .unwrap_or("");
        let location = format!("{scheme}://{host}{}", put.uri.path());
        Self {
            bucket,
            key,
            location,
            wish,
        }
    }

    fn post_response(&self, etag: &str) -> String {
        let [location, bucket, key, etag] =
            [&self.location, &self.bucket, &self.key, etag].map(quick_xml::escape::escape);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{location}</Location>\
             <Bucket>{bucket}</Bucket><Key>{key}</Key><ETag>{etag}</ETag></PostResponse>"
        )
    }
}

const FORM_TYPE: &str = "multipart/form-data";

/// What a key may keep unescaped in an address.
const KEY_ESCAPES: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

fn bucket_of(path: &str, host_bucket: Option<&str>) -> Result<String, ErrorAnswer> {
    let in_path = path.trim_start_matches('/').trim_end_matches('/');
    match host_bucket {
        Some(bucket) if in_path.is_empty() => Ok(bucket.to_owned()),
        None if !in_path.is_empty() && !in_path.contains('/') => Ok(in_path.to_owned()),
        _ => Err(s3_errors::answer("MethodNotAllowed")),
    }
}

/// The fields before the file, names in lower case, and the file.
struct Form {
    fields: BTreeMap<String, String>,
    file: FormField,
}

impl Form {
    async fn read<B>(headers: &HeaderMap, body: B) -> Result<Self, ErrorAnswer>
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let malformed = |_: multer::Error| facts::FORM_MALFORMED;
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
        let mut source = FormSource::new(body, boundary);
        let mut fields = BTreeMap::new();
        let mut bytes = 0;
        while let Some(mut field) = source.next_field().await.map_err(malformed)? {
            let name = field.name().to_ascii_lowercase();
            if name == "file" {
                expand_file_name(&mut fields, field.file_name())?;
                return Ok(Self {
                    fields,
                    file: field.into_file(),
                });
            }
            let mut value = Vec::new();
            bytes += field.header_bytes();
            while let Some(piece) = field.piece().await.map_err(malformed)? {
                bytes += piece.len();
                if bytes > facts::FORM_FIELDS_BYTES_MAX {
                    return Err(facts::FORM_FIELDS_TOO_LARGE);
                }
                value.extend_from_slice(&piece);
            }
            let value =
                String::from_utf8(value).map_err(|_| s3_errors::answer("InvalidArgument"))?;
            fields.entry(name).or_insert(value);
        }
        Err(facts::FORM_ONE_FILE)
    }
}

/// Puts the file's name where the form says `${filename}`; of a path only the last element counts.
///
/// A long name in many places would be a large form made of a small one.
fn expand_file_name(
    fields: &mut BTreeMap<String, String>,
    file_name: &str,
) -> Result<(), ErrorAnswer> {
    const PLACE: &str = "${filename}";
    let file_name = file_name.rsplit(['/', '\\']).next().unwrap_or("");
    let places: usize = fields
        .values()
        .map(|value| value.matches(PLACE).count())
        .sum();
    if places * file_name.len() > facts::FORM_FIELDS_BYTES_MAX {
        return Err(facts::FORM_FIELDS_TOO_LARGE);
    }
    for value in fields.values_mut().filter(|value| value.contains(PLACE)) {
        *value = value.replace(PLACE, file_name);
    }
    Ok(())
}

/// Who sends a form, and what it may bring.
struct Signer {
    identity: Identity,
    signed_region: Option<SignedRegion>,
    /// How long its file may be, both ends allowed.
    bytes: LengthRange,
}

impl From<Identity> for Signer {
    fn from(identity: Identity) -> Self {
        Self {
            identity,
            signed_region: None,
            bytes: (0, u64::MAX),
        }
    }
}

fn judge(
    fields: &BTreeMap<String, String>,
    settings: &AuthSettings,
    now: Now,
) -> Result<Signer, ErrorAnswer> {
    let named = fields
        .get("x-amz-credential")
        .and_then(|credential| scope::named(credential));
    if settings.mode == AuthMode::Off {
        let region = named.as_ref().map(|named| named.region.as_str());
        return Ok(settings.default_identity(region).into());
    }
    let is_signed = |names: [&str; 3]| names.iter().any(|name| fields.contains_key(*name));
    let mut signer = if is_signed(["x-amz-algorithm", "x-amz-credential", "x-amz-signature"]) {
        if let Some(named) =
            named.filter(|named| !matches!(named.service.as_str(), "s3" | "mobiletargeting"))
        {
            return Err(facts::service_not_emulated(&named.service));
        }
        signer_v4(fields, settings, now)?
    } else if is_signed(["awsaccesskeyid", "signature", "policy"]) {
        signer_v2(fields, settings, now)?
    } else {
        return Ok(Identity::Anonymous.into());
    };
    let policy = required(fields, "policy")?;
    signer.bytes = Policy::read(policy)?.check(fields, now)?;
    Ok(signer)
}

/// The policy is all that is signed; that it allows the other fields is judged by itself.
fn signer_v4(
    fields: &BTreeMap<String, String>,
    settings: &AuthSettings,
    now: Now,
) -> Result<Signer, ErrorAnswer> {
    let algorithm = required(fields, "x-amz-algorithm")?;
    let credential = required(fields, "x-amz-credential")?;
    let sent = required(fields, "x-amz-date")?;
    let signature = required(fields, "x-amz-signature")?;
    if algorithm != "AWS4-HMAC-SHA256" {
        return Err(facts::QUERY_ALGORITHM);
    }
    let scope = sigv4::s3_scope(credential, facts::query_credential)?;
    let signed_at = date::basic(sent).ok_or(facts::QUERY_DATE)?;
    if date::day(signed_at) != scope.date {
        return Err(facts::query_credential(facts::CREDENTIAL_DAY));
    }
    if !sigv4::is_signature(signature) {
        return Err(facts::SIGNATURE_DOES_NOT_MATCH);
    }
    let mut signer = Signer::from(settings.scope_identity(&scope));
    if let Some(verifier) = settings.verifier(Service::S3, now) {
        let policy = required(fields, "policy")?;
        verifier.form_v4(&scope, policy, signature, token(fields))?;
        signer.signed_region = Some(SignedRegion::new(&scope, Place::Query { life: None }));
    }
    Ok(signer)
}

fn signer_v2(
    fields: &BTreeMap<String, String>,
    settings: &AuthSettings,
    now: Now,
) -> Result<Signer, ErrorAnswer> {
    let access_key_id = required(fields, "AWSAccessKeyId")?;
    let signature = sigv2::check_signature(required(fields, "signature")?)?;
    if let Some(verifier) = settings.verifier(Service::S3, now) {
        let policy = required(fields, "policy")?;
        verifier.form_v2(access_key_id, policy, &signature, token(fields))?;
    }
    Ok(settings.key_identity(access_key_id.to_owned(), None).into())
}

fn token(fields: &BTreeMap<String, String>) -> Option<&str> {
    fields.get("x-amz-security-token").map(String::as_str)
}

fn required<'a>(fields: &'a BTreeMap<String, String>, name: &str) -> Result<&'a str, ErrorAnswer> {
    let value = fields
        .get(&name.to_ascii_lowercase())
        .filter(|value| !value.is_empty());
    value
        .map(String::as_str)
        .ok_or_else(|| facts::form_field_missing(name))
}

/// Method, address and headers of the PUT that does what the form asks for.
fn put_of(
    mut parts: Parts,
    fields: &BTreeMap<String, String>,
    bucket: &str,
    key: &str,
    is_virtual_host: bool,
) -> Result<Parts, ErrorAnswer> {
    let key = utf8_percent_encode(key, KEY_ESCAPES);
    let path = if is_virtual_host {
        format!("/{key}")
    } else {
        format!("/{bucket}/{key}")
    };
    let mut address = parts.uri.into_parts();
    address.path_and_query = Some(
        path.parse()
            .map_err(|_| s3_errors::answer("InvalidArgument"))?,
    );
    parts.uri = Uri::from_parts(address).map_err(|_| s3_errors::answer("InvalidArgument"))?;
    parts.method = Method::PUT;
    // The head's own speak of the form, not of the file.
    for name in [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
    ] {
        parts.headers.remove(name);
    }
    let foreign: Vec<HeaderName> = parts
        .headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-amz-"))
        .cloned()
        .collect();
    for name in foreign
        .into_iter()
        .chain([HeaderName::from_static("content-md5")])
    {
        parts.headers.remove(name);
    }
    for (field, value) in fields {
        let (name, value) = match field.as_str() {
            "acl" => ("x-amz-acl", value.clone()),
            "tagging" => ("x-amz-tagging", tagging_header(value)?),
            "x-amz-algorithm" | "x-amz-credential" | "x-amz-date" | "x-amz-signature" => continue,
            "cache-control"
            | "content-type"
            | "content-disposition"
            | "content-encoding"
            | "content-md5"
            | "expires" => (field.as_str(), value.clone()),
            other if other.starts_with("x-amz-") => (other, value.clone()),
            _ => continue,
        };
        let name = HeaderName::try_from(name).map_err(|_| s3_errors::answer("InvalidArgument"))?;
        let value =
            HeaderValue::try_from(value).map_err(|_| s3_errors::answer("InvalidArgument"))?;
        parts.headers.insert(name, value);
    }
    Ok(parts)
}

/// The tags of the form field `tagging` (XML) as the header of a PUT carries them
/// (URL-encoded pairs).
fn tagging_header(xml: &str) -> Result<String, ErrorAnswer> {
    #[derive(Deserialize)]
    struct Tagging {
        #[serde(rename = "TagSet")]
        tag_set: TagSet,
    }
    #[derive(Deserialize)]
    struct TagSet {
        #[serde(rename = "Tag", default)]
        tags: Vec<Tag>,
    }
    #[derive(Deserialize)]
    struct Tag {
        #[serde(rename = "Key")]
        key: String,
        #[serde(rename = "Value")]
        value: String,
    }
    let tagging: Tagging =
        quick_xml::de::from_str(xml).map_err(|_| s3_errors::answer("MalformedXML"))?;
    let pairs = tagging
        .tag_set
        .tags
        .iter()
        .map(|tag| (&tag.key, &tag.value));
    Ok(form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish())
}
