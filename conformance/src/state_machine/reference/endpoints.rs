//! The machine of endpoints and users: what each call answers, judged at the end by an export.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use proptest::strategy::{BoxedStrategy, Strategy as _};
use proptest_state_machine::ReferenceStateMachine;

use super::audience::{Audience, Kind, Refusal};
use super::{Machine, array, object, quoted};
use crate::state_machine::call::{Answer, Call, EXPORT_MS, ExportCall};
use crate::state_machine::subject::Subject;
use crate::state_machine::transition::endpoints::{
    Address, EventKind, EventsBatch, Pick, Start, Transition, Update, UserPick, UserUpdate, Values,
    start, transition,
};

/// Message of a user or an endpoint that does not exist.
const RESOURCE_NOT_FOUND: Option<&str> = Some("Resource not found");

/// The model of one application's endpoints.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    start: Start,
    audience: Audience,
    exports: usize,
}

impl ReferenceStateMachine for Endpoints {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        let model = |start| Self {
            start,
            audience: Audience::default(),
            exports: 0,
        };
        start().prop_map(model).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Transition> {
        transition()
    }

    fn apply(mut state: Self, transition: &Transition) -> Self {
        Self::calls(&mut state, transition);
        state
    }
}

impl Machine for Endpoints {
    const GROUP: &'static str = "endpoints";

    fn without_start(state: &Self) -> Option<Self> {
        (state.start != Start::Empty).then(|| Self {
            start: Start::Empty,
            ..state.clone()
        })
    }

    async fn begin(
        state: &mut Self,
        subject: &mut Subject,
        calls: &mut Vec<String>,
    ) -> Result<(), Vec<String>> {
        state.audience.now = subject.now().await.map_err(|reason| vec![reason])?;
        if let Start::Population(count) = state.start {
            calls.push(format!("{count} synthetic endpoints"));
            state.audience.endpoints = subject
                .populate(count)
                .await
                .map_err(|reason| vec![reason])?;
            state.audience.now = subject.now().await.map_err(|reason| vec![reason])?;
        }
        for call in state.first_calls() {
            calls.push(call.to_string());
            subject.play(&call).await?;
        }
        Ok(())
    }

    fn calls(state: &mut Self, transition: &Transition) -> Vec<Call> {
        let audience = &mut state.audience;
        let call = match transition {
            Transition::Update(pick, update) => {
                let id = audience.endpoint_id(*pick);
                update_endpoint(audience, id, update)
            }
            Transition::Batch(items) => update_batch(audience, items),
            Transition::Get(pick) => get(audience, &audience.endpoint_id(*pick)),
            Transition::Delete(pick) => delete(audience, *pick),
            Transition::GetUser(pick) => get_user(audience, *pick),
            Transition::DeleteUser(pick) => delete_user(audience, *pick),
            Transition::RemoveAttributes(kind, patterns) => {
                remove_attributes(audience, kind, patterns)
            }
            Transition::PutEvents(batches) => put_events(audience, batches),
            Transition::Advance(millis) => advance(audience, *millis),
            Transition::Export => state.export(),
        };
        vec![call]
    }

    fn last_calls(state: &mut Self) -> Vec<Call> {
        let ids = state.audience.endpoints.keys();
        let mut calls: Vec<Call> = ids.map(|id| get(&state.audience, id)).collect();
        calls.push(state.export());
        calls
    }
}

impl Endpoints {
    /// Writes what the sequence starts from; a population is there already.
    fn first_calls(&mut self) -> Vec<Call> {
        match &self.start {
            Start::Empty | Start::Population(_) => Vec::new(),
            Start::CrowdedUser(channels) => {
                let mut calls = Vec::new();
                for (number, channel) in channels.iter().enumerate() {
                    let mut update = endpoint(channel, &format!("crowd-{number:02}@example.com"));
                    update.user = Some(UserUpdate {
                        id: Some(UserPick::Somebody(Pick::Fixed(0))),
                        attributes: IndexMap::new(),
                    });
                    let id = format!("crowd-{number:02}");
                    calls.push(update_endpoint(&mut self.audience, id, &update));
                    // So that one of them is the oldest.
                    calls.push(advance(&mut self.audience, 1000));
                }
                calls
            }
            Start::ManyNames(count) => {
                let mut update = endpoint("EMAIL", "names@example.com");
                for number in 0..*count {
                    let values = Some(vec!["x".to_owned()]);
                    update
                        .attributes
                        .insert(format!("name-{number:03}"), values);
                }
                vec![update_endpoint(
                    &mut self.audience,
                    "names".to_owned(),
                    &update,
                )]
            }
        }
    }

    fn export(&mut self) -> Call {
        self.exports += 1;
        let lines = self.audience.lines();
        self.audience.now += i64::try_from(EXPORT_MS).expect("a second");
        Call::Export(ExportCall {
            members: String::new(),
            folder: format!("export-{}", self.exports),
            lines,
        })
    }
}

/// A whole endpoint with nothing but channel and address.
pub(crate) fn endpoint(channel: &'static str, address: &str) -> Update {
    Update {
        scalars: IndexMap::from([("ChannelType", Some(channel))]),
        address: Some(Address::Fixed(address.to_owned())),
        ..Update::default()
    }
}

/// Lets time pass.
pub(crate) fn advance(audience: &mut Audience, millis: u64) -> Call {
    audience.now += i64::try_from(millis).expect("some days at most");
    Call::Advance(millis)
}

/// UpdateEndpoint.
pub(crate) fn update_endpoint(audience: &mut Audience, id: String, update: &Update) -> Call {
    let line = format!("PUT /v1/apps/{{application}}/endpoints/{}", label(&id));
    let body = body(audience, None, update);
    let answer = accepted(audience.write(Some(id), update));
    Call::request("UpdateEndpoint", line, body, answer)
}

/// All items in order, or none.
fn update_batch(audience: &mut Audience, items: &[(Option<Pick>, Update)]) -> Call {
    let mut after = audience.clone();
    let mut answer = Answer::Accepted;
    let mut bodies = Vec::new();
    for (index, (pick, update)) in items.iter().enumerate() {
        // Picks count what was there before the batch, as the bodies are written before it is sent.
        let id = pick.map(|pick| audience.endpoint_id(pick));
        bodies.push(body(audience, id.as_deref(), update));
        let update = pinned(audience, update);
        if matches!(answer, Answer::Accepted) {
            let named = id.as_ref().map_or(String::new(), |id| format!(", Id {id}"));
            if let Err(message) = after.try_write(id, &update) {
                // The first bad item is named.
                let message = message.map(|text| format!("{text} (Item[{index}]{named})"));
                answer = Answer::BadRequest(message);
            }
        }
    }
    if matches!(answer, Answer::Accepted) {
        *audience = after;
    }
    let line = "PUT /v1/apps/{application}/endpoints";
    let body = format!(r#"{{"Item":{}}}"#, array(bodies));
    Call::request("UpdateEndpointsBatch", line, body, answer)
}

/// The update with its address and user as they were meant when its body was written.
fn pinned(audience: &Audience, update: &Update) -> Update {
    let mut update = update.clone();
    if let Some(address) = &mut update.address {
        *address = audience
            .address(address)
            .map_or(Address::Null, Address::Fixed);
    }
    if let Some(UserUpdate { id: Some(pick), .. }) = &mut update.user {
        *pick = audience.user(pick).map_or(UserPick::Null, UserPick::Named);
    }
    update
}

fn accepted(outcome: Result<(), Refusal>) -> Answer {
    match outcome {
        Ok(()) => Answer::Accepted,
        Err(message) => Answer::BadRequest(message.map(str::to_owned)),
    }
}

fn get(audience: &Audience, id: &str) -> Call {
    let line = format!("GET /v1/apps/{{application}}/endpoints/{}", label(id));
    let answer = match audience.endpoints.get(id) {
        Some(endpoint) => Answer::Json(200, endpoint.response()),
        None => Answer::NotFound(RESOURCE_NOT_FOUND),
    };
    Call::request("GetEndpoint", line, "", answer)
}

fn delete(audience: &mut Audience, pick: Pick) -> Call {
    let id = audience.endpoint_id(pick);
    let line = format!("DELETE /v1/apps/{{application}}/endpoints/{}", label(&id));
    let answer = match audience.endpoints.remove(&id) {
        Some(endpoint) => Answer::Json(202, endpoint.response()),
        None => Answer::NotFound(RESOURCE_NOT_FOUND),
    };
    Call::request("DeleteEndpoint", line, "", answer)
}

fn get_user(audience: &Audience, pick: Pick) -> Call {
    let user = audience.user_id(pick);
    let line = format!("GET /v1/apps/{{application}}/users/{}", label(&user));
    let ids = audience.endpoints_of(&user);
    let items = ids.iter().map(|id| audience.endpoints[id].response());
    let answer = if ids.is_empty() {
        Answer::NotFound(RESOURCE_NOT_FOUND)
    } else {
        Answer::Items(200, items.collect())
    };
    Call::request("GetUserEndpoints", line, "", answer)
}

fn delete_user(audience: &mut Audience, pick: Pick) -> Call {
    let user = audience.user_id(pick);
    let line = format!("DELETE /v1/apps/{{application}}/users/{}", label(&user));
    let ids = audience.endpoints_of(&user);
    let gone = ids.iter().filter_map(|id| audience.endpoints.remove(id));
    let items: Vec<String> = gone.map(|endpoint| endpoint.response()).collect();
    let answer = if items.is_empty() {
        Answer::NotFound(RESOURCE_NOT_FOUND)
    } else {
        Answer::Items(202, items)
    };
    Call::request("DeleteUserEndpoints", line, "", answer)
}

fn remove_attributes(audience: &mut Audience, kind: &str, patterns: &[&str]) -> Call {
    let line = format!("PUT /v1/apps/{{application}}/attributes/{kind}");
    let list = array(patterns.iter().map(|pattern| quoted(pattern)));
    let body = format!(r#"{{"Blacklist":{list}}}"#);
    let known = match kind {
        "endpoint-custom-attributes" => Some(Kind::Attribute),
        "endpoint-metric-attributes" => Some(Kind::Metric),
        "endpoint-user-attributes" => Some(Kind::UserAttribute),
        _ => None,
    };
    let answer = match known {
        None => Answer::BadRequest(None),
        Some(known) => {
            let names = audience.names().into_iter();
            let hit: BTreeSet<String> = names
                .filter(|(kind, _)| *kind == known)
                .map(|(_, name)| name)
                .filter(|name| patterns.iter().any(|pattern| fits(pattern, name)))
                .collect();
            audience
                .removed
                .extend(hit.iter().map(|name| (known, name.clone())));
            let members = [
                ("ApplicationId", quoted("{application}")),
                ("AttributeType", quoted(kind)),
                ("Attributes", array(hit.iter().map(|name| quoted(name)))),
            ];
            Answer::Json(200, object(members))
        }
    };
    Call::request("RemoveAttributes", line, body, answer)
}

/// Whether a pattern with at most one `*` fits the whole name.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

/// Each endpoint is written by the rules of UpdateEndpoint, whatever becomes of the others.
fn put_events(audience: &mut Audience, batches: &[(Pick, EventsBatch)]) -> Call {
    let before = audience.clone();
    let batches: IndexMap<String, &EventsBatch> = batches
        .iter()
        .map(|(pick, batch)| (before.endpoint_id(*pick), batch))
        .collect();
    let mut sent = Vec::new();
    let mut results = Vec::new();
    for (id, batch) in &batches {
        let is_empty = batch.update.is_empty();
        let events = batch.events.iter().enumerate().map(|(number, kind)| {
            let timestamp = match kind {
                EventKind::Good => "2026-01-01T00:00:00.000Z",
                EventKind::BadTimestamp => "noon",
            };
            let event = format!(r#"{{"EventType":"open","Timestamp":"{timestamp}"}}"#);
            (format!("event-{number}"), event)
        });
        let events: Vec<(String, String)> = events.collect();
        let events = events
            .iter()
            .map(|(id, event)| (id.as_str(), event.clone()));
        let members = [
            ("Endpoint", body(&before, None, &batch.update)),
            ("Events", object(events)),
        ];
        sent.push((id.as_str(), object(members)));

        let outcome = if is_empty {
            Ok(())
        } else {
            audience.write(Some(id.clone()), &pinned(&before, &batch.update))
        };
        let endpoint = match outcome {
            Ok(()) => item(202, &quoted("Accepted")),
            Err(Some(message)) => item(400, &quoted(message)),
            Err(None) => item(400, "{any:text}"),
        };
        let events = batch.events.iter().enumerate().map(|(number, kind)| {
            let answer = match kind {
                EventKind::Good => item(202, &quoted("Accepted")),
                EventKind::BadTimestamp => item(400, "{any:text}"),
            };
            (format!("event-{number}"), answer)
        });
        let events: Vec<(String, String)> = events.collect();
        let events = events
            .iter()
            .map(|(id, answer)| (id.as_str(), answer.clone()));
        let members = [
            ("EndpointItemResponse", endpoint),
            ("EventsItemResponse", object(events)),
        ];
        results.push((id.as_str(), object(members)));
    }
    let body = object([("BatchItem", object(sent))]);
    let answer = Answer::Json(202, object([("Results", object(results))]));
    Call::request(
        "PutEvents",
        "POST /v1/apps/{application}/events",
        body,
        answer,
    )
}

fn item(status: u16, message: &str) -> String {
    object([
        ("StatusCode", status.to_string()),
        ("Message", message.to_owned()),
    ])
}

/// A label of the path as SDKs encode it.
fn label(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The body of an update as the audience's picks stand now.
fn body(audience: &Audience, id: Option<&str>, update: &Update) -> String {
    let null = || "null".to_owned();
    let text = |text: Option<&str>| text.map_or_else(null, quoted);
    let mut members: Vec<(&str, String)> = Vec::new();
    members.extend(id.map(|id| ("Id", quoted(id))));
    members.extend(
        update
            .scalars
            .iter()
            .map(|(name, value)| (*name, text(*value))),
    );
    if let Some(address) = &update.address {
        let address = audience.address(address);
        members.push(("Address", text(address.as_deref())));
    }
    if !update.location.is_empty() {
        let location = update.location.iter().map(|(name, value)| {
            let is_number = matches!(*name, "Latitude" | "Longitude");
            let number = value.filter(|_| is_number).map(str::to_owned);
            (*name, number.unwrap_or_else(|| text(*value)))
        });
        members.push(("Location", object(location)));
    }
    if !update.demographic.is_empty() {
        let demographic = update.demographic.iter();
        let demographic = demographic.map(|(name, value)| (*name, text(*value)));
        members.push(("Demographic", object(demographic)));
    }
    if !update.attributes.is_empty() {
        members.push(("Attributes", lists(&update.attributes)));
    }
    if !update.metrics.is_empty() {
        let metrics = update.metrics.iter();
        let number = |number: Option<&str>| number.map_or_else(null, str::to_owned);
        let metrics = metrics.map(|(name, value)| (name.as_str(), number(*value)));
        members.push(("Metrics", object(metrics)));
    }
    if let Some(user) = &update.user {
        let mut inner = Vec::new();
        if let Some(pick) = &user.id {
            let id = audience.user(pick);
            inner.push(("UserId", text(id.as_deref())));
        }
        if !user.attributes.is_empty() {
            inner.push(("UserAttributes", lists(&user.attributes)));
        }
        members.push(("User", object(inner)));
    }
    object(members)
}

fn lists(values: &Values<Vec<String>>) -> String {
    object(values.iter().map(|(name, values)| {
        let list = values.as_ref();
        let list = list.map(|list| array(list.iter().map(|value| quoted(value))));
        (name.as_str(), list.unwrap_or_else(|| "null".to_owned()))
    }))
}
