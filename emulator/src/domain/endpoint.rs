//! What UpdateEndpoint makes of an endpoint, and what it makes of others.
//!
//! Which others there are, one address and one user have, is for `store::registration` to find.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use indexmap::IndexMap;
use sha1::{Digest, Sha1};

use crate::domain::id::ApplicationId;
use crate::domain::timestamp;
use crate::facts::limits::{
    ATTRIBUTE_NAME_CHARS_MAX, ATTRIBUTE_VALUE_CHARS_MAX, ATTRIBUTE_VALUES_MAX,
    CHANNELS_MAKING_ROOM, COHORTS, ENDPOINT_BYTES_MAX,
};
use crate::facts::messages;
use crate::model::endpoint::{
    AttributeMap, EndpointDemographic, EndpointLocation, EndpointRequest, EndpointResponse,
    EndpointStatus, EndpointUser, OptOut,
};
use crate::model::json;

/// Why an endpoint cannot be written, in the words of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndpointError {
    #[error("{}", messages::MISSING_ADDRESS)]
    MissingAddress,
    #[error("{}", messages::MISSING_CHANNEL_TYPE)]
    MissingChannelType,
    #[error("{}", messages::attribute_name_too_long(.0))]
    NameTooLong(String),
    #[error("{}", messages::attribute_value_too_long(.0))]
    ValueTooLong(String),
    #[error("{}", messages::too_many_attribute_values(.0))]
    TooManyValues(String),
    #[error("{}", messages::ENDPOINT_TOO_LARGE)]
    TooLarge,
    #[error("{}", messages::TOO_MANY_ENDPOINTS_OF_A_USER)]
    UserIsFull,
    #[error("{}", messages::TOO_MANY_ATTRIBUTE_NAMES)]
    TooManyNames,
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

/// What a write goes by beside the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Write<'a> {
    /// The application.
    pub(crate) application_id: &'a ApplicationId,
    /// The endpoint's id.
    pub(crate) id: &'a str,
    /// Where the request comes from.
    pub(crate) origin: Origin,
    /// The time in wire form.
    pub(crate) now: &'a str,
}

/// The endpoint that `request` makes, given what is stored and what its user has.
///
/// A key of a map replaces its whole value, a key left out stays, an empty list stays as such;
/// Location, Demographic and User are set member by member. Order in maps is that of first write.
/// `of_user` are the attributes that the other endpoints of its user have; they matter to a request
/// that [speaks of the user](user_spoken_of) only.
///
/// # Errors
/// A new endpoint without `Address` or `ChannelType`; a name or value of an attribute over its limits.
///
/// # Source
/// Maps: the service's team, quoted in aws/aws-sdk-js issue 3180; recorded;
/// case: endpoints/update-merges-attributes-by-name. Members of objects: assumed to work alike;
/// case: endpoints/update-merges-members. `EndpointStatus`: API model, "ACTIVE when you create or
/// update"; an explicit `INACTIVE` is kept, assumed; case: endpoints/inactive-by-request.
/// Dates: verbatim in two real export objects; recorded; case: endpoints/dates-stay-verbatim. That
/// a date older than the stored one counts too: assumed; case: endpoints/an-older-date-is-taken
pub(crate) fn put(
    stored: Option<EndpointResponse>,
    of_user: Option<AttributeMap>,
    request: EndpointRequest,
    write: Write<'_>,
) -> Result<EndpointResponse, EndpointError> {
    let request = write.origin.admit(request);
    check(stored.is_none(), &request)?;
    let effective_date = request
        .effective_date
        .unwrap_or_else(|| write.now.to_owned());
    let mut endpoint = stored.unwrap_or_else(|| EndpointResponse {
        opt_out: Some(OptOut::None.as_str().to_owned()),
        application_id: write.application_id.to_string(),
        id: write.id.to_owned(),
        cohort_id: (write.origin == Origin::Api).then(|| cohort_of(write.id).to_string()),
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
    let status = request.endpoint_status.unwrap_or(EndpointStatus::Active);
    endpoint.endpoint_status = Some(status.as_str().to_owned());
    set(
        &mut endpoint.opt_out,
        request.opt_out.map(|opt_out| opt_out.as_str().to_owned()),
    );
    set(&mut endpoint.request_id, request.request_id);
    if let Some(sent) = request.location {
        let mut location = endpoint.location.take().unwrap_or_default();
        put_location(&mut location, sent);
        endpoint.location = unless_empty(location);
    }
    if let Some(sent) = request.demographic {
        let mut demographic = endpoint.demographic.take().unwrap_or_default();
        put_demographic(&mut demographic, sent);
        endpoint.demographic = unless_empty(demographic);
    }
    endpoint.effective_date = Some(effective_date);
    merge(&mut endpoint.attributes, request.attributes);
    merge(&mut endpoint.metrics, request.metrics);
    if let Some(sent) = request.user {
        let mut user = endpoint.user.take().unwrap_or_default();
        put_user(&mut user, of_user, sent);
        endpoint.user = unless_empty(user);
    }
    Ok(endpoint)
}

/// # Source
/// That the two are missed only at the first write: Developer Guide, audience-define-user;
/// documented; case: endpoints/an-update-needs-neither-address-nor-channel-type. So endpoints of
/// archives, which may lack either, can be changed
fn check(is_new: bool, request: &EndpointRequest) -> Result<(), EndpointError> {
    if is_new && request.address.as_ref().is_none_or(String::is_empty) {
        return Err(EndpointError::MissingAddress);
    }
    if is_new && request.channel_type.is_none() {
        return Err(EndpointError::MissingChannelType);
    }
    let user_attributes = request
        .user
        .as_ref()
        .and_then(|user| user.user_attributes.as_ref());
    let lists = request.attributes.iter().chain(user_attributes).flatten();
    let metrics = request.metrics.iter().flatten();
    let names = lists
        .clone()
        .map(|(name, _)| name)
        .chain(metrics.map(|(name, _)| name));
    for name in names {
        if name.chars().count() > ATTRIBUTE_NAME_CHARS_MAX {
            return Err(EndpointError::NameTooLong(name.clone()));
        }
    }
    for (name, values) in lists {
        if values.len() > ATTRIBUTE_VALUES_MAX {
            return Err(EndpointError::TooManyValues(name.clone()));
        }
        let too_long = |value: &String| value.chars().count() > ATTRIBUTE_VALUE_CHARS_MAX;
        if values.iter().any(too_long) {
            return Err(EndpointError::ValueTooLong(name.clone()));
        }
    }
    Ok(())
}

/// # Source
/// Lines of a real export: a member without members is left out; recorded. That nothing sent makes
/// nothing: assumed; case: endpoints/nothing-sent-makes-no-empty-member
fn unless_empty<T: Default + PartialEq>(member: T) -> Option<T> {
    (member != T::default()).then_some(member)
}

/// Adds what was sent to a map; see [`unless_empty`].
fn merge<V>(stored: &mut Option<IndexMap<String, V>>, sent: Option<IndexMap<String, V>>) {
    if let Some(sent) = sent.filter(|sent| !sent.is_empty()) {
        stored.get_or_insert_default().extend(sent);
    }
}

/// An endpoint and its export line, in which `CohortId` has no place.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    endpoint: EndpointResponse,
    line: Bytes,
}

impl Rendered {
    /// Renders an endpoint.
    pub(crate) fn new(mut endpoint: EndpointResponse) -> Self {
        let cohort_id = endpoint.cohort_id.take();
        let line = json::to_vec(&endpoint).into();
        endpoint.cohort_id = cohort_id;
        Self { endpoint, line }
    }

    /// The endpoint.
    pub(crate) fn endpoint(&self) -> &EndpointResponse {
        &self.endpoint
    }

    /// The line, without its end.
    pub(crate) fn line(&self) -> &Bytes {
        &self.line
    }

    /// # Errors
    /// The endpoint is too large.
    ///
    /// # Source
    /// That the size is the export line's, and counts for the endpoint that is written but not for
    /// those that follow its user: assumed; case: endpoint-limits/size-of-an-endpoint
    pub(crate) fn check_size(&self) -> Result<(), EndpointError> {
        if self.line.len() > ENDPOINT_BYTES_MAX {
            return Err(EndpointError::TooLarge);
        }
        Ok(())
    }
}

/// The id that the service makes for an address that came without one: 27 characters.
///
/// # Source
/// Computed for 10 of 11 pairs of id and address in public exports; recorded;
/// case: endpoints/batch-item-without-id
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

/// The user that `request` takes the endpoint to, if it is not there yet.
pub(crate) fn joined_user<'a>(
    stored: Option<&EndpointResponse>,
    request: &'a EndpointRequest,
) -> Option<&'a str> {
    let user_id = request.user.as_ref()?.user_id.as_deref()?;
    let joins = !user_id.is_empty() && stored.and_then(EndpointResponse::user_id) != Some(user_id);
    joins.then_some(user_id)
}

/// The user whose attributes `request` sets or needs: the one that the endpoint joins, or the one it
/// has and stays with.
pub(crate) fn user_spoken_of<'a>(
    stored: Option<&'a EndpointResponse>,
    request: &'a EndpointRequest,
) -> Option<&'a str> {
    let sent = request.user.as_ref()?;
    let is_set = sent
        .user_attributes
        .as_ref()
        .is_some_and(|map| !map.is_empty());
    match sent.user_id.as_deref() {
        Some("") => None,
        Some(user_id) if is_set => Some(user_id),
        Some(_) => joined_user(stored, request),
        None if is_set => stored?.user_id(),
        None => None,
    }
}

/// The attributes of a user. Its endpoints agree, except for those of archives, which may each know
/// some.
pub(crate) fn attributes_of_user<'a>(
    endpoints: impl IntoIterator<Item = &'a EndpointResponse>,
) -> Option<AttributeMap> {
    let mut known = endpoints
        .into_iter()
        .filter_map(EndpointResponse::user_attributes);
    let mut attributes = known.next()?.clone();
    for (name, values) in known.flatten() {
        if !attributes.contains_key(name) {
            attributes.insert(name.clone(), values.clone());
        }
    }
    Some(attributes)
}

/// # Source
/// That attributes belong to the user: Developer Guide, audience-define-user; documented;
/// case: users/attributes-belong-to-the-user. What an endpoint brings along and leaves behind:
/// assumed; case: users/an-endpoint-without-user-brings-its-attributes,
/// case: users/an-endpoint-leaves-its-attributes-with-the-user
fn put_user(stored: &mut EndpointUser, of_user: Option<AttributeMap>, sent: EndpointUser) {
    let is_id = |user_id: &&String| !user_id.is_empty();
    let had = stored.user_id.as_ref().filter(is_id);
    let joins = sent
        .user_id
        .as_ref()
        .filter(is_id)
        .is_some_and(|user_id| had != Some(user_id));
    let own = stored.user_attributes.take();
    stored.user_attributes = match (joins, had) {
        (true, Some(_)) => of_user,
        (true, None) => with_missing(of_user, own),
        (false, _) => with_missing(own, of_user),
    };
    set(&mut stored.user_id, sent.user_id);
    merge(&mut stored.user_attributes, sent.user_attributes);
}

/// `first`, and behind it what only `second` has.
fn with_missing(first: Option<AttributeMap>, second: Option<AttributeMap>) -> Option<AttributeMap> {
    let Some(mut map) = first else { return second };
    for (name, values) in second.into_iter().flatten() {
        map.entry(name).or_insert(values);
    }
    Some(map)
}

/// `other` with the attributes of its user, or `None` if it shows them already, in this order.
pub(crate) fn share_user_attributes(
    other: &EndpointResponse,
    of_user: Option<&AttributeMap>,
) -> Option<EndpointResponse> {
    let shown = other.user_attributes().into_iter().flatten();
    if shown.eq(of_user.into_iter().flatten()) {
        return None;
    }
    let mut other = other.clone();
    other.user.get_or_insert_default().user_attributes = of_user.cloned();
    Some(other)
}

/// `other` as an endpoint of the same address becomes, or `None` if it is so already.
///
/// # Source
/// API model, EndpointRequest: the others of the same address become INACTIVE; documented;
/// case: endpoints/same-address-inactivates. Whatever their channel, and without a new EffectiveDate:
/// assumed; case: endpoints/same-address-of-another-channel
pub(crate) fn inactivate(other: &EndpointResponse) -> Option<EndpointResponse> {
    (!other.is_inactive()).then(|| EndpointResponse {
        endpoint_status: Some(EndpointStatus::Inactive.as_str().to_owned()),
        ..other.clone()
    })
}

/// Which of a full user's endpoints makes room for `joining`, by its position.
///
/// # Errors
/// None does.
///
/// # Source
/// Developer Guide, audience-define-auto-inactive: the oldest by EffectiveDate, of a family of push
/// channels; documented; case: users/who-makes-room-loses-the-user. Dates that cannot be read
/// are oldest, and the id decides among equals: assumed; case: users/undated-endpoints-make-room-first
pub(crate) fn makes_room(
    joining: &EndpointResponse,
    of_user: &[&EndpointResponse],
) -> Result<usize, EndpointError> {
    let is_of_family = |endpoint: &EndpointResponse| {
        let channel_type = endpoint.channel_type.as_deref();
        channel_type.is_some_and(|channel_type| CHANNELS_MAKING_ROOM.contains(&channel_type))
    };
    let age = |endpoint: &EndpointResponse| {
        endpoint
            .effective_date
            .as_deref()
            .and_then(timestamp::parse)
    };
    of_user
        .iter()
        .enumerate()
        .filter(|(_, endpoint)| is_of_family(joining) && is_of_family(endpoint))
        .min_by_key(|(_, endpoint)| (age(endpoint), &endpoint.id))
        .map(|(position, _)| position)
        .ok_or(EndpointError::UserIsFull)
}

/// An endpoint that had to make room: without its user, of whom it keeps the attributes.
///
/// # Source
/// Developer Guide, audience-define-auto-inactive ("becomes INACTIVE and loses its UserId");
/// documented; case: users/who-makes-room-loses-the-user
pub(crate) fn evict(mut endpoint: EndpointResponse) -> EndpointResponse {
    endpoint.endpoint_status = Some(EndpointStatus::Inactive.as_str().to_owned());
    endpoint.user = endpoint.user.and_then(|user| {
        unless_empty(EndpointUser {
            user_id: None,
            ..user
        })
    });
    endpoint
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-01-02T03:04:05.678Z";

    fn write(application_id: &ApplicationId, origin: Origin) -> Write<'_> {
        Write {
            application_id,
            id: "id",
            origin,
            now: NOW,
        }
    }

    /// Writes the requests one after the other and compares some members of what is stored then.
    fn check(requests: &[Value], expected: &Value) {
        let application_id = ApplicationId::parse("app").unwrap();
        let mut stored = None;
        for request in requests {
            let request = serde_json::from_value(request.clone()).unwrap();
            let write = write(&application_id, Origin::Api);
            stored = Some(put(stored, None, request, write).unwrap());
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
            &json!({"ApplicationId": "app", "Id": "id", "CohortId": "73", "EndpointStatus": "ACTIVE",
                "OptOut": "NONE", "EffectiveDate": NOW, "CreationDate": NOW, "Location": null,
                "Attributes": null, "User": null, "RequestId": null}),
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
            let written = put(stored, None, row.clone(), write(&application_id, origin));
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
        let api = write(&application_id, Origin::Api);
        let api = put(None, None, row.clone(), api).unwrap();
        let imported = ["r", "ACTIVE", NOW].map(str::to_owned);
        assert_eq!(made(Some(api), Origin::Import), (true, imported));
    }

    #[test]
    fn limits_are_kept_to_the_character() {
        let text = |length: usize| "ä".repeat(length);
        let values = |length: usize| vec!["x"; length];
        let too_long = EndpointError::NameTooLong(text(51));
        let in_attributes = |map: Value| new_endpoint(&json!({"Attributes": map}));
        let in_user = |map: Value| new_endpoint(&json!({"User": {"UserAttributes": map}}));
        for (request, expected) in [
            (json!({}), Some(EndpointError::MissingAddress)),
            (
                json!({"ChannelType": "SMS"}),
                Some(EndpointError::MissingAddress),
            ),
            (
                json!({"ChannelType": "SMS", "Address": ""}),
                Some(EndpointError::MissingAddress),
            ),
            (
                json!({"Address": "+1"}),
                Some(EndpointError::MissingChannelType),
            ),
            (in_attributes(json!({text(50): [text(100)]})), None),
            (in_attributes(json!({text(51): []})), Some(too_long.clone())),
            (
                in_attributes(json!({"a": [text(101)]})),
                Some(EndpointError::ValueTooLong("a".to_owned())),
            ),
            (in_attributes(json!({"a": values(50)})), None),
            (
                in_attributes(json!({"a": values(51)})),
                Some(EndpointError::TooManyValues("a".to_owned())),
            ),
            (in_user(json!({text(51): []})), Some(too_long.clone())),
            (
                in_user(json!({"a": ["", text(101)]})),
                Some(EndpointError::ValueTooLong("a".to_owned())),
            ),
            (
                in_user(json!({"a": values(51)})),
                Some(EndpointError::TooManyValues("a".to_owned())),
            ),
            (new_endpoint(&json!({"Metrics": {text(50): 1.0}})), None),
            (
                new_endpoint(&json!({"Metrics": {text(51): 1.0}})),
                Some(too_long),
            ),
            // What is required is missed first.
            (
                json!({"Attributes": {text(51): []}}),
                Some(EndpointError::MissingAddress),
            ),
        ] {
            let request: EndpointRequest = serde_json::from_value(request).unwrap();
            let application_id = ApplicationId::parse("app").unwrap();
            let written = put(
                None,
                None,
                request.clone(),
                write(&application_id, Origin::Api),
            );
            assert_eq!(written.err(), expected, "{request:?}");
        }
    }

    #[test]
    fn fifteen_kilobytes_are_the_export_lines() {
        let sized = |length: usize| {
            let endpoint = EndpointResponse {
                cohort_id: Some("99".to_owned()),
                ..EndpointResponse::default()
            };
            let missing = length - Rendered::new(endpoint.clone()).line().len();
            Rendered::new(EndpointResponse {
                id: "i".repeat(missing),
                ..endpoint
            })
        };
        assert_eq!(sized(15 * 1024).check_size(), Ok(()));
        assert_eq!(
            sized(15 * 1024 + 1).check_size(),
            Err(EndpointError::TooLarge)
        );
    }

    /// What a request makes of an endpoint's user whose other endpoints have `of_user`. In JSON, since
    /// the order counts.
    fn check_user([stored, of_user, sent, expected]: [&str; 4]) {
        let mut user = serde_json::from_str(stored).unwrap();
        let of_user = serde_json::from_str(of_user).unwrap();
        put_user(&mut user, of_user, serde_json::from_str(sent).unwrap());
        let user = serde_json::to_string(&user).unwrap();
        assert_eq!(user, expected, "{stored} {sent}");
    }

    #[test]
    fn attributes_belong_to_the_user() {
        let nobody = r#"{"UserAttributes":{"b":["1"]}}"#;
        let of_u = r#"{"UserId":"u","UserAttributes":{"b":["1"]}}"#;
        let (v, none) = (r#"{"c":["2"],"a":["3"]}"#, "null");
        for case in [
            // From nobody to a user: what the user lacks comes along, and what is sent wins.
            [
                nobody,
                v,
                r#"{"UserId":"v"}"#,
                r#"{"UserId":"v","UserAttributes":{"c":["2"],"a":["3"],"b":["1"]}}"#,
            ],
            [
                nobody,
                v,
                r#"{"UserId":"v","UserAttributes":{"d":[],"a":["4"]}}"#,
                r#"{"UserId":"v","UserAttributes":{"c":["2"],"a":["4"],"b":["1"],"d":[]}}"#,
            ],
            [
                r#"{"UserId":""}"#,
                v,
                r#"{"UserId":"v"}"#,
                r#"{"UserId":"v","UserAttributes":{"c":["2"],"a":["3"]}}"#,
            ],
            // From one user to another: what was the first one's stays there.
            [
                of_u,
                v,
                r#"{"UserId":"v"}"#,
                r#"{"UserId":"v","UserAttributes":{"c":["2"],"a":["3"]}}"#,
            ],
            [of_u, none, r#"{"UserId":"v"}"#, r#"{"UserId":"v"}"#],
            // Out of the user, with a copy.
            [
                of_u,
                none,
                r#"{"UserId":"","UserAttributes":{"d":[]}}"#,
                r#"{"UserId":"","UserAttributes":{"b":["1"],"d":[]}}"#,
            ],
            // Staying, named or not.
            [of_u, none, r#"{"UserId":"u"}"#, of_u],
            [of_u, none, r#"{"UserAttributes":{}}"#, of_u],
            [
                of_u,
                r#"{"b":["1"]}"#,
                r#"{"UserAttributes":{"a":["5"]}}"#,
                r#"{"UserId":"u","UserAttributes":{"b":["1"],"a":["5"]}}"#,
            ],
        ] {
            check_user(case);
        }
    }

    #[test]
    fn a_request_speaks_of_the_user_it_joins_or_changes() {
        let (u, v) = (json!({"UserId": "u"}), json!({"UserId": "v"}));
        let with = |user_id: Option<&str>| {
            let user_id = user_id.map(|user_id| json!({"UserId": user_id}));
            let mut user = user_id.unwrap_or(json!({}));
            user["UserAttributes"] = json!({"a": ["1"]});
            user
        };
        for (stored, sent, joined, spoken_of) in [
            (None, Value::Null, None, None),
            (Some(&u), Value::Null, None, None),
            // Where to.
            (None, u.clone(), Some("u"), Some("u")),
            (Some(&u), u.clone(), None, None),
            (Some(&u), v.clone(), Some("v"), Some("v")),
            // What is set.
            (None, with(Some("u")), Some("u"), Some("u")),
            (Some(&u), with(Some("u")), None, Some("u")),
            (Some(&u), with(Some("v")), Some("v"), Some("v")),
            (Some(&u), with(None), None, Some("u")),
            (None, with(None), None, None),
            // Nothing set, nobody joined.
            (Some(&u), json!({}), None, None),
            (Some(&u), json!({"UserAttributes": {}}), None, None),
            (None, json!({"UserId": ""}), None, None),
            (Some(&u), with(Some("")), None, None),
        ] {
            let stored = stored.map(|user| EndpointResponse {
                user: serde_json::from_value(user.clone()).unwrap(),
                ..EndpointResponse::default()
            });
            let request: EndpointRequest = serde_json::from_value(json!({"User": sent})).unwrap();
            let told = (
                joined_user(stored.as_ref(), &request),
                user_spoken_of(stored.as_ref(), &request),
            );
            assert_eq!(told, (joined, spoken_of), "{stored:?} {request:?}");
        }
    }

    #[test]
    fn who_gives_way_becomes_inactive_and_keeps_the_rest() {
        let active = new_endpoint(
            &json!({"ApplicationId": "app", "Id": "id", "EndpointStatus": "ACTIVE",
            "Metrics": {"m": 1.0}, "User": {"UserId": "u", "UserAttributes": {"a": ["1"]}}}),
        );
        let read = |endpoint: &Value| -> EndpointResponse {
            serde_json::from_value(endpoint.clone()).unwrap()
        };
        let mut inactive = active.clone();
        inactive["EndpointStatus"] = json!("INACTIVE");
        assert_eq!(inactivate(&read(&active)), Some(read(&inactive)));
        assert_eq!(inactivate(&read(&inactive)), None);

        let user = inactive["User"].as_object_mut().unwrap();
        user.remove("UserId");
        assert_eq!(evict(read(&active)), read(&inactive));
        // Of a user who has nothing but its id nothing is left.
        let mut bare = active;
        bare["User"] = json!({"UserId": "u"});
        inactive["User"] = Value::Null;
        assert_eq!(evict(read(&bare)), read(&inactive));
    }

    #[test]
    fn cohorts_are_fixed_and_spread() {
        assert_eq!(["", "id", "endpoint-1"].map(cohort_of), [45, 73, 57]);
        let mut members = [0; COHORTS as usize];
        for number in 0..100_000 {
            members[usize::from(cohort_of(&number.to_string()))] += 1;
        }
        assert!(
            members.iter().all(|count| (800..1200).contains(count)),
            "{members:?}"
        );
    }

    #[test]
    fn the_oldest_of_the_family_makes_room() {
        let endpoint = |id: &str, channel_type: &str, date: Option<&str>| EndpointResponse {
            id: id.to_owned(),
            channel_type: Some(channel_type.to_owned()),
            effective_date: date.map(str::to_owned),
            ..EndpointResponse::default()
        };
        let (early, late) = (
            Some("2026-01-01T00:00:00Z"),
            Some("2026-01-01T00:00:00.001Z"),
        );
        // Later by its digits, earlier by its offset.
        let earliest = Some("2026-01-01T01:00:00+09:00");
        for (joining, of_user, expected) in [
            (
                "GCM",
                vec![endpoint("a", "APNS", late), endpoint("b", "ADM", early)],
                Ok(1),
            ),
            (
                "GCM",
                vec![endpoint("a", "GCM", early), endpoint("b", "GCM", earliest)],
                Ok(1),
            ),
            (
                "GCM",
                vec![
                    endpoint("b", "BAIDU", early),
                    endpoint("a", "APNS_VOIP", early),
                ],
                Ok(1),
            ),
            (
                "GCM",
                vec![endpoint("a", "GCM", early), endpoint("b", "GCM", None)],
                Ok(1),
            ),
            (
                "GCM",
                vec![
                    endpoint("a", "GCM", None),
                    endpoint("b", "GCM", Some("yesterday")),
                ],
                Ok(0),
            ),
            (
                "APNS_VOIP_SANDBOX",
                vec![endpoint("a", "EMAIL", early), endpoint("b", "GCM", late)],
                Ok(1),
            ),
            (
                "GCM",
                vec![
                    endpoint("a", "EMAIL", early),
                    endpoint("b", "APNS_SANDBOX", early),
                ],
                Err(EndpointError::UserIsFull),
            ),
            (
                "APNS_SANDBOX",
                vec![endpoint("a", "APNS", early)],
                Err(EndpointError::UserIsFull),
            ),
            (
                "EMAIL",
                vec![endpoint("a", "GCM", early)],
                Err(EndpointError::UserIsFull),
            ),
        ] {
            let of_user: Vec<_> = of_user.iter().collect();
            assert_eq!(
                makes_room(&endpoint("new", joining, late), &of_user),
                expected,
                "{joining} {of_user:?}"
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
