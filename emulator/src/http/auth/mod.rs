//! The one layer between the network and both services: who asks, may the request pass, is its body
//! whole.
//!
//! Called by the server for every request. It picks the service, judges the signature's form and, if
//! that is wished, whether it is true, takes off everything that has to do with signing and framing, turns POST forms into uploads, and hands
//! on an identity. What that identity may do is decided by the services, and how a refusal is
//! written down as well.

mod body;
mod canonical;
mod canonical_v2;
mod chunk_signatures;
mod chunked;
mod date;
mod digests;
mod form_source;
mod keys;
mod post_form;
mod post_policy;
mod presented;
mod query;
mod refusal;
mod scope;
mod signed_region;
mod sigv2;
mod sigv4;
#[cfg(test)]
mod tests;
mod verify;

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
pub(crate) use self::signed_region::SignedRegion;

use self::body::{BodyPlan, Source};
use self::verify::{Unproven, Verifier};
use super::dispatch::{Destination, S3Domains, dispatch};
use crate::config::AuthMode;
use crate::domain::access_key::AccessKeys;
use crate::domain::id::{AccountId, Region};
use crate::domain::identity::Identity;
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;

/// What the layer has to know of the emulator it stands before.
#[derive(Debug, Clone)]
pub(crate) struct AuthSettings {
    /// How signatures are judged.
    pub(crate) mode: AuthMode,
    /// The key pairs that can sign, and whose they are.
    pub(crate) access_keys: AccessKeys,
    /// The account of every key whose pair names none and whose id is not itself an account number.
    pub(crate) default_account: AccountId,
    /// Under which domains a host name is a bucket.
    pub(crate) s3_domains: S3Domains,
}

/// The moment against which dates of signatures, and the life of presigned URLs and form policies,
/// are judged.
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
        /// The region signed for, if it has to be that of the bucket.
        signed_region: Option<SignedRegion>,
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
            let Judged {
                identity, unproven, ..
            } = settings
                .judge(Service::Pinpoint, &parts, None, now)
                .map_err(Refusal::pinpoint)?;
            let plan = BodyPlan::for_pinpoint(&parts.headers, unproven.into_body());
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
                signed_region: upload.signed_region,
                form_reply: Some(upload.reply),
            })
        }
        Destination::S3 { bucket } => {
            let Judged {
                identity,
                unproven,
                signed_region,
            } = settings
                .judge(Service::S3, &parts, bucket.as_deref(), now)
                .map_err(Refusal::s3)?;
            strip_signature(&mut parts);
            let plan = BodyPlan::for_s3(&mut parts, unproven.into_chunks()).map_err(Refusal::s3)?;
            let request =
                Request::from_parts(parts, VerifiedBody::new(Source::Request(body), plan));
            Ok(Admitted::S3 {
                request,
                identity,
                bucket,
                signed_region,
                form_reply: None,
            })
        }
    }
}

/// What is known of a request from its head.
struct Judged {
    identity: Identity,
    unproven: Unproven,
    signed_region: Option<SignedRegion>,
}

impl From<Identity> for Judged {
    fn from(identity: Identity) -> Self {
        Self {
            identity,
            unproven: Unproven::Nothing,
            signed_region: None,
        }
    }
}

impl AuthSettings {
    fn judge(
        &self,
        service: Service,
        parts: &Parts,
        host_bucket: Option<&str>,
        now: Now,
    ) -> Result<Judged, ErrorAnswer> {
        let presented = Presented::in_head(parts);
        if self.mode == AuthMode::Off {
            return Ok(self.default_identity(presented.region().as_deref()).into());
        }
        let headers = &parts.headers;
        match (service, presented) {
            (Service::S3, Presented::Unsigned) => Ok(Identity::Anonymous.into()),
            (Service::S3, Presented::Twice(_)) => Err(facts::ONE_MECHANISM),
            (Service::S3, Presented::Header(value)) if presented::is_v2_header(value) => {
                let claim = sigv2::check_header(headers, value)?;
                self.judge_v2(parts, host_bucket, now, claim)
            }
            (Service::S3, Presented::QueryV2(query)) => {
                let claim = sigv2::check_query(query, now)?;
                self.judge_v2(parts, host_bucket, now, claim)
            }
            (Service::Pinpoint, Presented::Unsigned | Presented::QueryV2(_)) => {
                Err(facts::MISSING_TOKEN)
            }
            (_, Presented::Header(value) | Presented::Twice(value)) => {
                let claim = sigv4::check_header(service, headers, value)?;
                self.judge_v4(service, parts, now, claim)
            }
            (_, Presented::QueryV4(query)) => {
                let claim = sigv4::check_query(service, query, now)?;
                self.judge_v4(service, parts, now, claim)
            }
        }
    }

    fn judge_v4(
        &self,
        service: Service,
        parts: &Parts,
        now: Now,
        claim: sigv4::Claim,
    ) -> Result<Judged, ErrorAnswer> {
        let mut judged = Judged::from(self.scope_identity(&claim.scope));
        if let Some(verifier) = self.verifier(service, now) {
            let region = SignedRegion::new(&claim.scope, claim.place);
            judged.unproven = verifier.v4(parts, claim)?;
            judged.signed_region = Some(region);
        }
        Ok(judged)
    }

    fn judge_v2(
        &self,
        parts: &Parts,
        host_bucket: Option<&str>,
        now: Now,
        claim: sigv2::Claim,
    ) -> Result<Judged, ErrorAnswer> {
        if let Some(verifier) = self.verifier(Service::S3, now) {
            verifier.v2(parts, host_bucket, &claim)?;
        }
        Ok(self.key_identity(claim.access_key_id, None).into())
    }

    /// Judges whether signatures are true; `None` if their form is enough.
    fn verifier(&self, service: Service, now: Now) -> Option<Verifier<'_>> {
        (self.mode == AuthMode::Strict).then_some(Verifier {
            service,
            access_keys: &self.access_keys,
            now,
        })
    }

    fn scope_identity(&self, scope: &scope::Scope) -> Identity {
        self.key_identity(scope.access_key_id.clone(), Some(&scope.region))
    }

    /// The account is the one that the key's pair names, else a key id of twelve digits is itself the
    /// account.
    fn key_identity(&self, access_key_id: String, region: Option<&str>) -> Identity {
        let pair = self.access_keys.find(&access_key_id);
        let named = pair.and_then(|pair| pair.account().cloned());
        let account = named.or_else(|| AccountId::parse(&access_key_id));
        Identity::Account {
            account: account.unwrap_or_else(|| self.default_account.clone()),
            user_name: pair.and_then(|pair| pair.user_name().map(str::to_owned)),
            access_key_id: Some(access_key_id),
            region: region.and_then(Region::parse),
        }
    }

    fn default_identity(&self, region: Option<&str>) -> Identity {
        Identity::Account {
            account: self.default_account.clone(),
            access_key_id: None,
            user_name: None,
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
    parts.headers.remove(AUTHORIZATION);
    if signature.is_empty() {
        return;
    }
    // Of two with one name the first counts, as everywhere.
    for (name, value) in query::amz_parameters(parts.uri.query().unwrap_or("")) {
        if signature.contains(&&*name) {
            continue;
        }
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(&*name), HeaderValue::try_from(&*value))
        {
            parts.headers.entry(name).or_insert(value);
        }
    }
    parts.uri = query::without(&parts.uri, |name| {
        signature.contains(&name) || query::is_amz(name)
    });
}
