//! Transitions of endpoints and users.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Values by name, `None` for a null.
pub(crate) type Values<T> = IndexMap<String, Option<T>>;

/// What a sequence starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    /// An application without endpoints.
    Empty,
    /// User `u0` has an endpoint of each of these channels.
    CrowdedUser(Vec<&'static str>),
    /// So many names of attributes are in use.
    ManyNames(usize),
    /// So many synthetic endpoints.
    Population(usize),
}

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Transition {
    /// UpdateEndpoint.
    Update(Pick, Box<Update>),
    /// UpdateEndpointsBatch, items with or without an id.
    Batch(Vec<(Option<Pick>, Update)>),
    /// GetEndpoint.
    Get(Pick),
    /// DeleteEndpoint.
    Delete(Pick),
    /// GetUserEndpoints.
    GetUser(Pick),
    /// DeleteUserEndpoints.
    DeleteUser(Pick),
    /// RemoveAttributes with this type and these patterns.
    RemoveAttributes(&'static str, Vec<&'static str>),
    /// PutEvents.
    PutEvents(Vec<(Pick, EventsBatch)>),
    /// Time passes.
    Advance(u64),
    /// The whole application is exported.
    Export,
}

/// One of a few fixed names, or of those that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The fixed one with this number.
    Fixed(u8),
    /// The existing one at this place, modulo their number.
    Existing(u16),
}

/// Body of an update. Members left out are not there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    /// ChannelType, EndpointStatus, OptOut, RequestId, EffectiveDate.
    pub scalars: IndexMap<&'static str, Option<&'static str>>,
    /// Address.
    pub address: Option<Address>,
    /// Members of Location as they are sent.
    pub location: IndexMap<&'static str, Option<&'static str>>,
    /// Members of Demographic.
    pub demographic: IndexMap<&'static str, Option<&'static str>>,
    /// Attributes.
    pub attributes: Values<Vec<String>>,
    /// Metrics, as JSON numbers.
    pub metrics: Values<&'static str>,
    /// User.
    pub user: Option<UserUpdate>,
}

impl Update {
    /// Whether its body says nothing: `{}`, or nulls alone.
    pub(crate) fn is_empty(&self) -> bool {
        self.scalars.values().all(Option::is_none)
            && matches!(self.address, None | Some(Address::Null))
            && self.location.is_empty()
            && self.demographic.is_empty()
            && self.attributes.is_empty()
            && self.metrics.is_empty()
            && self.user.is_none()
    }
}

/// An address of a few, or that of an endpoint there is.
#[derive(Debug, Clone)]
pub(crate) enum Address {
    /// One of the alphabet.
    Fixed(String),
    /// That of the endpoint at this place, modulo their number.
    Existing(u16),
    /// A null.
    Null,
}

/// Member User of an update.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserUpdate {
    /// UserId.
    pub id: Option<UserPick>,
    /// UserAttributes.
    pub attributes: Values<Vec<String>>,
}

/// A user to join.
#[derive(Debug, Clone)]
pub(crate) enum UserPick {
    /// `""`: no user.
    Nobody,
    /// One of the alphabet or of those there are.
    Somebody(Pick),
    /// The one with this id.
    Named(String),
    /// A null.
    Null,
}

/// What PutEvents brings for one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct EventsBatch {
    /// The endpoint's update, `{}` if empty.
    pub update: Update,
    /// Events: whether each is good.
    pub events: Vec<EventKind>,
}

/// Good and bad events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// Has all an event needs.
    Good,
    /// Its Timestamp is no date-time.
    BadTimestamp,
}

/// Channels whose sixteenth endpoint pushes an older one out, and others.
const CHANNELS: [&str; 11] = [
    "EMAIL",
    "SMS",
    "GCM",
    "APNS",
    "ADM",
    "BAIDU",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "APNS_SANDBOX",
    "CUSTOM",
    "VOICE",
];
const ADDRESSES: [&str; 5] = [
    "a@example.com",
    "A@example.com",
    "b@example.com",
    "+12065550100",
    "",
];
const NAMES: [&str; 4] = ["a", "b", "c", "name with blank"];

pub(crate) fn start() -> impl Strategy<Value = Start> {
    prop_oneof![
        3 => Just(Start::Empty),
        2 => crowd().prop_map(Start::CrowdedUser),
        1 => (247_usize..=250).prop_map(Start::ManyNames),
        2 => (3_usize..40).prop_map(Start::Population),
    ]
}

/// Channels of a user's endpoints, mostly of one kind, so that all rules of the sixteenth are met.
fn crowd() -> impl Strategy<Value = Vec<&'static str>> {
    let size = prop_oneof![Just(15_usize), Just(14_usize)];
    size.prop_flat_map(|size| {
        prop_oneof![
            vec(select(vec!["EMAIL", "SMS", "APNS_SANDBOX"]), size),
            vec(select(vec!["GCM", "APNS", "BAIDU"]), size),
            vec(select(CHANNELS.to_vec()), size),
        ]
    })
}

pub(crate) fn transition() -> BoxedStrategy<Transition> {
    prop_oneof![
        10 => (pick(), update()).prop_map(|(pick, update)| Transition::Update(pick, Box::new(update))),
        2 => vec((option::weighted(0.8, pick()), update()), 1..4).prop_map(Transition::Batch),
        6 => pick().prop_map(Transition::Get),
        2 => pick().prop_map(Transition::Delete),
        3 => pick().prop_map(Transition::GetUser),
        1 => pick().prop_map(Transition::DeleteUser),
        1 => remove_attributes(),
        2 => vec((pick(), events_batch()), 1..3).prop_map(Transition::PutEvents),
        2 => select(vec![1_u64, 1000, 86_400_000]).prop_map(Transition::Advance),
        1 => Just(Transition::Export),
    ]
    .boxed()
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        (0_u8..5).prop_map(Pick::Fixed),
        (0_u16..1000).prop_map(Pick::Existing)
    ]
}

fn remove_attributes() -> impl Strategy<Value = Transition> {
    let types = select(vec![
        "endpoint-custom-attributes",
        "endpoint-metric-attributes",
        "endpoint-user-attributes",
        "endpoint-attributes",
    ]);
    // None fits a name of the synthetic endpoints: of those all that a population may have count as in
    // use, whichever its endpoints have.
    let patterns = vec(
        select(vec!["a", "c", "name*", "*blank", "zz", "name-00*"]),
        0..3,
    );
    (types, patterns).prop_map(|(kind, patterns)| Transition::RemoveAttributes(kind, patterns))
}

fn events_batch() -> BoxedStrategy<EventsBatch> {
    let update = prop_oneof![Just(Update::default()), update()];
    let kind = prop_oneof![3 => Just(EventKind::Good), 1 => Just(EventKind::BadTimestamp)];
    (update, vec(kind, 0..3))
        .prop_map(|(update, events)| EventsBatch { update, events })
        .boxed()
}

/// Mostly a whole endpoint, so that the first write of an id often succeeds; else parts.
pub(crate) fn update() -> BoxedStrategy<Update> {
    prop_oneof![60 => parts(true), 40 => parts(false), 1 => large()].boxed()
}

/// Around the greatest size of an endpoint: three lists of 49 values stay below it, of 50 do not.
fn large() -> BoxedStrategy<Update> {
    (parts(true), select(vec![49_usize, 50]))
        .prop_map(|(mut update, count)| {
            for name in ["a", "b", "c"] {
                let values = vec!["w".repeat(100); count];
                update.attributes.insert(name.to_owned(), Some(values));
            }
            update
        })
        .boxed()
}

fn parts(whole: bool) -> BoxedStrategy<Update> {
    let channel = option_or(whole, scalar("ChannelType", &CHANNELS));
    let address = option_or(
        whole,
        prop_oneof![
            12 => select(ADDRESSES.to_vec()).prop_map(|text| Address::Fixed(text.to_owned())),
            4 => (0_u16..1000).prop_map(Address::Existing),
            1 => Just(Address::Null),
        ],
    );
    let others = vec(other_scalar(), 0..2);
    let location = prop_oneof![3 => Just(Vec::new()), 1 => vec(location_member(), 0..3)];
    let demographic = prop_oneof![3 => Just(Vec::new()), 1 => vec(demographic_member(), 0..3)];
    let attributes = prop_oneof![1 => Just(IndexMap::new()), 1 => values(lists())];
    let metrics = prop_oneof![
        3 => Just(IndexMap::new()),
        1 => values(select(vec!["1", "2.5", "-3.0", "0.1"])),
    ];
    let user = option::weighted(0.5, user_update());
    (
        (channel, address, others),
        (location, demographic, attributes, metrics, user),
    )
        .prop_map(
            |((channel, address, others), (location, demographic, attributes, metrics, user))| {
                Update {
                    scalars: channel.into_iter().chain(others).collect(),
                    address,
                    location: location.into_iter().collect(),
                    demographic: demographic.into_iter().collect(),
                    attributes,
                    metrics,
                    user,
                }
            },
        )
        .boxed()
}

/// The value always, or in one case of four.
fn option_or<T: std::fmt::Debug + Clone>(
    always: bool,
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    option::weighted(if always { 0.98 } else { 0.25 }, strategy)
}

fn scalar(
    name: &'static str,
    values: &[&'static str],
) -> impl Strategy<Value = (&'static str, Option<&'static str>)> + use<> {
    option::weighted(0.98, select(values.to_vec())).prop_map(move |value| (name, value))
}

fn other_scalar() -> BoxedStrategy<(&'static str, Option<&'static str>)> {
    prop_oneof![
        scalar("EndpointStatus", &["ACTIVE", "INACTIVE"]),
        scalar("OptOut", &["ALL", "NONE"]),
        scalar("RequestId", &["request-1", "request-2"]),
        scalar(
            "EffectiveDate",
            &[
                "2020-03-10T11:00Z",
                "2019-01-01T00:00:00.000Z",
                "2041-01-01T00:00:00.000Z",
                "yesterday",
            ],
        ),
    ]
    .boxed()
}

fn location_member() -> BoxedStrategy<(&'static str, Option<&'static str>)> {
    prop_oneof![
        scalar("Latitude", &["47.61", "-33", "0.04"]),
        scalar("Longitude", &["-122.33", "151.18"]),
        scalar("PostalCode", &["98121"]),
        scalar("City", &["Seattle", "富山"]),
        scalar("Region", &["WA"]),
        scalar("Country", &["US", "JPN"]),
    ]
    .boxed()
}

fn demographic_member() -> BoxedStrategy<(&'static str, Option<&'static str>)> {
    prop_oneof![
        scalar("Make", &["Apple", "LG"]),
        scalar("Model", &["One"]),
        scalar("Timezone", &["America/Los_Angeles"]),
        scalar("AppVersion", &["1.0"]),
        scalar("Platform", &["Android", "iOS", "ios"]),
    ]
    .boxed()
}

fn user_update() -> BoxedStrategy<UserUpdate> {
    let somebody = prop_oneof![
        20 => Just(UserPick::Somebody(Pick::Fixed(0))),
        10 => pick().prop_map(UserPick::Somebody),
        3 => Just(UserPick::Nobody),
        1 => Just(UserPick::Null),
    ];
    let id = option::weighted(0.9, somebody);
    let attributes = prop_oneof![1 => Just(IndexMap::new()), 1 => values(lists())];
    (id, attributes)
        .prop_map(|(id, attributes)| UserUpdate { id, attributes })
        .boxed()
}

fn values<T: std::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Values<T>> {
    let name = prop_oneof![
        20 => select(NAMES.to_vec()).prop_map(str::to_owned),
        2 => (0_u16..300).prop_map(|number| format!("name-{number:03}")),
        1 => select(vec![50_usize, 51]).prop_map(|length| "n".repeat(length)),
    ];
    vec((name, option::weighted(0.95, value)), 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

/// Lists of values: few and short, now and then at a limit or beyond it.
fn lists() -> BoxedStrategy<Vec<String>> {
    let short = vec(
        select(vec!["1", "2", "tea ", ""]).prop_map(str::to_owned),
        0..3,
    );
    let long = select(vec![100_usize, 101]).prop_map(|length| vec!["é".repeat(length)]);
    let many = select(vec![50_usize, 51]).prop_map(|count| vec!["v".to_owned(); count]);
    prop_oneof![40 => short, 1 => long, 1 => many].boxed()
}
