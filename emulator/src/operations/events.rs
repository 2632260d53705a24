//! PutEvents, as far as it creates and updates endpoints. Events are checked, answered and dropped:
//! there are no analytics here for them to show in.

use indexmap::IndexMap;

use super::{Context, endpoints};
use crate::domain::endpoint::Origin;
use crate::domain::timestamp;
use crate::facts::limits::EVENTS_PER_REQUEST_MAX;
use crate::facts::messages;
use crate::model::endpoint::EndpointRequest;
use crate::model::events::{
    Event, EventsBatch, EventsRequest, EventsResponse, ItemResponse, ItemStatus,
};
use crate::model::exception::Exception;
use crate::store::applications::Scope;
use crate::store::audience::Audience;
use crate::store::registration::{self, RegistrationError};
use crate::store::{StoreError, Transaction};

/// PutEvents: each endpoint and each event is accepted or refused by itself.
pub(crate) async fn put_events(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<EventsRequest, Exception>,
) -> Result<EventsResponse, Exception> {
    let now = context.now_on_wire();
    endpoints::write(context, scope, application_id, move |tx, audience| {
        let items = input?.batch_item;
        let events = items.values().flat_map(|item| &item.events);
        if events.map(IndexMap::len).sum::<usize>() > EVENTS_PER_REQUEST_MAX {
            return Err(Exception::bad_request(messages::TOO_MANY_EVENTS));
        }
        let mut results = IndexMap::new();
        for (endpoint_id, item) in items {
            let result = put_item(tx, audience, endpoint_id.clone(), item, &now)?;
            results.insert(endpoint_id, result);
        }
        Ok(EventsResponse { results })
    })
    .await
}

/// # Source
/// A captured answer (2022): endpoint and each event have statuses of their own; recorded;
/// case: events/endpoint-and-events-are-answered-one-by-one. That a refused endpoint takes no event
/// with it: assumed; case: events/a-refused-endpoint-is-refused-alone
fn put_item(
    tx: &mut dyn Transaction,
    audience: &Audience,
    endpoint_id: String,
    item: EventsBatch,
    now: &str,
) -> Result<ItemResponse, StoreError> {
    let refused = match item.endpoint {
        Some(endpoint) => put_endpoint(tx, audience, endpoint_id, endpoint, now)?,
        None => Some(messages::missing_member("Endpoint")),
    };
    let events = item.events.unwrap_or_default();
    Ok(ItemResponse {
        endpoint_item_response: status(refused),
        events_item_response: events
            .into_iter()
            .map(|(id, event)| (id, status(refusal(&event))))
            .collect(),
    })
}

/// Writes an endpoint and answers why not, if so.
///
/// # Source
/// That `{}`, which apps send along with their events, neither makes nor changes an endpoint: assumed;
/// case: events/an-empty-endpoint-changes-nothing. That the empty text is no id, although updates take
/// an id that is missing from the address: assumed; case: events/an-empty-endpoint-id-is-refused
fn put_endpoint(
    tx: &mut dyn Transaction,
    audience: &Audience,
    endpoint_id: String,
    endpoint: EndpointRequest,
    now: &str,
) -> Result<Option<String>, StoreError> {
    if endpoint == EndpointRequest::default() {
        return Ok(None);
    }
    if endpoint_id.is_empty() {
        return Ok(Some(messages::missing_member("EndpointId")));
    }
    let request = EndpointRequest {
        id: Some(endpoint_id),
        ..endpoint
    };
    match registration::register(tx, audience, request, Origin::Api, now) {
        Ok(_) => Ok(None),
        Err(RegistrationError::Endpoint(error)) => Ok(Some(error.to_string())),
        Err(RegistrationError::Store(error)) => Err(error),
    }
}

/// Why an event is refused, if it is.
///
/// # Source
/// API model, Event and Session (required members); documented;
/// case: events/an-event-without-type-is-refused-alone. That a timestamp must be one: assumed;
/// case: events/an-undated-event-is-refused-alone
fn refusal(event: &Event) -> Option<String> {
    let is_missing = |text: &Option<String>| text.as_ref().is_none_or(String::is_empty);
    if is_missing(&event.event_type) {
        return Some(messages::missing_member("EventType"));
    }
    let Some(timestamp) = &event.timestamp else {
        return Some(messages::missing_member("Timestamp"));
    };
    if timestamp::parse(timestamp).is_none() {
        return Some(messages::EVENT_TIMESTAMP_INVALID.to_owned());
    }
    let session = event.session.as_ref()?;
    if is_missing(&session.id) {
        return Some(messages::missing_member("Session.Id"));
    }
    is_missing(&session.start_timestamp).then(|| messages::missing_member("Session.StartTimestamp"))
}

fn status(refused: Option<String>) -> ItemStatus {
    ItemStatus {
        status_code: if refused.is_some() { 400 } else { 202 },
        message: refused.unwrap_or_else(|| messages::ACCEPTED.to_owned()),
    }
}
