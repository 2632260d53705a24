//! The endpoints of one application and every rule of writing one.
//!
//! Used by all models: each needs endpoints. That attributes belong to a user is kept the naive way:
//! every endpoint of the user holds a copy, and a write changes all of them. Nothing is indexed.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;
use sha1::{Digest as _, Sha1};

use super::endpoint::{Endpoint, Lists};
use super::endpoints::endpoint;
use super::wire_date;
use crate::state_machine::transition::endpoints::{
    Address, Pick, Update, UserPick, UserUpdate, Values,
};

/// Channels whose sixteenth endpoint of a user pushes out the oldest of them.
const PUSH_FAMILY: [&str; 6] = [
    "ADM",
    "GCM",
    "APNS",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "BAIDU",
];
const ENDPOINTS_PER_USER_MAX: usize = 15;
const NAMES_MAX: usize = 250;
const NAME_CHARS_MAX: usize = 50;
const VALUE_CHARS_MAX: usize = 100;
const VALUES_MAX: usize = 50;
const ENDPOINT_BYTES_MAX: usize = 15 * 1024;
const MISSING_ADDRESS: Refusal = Some("Missing Address");

/// Fixed ids of endpoints; the third is one that only an encoded path can name.
const IDS: [&str; 5] = ["e0", "e1", "e/2+b=c", "e3", "E3"];
/// Fixed ids of users.
const USERS: [&str; 5] = ["u0", "u1", "u/2", "U1", "nobody else"];

/// Why a write is refused: the message where one is known.
pub(crate) type Refusal = Option<&'static str>;

/// The endpoints, and what RemoveAttributes left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audience {
    /// What the clock shows, in milliseconds.
    pub now: i64,
    /// By id.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Names that are out of use.
    pub removed: BTreeSet<(Kind, String)>,
    /// Endpoints made so far, so that each has its own name for what is bound at it.
    made: usize,
}

/// The three kinds of names that count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Attribute,
    Metric,
    UserAttribute,
}

impl Audience {
    /// The endpoint's id that is meant.
    pub(crate) fn endpoint_id(&self, pick: Pick) -> String {
        match pick {
            Pick::Existing(at) if !self.endpoints.is_empty() => {
                let at = usize::from(at) % self.endpoints.len();
                self.endpoints.keys().nth(at).expect("within").clone()
            }
            Pick::Existing(at) => IDS[usize::from(at) % IDS.len()].to_owned(),
            Pick::Fixed(number) => IDS[usize::from(number) % IDS.len()].to_owned(),
        }
    }

    /// The user's id that is meant.
    pub(crate) fn user_id(&self, pick: Pick) -> String {
        let users: BTreeSet<&str> = self
            .endpoints
            .values()
            .filter_map(Endpoint::user_id)
            .collect();
        match pick {
            Pick::Existing(at) if !users.is_empty() => {
                let at = usize::from(at) % users.len();
                users.into_iter().nth(at).expect("within").to_owned()
            }
            Pick::Existing(at) => USERS[usize::from(at) % USERS.len()].to_owned(),
            Pick::Fixed(number) => USERS[usize::from(number) % USERS.len()].to_owned(),
        }
    }

    /// The UserId that an update sends; none for a null.
    pub(crate) fn user(&self, pick: &UserPick) -> Option<String> {
        match pick {
            UserPick::Null => None,
            UserPick::Nobody => Some(String::new()),
            UserPick::Somebody(pick) => Some(self.user_id(*pick)),
            UserPick::Named(id) => Some(id.clone()),
        }
    }

    /// The address that an update sends; none for a null.
    pub(crate) fn address(&self, address: &Address) -> Option<String> {
        match address {
            Address::Null => None,
            Address::Fixed(text) => Some(text.clone()),
            Address::Existing(at) => {
                let at = usize::from(*at) % self.endpoints.len().max(1);
                let endpoint = self.endpoints.values().nth(at);
                let address = endpoint.and_then(|endpoint| endpoint.address.clone());
                Some(address.unwrap_or_else(|| "a@example.com".to_owned()))
            }
        }
    }

    /// Ids of a user's endpoints.
    pub(crate) fn endpoints_of(&self, user: &str) -> Vec<String> {
        self.endpoints
            .values()
            .filter(|endpoint| endpoint.user_id() == Some(user))
            .map(|endpoint| endpoint.id.clone())
            .collect()
    }

    /// All lines of an export.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.endpoints.values().map(Endpoint::line).collect()
    }

    /// Names in use: each counts as long as an endpoint has it.
    pub(crate) fn names(&self) -> BTreeSet<(Kind, String)> {
        let mut names = BTreeSet::new();
        for endpoint in self.endpoints.values() {
            names.extend(
                endpoint
                    .attributes
                    .keys()
                    .map(|name| (Kind::Attribute, name.clone())),
            );
            names.extend(
                endpoint
                    .metrics
                    .keys()
                    .map(|name| (Kind::Metric, name.clone())),
            );
            let of_user = endpoint.user.user_attributes.keys();
            names.extend(of_user.map(|name| (Kind::UserAttribute, name.clone())));
        }
        names.retain(|name| !self.removed.contains(name));
        names
    }

    /// Writes one endpoint, or leaves everything as it is.
    pub(crate) fn write(&mut self, id: Option<String>, update: &Update) -> Result<(), Refusal> {
        let mut after = self.clone();
        after.try_write(id, update)?;
        *self = after;
        Ok(())
    }

    /// Writes one endpoint; after a refusal the audience is worth nothing.
    pub(crate) fn try_write(&mut self, id: Option<String>, update: &Update) -> Result<(), Refusal> {
        let address = update
            .address
            .as_ref()
            .and_then(|address| self.address(address));
        // An empty address is none.
        let sent = address.clone().filter(|address| !address.is_empty());
        let Some(id) = id.or_else(|| sent.as_deref().map(id_of_address)) else {
            return Err(MISSING_ADDRESS);
        };
        let before = self.endpoints.get(&id).cloned();
        if before.is_none() && sent.is_none() {
            return Err(MISSING_ADDRESS);
        }
        if before.is_none() && !matches!(update.scalars.get("ChannelType"), Some(Some(_))) {
            return Err(Some("Missing ChannelType{any:text}"));
        }
        self.check_names_and_values(update)?;

        let mut endpoint = before.clone().unwrap_or_else(|| self.fresh(&id));
        self.merge_members(&mut endpoint, update, address);
        if before.is_none() {
            endpoint.creation_date.clone_from(&endpoint.effective_date);
        }
        let joining = self.merge_user(&mut endpoint, update);
        if endpoint
            .line()
            .replace("{application}", &"0".repeat(32))
            .len()
            > ENDPOINT_BYTES_MAX
        {
            return Err(None);
        }
        if joining {
            self.make_room(&endpoint)?;
        }
        self.share_user_attributes(&endpoint);
        self.inactivate_address(&endpoint);
        self.endpoints.insert(id, endpoint);
        if self.names().len() > NAMES_MAX {
            return Err(Some("Too many custom attributes"));
        }
        Ok(())
    }

    /// Names that are out of use are dropped before anything is looked at.
    fn check_names_and_values(&self, update: &Update) -> Result<(), Refusal> {
        let is_in_use = |kind: Kind, name: &str| !self.removed.contains(&(kind, name.to_owned()));
        let user = update.user.iter();
        let of_user = user.flat_map(|user| user.attributes.iter());
        let lists = update
            .attributes
            .iter()
            .filter(|(name, _)| is_in_use(Kind::Attribute, name))
            .chain(of_user.filter(|(name, _)| is_in_use(Kind::UserAttribute, name)));
        // A null is nothing, not even a name.
        let lists: Vec<_> = lists
            .filter_map(|(name, values)| Some((name, values.as_ref()?)))
            .collect();
        let metrics = update.metrics.iter().filter(|(_, value)| value.is_some());
        let metrics = metrics.map(|(name, _)| name);
        let metrics = metrics.filter(|name| is_in_use(Kind::Metric, name));
        let names = lists.iter().map(|(name, _)| *name).chain(metrics);
        let long_name = names
            .into_iter()
            .any(|name| name.chars().count() > NAME_CHARS_MAX);
        let is_long = |value: &String| value.chars().count() > VALUE_CHARS_MAX;
        let bad_list = lists
            .iter()
            .any(|(_, values)| values.len() > VALUES_MAX || values.iter().any(is_long));
        if long_name || bad_list {
            Err(None)
        } else {
            Ok(())
        }
    }

    /// Takes in the row of an import that holds endpoint `e{number}` with its address. Imported
    /// endpoints have no cohort.
    pub(crate) fn import(&mut self, number: u8) {
        let id = format!("e{number}");
        let is_new = !self.endpoints.contains_key(&id);
        let update = endpoint("EMAIL", &format!("{id}@example.com"));
        self.write(Some(id.clone()), &update)
            .expect("no rule stands against it");
        if let Some(written) = self.endpoints.get_mut(&id).filter(|_| is_new) {
            written.cohort_id = None;
        }
    }

    fn fresh(&mut self, id: &str) -> Endpoint {
        self.made += 1;
        Endpoint {
            opt_out: "NONE".to_owned(),
            application_id: "{application}".to_owned(),
            id: id.to_owned(),
            cohort_id: Some(format!("{{cohort-{}:integer}}", self.made)),
            ..Endpoint::default()
        }
    }

    /// Everything but the user: what is left out or null stays, a name replaces its whole list.
    fn merge_members(&self, endpoint: &mut Endpoint, update: &Update, address: Option<String>) {
        let scalar = |name: &str| {
            update
                .scalars
                .get(name)
                .copied()
                .flatten()
                .map(str::to_owned)
        };
        endpoint.channel_type = scalar("ChannelType").or(endpoint.channel_type.take());
        endpoint.address = address.or(endpoint.address.take());
        endpoint.status = scalar("EndpointStatus").unwrap_or("ACTIVE".to_owned());
        endpoint.opt_out = scalar("OptOut").unwrap_or(endpoint.opt_out.clone());
        endpoint.request_id = scalar("RequestId").or(endpoint.request_id.take());
        endpoint.effective_date = scalar("EffectiveDate").unwrap_or_else(|| wire_date(self.now));
        for (name, value) in &update.location {
            if let Some(value) = value {
                let kept = match *name {
                    "Latitude" | "Longitude" => one_decimal(value),
                    _ => Value::from(*value),
                };
                endpoint.location.insert((*name).to_owned(), kept);
            }
        }
        for (name, value) in &update.demographic {
            if let Some(value) = value {
                let kept = match *name {
                    "Platform" => value.to_lowercase(),
                    _ => (*value).to_owned(),
                };
                endpoint.demographic.insert((*name).to_owned(), kept);
            }
        }
        self.merge_lists(
            Kind::Attribute,
            &mut endpoint.attributes,
            &update.attributes,
        );
        for (name, value) in &update.metrics {
            let is_out = self.removed.contains(&(Kind::Metric, name.clone()));
            if let Some(value) = value.filter(|_| !is_out) {
                let number: f64 = value.parse().expect("the alphabet holds numbers");
                let number = RawValue::from_string(format!("{number:?}"));
                let number = number.expect("small numbers are written the same way");
                endpoint.metrics.insert(name.clone(), number);
            }
        }
    }

    fn merge_lists(&self, kind: Kind, lists: &mut Lists, update: &Values<Vec<String>>) {
        for (name, values) in update {
            let is_out = self.removed.contains(&(kind, name.clone()));
            if let Some(values) = values.as_ref().filter(|_| !is_out) {
                lists.insert(name.clone(), values.clone());
            }
        }
    }

    /// Moves the endpoint between users and merges attributes; whether it joins one.
    fn merge_user(&self, endpoint: &mut Endpoint, update: &Update) -> bool {
        let nothing = UserUpdate::default();
        let update = update.user.as_ref().unwrap_or(&nothing);
        let old = endpoint.user_id().map(str::to_owned);
        if let Some(user) = update.id.as_ref().and_then(|pick| self.user(pick)) {
            endpoint.user.user_id = Some(user);
        }
        let new = endpoint.user_id().map(str::to_owned);
        let joining = new.is_some() && new != old;
        if let Some(user) = new.filter(|_| joining) {
            let own = std::mem::take(&mut endpoint.user.user_attributes);
            if let Some(member) = self.endpoints_of(&user).first() {
                let of_user = &self.endpoints[member].user.user_attributes;
                endpoint.user.user_attributes.clone_from(of_user);
            }
            if old.is_none() {
                for (name, values) in own {
                    endpoint.user.user_attributes.entry(name).or_insert(values);
                }
            }
        }
        let lists = &mut endpoint.user.user_attributes;
        self.merge_lists(Kind::UserAttribute, lists, &update.attributes);
        joining
    }

    /// Lets an endpoint join a user who may have fifteen already.
    fn make_room(&mut self, joining: &Endpoint) -> Result<(), Refusal> {
        let user = joining.user_id().expect("it joins one");
        let members = self.endpoints_of(user);
        if members.len() < ENDPOINTS_PER_USER_MAX {
            return Ok(());
        }
        let in_family = |endpoint: &Endpoint| {
            let channel = endpoint.channel_type.as_deref().unwrap_or_default();
            PUSH_FAMILY.contains(&channel)
        };
        let oldest = members
            .iter()
            .map(|id| &self.endpoints[id])
            .filter(|endpoint| in_family(joining) && in_family(endpoint))
            .min_by_key(|endpoint| (read_date(&endpoint.effective_date), endpoint.id.clone()))
            .map(|endpoint| endpoint.id.clone());
        let Some(oldest) = oldest else {
            return Err(Some("Exceeded maximum endpoint per user count: 15"));
        };
        let oldest = self.endpoints.get_mut(&oldest).expect("it is a member");
        "INACTIVE".clone_into(&mut oldest.status);
        oldest.user.user_id = None;
        Ok(())
    }

    fn share_user_attributes(&mut self, endpoint: &Endpoint) {
        let Some(user) = endpoint.user_id() else {
            return;
        };
        for member in self.endpoints_of(user) {
            let member = self.endpoints.get_mut(&member).expect("it is one");
            let of_user = &endpoint.user.user_attributes;
            member.user.user_attributes.clone_from(of_user);
        }
    }

    fn inactivate_address(&mut self, written: &Endpoint) {
        let address = written
            .address
            .clone()
            .filter(|address| !address.is_empty());
        for endpoint in self.endpoints.values_mut() {
            if address.is_some() && endpoint.address == address && endpoint.id != written.id {
                "INACTIVE".clone_into(&mut endpoint.status);
            }
        }
    }
}

/// The id the service makes of an address.
pub(crate) fn id_of_address(address: &str) -> String {
    STANDARD_NO_PAD.encode(Sha1::digest(address)).to_lowercase()
}

/// Coordinates keep one decimal.
fn one_decimal(number: &str) -> Value {
    let number: f64 = number.parse().expect("the alphabet holds numbers");
    let rounded: f64 = format!("{number:.1}").parse().expect("it was a number");
    Value::from(rounded)
}

/// A date-time in milliseconds; what cannot be read is older than all.
pub(crate) fn read_date(text: &str) -> Option<i64> {
    text.parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}
