//! The control interface under `/_emulator`: JSON, unsigned, for tests and tools. Nothing of it is AWS's.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, Limited};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::capabilities;
use crate::domain::id::ApplicationId;
use crate::domain::population::COUNT_MAX;
use crate::domain::timestamp;
use crate::facts::operations::Operation;
use crate::node::Node;
use crate::operations::applications;
use crate::pace::Pace;
use crate::store::applications::PopulationSettings;

/// Greatest size of a request's body.   (bytes)
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Why a control request is not carried out: a status and a text.
type ControlError = (StatusCode, String);

/// Answers a request whose path begins with `/_emulator`.
pub(crate) async fn answer<B>(node: &Node, request: Request<B>) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let route = parts
        .uri
        .path()
        .strip_prefix("/_emulator")
        .unwrap_or_default();
    let route = route.strip_prefix('/').unwrap_or(route);
    let outcome = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => carry_out(node, &parts.method, route, &body.to_bytes()).await,
        Err(error) => Err((
            StatusCode::BAD_REQUEST,
            format!("the body could not be read: {error}"),
        )),
    };
    let (status, value) = match outcome {
        Ok(value) => (StatusCode::OK, value),
        Err((status, message)) => (status, json!({ "message": message })),
    };
    let mut response = Response::new(Full::from(value.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

async fn carry_out(
    node: &Node,
    method: &Method,
    route: &str,
    body: &Bytes,
) -> Result<Value, ControlError> {
    if let Some(id) = route.strip_prefix("applications/") {
        return match *method {
            Method::PUT => put_application(node, id, input(body)?).await,
            _ => Err(wrong_method(method)),
        };
    }
    match (method, route) {
        (&Method::GET, "health") => {
            Ok(json!({ "status": "ready", "version": env!("CARGO_PKG_VERSION") }))
        }
        (&Method::GET, "info") => Ok(info(node)),
        (&Method::GET, "capabilities") => Ok(capabilities::all()),
        (&Method::POST, "reset") => {
            node.reset().await.map_err(|error| internal(&error))?;
            Ok(json!({}))
        }
        (&Method::GET, "clock") => Ok(clock(node)),
        (&Method::PUT, "clock") => set_clock(node, &input(body)?).await,
        (&Method::POST, "clock/advance") => advance(node, &input(body)?).await,
        (method, "health" | "info" | "capabilities" | "reset" | "clock" | "clock/advance") => {
            Err(wrong_method(method))
        }
        (
            _,
            "faults" | "roles" | "requests" | "wait" | "snapshot" | "ns" | "metrics"
            | "openapi.json" | "",
        ) => Err((
            StatusCode::NOT_IMPLEMENTED,
            format!("/_emulator/{route} is not built yet"),
        )),
        _ => Err((
            StatusCode::NOT_FOUND,
            format!("there is no /_emulator/{route}"),
        )),
    }
}

fn info(node: &Node) -> Value {
    let written = Operation::ALL
        .iter()
        .filter(|operation| operation.is_written());
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "seed": node.config.seed,
        "pace": node.context.clock.pace().to_string(),
        "auth": node.config.auth.as_str(),
        "clock": timestamp::to_wire(node.context.clock.now()),
        "operations": written.map(|operation| operation.spec().name).collect::<Vec<_>>(),
    })
}

fn clock(node: &Node) -> Value {
    let clock = &node.context.clock;
    json!({ "now": timestamp::to_wire(clock.now()), "pace": clock.pace().to_string() })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    now: Option<Timestamp>,
    pace: Option<String>,
}

async fn set_clock(node: &Node, input: &SetClock) -> Result<Value, ControlError> {
    let shown = &node.context.clock;
    let pace = match &input.pace {
        Some(pace) => pace
            .parse::<Pace>()
            .map_err(|error| (StatusCode::BAD_REQUEST, error))?,
        None => shown.pace(),
    };
    let now = input.now.unwrap_or_else(|| shown.now());
    let set = node.context.runner.set_clock(now, pace).await;
    set.map_err(|stopped| internal(&stopped))?;
    Ok(clock(node))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    millis: u64,
}

async fn advance(node: &Node, input: &Advance) -> Result<Value, ControlError> {
    let advanced = node
        .context
        .runner
        .advance(Duration::from_millis(input.millis))
        .await;
    advanced.map_err(|stopped| internal(&stopped))?;
    Ok(clock(node))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PutApplication {
    name: Option<String>,
    population: Option<PutPopulation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PutPopulation {
    count: u64,
    seed: Option<u64>,
}

#[derive(Debug, Serialize)]
struct ApplicationState<'a> {
    id: &'a str,
    name: &'a str,
    account: &'a str,
    region: &'a str,
    population: PopulationSettings,
}

async fn put_application(
    node: &Node,
    id: &str,
    input: PutApplication,
) -> Result<Value, ControlError> {
    let id = ApplicationId::parse(id).ok_or_else(|| {
        let text = format!(
            "`{id}` is no application id: 1 to 64 letters, digits, hyphens and underscores"
        );
        (StatusCode::BAD_REQUEST, text)
    })?;
    let population = input.population.map(|population| PopulationSettings {
        count: population.count,
        seed: population.seed,
    });
    if population.is_some_and(|population| population.count > COUNT_MAX) {
        let text = "a population has at most 2^40 endpoints";
        return Err((StatusCode::BAD_REQUEST, text.to_owned()));
    }
    let _open = node.context.gate.read().await;
    let application =
        applications::put_application(&node.context, node.scope(), id, input.name, population)
            .await
            .map_err(|error| internal(&error))?;
    let state = ApplicationState {
        id: application.id.as_str(),
        name: &application.name,
        account: application.scope.account.as_str(),
        region: application.scope.region.as_str(),
        population: application.population,
    };
    Ok(json!(state))
}

fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err((
            StatusCode::BAD_REQUEST,
            "the body is no JSON object".to_owned(),
        ));
    }
    serde_json::from_slice(body).map_err(|error| {
        (
            StatusCode::BAD_REQUEST,
            format!("the body is not as expected: {error}"),
        )
    })
}

fn internal(error: &dyn std::error::Error) -> ControlError {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

fn wrong_method(method: &Method) -> ControlError {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{method} is not for this path"),
    )
}
