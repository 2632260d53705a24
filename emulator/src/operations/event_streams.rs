//! PutEventStream, GetEventStream, DeleteEventStream.
//!
//! An event stream is kept as configuration; no event is ever written to it.

use super::{Context, find_application, not_found};
use crate::domain::arn::Arn;
use crate::domain::id::ApplicationId;
use crate::domain::timestamp;
use crate::facts::event_streams::{DESTINATION_INVALID, ROLE_INVALID};
use crate::model::event_stream::{EventStream, WriteEventStream};
use crate::model::exception::Exception;
use crate::store::applications::Scope;
use crate::store::{View, event_streams as stored};

/// PutEventStream: sets the one event stream of an application, or replaces it.
///
/// # Source
/// Order of the checks (application, destination, role): assumed; case: event-stream/checks-in-order
pub(crate) async fn put_event_stream(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<WriteEventStream, Exception>,
) -> Result<EventStream, Exception> {
    let modified = context.clock.now();
    context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let input = parse(input?)?;
            let stream = stored::EventStream {
                destination_stream_arn: input.destination_stream_arn,
                role_arn: input.role_arn,
                modified,
            };
            stored::put(tx, &application.id, &stream);
            Ok(response(&application.id, stream))
        })
        .await
}

/// GetEventStream.
///
/// # Source
/// `Resource not found` where there is none: hashicorp/terraform-provider-aws, event_stream, reads
/// a NotFoundException as that; recorded. Its text: assumed; case: event-stream/none
pub(crate) async fn get_event_stream(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<EventStream, Exception> {
    context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            let stream = find(view, &application.id)?;
            Ok(response(&application.id, stream))
        })
        .await
}

/// DeleteEventStream: answers what it was.
pub(crate) async fn delete_event_stream(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<EventStream, Exception> {
    context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let stream = find(tx, &application.id)?;
            stored::delete(tx, &application.id);
            Ok(response(&application.id, stream))
        })
        .await
}

fn find(view: &dyn View, application: &ApplicationId) -> Result<stored::EventStream, Exception> {
    let stream = stored::get(view, application)?;
    stream.ok_or_else(|| not_found("event stream of application", application.as_str()))
}

fn parse(input: WriteEventStream) -> Result<WriteEventStream, Exception> {
    let destination = Arn::parse(&input.destination_stream_arn);
    if !destination.is_some_and(|arn| arn.is_event_destination()) {
        return Err(Exception::bad_request(DESTINATION_INVALID));
    }
    if !Arn::parse(&input.role_arn).is_some_and(|arn| arn.is_role()) {
        return Err(Exception::bad_request(ROLE_INVALID));
    }
    Ok(input)
}

fn response(application: &ApplicationId, stream: stored::EventStream) -> EventStream {
    EventStream {
        application_id: application.to_string(),
        destination_stream_arn: stream.destination_stream_arn,
        role_arn: stream.role_arn,
        last_modified_date: timestamp::to_wire(stream.modified),
    }
}
