//! One answer for every request, whichever service it is for.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Method, Request, Response};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tower_http::timeout::TimeoutBody;
use uuid::Uuid;

use super::auth::{self, Admitted, AuthSettings, Now, Service};
use super::dispatch::{Destination, dispatch};
use super::router::Router;
use super::{control, protocol};
use crate::domain::identity::Identity;
use crate::facts::messages;
use crate::model::exception::{Exception, ExceptionKind};
use crate::node::Node;
use crate::s3::answer::{self, RequestNames};
use crate::s3::front::{CallContext, S3Front};
use crate::store::applications::Scope;

/// The body of any answer.
pub(crate) type ResponseBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// The body of any request: it fails if the client is silent for too long.
pub(crate) type RequestBody = Pin<Box<TimeoutBody<Incoming>>>;

/// Picks the service for a request and hands it on.
#[derive(Debug)]
pub(crate) struct Front {
    node: Arc<Node>,
    auth: AuthSettings,
    router: Router,
    s3: S3Front,
}

impl Front {
    pub(crate) fn new(node: Arc<Node>, auth: AuthSettings, s3: S3Front) -> Self {
        Self {
            node,
            auth,
            router: Router::new(),
            s3,
        }
    }

    /// Answers one request. A fault of ours is a 500, never a broken connection.
    pub(crate) async fn answer(&self, request: Request<RequestBody>) -> Response<ResponseBody> {
        let request_id = self.node.request_ids.next();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answered = AssertUnwindSafe(self.hand_on(request, request_id, &method, &path))
            .catch_unwind()
            .await;
        let response = answered.unwrap_or_else(|_| {
            let exception = Exception::new(ExceptionKind::InternalServerError, messages::INTERNAL);
            boxed(protocol::refuse(&exception, request_id))
        });
        tracing::debug!(%request_id, %method, path, status = response.status().as_u16(), "answered");
        response
    }

    async fn hand_on(
        &self,
        request: Request<RequestBody>,
        request_id: Uuid,
        method: &Method,
        path: &str,
    ) -> Response<ResponseBody> {
        let (parts, body) = request.into_parts();
        // Browsers do not sign it, so this comes before the auth layer. S3's rules for other origins
        // are the buckets' own.
        if *method == Method::OPTIONS
            && dispatch(&parts, &self.auth.s3_domains) == Destination::Pinpoint
        {
            return boxed(protocol::answer_options(&self.router, path, request_id));
        }
        let request = Request::from_parts(parts, body);
        let clock = &self.node.context.clock;
        let now = Now {
            wall: clock.wall_now(),
            advanced: clock.advanced(),
        };
        match auth::admit(request, &self.auth, now).boxed().await {
            Ok(Admitted::Control(request)) => boxed(control::answer(&self.node, request).await),
            Ok(Admitted::Pinpoint { request, identity }) => {
                let scope = self.scope(identity);
                let report = request.body().report();
                let answered =
                    protocol::answer(&self.node.context, &self.router, scope, request, request_id);
                let answer = answered.boxed().await;
                boxed(match report.fault() {
                    Some(fault) => {
                        protocol::turn_away(&fault.refusal(Service::Pinpoint), request_id)
                    }
                    None => answer,
                })
            }
            Ok(Admitted::S3 {
                request,
                identity,
                bucket,
                signed_region,
                form_reply,
            }) => {
                let report = request.body().report();
                let other_region = |region: &str| signed_region.as_ref()?.refusal(region);
                let context = CallContext {
                    identity,
                    virtual_host_bucket: bucket,
                    request_id: &s3_request_id(request_id),
                    other_region: signed_region.is_some().then_some(&other_region),
                    body_fault: &|| Some(report.fault()?.refusal(Service::S3).answer),
                };
                let response = self.s3.call(request, context).boxed().await;
                match form_reply {
                    Some(reply) if response.status().is_success() => {
                        let (mut parts, _) = response.into_parts();
                        let body = reply.answer(&mut parts);
                        boxed(Response::from_parts(parts, Full::from(body)))
                    }
                    _ => boxed(response),
                }
            }
            Err(refusal) => match refusal.service {
                Service::Pinpoint => boxed(protocol::turn_away(&refusal, request_id)),
                Service::S3 => {
                    let names = RequestNames {
                        method,
                        path,
                        elements: &[],
                        request_id: &s3_request_id(request_id),
                    };
                    boxed(answer::refuse(&refusal.answer, names))
                }
            },
        }
    }

    fn scope(&self, identity: Identity) -> Scope {
        let config = &self.node.config;
        let (account, region) = match identity {
            Identity::Anonymous => (config.account.clone(), None),
            Identity::Account {
                account, region, ..
            } => (account, region),
        };
        Scope {
            account,
            region: region.unwrap_or_else(|| config.region.clone()),
        }
    }
}

/// S3's request ids are shorter than the other services'.
fn s3_request_id(request_id: Uuid) -> String {
    let (high, _) = request_id.as_u64_pair();
    format!("{high:016X}")
}

fn boxed<B>(response: Response<B>) -> Response<ResponseBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    response.map(|body| body.map_err(Into::into).boxed_unsync())
}
