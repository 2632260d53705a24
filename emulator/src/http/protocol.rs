//! restJson1: from an HTTP request to a call of an operation, and from its outcome to an answer.
//!
//! Bodies are the bare shapes; the wrappers that SDKs show do not exist on the wire. What each
//! operation takes from the request stands in `calls`.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    CONTENT_TYPE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use serde::Serialize;
use uuid::Uuid;

use super::auth::Refusal;
use super::calls::{Call, carry_out};
use super::router::Router;
use crate::facts::front::{
    self, ALLOWED_HEADERS, FrontAnswer, TOO_MANY_REQUESTS, UNSUPPORTED_MEDIA_TYPE,
};
use crate::facts::limits::BODY_BYTES_MAX;
use crate::facts::messages;
use crate::model::exception::{Exception, ExceptionBody, ExceptionKind};
use crate::model::json;
use crate::operations::Context;
use crate::store::applications::Scope;

/// # Source
/// Headers of answers recorded in aws-amplify/aws-sdk-ios issue 861; recorded; case: protocol/error-shape
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Answers a request that the auth layer has let through.
pub(crate) async fn answer<B>(
    context: &Context,
    router: &Router,
    scope: Scope,
    request: http::Request<B>,
    request_id: Uuid,
) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match outcome(context, router, scope, request, request_id).await {
        Ok((status, body)) => respond(status, body, request_id),
        Err(Denial::Service(exception)) => refuse(&exception, request_id),
        Err(Denial::Front(answer)) => {
            let mut response = respond(answer.status, answer.body.into(), request_id);
            let code = HeaderValue::from_static(answer.code);
            response.headers_mut().insert(ERROR_TYPE, code);
            response
        }
    }
}

/// Answers OPTIONS, which browsers ask before a script's request and do not sign.
///
/// # Source
/// API reference, methods of each resource (OPTIONS: 200, no body); documented. Which headers it
/// has: [`ALLOWED_HEADERS`]; that the methods are those of the resource: as there;
/// case: protocol/options-answers-200
pub(crate) fn answer_options(
    router: &Router,
    raw_path: &str,
    request_id: Uuid,
) -> Response<Full<Bytes>> {
    let methods = match router.methods(raw_path) {
        Ok(methods) => methods.join(","),
        Err(exception) => return refuse(&exception, request_id),
    };
    let mut response = respond(200, Vec::new(), request_id);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(ALLOWED_HEADERS),
    );
    let methods = HeaderValue::try_from(methods).expect("methods are words");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    response
}

/// Why a request is no success.
#[derive(Debug)]
enum Denial {
    /// The operation says so.
    Service(Exception),
    /// It does not get that far.
    Front(FrontAnswer),
}

impl From<Exception> for Denial {
    fn from(exception: Exception) -> Self {
        Self::Service(exception)
    }
}

/// Status and body of a success.
async fn outcome<B>(
    context: &Context,
    router: &Router,
    scope: Scope,
    request: http::Request<B>,
    request_id: Uuid,
) -> Result<(u16, Vec<u8>), Denial>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    // First of all, since only the whole body proves who asks.
    let body = collect(body).await?;
    let (operation, labels) = router.route(&parts.method, parts.uri.path())?;
    let spec = operation.spec();
    if !operation.is_written() {
        let text = messages::not_written(spec.name);
        return Err(Exception::new(ExceptionKind::NotImplemented, text).into());
    }
    if !context
        .throttle
        .admits(&scope, operation, context.clock.now())
    {
        return Err(Denial::Front(TOO_MANY_REQUESTS));
    }
    if spec.request.is_some() && !has_json_body(&parts.headers) {
        return Err(Denial::Front(UNSUPPORTED_MEDIA_TYPE));
    }
    let call = Call {
        scope,
        labels,
        query: parts.uri.query(),
        request: spec.request,
        body,
        request_id,
    };
    let _open = context.gate.read().await;
    Ok((spec.status, carry_out(context, operation, call).await?))
}

fn has_json_body(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let media_type = content_type.to_str().unwrap_or_default().split(';').next();
    front::is_json(&media_type.unwrap_or_default().trim().to_ascii_lowercase())
}

/// The answer for a request that the auth layer turned away.
///
/// # Source
/// The front's own answers have a lower-case `message`: aws-amplify/aws-sdk-android issue 867; recorded
/// for a denial, assumed for signatures; case: protocol/unsigned-request
pub(crate) fn turn_away(refusal: &Refusal, request_id: Uuid) -> Response<Full<Bytes>> {
    #[derive(Serialize)]
    struct FrontBody<'a> {
        message: &'a str,
    }
    let answer = &refusal.answer;
    let body = json::to_vec(&FrontBody {
        message: &answer.message,
    });
    let mut response = respond(answer.status, body, request_id);
    let code = HeaderValue::from_str(&answer.code).expect("codes are words");
    response.headers_mut().insert(ERROR_TYPE, code);
    response
}

async fn collect<B>(body: B) -> Result<Bytes, Exception>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Exception::new(
            ExceptionKind::PayloadTooLarge,
            messages::PAYLOAD_TOO_LARGE,
        )),
        Err(error) => Err(Exception::bad_request(messages::malformed_body(
            &error.to_string(),
        ))),
    }
}

/// Renders an exception, and tells the log what the caller does not learn of it.
pub(crate) fn refuse(exception: &Exception, request_id: Uuid) -> Response<Full<Bytes>> {
    if let Some(missing) = &exception.missing {
        tracing::debug!(%request_id, %exception, %missing, "refused");
    }
    let body = json::to_vec(&ExceptionBody {
        message: &exception.message,
        request_id: &request_id.to_string(),
    });
    let mut response = respond(exception.kind.status(), body, request_id);
    response
        .headers_mut()
        .insert(ERROR_TYPE, HeaderValue::from_static(exception.kind.name()));
    response
}

fn respond(status: u16, body: Vec<u8>, request_id: Uuid) -> Response<Full<Bytes>> {
    let has_body = !body.is_empty();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::from_u16(status).expect("all statuses are valid");
    let headers = response.headers_mut();
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert(
        REQUEST_ID,
        HeaderValue::try_from(request_id.to_string()).expect("a UUID is ASCII"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
