//! UpdateEndpoint, UpdateEndpointsBatch, GetEndpoint, DeleteEndpoint, GetUserEndpoints,
//! DeleteUserEndpoints.

use super::{Context, find_application, not_found};
use crate::domain::endpoint::{EndpointError, Origin};
use crate::facts::limits::ENDPOINTS_PER_BATCH_MAX;
use crate::facts::messages;
use crate::model::endpoint::{
    EndpointBatchRequest, EndpointRequest, EndpointResponse, EndpointsResponse,
};
use crate::model::exception::Exception;
use crate::store::applications::Scope;
use crate::store::audience::{Audience, Found};
use crate::store::registration::{self, RegistrationError};
use crate::store::{Transaction, View};

impl From<EndpointError> for Exception {
    fn from(error: EndpointError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<RegistrationError> for Exception {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::Endpoint(error) => error.into(),
            RegistrationError::Store(error) => error.into(),
        }
    }
}

/// UpdateEndpoint: creates the endpoint or changes it.
pub(crate) async fn update_endpoint(
    context: &Context,
    scope: Scope,
    application_id: String,
    endpoint_id: String,
    input: Result<EndpointRequest, Exception>,
) -> Result<(), Exception> {
    let now = context.now_on_wire();
    write(context, scope, application_id, move |tx, audience| {
        let request = EndpointRequest {
            id: Some(endpoint_id),
            ..input?
        };
        registration::register(tx, audience, request, Origin::Api, &now)?;
        Ok(())
    })
    .await
}

/// UpdateEndpointsBatch: as [`update_endpoint`] for each item, all or none.
///
/// # Source
/// What happens when some items are bad is unknown; that all or none are taken, and the first bad one
/// is named: assumed; case: endpoints/batch-with-a-bad-item
pub(crate) async fn update_endpoints_batch(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<EndpointBatchRequest, Exception>,
) -> Result<(), Exception> {
    let now = context.now_on_wire();
    write(context, scope, application_id, move |tx, audience| {
        let items = input?.item;
        if items.len() > ENDPOINTS_PER_BATCH_MAX {
            return Err(Exception::bad_request(messages::BATCH_TOO_LARGE));
        }
        for (index, item) in items.into_iter().enumerate() {
            let id = item.id.clone();
            registration::register(tx, audience, item, Origin::Api, &now).map_err(|error| {
                match error {
                    RegistrationError::Endpoint(error) => Exception::bad_request(
                        messages::batch_item_refused(&error, index, id.as_deref()),
                    ),
                    RegistrationError::Store(error) => error.into(),
                }
            })?;
        }
        Ok(())
    })
    .await
}

/// GetEndpoint.
pub(crate) async fn get_endpoint(
    context: &Context,
    scope: Scope,
    application_id: String,
    endpoint_id: String,
) -> Result<EndpointResponse, Exception> {
    read(context, scope, application_id, move |view, audience| {
        let found = find(view, audience, &endpoint_id)?;
        Ok(*found.endpoint)
    })
    .await
}

/// DeleteEndpoint: answers what it was.
pub(crate) async fn delete_endpoint(
    context: &Context,
    scope: Scope,
    application_id: String,
    endpoint_id: String,
) -> Result<EndpointResponse, Exception> {
    write(context, scope, application_id, move |tx, audience| {
        let found = find(tx, audience, &endpoint_id)?;
        audience.delete(tx, &found)?;
        Ok(*found.endpoint)
    })
    .await
}

/// GetUserEndpoints: all endpoints of a user, who is there only as long as one is.
pub(crate) async fn get_user_endpoints(
    context: &Context,
    scope: Scope,
    application_id: String,
    user_id: String,
) -> Result<EndpointsResponse, Exception> {
    read(context, scope, application_id, move |view, audience| {
        user_endpoints(audience.of_user(view, &user_id)?, &user_id)
    })
    .await
}

/// DeleteUserEndpoints: answers what they were.
pub(crate) async fn delete_user_endpoints(
    context: &Context,
    scope: Scope,
    application_id: String,
    user_id: String,
) -> Result<EndpointsResponse, Exception> {
    write(context, scope, application_id, move |tx, audience| {
        let found = audience.of_user(tx, &user_id)?;
        for endpoint in &found {
            audience.delete(tx, endpoint)?;
        }
        user_endpoints(found, &user_id)
    })
    .await
}

/// Reads the endpoints of the application that a path names.
async fn read<T: Send + 'static>(
    context: &Context,
    scope: Scope,
    application_id: String,
    work: impl FnOnce(&dyn View, &Audience) -> Result<T, Exception> + Send + 'static,
) -> Result<T, Exception> {
    let seed = context.seed;
    context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            work(view, &Audience::of(&application, &seed))
        })
        .await
}

/// Changes the endpoints of the application that a path names.
pub(super) async fn write<T: Send + 'static>(
    context: &Context,
    scope: Scope,
    application_id: String,
    work: impl FnOnce(&mut dyn Transaction, &Audience) -> Result<T, Exception> + Send + 'static,
) -> Result<T, Exception> {
    let seed = context.seed;
    context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            work(tx, &Audience::of(&application, &seed))
        })
        .await
}

fn find(view: &dyn View, audience: &Audience, id: &str) -> Result<Found, Exception> {
    audience
        .find(view, id)?
        .ok_or_else(|| not_found("endpoint", id))
}

/// # Source
/// That a user without endpoints is not found: assumed, since a user is nothing but its endpoints;
/// case: users/unknown-user
fn user_endpoints(found: Vec<Found>, user_id: &str) -> Result<EndpointsResponse, Exception> {
    if found.is_empty() {
        return Err(not_found("user", user_id));
    }
    let item = found.into_iter().map(|found| *found.endpoint).collect();
    Ok(EndpointsResponse { item })
}
