//! restJson1: from an HTTP request to an operation's input, and from its output to an answer.
//!
//! Bodies are the bare shapes; the wrappers that SDKs show do not exist on the wire.

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::auth::Refusal;
use super::router::{Labels, Router};
use crate::facts::limits::BODY_BYTES_MAX;
use crate::facts::messages;
use crate::facts::operations::Operation;
use crate::model::endpoint::MessageBody;
use crate::model::exception::{Exception, ExceptionBody, ExceptionKind};
use crate::model::json;
use crate::operations::{Context, PageQuery, applications, endpoints, export_jobs};
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
        Err(exception) => refuse(&exception, request_id),
    }
}

/// Status and body of a success.
async fn outcome<B>(
    context: &Context,
    router: &Router,
    scope: Scope,
    request: http::Request<B>,
    request_id: Uuid,
) -> Result<(u16, Vec<u8>), Exception>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let (operation, labels) = router.route(&parts.method, parts.uri.path())?;
    let spec = operation.spec();
    if !operation.is_written() {
        let text = messages::not_written(spec.name);
        return Err(Exception::new(ExceptionKind::NotImplemented, text));
    }
    let call = Call {
        scope,
        labels,
        query: parts.uri.query(),
        body: collect(body).await?,
        request_id,
    };
    let _open = context.gate.read().await;
    Ok((spec.status, carry_out(context, operation, call).await?))
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

/// What an operation can be called with.
struct Call<'a> {
    scope: Scope,
    labels: Labels,
    query: Option<&'a str>,
    body: Bytes,
    request_id: Uuid,
}

impl Call<'_> {
    fn application_id(&mut self) -> String {
        self.labels.take("application-id")
    }

    fn endpoint_id(&mut self) -> String {
        self.labels.take("endpoint-id")
    }

    fn user_id(&mut self) -> String {
        self.labels.take("user-id")
    }

    /// The body as a shape.
    fn input<T: DeserializeOwned>(&self) -> Result<T, Exception> {
        // Without this an array would pass as the list of a structure's members.
        if !self.body.trim_ascii_start().starts_with(b"{") {
            return Err(Exception::bad_request(messages::malformed_body(
                "it is no JSON object",
            )));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Exception::bad_request(messages::malformed_body(&error.to_string())))
    }

    fn page(&self) -> PageQuery {
        let mut page = PageQuery::default();
        for (name, value) in form_urlencoded::parse(self.query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "page-size" => page.size = Some(value.into_owned()),
                "token" => page.token = Some(value.into_owned()),
                _ => {}
            }
        }
        page
    }

    fn accepted(&self) -> MessageBody {
        MessageBody {
            request_id: self.request_id.to_string(),
            message: messages::ACCEPTED,
        }
    }
}

async fn carry_out(
    context: &Context,
    operation: Operation,
    mut call: Call<'_>,
) -> Result<Vec<u8>, Exception> {
    let scope = call.scope.clone();
    Ok(match operation {
        Operation::CreateApp => {
            json::to_vec(&applications::create_app(context, scope, call.input()?).await?)
        }
        Operation::GetApp => {
            json::to_vec(&applications::get_app(context, scope, call.application_id()).await?)
        }
        Operation::GetApps => {
            json::to_vec(&applications::get_apps(context, scope, call.page()).await?)
        }
        Operation::DeleteApp => {
            json::to_vec(&applications::delete_app(context, scope, call.application_id()).await?)
        }
        Operation::UpdateEndpoint => {
            let (application_id, endpoint_id) = (call.application_id(), call.endpoint_id());
            endpoints::update_endpoint(context, scope, application_id, endpoint_id, call.input())
                .await?;
            json::to_vec(&call.accepted())
        }
        Operation::UpdateEndpointsBatch => {
            let application_id = call.application_id();
            endpoints::update_endpoints_batch(context, scope, application_id, call.input()).await?;
            json::to_vec(&call.accepted())
        }
        Operation::GetEndpoint => {
            let (application_id, endpoint_id) = (call.application_id(), call.endpoint_id());
            json::to_vec(
                &endpoints::get_endpoint(context, scope, application_id, endpoint_id).await?,
            )
        }
        Operation::DeleteEndpoint => {
            let (application_id, endpoint_id) = (call.application_id(), call.endpoint_id());
            json::to_vec(
                &endpoints::delete_endpoint(context, scope, application_id, endpoint_id).await?,
            )
        }
        Operation::GetUserEndpoints => {
            let (application_id, user_id) = (call.application_id(), call.user_id());
            json::to_vec(
                &endpoints::get_user_endpoints(context, scope, application_id, user_id).await?,
            )
        }
        Operation::DeleteUserEndpoints => {
            let (application_id, user_id) = (call.application_id(), call.user_id());
            json::to_vec(
                &endpoints::delete_user_endpoints(context, scope, application_id, user_id).await?,
            )
        }
        Operation::CreateExportJob => {
            let application_id = call.application_id();
            json::to_vec(
                &export_jobs::create_export_job(context, scope, application_id, call.input())
                    .await?,
            )
        }
        Operation::GetExportJob => {
            let (application_id, job_id) = (call.application_id(), call.labels.take("job-id"));
            json::to_vec(
                &export_jobs::get_export_job(context, scope, application_id, job_id).await?,
            )
        }
        Operation::GetExportJobs => {
            let application_id = call.application_id();
            json::to_vec(
                &export_jobs::get_export_jobs(context, scope, application_id, call.page()).await?,
            )
        }
        Operation::GetSegmentExportJobs => {
            let application_id = call.application_id();
            json::to_vec(
                &export_jobs::get_segment_export_jobs(context, scope, application_id).await?,
            )
        }
        unwritten => unreachable!("{} is not marked as written", unwritten.spec().name),
    })
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

/// Renders an exception.
pub(crate) fn refuse(exception: &Exception, request_id: Uuid) -> Response<Full<Bytes>> {
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
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::from_u16(status).expect("all statuses are valid");
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        REQUEST_ID,
        HeaderValue::try_from(request_id.to_string()).expect("a UUID is ASCII"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
