//! Writes an endpoint together with all that follows from it for other endpoints.
//!
//! Called by the operations that change endpoints and by import jobs, one request after the other
//! within one transaction. What a request makes of the one endpoint it names is in `domain::endpoint`; what is
//! here needs the indexes of addresses and users.

use super::audience::Audience;
use super::{StoreError, Transaction};
use crate::domain::endpoint::{self, EndpointError, Origin};
use crate::model::endpoint::{EndpointRequest, EndpointResponse, EndpointStatus};

/// Why an endpoint was not written. [`Self::Endpoint`] is the sender's fault, and prints as the text
/// that the service has for it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistrationError {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates the endpoint that `request` names, or changes it, at `now` (in wire form), and answers its
/// id.
///
/// # Errors
/// Nothing is written then, so that a caller may go on with the next endpoint.
///
/// # Source
/// That a request without `Id` gets the id that imports get: assumed;
/// case: endpoints/batch-item-without-id
pub(crate) fn register(
    tx: &mut dyn Transaction,
    audience: &Audience,
    request: EndpointRequest,
    origin: Origin,
    now: &str,
) -> Result<String, RegistrationError> {
    let id = match (&request.id, &request.address) {
        (Some(id), _) if !id.is_empty() => id.clone(),
        (_, Some(address)) if !address.is_empty() => endpoint::id_of_address(address),
        (_, _) => return Err(EndpointError::MissingAddress.into()),
    };
    let stored = audience.get(tx, &id)?;
    let endpoint = endpoint::put(stored, request, origin, audience.application_id(), &id, now)?;
    let address = endpoint.address.clone().unwrap_or_default();
    audience.put(tx, endpoint)?;
    if address.is_empty() {
        // Clients blank addresses out; endpoints without one have nothing in common.
        return Ok(id);
    }
    inactivate_others(tx, audience, &address, &id)?;
    Ok(id)
}

/// # Source
/// API model, EndpointRequest: the others of the same address become INACTIVE; documented. Whatever
/// their channel, and without a new EffectiveDate: assumed; case: endpoints/same-address-inactivates
fn inactivate_others(
    tx: &mut dyn Transaction,
    audience: &Audience,
    address: &str,
    id: &str,
) -> Result<(), StoreError> {
    let inactive = Some(EndpointStatus::Inactive.as_str().to_owned());
    for other in audience.ids_of_address(tx, address)? {
        if let Some(endpoint) = audience.get(tx, &other)?
            && endpoint.id != id
            && endpoint.endpoint_status != inactive
        {
            let endpoint_status = inactive.clone();
            audience.put(
                tx,
                EndpointResponse {
                    endpoint_status,
                    ..endpoint
                },
            )?;
        }
    }
    Ok(())
}
