//! The one layer between the network and both services: who asks, may the form of the request pass,
//! is its body whole.
//!
//! Called by the server for every request. It picks the service, judges the signature's form, takes
//! off everything that has to do with signing and framing, turns POST forms into uploads, and hands
//! on an identity. What that identity may do is decided by the services, and how a refusal is
//! written down as well.

mod body;
mod chunked;
mod date;
mod digests;
mod form_source;
mod post_form;
mod post_policy;
mod presented;
mod query;
mod refusal;
mod scope;
mod sigv2;
mod sigv4;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::request::Parts;
use http_body::Body;
use jiff::{SignedDuration, Timestamp};

pub(crate) use self::body::VerifiedBody;
pub(crate) use self::post_form::FormReply;
pub(crate) use self::presented::Presented;
pub(crate) use self::refusal::{Refusal, Service};

use self::body::{BodyPlan, Source};
use super::dispatch::{Destination, S3Domains, dispatch};
use crate::domain::id::{AccountId, Region};
use crate::domain::identity::Identity;
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;

/// How signatures are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Any well-formed signature passes; the account follows from the key id.
    Lenient,
    /// Nothing is judged; everything is the default account's.
    Off,
}

/// What the layer has to know of the emulator it stands before.
#[derive(Debug, Clone)]
pub(crate) struct AuthSettings {
    /// How signatures are judged.
    pub(crate) mode: AuthMode,
    /// The account of every key id that is not itself an account number.
    pub(crate) default_account: AccountId,
    /// Under which domains a host name is a bucket.
    pub(crate) s3_domains: S3Domains,
}

/// The moment against which the life of presigned URLs and form policies is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// The wall clock, by which clients sign.
    pub(crate) wall: Timestamp,
    /// How far the emulator's clock was pushed ahead by hand.
    pub(crate) advanced: Duration,
}

/// A request that may go on, with all traces of signing and framing removed.
#[derive(Debug)]
pub(crate) enum Admitted<B> {
    /// To the control interface, untouched.
    Control(Request<B>),
    /// To Pinpoint.
    Pinpoint {
        /// The request; its body fails to end if it is not the one announced.
        request: Request<VerifiedBody<B>>,
        /// Never anonymous.
        identity: Identity,
    },
    /// To the object store.
    S3 {
        /// The request; its body fails to end if it is not the one announced. A POST form has
        /// become a PUT of its file.
        request: Request<VerifiedBody<B>>,
        /// Who asks.
        identity: Identity,
        /// The bucket if the host names it; else it stands in the path.
        bucket: Option<String>,
        /// How to answer a POST form once the PUT succeeded.
        form_reply: Option<FormReply>,
    },
}

/// Judges one request.
///
/// # Errors
/// The answer to give if the request may not go on, in the shape of the service it was meant for.
pub(crate) async fn admit<B>(
    request: Request<B>,
    settings: &AuthSettings,
    now: Now,
) -> Result<Admitted<B>, Refusal>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut parts, body) = request.into_parts();
    match dispatch(&parts, &settings.s3_domains) {
        Destination::Control => Ok(Admitted::Control(Request::from_parts(parts, body))),
        Destination::Unsupported { service } => {
            Err(Refusal::pinpoint(facts::service_not_emulated(&service)))
        }
        Destination::Pinpoint => {
            let identity = settings
                .identify(Service::Pinpoint, &parts, now)
                .map_err(Refusal::pinpoint)?;
            let plan = BodyPlan::for_pinpoint(&parts.headers);
            strip_signature(&mut parts);
            let request =
                Request::from_parts(parts, VerifiedBody::new(Source::Request(body), plan));
            Ok(Admitted::Pinpoint { request, identity })
        }
        Destination::S3 { bucket } if post_form::is_form(&parts) => {
            let upload = post_form::read(parts, body, bucket.as_deref(), settings, now)
                .await
                .map_err(|answer| {
                    // A form's credential is only seen now, so that a foreign service is found out
                    // late.
                    if answer.status == 501 {
                        Refusal::pinpoint(answer)
                    } else {
                        Refusal::s3(answer)
                    }
                })?;
            let body = VerifiedBody::new(Source::FormFile(Box::new(upload.file)), upload.plan);
            Ok(Admitted::S3 {
                request: Request::from_parts(upload.parts, body),
                identity: upload.identity,
                bucket,
                form_reply: Some(upload.reply),
            })
        }
        Destination::S3 { bucket } => {
            let identity = settings
                .identify(Service::S3, &parts, now)
                .map_err(Refusal::s3)?;
            strip_signature(&mut parts);
            let plan = BodyPlan::for_s3(&mut parts).map_err(Refusal::s3)?;
            let request =
                Request::from_parts(parts, VerifiedBody::new(Source::Request(body), plan));
            Ok(Admitted::S3 {
                request,
                identity,
                bucket,
                form_reply: None,
            })
        }
    }
}

impl AuthSettings {
    fn identify(&self, service: Service, parts: &Parts, now: Now) -> Result<Identity, ErrorAnswer> {
        let presented = Presented::in_head(parts);
        match self.mode {
            AuthMode::Off => Ok(self.default_identity(presented.region().as_deref())),
            AuthMode::Lenient => self.well_formed_identity(service, parts, presented, now),
        }
    }

    fn well_formed_identity(
        &self,
        service: Service,
        parts: &Parts,
        presented: Presented<'_>,
        now: Now,
    ) -> Result<Identity, ErrorAnswer> {
        let headers = &parts.headers;
        match (service, presented) {
            (Service::S3, Presented::Unsigned) => Ok(Identity::Anonymous),
            (Service::S3, Presented::Twice(_)) => Err(facts::ONE_MECHANISM),
            (Service::S3, Presented::Header(value)) if presented::is_v2_header(value) => {
                Ok(self.key_identity(sigv2::check_header(headers, value)?, None))
            }
            (Service::S3, Presented::QueryV2(query)) => {
                Ok(self.key_identity(sigv2::check_query(query, now)?, None))
            }
            (Service::Pinpoint, Presented::Unsigned | Presented::QueryV2(_)) => {
                Err(facts::MISSING_TOKEN)
            }
            (_, Presented::Header(value) | Presented::Twice(value)) => {
                Ok(self.scope_identity(sigv4::check_header(service, headers, value)?))
            }
            (_, Presented::QueryV4(query)) => {
                Ok(self.scope_identity(sigv4::check_query(service, query, now)?))
            }
        }
    }

    fn scope_identity(&self, scope: scope::Scope) -> Identity {
        self.key_identity(scope.access_key_id, Some(&scope.region))
    }

    /// A key id of twelve digits is itself the account.
    fn key_identity(&self, access_key_id: String, region: Option<&str>) -> Identity {
        let account = AccountId::parse(&access_key_id);
        Identity::Account {
            account: account.unwrap_or_else(|| self.default_account.clone()),
            access_key_id: Some(access_key_id),
            region: region.and_then(Region::parse),
        }
    }

    fn default_identity(&self, region: Option<&str>) -> Identity {
        Identity::Account {
            account: self.default_account.clone(),
            access_key_id: None,
            region: region.and_then(Region::parse),
        }
    }
}

impl Now {
    /// Whether something that began at `start` and lives for `seconds` is over; its last second
    /// still counts as life.
    fn is_past(self, start: Timestamp, seconds: u64) -> bool {
        let advanced = SignedDuration::try_from(self.advanced).unwrap_or(SignedDuration::MAX);
        let life = i64::try_from(seconds).map_or(SignedDuration::MAX, SignedDuration::from_secs);
        self.wall.duration_since(start).saturating_add(advanced) > life
    }
}

/// Removes header and query parameters of the signature; the rest of the address stays byte for
/// byte.
///
/// Signers of URLs put headers such as `x-amz-acl` or a checksum into the query, where S3 honours
/// them like headers; they become headers here.
fn strip_signature(parts: &mut Parts) {
    let presented = Presented::in_head(parts);
    let signature = presented.signature_parameters();
    let mut stripped = signature.to_vec();
    let mut hoisted = Vec::new();
    if !signature.is_empty() {
        for (name, value) in query::amz_parameters(parts.uri.query().unwrap_or("")) {
            if !signature.contains(&name) {
                stripped.push(name);
                hoisted.push((HeaderName::try_from(name), HeaderValue::try_from(value)));
            }
        }
    }
    let uri = query::without(&parts.uri, &stripped);
    parts.uri = uri;
    parts.headers.remove(AUTHORIZATION);
    for (name, value) in hoisted {
        if let (Ok(name), Ok(value)) = (name, value) {
            parts.headers.entry(name).or_insert(value);
        }
    }
}
