//! What UpdateEndpoint makes of an endpoint.
//!
//! Rules that span several endpoints (one address, one user) are not here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha1::{Digest, Sha1};

use crate::domain::id::ApplicationId;
use crate::facts::limits::COHORTS;
use crate::facts::messages;
use crate::model::endpoint::{
    EndpointDemographic, EndpointLocation, EndpointRequest, EndpointResponse, EndpointStatus,
    EndpointUser, OptOut,
};

/// Why an endpoint cannot be written, in the words of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndpointError {
    #[error("{}", messages::MISSING_ADDRESS)]
    MissingAddress,
    #[error("{}", messages::MISSING_CHANNEL_TYPE)]
    MissingChannelType,
}

/// Where a write of an endpoint comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// UpdateEndpoint, UpdateEndpointsBatch or PutEvents.
    Api,
    /// A row of an import job.
    Import,
}

impl Origin {
    /// The request without the members that this origin does not take.
    ///
    /// # Source
    /// Lines of a real export of imported endpoints have neither `CohortId` nor `RequestId`; recorded.
    /// `EndpointStatus` and `EffectiveDate` "are not supported in imports": Developer Guide,
    /// audience-define-import; documented. That they are ignored, not refused: assumed;
    /// case: import-jobs/members-not-taken
    fn admit(self, request: EndpointRequest) -> EndpointRequest {
        match self {
            Self::Api => request,
            Self::Import => EndpointRequest {
                endpoint_status: None,
                request_id: None,
                effective_date: None,
                ..request
            },
        }
    }
}

/// The endpoint that `request` makes at `now` (in wire form), given what is stored.
///
/// A key of a map replaces its whole value, a key left out stays, an empty list stays as such;
/// Location, Demographic and User are set member by member. Order in maps is that of first write.
///
/// # Errors
/// A new endpoint without `Address` or `ChannelType`.
///
/// # Source
/// Maps: the service's team, quoted in aws/aws-sdk-js issue 3180; recorded;
/// case: endpoints/update-merges-attributes-by-name. Members of objects: assumed to work alike;
/// case: endpoints/update-merges-members. `EndpointStatus`: API model, "ACTIVE when you create or
/// update"; an explicit `INACTIVE` is kept, assumed; case: endpoints/inactive-by-request.
/// Dates: verbatim in two real export objects; recorded; case: endpoints/dates-stay-verbatim
pub(crate) fn put(
    stored: Option<EndpointResponse>,
    request: EndpointRequest,
    origin: Origin,
    application_id: &ApplicationId,
    id: &str,
    now: &str,
) -> Result<EndpointResponse, EndpointError> {
    let request = origin.admit(request);
    let is_new = stored.is_none();
    let effective_date = request.effective_date.unwrap_or_else(|| now.to_owned());
    let mut endpoint = stored.unwrap_or_else(|| EndpointResponse {
        opt_out: Some(OptOut::None.as_str().to_owned()),
        application_id: application_id.to_string(),
        id: id.to_owned(),
        cohort_id: (origin == Origin::Api).then(|| cohort_of(id).to_string()),
        creation_date: Some(effective_date.clone()),
        ..EndpointResponse::default()
    });
    set(&mut endpoint.address, request.address);
    set(
        &mut endpoint.channel_type,
        request
            .channel_type
            .map(|channel| channel.as_str().to_owned()),
    );
    // Endpoints of archives may lack either, and changing them must not ask for more.
    if is_new && endpoint.address.as_ref().is_none_or(String::is_empty) {
        return Err(EndpointError::MissingAddress);
    }
    if is_new && endpoint.channel_type.is_none() {
        return Err(EndpointError::MissingChannelType);
    }
    let status = request.endpoint_status.unwrap_or(EndpointStatus::Active);
    endpoint.endpoint_status = Some(status.as_str().to_owned());
    set(
        &mut endpoint.opt_out,
        request.opt_out.map(|opt_out| opt_out.as_str().to_owned()),
    );
    set(&mut endpoint.request_id, request.request_id);
    if let Some(location) = request.location {
        put_location(endpoint.location.get_or_insert_default(), location);
    }
    if let Some(demographic) = request.demographic {
        put_demographic(endpoint.demographic.get_or_insert_default(), demographic);
    }
    endpoint.effective_date = Some(effective_date);
    if let Some(attributes) = request.attributes {
        endpoint
            .attributes
            .get_or_insert_default()
            .extend(attributes);
    }
    if let Some(metrics) = request.metrics {
        endpoint.metrics.get_or_insert_default().extend(metrics);
    }
    if let Some(user) = request.user {
        put_user(endpoint.user.get_or_insert_default(), user);
    }
    Ok(endpoint)
}

/// The id that the service makes for an address that came without one: 27 characters.
///
/// # Source
/// Computed for 10 of 11 pairs of id and address in public exports; recorded;
/// case: endpoints/cohort-id uses such an id with `/`
pub(crate) fn id_of_address(address: &str) -> String {
    STANDARD_NO_PAD.encode(Sha1::digest(address)).to_lowercase()
}

/// The cohort an endpoint belongs to: fixed by its id.
///
/// # Source
/// Assumed: samples show numbers from 0 to 99 and no rule; case: endpoints/cohort-id
fn cohort_of(id: &str) -> u8 {
    let digest = Sha1::digest(id);
    let number = u64::from_be_bytes(std::array::from_fn(|index| digest[index]));
    u8::try_from(number % u64::from(COHORTS)).expect("a remainder of 100 fits a byte")
}

fn set<T>(member: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *member = value;
    }
}

/// # Source
/// One decimal: API model and samples of the Developer Guide; recorded;
/// case: endpoints/coordinates-are-rounded
fn put_location(stored: &mut EndpointLocation, sent: EndpointLocation) {
    let rounded = |degrees: f64| {
        let rounded = (degrees * 10.0).round() / 10.0;
        // No place on Earth, but no reason to lose it either.
        if rounded.is_finite() {
            rounded
        } else {
            degrees
        }
    };
    set(&mut stored.latitude, sent.latitude.map(rounded));
    set(&mut stored.longitude, sent.longitude.map(rounded));
    set(&mut stored.postal_code, sent.postal_code);
    set(&mut stored.city, sent.city);
    set(&mut stored.region, sent.region);
    set(&mut stored.country, sent.country);
}

/// # Source
/// Lower-case platform: a public export beside the input it came from; recorded;
/// case: endpoints/platform-is-lower-cased
fn put_demographic(stored: &mut EndpointDemographic, sent: EndpointDemographic) {
    set(&mut stored.make, sent.make);
    set(&mut stored.model, sent.model);
    set(&mut stored.model_version, sent.model_version);
    set(&mut stored.timezone, sent.timezone);
    set(&mut stored.locale, sent.locale);
    set(&mut stored.app_version, sent.app_version);
    set(
        &mut stored.platform,
        sent.platform.map(|platform| platform.to_lowercase()),
    );
    set(&mut stored.platform_version, sent.platform_version);
}

fn put_user(stored: &mut EndpointUser, sent: EndpointUser) {
    set(&mut stored.user_id, sent.user_id);
    if let Some(attributes) = sent.user_attributes {
        stored
            .user_attributes
            .get_or_insert_default()
            .extend(attributes);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-01-02T03:04:05.678Z";

    /// Writes the requests one after the other and compares some members of what is stored then.
    fn check(requests: &[Value], expected: &Value) {
        let application_id = ApplicationId::parse("app").unwrap();
        let mut stored = None;
        for request in requests {
            let request = serde_json::from_value(request.clone()).unwrap();
            stored = Some(put(stored, request, Origin::Api, &application_id, "id", NOW).unwrap());
        }
        let stored = serde_json::to_value(stored).unwrap();
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(
                stored.get(member).unwrap_or(&Value::Null),
                value,
                "{member}"
            );
        }
    }

    fn new_endpoint(more: &Value) -> Value {
        let mut request = json!({"ChannelType": "EMAIL", "Address": "a@example.com"});
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        request
    }

    #[test]
    fn a_new_endpoint_is_active_opted_in_and_dated() {
        check(
            &[new_endpoint(&json!({}))],
            &json!({"EndpointStatus": "ACTIVE", "OptOut": "NONE", "EffectiveDate": NOW, "CreationDate": NOW,
                "Location": null, "Attributes": null, "User": null, "RequestId": null}),
        );
    }

    #[test]
    fn a_key_replaces_its_list_and_others_stay() {
        check(
            &[
                new_endpoint(
                    &json!({"Attributes": {"a": ["1", "2"], "b": ["3"]}, "Metrics": {"m": 1.0}}),
                ),
                json!({"Attributes": {"b": [], "c": ["4"]}, "Metrics": {"n": 2.0}}),
            ],
            &json!({"Attributes": {"a": ["1", "2"], "b": [], "c": ["4"]}, "Metrics": {"m": 1.0, "n": 2.0}}),
        );
    }

    #[test]
    fn members_of_objects_are_set_one_by_one() {
        check(
            &[
                new_endpoint(
                    &json!({"Location": {"City": "Oslo", "Latitude": 59.91}, "Demographic": {"Make": "Apple"},
                    "User": {"UserId": "u", "UserAttributes": {"x": ["1"]}}}),
                ),
                json!({"Location": {"Country": "NO", "Longitude": -10.75}, "Demographic": {"Platform": "iOS"},
                    "User": {"UserAttributes": {"y": ["2"]}}, "RequestId": "r"}),
                json!({}),
            ],
            &json!({"Location": {"Latitude": 59.9, "Longitude": -10.8, "City": "Oslo", "Country": "NO"},
                "Demographic": {"Make": "Apple", "Platform": "ios"},
                "User": {"UserId": "u", "UserAttributes": {"x": ["1"], "y": ["2"]}}, "RequestId": "r"}),
        );
    }

    #[test]
    fn a_coordinate_that_cannot_be_rounded_is_kept() {
        check(
            &[new_endpoint(&json!({"Location": {"Latitude": 1.7e308}}))],
            &json!({"Location": {"Latitude": 1.7e308}}),
        );
    }

    #[test]
    fn the_first_date_stays_as_creation_date() {
        check(
            &[
                new_endpoint(&json!({"EffectiveDate": "2020-03-10T11:00Z"})),
                json!({"EffectiveDate": "later"}),
            ],
            &json!({"EffectiveDate": "later", "CreationDate": "2020-03-10T11:00Z"}),
        );
    }

    #[test]
    fn an_update_activates_unless_it_says_otherwise() {
        check(
            &[new_endpoint(&json!({"EndpointStatus": "INACTIVE"}))],
            &json!({"EndpointStatus": "INACTIVE"}),
        );
        check(
            &[
                new_endpoint(&json!({"EndpointStatus": "INACTIVE", "OptOut": "ALL"})),
                json!({}),
            ],
            &json!({"EndpointStatus": "ACTIVE", "OptOut": "ALL"}),
        );
    }

    #[test]
    fn imports_bring_neither_cohort_nor_request_id_nor_status_nor_date() {
        let application_id = ApplicationId::parse("app").unwrap();
        let row = new_endpoint(
            &json!({"EndpointStatus": "INACTIVE", "RequestId": "r", "EffectiveDate": "then"}),
        );
        let row: EndpointRequest = serde_json::from_value(row).unwrap();
        let made = |stored, origin| {
            let written = put(stored, row.clone(), origin, &application_id, "id", NOW);
            let EndpointResponse {
                cohort_id,
                request_id,
                endpoint_status,
                effective_date,
                ..
            } = written.unwrap();
            let texts = [request_id, endpoint_status, effective_date];
            (cohort_id.is_some(), texts.map(Option::unwrap_or_default))
        };
        let imported = ["", "ACTIVE", NOW].map(str::to_owned);
        assert_eq!(made(None, Origin::Import), (false, imported));
        // What the API once wrote stays with the endpoint.
        let api = put(None, row.clone(), Origin::Api, &application_id, "id", NOW).unwrap();
        let imported = ["r", "ACTIVE", NOW].map(str::to_owned);
        assert_eq!(made(Some(api), Origin::Import), (true, imported));
    }

    #[test]
    fn new_endpoints_need_address_and_channel_type() {
        let application_id = ApplicationId::parse("app").unwrap();
        for (request, expected) in [
            (json!({}), EndpointError::MissingAddress),
            (json!({"ChannelType": "SMS"}), EndpointError::MissingAddress),
            (
                json!({"ChannelType": "SMS", "Address": ""}),
                EndpointError::MissingAddress,
            ),
            (json!({"Address": "+1"}), EndpointError::MissingChannelType),
        ] {
            let request = serde_json::from_value(request).unwrap();
            assert_eq!(
                put(None, request, Origin::Api, &application_id, "id", NOW),
                Err(expected)
            );
        }
    }

    #[test]
    fn server_made_ids_are_lower_cased_hashes() {
        for (address, id) in [
            ("alice@example.com", "/coypz3vtwi3xp21j9fxu0fpwvm"),
            ("+12065550100", "emwmnwmnzqzey0xxhdbvyh4dqdi"),
        ] {
            assert_eq!(id_of_address(address), id);
        }
    }
}
