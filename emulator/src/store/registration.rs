//! Writes an endpoint together with all that follows from it for other endpoints.
//!
//! Called by the operations that change endpoints and by import jobs, one request after the other
//! within one transaction. What a request makes of an endpoint is in `domain::endpoint`; here the
//! others are found that it touches: those of its user and those of its address.
//!
//! The cost grows with these others alone. A user has at most fifteen endpoints, unless an archive
//! has brought more: a request with `UserAttributes` reads them all and rewrites those that differ.

use super::attribute_names;
use super::audience::{Audience, Found};
use super::{StoreError, Transaction};
use crate::domain::endpoint::{self, EndpointError, Origin, Rendered, Write};
use crate::facts::limits::ENDPOINTS_PER_USER_MAX;
use crate::model::endpoint::{EndpointRequest, EndpointResponse};

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
/// case: endpoints/batch-item-without-id. The order of the checks: assumed;
/// case: endpoint-limits/a-full-user-is-noticed-before-too-many-names
pub(crate) fn register(
    tx: &mut dyn Transaction,
    audience: &Audience,
    mut request: EndpointRequest,
    origin: Origin,
    now: &str,
) -> Result<String, RegistrationError> {
    let id = match (&request.id, &request.address) {
        (Some(id), _) if !id.is_empty() => id.clone(),
        (_, Some(address)) if !address.is_empty() => endpoint::id_of_address(address),
        (_, _) => return Err(EndpointError::MissingAddress.into()),
    };
    attribute_names::drop_removed(tx, audience.application_id(), &mut request)?;

    let before = audience.find(tx, &id)?;
    let stored = before.as_ref().map(|found| found.endpoint.as_ref());
    let mut of_user = match endpoint::user_spoken_of(stored, &request) {
        Some(user_id) => audience.of_user(tx, user_id)?,
        None => Vec::new(),
    };
    of_user.retain(|other| other.endpoint.id != id);
    let joins = endpoint::joined_user(stored, &request).is_some();
    let user_attributes =
        endpoint::attributes_of_user(of_user.iter().map(|other| other.endpoint.as_ref()));
    let write = Write {
        application_id: audience.application_id(),
        id: &id,
        origin,
        now,
    };
    let after = endpoint::put(stored.cloned(), user_attributes, request, write)?;
    let after = Rendered::new(after);
    after.check_size()?;
    let evicted = if joins {
        make_room(after.endpoint(), &mut of_user)?
    } else {
        None
    };
    let counted = before.as_ref().and_then(Found::stored);
    if !attribute_names::has_room(tx, audience, counted, after.endpoint())? {
        return Err(EndpointError::TooManyNames.into());
    }

    // From here on nothing is refused.
    audience.put(tx, before.as_ref(), &after)?;
    if let Some(before) = evicted {
        let after = Rendered::new(endpoint::evict(EndpointResponse::clone(&before.endpoint)));
        audience.put(tx, Some(&before), &after)?;
    }
    share_user_attributes(tx, audience, after.endpoint(), &of_user)?;
    inactivate_others(tx, audience, after.endpoint())?;
    Ok(id)
}

/// Takes out of a full user's endpoints the one that makes room for `joining`.
///
/// # Source
/// That inactive endpoints count, and no endpoint that is the user's already: assumed;
/// case: users/inactive-endpoints-count
fn make_room(
    joining: &EndpointResponse,
    of_user: &mut Vec<Found>,
) -> Result<Option<Found>, EndpointError> {
    let is_full = u64::try_from(of_user.len()).is_ok_and(|count| count >= ENDPOINTS_PER_USER_MAX);
    if !is_full {
        return Ok(None);
    }
    let endpoints: Vec<_> = of_user
        .iter()
        .map(|other| other.endpoint.as_ref())
        .collect();
    let position = endpoint::makes_room(joining, &endpoints)?;
    Ok(Some(of_user.remove(position)))
}

/// Makes the user's other endpoints show the attributes that `endpoint` shows.
fn share_user_attributes(
    tx: &mut dyn Transaction,
    audience: &Audience,
    endpoint: &EndpointResponse,
    others: &[Found],
) -> Result<(), StoreError> {
    for before in others {
        let user_attributes = endpoint.user_attributes();
        let after = endpoint::share_user_attributes(&before.endpoint, user_attributes);
        if let Some(after) = after {
            audience.put(tx, Some(before), &Rendered::new(after))?;
        }
    }
    Ok(())
}

/// Inactivates the other endpoints of an address.
fn inactivate_others(
    tx: &mut dyn Transaction,
    audience: &Audience,
    endpoint: &EndpointResponse,
) -> Result<(), StoreError> {
    // Clients blank addresses out; endpoints without one have nothing in common.
    let address = endpoint.address.as_deref().unwrap_or_default();
    if address.is_empty() {
        return Ok(());
    }
    for id in audience.ids_at_address(tx, address)? {
        if id == endpoint.id {
            continue;
        }
        if let Some(before) = audience.find(tx, &id)?
            && let Some(after) = endpoint::inactivate(&before.endpoint)
        {
            audience.put(tx, Some(&before), &Rendered::new(after))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::applications::PopulationSettings;
    use super::super::audience;
    use super::super::memory::Tables;
    use super::*;
    use crate::domain::attribute::{self, AttributeKind, Blacklist};
    use crate::domain::id::ApplicationId;
    use crate::facts::limits::ATTRIBUTE_NAMES_MAX;
    use crate::seed::Seed;

    const NOW: &str = "2026-01-02T03:04:05.678Z";

    /// An application, and what one does to it.
    #[derive(Debug)]
    struct Scene {
        audience: Audience,
        tables: Tables,
    }

    impl Scene {
        /// With `count` synthetic endpoints.
        fn new(count: u64) -> Self {
            let application_id = ApplicationId::parse("app").unwrap();
            let seed = Some(1);
            let audience = Audience::new(
                &application_id,
                PopulationSettings { count, seed },
                &Seed::new(0),
            );
            let tables = Tables::default();
            Self { audience, tables }
        }

        /// With the endpoints that `other` has, all stored.
        fn stored_like(other: &Self) -> Self {
            let mut scene = Self::new(0);
            for endpoint in other.endpoints().into_values() {
                let rendered = Rendered::new(endpoint);
                scene
                    .audience
                    .put(&mut scene.tables, None, &rendered)
                    .unwrap();
            }
            scene
        }

        fn write(&mut self, id: &str, request: &Value) -> Result<String, EndpointError> {
            let mut request: EndpointRequest = serde_json::from_value(request.clone()).unwrap();
            request.id = Some(id.to_owned());
            match register(&mut self.tables, &self.audience, request, Origin::Api, NOW) {
                Ok(id) => Ok(id),
                Err(RegistrationError::Endpoint(error)) => Err(error),
                Err(RegistrationError::Store(error)) => panic!("{error}"),
            }
        }

        fn delete(&mut self, id: &str) {
            if let Some(found) = self.audience.find(&self.tables, id).unwrap() {
                self.audience.delete(&mut self.tables, &found).unwrap();
            }
        }

        fn remove(&mut self, kind: AttributeKind, pattern: &str) -> Vec<String> {
            let blacklist = Blacklist::new(vec![pattern.to_owned()]).unwrap();
            attribute_names::remove(&mut self.tables, &self.audience, kind, &blacklist).unwrap()
        }

        fn get(&self, id: &str) -> EndpointResponse {
            let found = self.audience.find(&self.tables, id).unwrap();
            *found.unwrap().endpoint
        }

        /// All endpoints, found by an export.
        fn endpoints(&self) -> BTreeMap<String, EndpointResponse> {
            audience::tests::ids(&self.audience, &self.tables, 1_000)
                .into_iter()
                .map(|id| (id.clone(), self.get(&id)))
                .collect()
        }
    }

    /// A request that can make an endpoint.
    fn whole(address: &str, channel_type: &str, more: &Value) -> Value {
        let mut request = json!({"ChannelType": channel_type, "Address": address});
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        request
    }

    fn of_user(user_id: &str) -> Value {
        json!({"User": {"UserId": user_id}})
    }

    #[test]
    fn a_synthetic_users_attributes_are_shared_and_its_endpoints_make_room() {
        let mut scene = Scene::new(20_000);
        let endpoints = scene.endpoints();
        let mut by_user: BTreeMap<&str, Vec<&EndpointResponse>> = BTreeMap::new();
        for endpoint in endpoints.values() {
            if let Some(user_id) = endpoint.user_id() {
                by_user.entry(user_id).or_default().push(endpoint);
            }
        }
        let full = by_user.iter().find(|(_, endpoints)| {
            endpoints.len() == 15
                && endpoints
                    .iter()
                    .any(|endpoint| endpoint.channel_type.as_deref() == Some("GCM"))
        });
        let (user_id, before) = full.unwrap();
        assert_eq!(
            scene.write(
                "mail",
                &whole("new@example.com", "EMAIL", &of_user(user_id))
            ),
            Err(EndpointError::UserIsFull)
        );
        let request = json!({"User": {"UserId": user_id, "UserAttributes": {"shared": ["yes"]}}});
        scene
            .write("push", &whole("token", "GCM", &request))
            .unwrap();
        let after = scene.audience.of_user(&scene.tables, user_id).unwrap();
        assert_eq!(after.len(), 15);
        for found in &after {
            let attributes = found.endpoint.user_attributes().unwrap();
            assert_eq!(
                attributes.last().unwrap().1,
                &["yes"],
                "{}",
                found.endpoint.id
            );
        }
        let staying: BTreeSet<_> = after.iter().map(|found| &found.endpoint.id).collect();
        let evicted = before
            .iter()
            .find(|endpoint| !staying.contains(&endpoint.id))
            .unwrap();
        let evicted = scene.get(&evicted.id);
        assert_eq!(evicted.endpoint_status.as_deref(), Some("INACTIVE"));
        assert_eq!(evicted.user_id(), None);
    }

    #[test]
    fn an_archives_endpoints_agree_once_their_user_is_written() {
        let mut scene = Scene::new(0);
        for (id, attributes) in [
            ("a", json!({"x": ["1"]})),
            ("b", json!({"y": ["2"]})),
            ("c", json!({"x": ["3"]})),
        ] {
            let line = json!({"ApplicationId": "app", "Id": id, "User": {"UserId": "u", "UserAttributes": attributes}});
            let endpoint = serde_json::from_value(line.clone()).unwrap();
            scene
                .audience
                .put_line(&mut scene.tables, &endpoint, line.to_string().into())
                .unwrap();
        }
        scene.write("b", &json!({"OptOut": "ALL"})).unwrap();
        assert_eq!(scene.get("a").user_attributes().unwrap().len(), 1);
        scene
            .write("b", &json!({"User": {"UserAttributes": {"z": ["4"]}}}))
            .unwrap();
        for id in ["a", "b", "c"] {
            let user = serde_json::to_string(&scene.get(id).user).unwrap();
            assert_eq!(
                user, r#"{"UserId":"u","UserAttributes":{"y":["2"],"x":["1"],"z":["4"]}}"#,
                "{id}"
            );
        }
    }

    #[test]
    fn a_name_is_free_again_when_its_last_endpoint_goes() {
        let mut scene = Scene::new(0);
        let names = |range: std::ops::Range<u64>| {
            range
                .map(|n| (format!("n{n}"), json!([])))
                .collect::<serde_json::Map<_, _>>()
        };
        let all = ATTRIBUTE_NAMES_MAX;
        scene
            .write(
                "a",
                &whole("a", "SMS", &json!({"Attributes": names(0..all - 1)})),
            )
            .unwrap();
        scene
            .write("b", &whole("b", "SMS", &json!({"Metrics": {"n0": 1.0}})))
            .unwrap();
        let one_more = whole("c", "SMS", &json!({"User": {"UserAttributes": {"n0": []}}}));
        assert_eq!(
            scene.write("c", &one_more),
            Err(EndpointError::TooManyNames)
        );
        // Known names are welcome however many there are.
        scene
            .write(
                "c",
                &whole("c", "SMS", &json!({"Attributes": {"n0": ["x"]}})),
            )
            .unwrap();
        scene.delete("b");
        scene.write("c", &one_more).unwrap();
        // A removed name takes no room.
        let full = json!({"Attributes": {"another": []}});
        assert_eq!(scene.write("c", &full), Err(EndpointError::TooManyNames));
        assert_eq!(scene.remove(AttributeKind::Attribute, "n24*").len(), 11 - 1);
        scene.write("c", &full).unwrap();
    }

    #[test]
    fn a_population_counts_with_all_its_names() {
        let mut scene = Scene::new(1);
        let names: serde_json::Map<_, _> = (0..ATTRIBUTE_NAMES_MAX)
            .map(|n| (format!("n{n}"), json!([])))
            .collect();
        let request = whole("a", "SMS", &json!({"Attributes": names}));
        assert_eq!(scene.write("a", &request), Err(EndpointError::TooManyNames));
        scene
            .write(
                "a",
                &whole("a", "SMS", &json!({"Attributes": {"größe": []}})),
            )
            .unwrap();
        assert_eq!(scene.remove(AttributeKind::Attribute, "gr*e"), ["größe"]);
        assert_eq!(
            scene.remove(AttributeKind::Attribute, "gr*e"),
            Vec::<String>::new()
        );
        scene
            .write(
                "a",
                &json!({"Attributes": {"größe": ["XL"], "Plan": ["free"]}}),
            )
            .unwrap();
        let attributes = serde_json::to_value(scene.get("a").attributes).unwrap();
        assert_eq!(attributes, json!({"größe": [], "Plan": ["free"]}));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write(usize, Value),
        Delete(usize),
        Remove(AttributeKind, &'static str),
    }

    /// Values and names that a population does not draw.
    fn any_request(users: usize) -> impl Strategy<Value = Value> {
        let map = || {
            prop::option::of(prop::collection::btree_map(
                "x[0-2]",
                prop::collection::vec("[ab]", 0..2),
                0..3,
            ))
        };
        let user = (prop::option::weighted(0.8, 0..=users), map());
        let channel_type = prop::sample::select(vec!["GCM", "APNS", "EMAIL", "SMS"]);
        (
            0_usize..12,
            channel_type,
            map(),
            prop::option::of(user),
            prop::option::of(0..60),
        )
            .prop_map(|(address, channel_type, attributes, user, minute)| {
                let mut request = whole(&format!("address-{address}"), channel_type, &json!({}));
                if let Some(attributes) = attributes {
                    request["Attributes"] = json!(attributes);
                }
                if let Some(minute) = minute {
                    request["EffectiveDate"] = json!(format!("2026-01-01T00:{minute:02}:00Z"));
                }
                if let Some((user_id, attributes)) = user {
                    let user_id = user_id.map(|n| {
                        if n == 0 {
                            String::new()
                        } else {
                            format!("user-{n}")
                        }
                    });
                    let user = json!({"UserId": user_id, "UserAttributes": attributes});
                    request["User"] = user;
                }
                request
            })
    }

    fn any_step(users: usize) -> impl Strategy<Value = Step> {
        let kind = prop::sample::select(AttributeKind::ALL.to_vec());
        prop_oneof![
            30 => (0_usize..24, any_request(users)).prop_map(|(n, request)| Step::Write(n, request)),
            2 => (0_usize..24).prop_map(Step::Delete),
            1 => (kind, prop::sample::select(vec!["x0", "x*"])).prop_map(|(kind, pattern)| Step::Remove(kind, pattern)),
        ]
    }

    fn assert_invariants(scene: &Scene) {
        let endpoints = scene.endpoints();
        let mut by_user: BTreeMap<&str, Vec<&EndpointResponse>> = BTreeMap::new();
        let mut active = BTreeSet::new();
        for endpoint in endpoints.values() {
            if let Some(user_id) = endpoint.user_id() {
                by_user.entry(user_id).or_default().push(endpoint);
            }
            if endpoint.endpoint_status.as_deref() == Some("ACTIVE") {
                assert!(
                    active.insert(&endpoint.address),
                    "two are active at {:?}",
                    endpoint.address
                );
            }
        }
        for (user_id, endpoints) in by_user {
            assert!(endpoints.len() <= 15, "{user_id}");
            let attributes = |endpoint: &EndpointResponse| {
                serde_json::to_string(&endpoint.user_attributes()).unwrap()
            };
            assert!(
                endpoints
                    .iter()
                    .all(|endpoint| attributes(endpoint) == attributes(endpoints[0])),
                "{user_id}"
            );
        }
    }

    /// The counts of names, made anew from all stored endpoints.
    fn assert_names_are_counted(scene: &Scene) {
        let mut counts: BTreeMap<(AttributeKind, String), u64> = BTreeMap::new();
        for endpoint in scene.endpoints().values() {
            for (kind, name) in attribute::names(endpoint) {
                *counts.entry((kind, name.to_owned())).or_default() += 1;
            }
        }
        assert_eq!(
            attribute_names::counted(&scene.tables, &scene.audience).unwrap(),
            counts
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_users_addresses_and_names_stay_in_order(
            steps in prop::collection::vec(any_step(2), 0..80),
        ) {
            let mut scene = Scene::new(0);
            for step in steps {
                match step {
                    Step::Write(n, request) => {
                        let tables = scene.tables.clone();
                        if scene.write(&format!("id-{n}"), &request).is_err() {
                            let audience = scene.audience.clone();
                            let before = Scene { audience, tables };
                            prop_assert_eq!(before.endpoints(), scene.endpoints());
                        }
                    }
                    Step::Delete(n) => scene.delete(&format!("id-{n}")),
                    Step::Remove(kind, pattern) => {
                        scene.remove(kind, pattern);
                    }
                }
            }
            assert_invariants(&scene);
            assert_names_are_counted(&scene);
        }
    }

    proptest! {
        // Drawing the population anew for each case is what takes the time.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn synthetic_endpoints_behave_as_stored_ones_do(
            steps in prop::collection::vec(any_step(3), 0..40),
        ) {
            const COUNT: usize = 20;
            let mut synthetic = Scene::new(COUNT as u64);
            let mut stored = Scene::stored_like(&synthetic);
            let ids: Vec<_> = synthetic.endpoints().into_keys().collect();
            let users: Vec<_> = synthetic.endpoints().values().filter_map(|endpoint| endpoint.user_id().map(str::to_owned)).collect();
            let id_of = |n: usize| ids.get(n).cloned().unwrap_or_else(|| format!("own-{n}"));
            for step in steps {
                match step {
                    Step::Write(n, mut request) => {
                        // The last two users are those of some synthetic endpoints.
                        for (number, user_id) in [("user-2", &users[0]), ("user-3", &users[1])] {
                            if request["User"]["UserId"] == number {
                                request["User"]["UserId"] = json!(user_id);
                            }
                        }
                        prop_assert_eq!(synthetic.write(&id_of(n), &request), stored.write(&id_of(n), &request));
                    }
                    Step::Delete(n) => {
                        synthetic.delete(&id_of(n));
                        stored.delete(&id_of(n));
                    }
                    Step::Remove(kind, pattern) => {
                        prop_assert_eq!(synthetic.remove(kind, pattern), stored.remove(kind, pattern));
                    }
                }
            }
            let lines = |scene: &Scene| scene.endpoints().into_values().map(|endpoint| serde_json::to_string(&endpoint).unwrap()).collect::<Vec<_>>();
            prop_assert_eq!(lines(&synthetic), lines(&stored));
            for user_id in &users {
                let found = |scene: &Scene| scene.audience.of_user(&scene.tables, user_id).unwrap().into_iter().map(|found| *found.endpoint).collect::<Vec<_>>();
                prop_assert_eq!(found(&synthetic), found(&stored));
            }
            assert_invariants(&synthetic);
        }
    }
}
