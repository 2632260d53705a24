//! Transitions of segments, over endpoints whose few values make every dimension hit and miss.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::endpoints::{Address, Pick, Update, UserPick, UserUpdate, Values};

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Transition {
    /// An endpoint is written.
    PutEndpoint(u8, Box<Update>),
    /// An endpoint is deleted.
    DeleteEndpoint(u8),
    /// CreateSegment.
    Create(Box<Write>),
    /// UpdateSegment of the segment with this number, modulo their number.
    Update(u16, Box<Write>),
    /// GetSegment.
    Get(u16),
    /// GetSegmentVersion.
    GetVersion(u16, u8),
    /// DeleteSegment.
    Delete(u16),
    /// The next page of GetSegments; a walk that has begun goes on unless it begins anew.
    Page {
        /// Size of the walk's pages, if it begins; `None` leaves it to the service.
        size: Option<u8>,
        /// Whether it begins anew.
        anew: bool,
    },
    /// All of GetSegmentVersions.
    Versions(u16),
    /// The segment is exported, or the version of it.
    Export(u16, Option<u8>),
    /// Time passes.
    Advance(u64),
}

/// Body of a write.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub name: Option<&'static str>,
    pub tag: Option<&'static str>,
    pub dimensions: Option<Dimensions>,
    pub groups: Option<Groups>,
}

/// SegmentDimensions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dimensions {
    pub attributes: IndexMap<String, AttributeDimension>,
    pub user_attributes: IndexMap<String, AttributeDimension>,
    pub metrics: IndexMap<&'static str, (&'static str, f64)>,
    /// AppVersion, Channel, DeviceType, Make, Model, Platform.
    pub demographic: IndexMap<&'static str, SetDimension>,
    pub country: Option<SetDimension>,
    pub gps: Option<Gps>,
    /// Duration and RecencyType.
    pub recency: Option<(&'static str, &'static str)>,
}

/// AttributeDimension.
#[derive(Debug, Clone)]
pub(crate) struct AttributeDimension {
    pub kind: Option<&'static str>,
    pub values: Vec<&'static str>,
}

/// SetDimension.
#[derive(Debug, Clone)]
pub(crate) struct SetDimension {
    pub kind: Option<&'static str>,
    pub values: Vec<&'static str>,
}

/// GPSPointDimension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gps {
    pub latitude: f64,
    pub longitude: f64,
    pub range: Option<f64>,
}

/// SegmentGroupList.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    pub groups: Vec<Group>,
    pub include: Option<&'static str>,
}

/// SegmentGroup.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub dimensions: Vec<Dimensions>,
    pub sources: Vec<Source>,
    pub source_type: Option<&'static str>,
    pub kind: Option<&'static str>,
}

/// A source segment.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// One that is older than the segment, modulo their number, with or without a version.
    Older(u16, Option<u8>),
    /// The segment itself; one that never was if it is being created.
    Itself,
}

const NAMES: [&str; 3] = ["a", "b", "c"];
const VALUES: [&str; 7] = [
    "red",
    "Red",
    "red wine",
    "2020-03-10T11:00:00Z",
    "2020-03-10T23:59:59.999Z",
    "2020-03-11T00:00:00Z",
    "soon",
];
const DATES: [&str; 4] = [
    "2020-03-10T11:00:00Z",
    "2020-03-10T23:59:59.999Z",
    "2020-03-11T00:00:00Z",
    "2019-12-31T00:00:00Z",
];

pub(crate) fn transition() -> BoxedStrategy<Transition> {
    let segment = || 0_u16..1000;
    let size = option::weighted(0.8, 1_u8..4);
    prop_oneof![
        12 => (0_u8..8, endpoint())
            .prop_map(|(id, update)| Transition::PutEndpoint(id, Box::new(update))),
        2 => (0_u8..8).prop_map(Transition::DeleteEndpoint),
        10 => write().prop_map(|write| Transition::Create(Box::new(write))),
        6 => (segment(), write())
            .prop_map(|(at, write)| Transition::Update(at, Box::new(write))),
        4 => segment().prop_map(Transition::Get),
        3 => (segment(), 0_u8..4).prop_map(|(at, version)| Transition::GetVersion(at, version)),
        1 => segment().prop_map(Transition::Delete),
        4 => (size, prop::bool::weighted(0.2))
            .prop_map(|(size, anew)| Transition::Page { size, anew }),
        2 => segment().prop_map(Transition::Versions),
        14 => (segment(), option::weighted(0.3, 0_u8..4))
            .prop_map(|(at, version)| Transition::Export(at, version)),
        // No whole day, so that nothing is exactly as old as a Recency counts.
        2 => select(vec![1_u64, 3_600_000, 90_000_000, 600_000_000])
            .prop_map(Transition::Advance),
    ]
    .boxed()
}

/// An endpoint with a little of everything.
fn endpoint() -> BoxedStrategy<Update> {
    let channel = select(vec!["EMAIL", "SMS", "GCM"]);
    let date = option::weighted(
        0.3,
        select(vec![
            "2020-03-10T11:00Z",
            "2041-01-01T00:00:00.000Z",
            "yesterday",
        ]),
    );
    let status = option::weighted(0.2, Just("INACTIVE"));
    let opt_out = option::weighted(0.2, Just("ALL"));
    let place = option::weighted(
        0.5,
        select(vec![
            ("47.61", "-122.33"),
            ("34.06", "-118.24"),
            ("-33.87", "151.21"),
        ]),
    );
    let country = option::weighted(0.5, select(vec!["US", "us", "JPN"]));
    let demographic = vec(
        prop_oneof![
            select(vec!["Apple", "LG"]).prop_map(|make| ("Make", make)),
            Just(("Model", "One")),
            select(vec!["1.0", "1.0.1"]).prop_map(|version| ("AppVersion", version)),
            select(vec!["iOS", "Android"]).prop_map(|platform| ("Platform", platform)),
        ],
        0..3,
    );
    let metrics = vec(
        (select(NAMES.to_vec()), select(vec!["1", "2.5", "-3.0"])),
        0..3,
    );
    let user = option::weighted(0.5, (0_u8..3, lists()));
    (
        (channel, date, status, opt_out, place, country),
        (demographic, lists(), metrics, user),
    )
        .prop_map(
            |(
                (channel, date, status, opt_out, place, country),
                (demographic, attributes, metrics, user),
            )| {
                let scalars = [
                    ("ChannelType", Some(channel)),
                    ("EffectiveDate", date),
                    ("EndpointStatus", status),
                    ("OptOut", opt_out),
                ];
                let location = [
                    ("Latitude", place.map(|(latitude, _)| latitude)),
                    ("Longitude", place.map(|(_, longitude)| longitude)),
                    ("Country", country),
                ];
                let present = |(name, value): (&'static str, Option<&'static str>)| {
                    value.map(|value| (name, Some(value)))
                };
                Update {
                    scalars: scalars.into_iter().filter_map(present).collect(),
                    address: Some(Address::Fixed(String::new())),
                    location: location.into_iter().filter_map(present).collect(),
                    demographic: demographic
                        .into_iter()
                        .map(|(name, value)| (name, Some(value)))
                        .collect(),
                    attributes,
                    metrics: metrics
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), Some(value)))
                        .collect(),
                    user: user.map(|(id, attributes)| UserUpdate {
                        id: Some(UserPick::Somebody(Pick::Fixed(id))),
                        attributes,
                    }),
                }
            },
        )
        .boxed()
}

fn lists() -> BoxedStrategy<Values<Vec<String>>> {
    let values = vec(select(VALUES.to_vec()).prop_map(str::to_owned), 0..3);
    let name = select(NAMES.to_vec()).prop_map(str::to_owned);
    vec((name, values), 0..3)
        .prop_map(|pairs| {
            pairs
                .into_iter()
                .map(|(name, values)| (name, Some(values)))
                .collect()
        })
        .boxed()
}

fn write() -> BoxedStrategy<Write> {
    let name = option::weighted(0.7, select(vec!["one", "two"]));
    let tag = option::weighted(0.2, select(vec!["test", "live"]));
    let criteria = prop_oneof![
        30 => dimensions_of_write().prop_map(|dimensions| (Some(dimensions), None)),
        30 => groups().prop_map(|groups| (None, Some(groups))),
        6 => Just((None, None)),
        2 => (dimensions(), groups())
            .prop_map(|(dimensions, groups)| (Some(dimensions), Some(groups))),
    ];
    (name, tag, criteria)
        .prop_map(|(name, tag, (dimensions, groups))| Write {
            name,
            tag,
            dimensions,
            groups,
        })
        .boxed()
}

/// Dimensions, now and then as many as are allowed or one more.
fn dimensions_of_write() -> BoxedStrategy<Dimensions> {
    let many = select(vec![100_usize, 101]).prop_map(|count| {
        let dimension = AttributeDimension {
            kind: Some("EXCLUSIVE"),
            values: vec!["red"],
        };
        Dimensions {
            attributes: (0..count)
                .map(|number| (format!("name-{number}"), dimension.clone()))
                .collect(),
            ..Dimensions::default()
        }
    });
    prop_oneof![40 => dimensions(), 1 => many].boxed()
}

fn dimensions() -> BoxedStrategy<Dimensions> {
    #[derive(Debug, Clone)]
    enum One {
        Attribute(&'static str, AttributeDimension),
        UserAttribute(&'static str, AttributeDimension),
        Metric(&'static str, (&'static str, f64)),
        Demographic(&'static str, SetDimension),
        Country(SetDimension),
        Gps(Gps),
        Recency(&'static str, &'static str),
    }
    let name = || select(NAMES.to_vec());
    let operators = vec![
        "GREATER_THAN",
        "LESS_THAN",
        "GREATER_THAN_OR_EQUAL",
        "LESS_THAN_OR_EQUAL",
        "EQUAL",
    ];
    let one = prop_oneof![
        6 => (name(), attribute()).prop_map(|(name, values)| One::Attribute(name, values)),
        2 => (name(), attribute()).prop_map(|(name, values)| One::UserAttribute(name, values)),
        2 => (name(), (select(operators), select(vec![1.0, 2.0, 2.5])))
            .prop_map(|(name, test)| One::Metric(name, test)),
        1 => set(vec!["EMAIL", "SMS", "GCM"]).prop_map(|set| One::Demographic("Channel", set)),
        1 => set(vec!["Apple", "apple", "LG"]).prop_map(|set| One::Demographic("Make", set)),
        1 => set(vec!["One", "Two"]).prop_map(|set| One::Demographic("Model", set)),
        1 => set(vec!["1.0", "2"]).prop_map(|set| One::Demographic("AppVersion", set)),
        1 => set(vec!["iOS", "ANDROID"]).prop_map(|set| One::Demographic("Platform", set)),
        1 => set(vec!["tablet"]).prop_map(|set| One::Demographic("DeviceType", set)),
        1 => set(vec!["US", "JPN"]).prop_map(One::Country),
        2 => gps().prop_map(One::Gps),
        2 => (
            select(vec!["HR_24", "DAY_7", "DAY_14", "DAY_30"]),
            select(vec!["ACTIVE", "INACTIVE"]),
        )
            .prop_map(|(duration, kind)| One::Recency(duration, kind)),
    ];
    vec(one, 0..3)
        .prop_map(|all| {
            let mut dimensions = Dimensions::default();
            for one in all {
                match one {
                    One::Attribute(name, values) => {
                        dimensions.attributes.insert(name.to_owned(), values);
                    }
                    One::UserAttribute(name, values) => {
                        dimensions.user_attributes.insert(name.to_owned(), values);
                    }
                    One::Metric(name, test) => {
                        dimensions.metrics.insert(name, test);
                    }
                    One::Demographic(name, set) => {
                        dimensions.demographic.insert(name, set);
                    }
                    One::Country(set) => dimensions.country = Some(set),
                    One::Gps(gps) => dimensions.gps = Some(gps),
                    One::Recency(duration, kind) => dimensions.recency = Some((duration, kind)),
                }
            }
            dimensions
        })
        .boxed()
}

fn attribute() -> BoxedStrategy<AttributeDimension> {
    let text = (
        option::weighted(0.8, select(vec!["INCLUSIVE", "EXCLUSIVE", "CONTAINS"])),
        vec(select([&VALUES[..], &["re"]].concat()), 1..3),
    );
    let date = (
        select(vec!["BEFORE", "AFTER", "ON"]).prop_map(Some),
        vec(select(DATES.to_vec()), 1..3),
    );
    let between = (Just(Some("BETWEEN")), vec(select(DATES.to_vec()), 2));
    let refused = prop_oneof![
        (
            select(vec!["BEFORE", "AFTER", "ON", "BETWEEN"]).prop_map(Some),
            Just(vec!["2020-03-10T11:00:00Z", "soon"])
        ),
        (Just(Some("BETWEEN")), Just(vec![DATES[0]])),
        (
            Just(Some("BETWEEN")),
            Just(vec![DATES[0], DATES[1], DATES[2]])
        ),
    ];
    prop_oneof![10 => text, 6 => date, 4 => between, 1 => refused]
        .prop_map(|(kind, values)| AttributeDimension { kind, values })
        .boxed()
}

fn set(values: Vec<&'static str>) -> BoxedStrategy<SetDimension> {
    let kind = option::weighted(0.8, select(vec!["INCLUSIVE", "EXCLUSIVE"]));
    (kind, vec(select(values), 1..3))
        .prop_map(|(kind, values)| SetDimension { kind, values })
        .boxed()
}

fn gps() -> BoxedStrategy<Gps> {
    let places = vec![(47.6, -122.3), (47.61, -122.33), (-33.9, 151.2), (0.0, 0.0)];
    // From Seattle it is about 2, 1,540 and 12,480 kilometres to the other places.
    let range = option::weighted(0.9, select(vec![0.0, 1.0, 10.0, 1600.0, 13000.0, 21000.0]));
    (select(places), range)
        .prop_map(|((latitude, longitude), range)| Gps {
            latitude,
            longitude,
            range,
        })
        .boxed()
}

fn groups() -> BoxedStrategy<Groups> {
    let each = || option::weighted(0.8, select(vec!["ALL", "ANY", "NONE"]));
    let source = prop_oneof![
        20 => (0_u16..1000, option::weighted(0.4, 0_u8..4))
            .prop_map(|(at, version)| Source::Older(at, version)),
        1 => Just(Source::Itself),
    ];
    let group = (vec(dimensions(), 0..3), vec(source, 0..3), each(), each()).prop_map(
        |(dimensions, sources, source_type, kind)| Group {
            dimensions,
            sources,
            source_type,
            kind,
        },
    );
    (vec(group, 1..3), each())
        .prop_map(|(groups, include)| Groups { groups, include })
        .boxed()
}
