//! Whether an endpoint belongs to a segment, in a form that costs little for each endpoint.
//!
//! A segment is compiled once, at the moment a job is created: dates are parsed, values sorted, and
//! source segments put in a row in which each stands before those that are based on it, so that
//! none is asked twice about an endpoint and none recursively. Who is a member of an imported
//! segment is not known here but asked.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::profile::Profile;
use super::{ATTRIBUTE_TYPE_DEFAULT, ComparisonOperator, Criteria};
use crate::domain::id::SegmentId;
use crate::domain::timestamp;
use crate::model::segment::{
    AttributeDimension, AttributeType, DimensionType, Duration, GpsCoordinates, GpsPointDimension,
    MetricDimension, Quantity, RecencyDimension, RecencyType, SegmentDemographics,
    SegmentDimensions, SegmentGroup, SegmentLocation, SetDimension,
};

/// One version of a segment, and where those stand that it is based on.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedVersion {
    /// Which version.
    pub(crate) version: VersionId,
    /// Who is in it.
    pub(crate) criteria: Criteria,
    /// The places of its source segments, in the order of [`Criteria::sources`]; `None` for those
    /// that are not there any more.
    pub(crate) sources: Vec<Option<usize>>,
}

/// Names a version of a segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VersionId {
    /// The segment.
    pub(crate) segment: SegmentId,
    /// The number of the version.
    pub(crate) number: u32,
}

/// A segment, ready to be asked.
#[derive(Debug)]
pub(crate) struct Matcher {
    /// The segment last, and before it what it is based on.
    nodes: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Imported(VersionId),
    Dimensions(Vec<Test>),
    Groups {
        include: Quantity,
        groups: Vec<Group>,
    },
}

#[derive(Debug)]
struct Group {
    source_type: Quantity,
    sources: Vec<Option<usize>>,
    dimensions_type: Quantity,
    dimensions: Vec<Vec<Test>>,
}

/// One dimension.
#[derive(Debug)]
enum Test {
    Attribute {
        owner: Owner,
        name: String,
        values: ValuesTest,
    },
    Metric {
        name: String,
        operator: ComparisonOperator,
        value: f64,
    },
    Member {
        member: Member,
        dimension_type: DimensionType,
        values: BTreeSet<String>,
    },
    Near {
        place: GpsCoordinates,
        range_km: f64,
    },
    Recency {
        since: Timestamp,
        recency_type: RecencyType,
    },
}

/// Whose attribute.
#[derive(Debug, Clone, Copy)]
enum Owner {
    Endpoint,
    User,
}

/// A member of an endpoint that is a text.
#[derive(Debug, Clone, Copy)]
enum Member {
    AppVersion,
    Channel,
    DeviceType,
    Make,
    Model,
    Platform,
    Country,
}

/// What the values of an attribute must be.
#[derive(Debug)]
enum ValuesTest {
    OneOf(BTreeSet<String>),
    NoneOf(BTreeSet<String>),
    Contains(Vec<String>),
    /// Before the latest of the values, which is before one of them.
    Before(Option<Timestamp>),
    /// After the earliest of the values.
    After(Option<Timestamp>),
    On(BTreeSet<Date>),
    Between(Option<(Timestamp, Timestamp)>),
}

impl Matcher {
    /// Prepares the last of `versions`, whose sources stand before it, for the endpoints at `now`.
    pub(crate) fn compile(versions: Vec<ResolvedVersion>, now: Timestamp) -> Self {
        let nodes = versions
            .into_iter()
            .map(|version| Node::compile(version, now));
        Self {
            nodes: nodes.collect(),
        }
    }

    /// The version itself, if it is an imported one.
    pub(crate) fn as_imported(&self) -> Option<&VersionId> {
        match self.nodes.as_slice() {
            [Node::Imported(version)] => Some(version),
            _ => None,
        }
    }

    /// The imported versions that it is based on.
    pub(crate) fn imported_sources(&self) -> impl Iterator<Item = &VersionId> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Imported(version) => Some(version),
            Node::Dimensions(_) | Node::Groups { .. } => None,
        })
    }

    /// Whether the endpoint belongs. `is_member` says whether it is a member of an imported version.
    ///
    /// # Errors
    /// Those of `is_member`.
    pub(crate) fn matches<E>(
        &self,
        endpoint: &Profile<'_>,
        mut is_member: impl FnMut(&VersionId, &Profile<'_>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let mut belongs = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let one = match node {
                Node::Imported(version) => is_member(version, endpoint)?,
                Node::Dimensions(tests) => have_all(tests, endpoint),
                Node::Groups { include, groups } => {
                    quantity_holds(*include, groups, |group| group.holds(endpoint, &belongs))
                }
            };
            belongs.push(one);
        }
        Ok(belongs.pop().unwrap_or(false))
    }
}

impl Node {
    fn compile(version: ResolvedVersion, now: Timestamp) -> Self {
        match version.criteria {
            Criteria::Everybody => Self::Dimensions(Vec::new()),
            Criteria::Dimensions(dimensions) => Self::Dimensions(tests(&dimensions, now)),
            Criteria::Imported(_) => Self::Imported(version.version),
            Criteria::Groups(list) => {
                let mut sources = version.sources.into_iter();
                let groups = list.groups.unwrap_or_default();
                Self::Groups {
                    include: list.include.unwrap_or(QUANTITY_DEFAULT),
                    groups: groups
                        .iter()
                        .map(|group| Group::compile(group, &mut sources, now))
                        .collect(),
                }
            }
        }
    }
}

impl Group {
    fn compile(
        group: &SegmentGroup,
        sources: &mut impl Iterator<Item = Option<usize>>,
        now: Timestamp,
    ) -> Self {
        let own = group.source_segments.iter().flatten();
        let dimensions = group.dimensions.iter().flatten();
        Self {
            source_type: group.source_type.unwrap_or(QUANTITY_DEFAULT),
            sources: own.zip(sources).map(|(_, place)| place).collect(),
            dimensions_type: group.dimensions_type.unwrap_or(QUANTITY_DEFAULT),
            dimensions: dimensions.map(|one| tests(one, now)).collect(),
        }
    }

    /// Both parts must hold; `belongs` says it for all segments before.
    ///
    /// # Source
    /// API model, SegmentGroup ("filters the base segment by using the dimensions"); documented;
    /// case: segment-evaluation/group-filters-its-sources
    fn holds(&self, endpoint: &Profile<'_>, belongs: &[bool]) -> bool {
        quantity_holds(self.source_type, &self.sources, |source| {
            in_source(*source, belongs)
        }) && quantity_holds(self.dimensions_type, &self.dimensions, |tests| {
            have_all(tests, endpoint)
        })
    }
}

/// # Source
/// Assumed: what the console offers first;
/// case: segment-evaluation/quantities-are-all-unless-given
const QUANTITY_DEFAULT: Quantity = Quantity::All;

/// Whether as many of `parts` hold as must. Where there are none, nothing is asked of the endpoint.
///
/// # Source
/// API model, SourceType and Type; documented; case: segment-evaluation/group-source-type and
/// case: segment-evaluation/group-type. That there may be several groups, for Include to speak of:
/// assumed, since the model says both; case: segment-evaluation/groups-include. That an empty list asks
/// for nothing, whatever the quantity: assumed; case: segment-evaluation/empty-parts-match
fn quantity_holds<T>(quantity: Quantity, parts: &[T], holds: impl FnMut(&T) -> bool) -> bool {
    if parts.is_empty() {
        return true;
    }
    let mut parts = parts.iter().map(holds);
    match quantity {
        Quantity::All => parts.all(|holds| holds),
        Quantity::Any => parts.any(|holds| holds),
        Quantity::None => !parts.any(|holds| holds),
    }
}

/// # Source
/// A source segment that has been deleted has nobody in it: assumed, since it selects nothing any
/// more; case: segment-evaluation/deleted-source
fn in_source(source: Option<usize>, belongs: &[bool]) -> bool {
    source.is_some_and(|place| belongs[place])
}

/// # Source
/// All dimensions must hold: assumed, as the User Guide's examples suggest;
/// case: segment-evaluation/all-dimensions-must-hold. That `{}` selects everybody: User Guide,
/// migrate; documented; case: segment-evaluation/empty-dimensions
fn have_all(tests: &[Test], endpoint: &Profile<'_>) -> bool {
    tests.iter().all(|test| test.holds(endpoint))
}

fn tests(dimensions: &SegmentDimensions, now: Timestamp) -> Vec<Test> {
    let SegmentDimensions {
        attributes,
        behavior,
        demographic,
        location,
        metrics,
        user_attributes,
    } = dimensions;
    let mut tests = Vec::new();
    if let Some(demographic) = demographic {
        tests.extend(of_demographic(demographic));
    }
    if let Some(location) = location {
        tests.extend(of_location(location));
    }
    for (owner, attributes) in [
        (Owner::Endpoint, attributes),
        (Owner::User, user_attributes),
    ] {
        let attributes = attributes.iter().flatten();
        tests.extend(attributes.map(|(name, dimension)| Test::Attribute {
            owner,
            name: name.clone(),
            values: ValuesTest::of(dimension),
        }));
    }
    let metrics = metrics.iter().flatten();
    tests.extend(metrics.filter_map(|(name, dimension)| of_metric(name, dimension)));
    let recency = behavior
        .iter()
        .filter_map(|behavior| behavior.recency.as_ref());
    tests.extend(recency.map(|recency| of_recency(recency, now)));
    tests
}

fn of_demographic(demographic: &SegmentDemographics) -> impl Iterator<Item = Test> {
    let SegmentDemographics {
        app_version,
        channel,
        device_type,
        make,
        model,
        platform,
    } = demographic;
    [
        (Member::Channel, channel),
        (Member::Platform, platform),
        (Member::AppVersion, app_version),
        (Member::Make, make),
        (Member::Model, model),
        (Member::DeviceType, device_type),
    ]
    .into_iter()
    .filter_map(|(member, set)| Some(of_member(member, set.as_ref()?)))
}

fn of_location(location: &SegmentLocation) -> impl Iterator<Item = Test> {
    let country = location
        .country
        .as_ref()
        .map(|set| of_member(Member::Country, set));
    let place = location.gps_point.as_ref().map(of_gps_point);
    country.into_iter().chain(place)
}

/// # Source
/// That INCLUSIVE is meant when nothing is said: assumed, as for attributes;
/// case: segment-evaluation/dimension-type-is-inclusive-unless-given. That platforms are compared in
/// lower case: assumed, since the service lower-cases those of endpoints;
/// case: segment-evaluation/platform-in-any-case
fn of_member(member: Member, set: &SetDimension) -> Test {
    let values = set.values.iter().map(|value| match member {
        Member::Platform => value.to_lowercase(),
        Member::AppVersion
        | Member::Channel
        | Member::DeviceType
        | Member::Make
        | Member::Model
        | Member::Country => value.clone(),
    });
    Test::Member {
        member,
        dimension_type: set.dimension_type.unwrap_or(DimensionType::Inclusive),
        values: values.collect(),
    }
}

/// # Source
/// Without a range it is 0: assumed, since nothing else is a number that stands for none;
/// case: segment-evaluation/gps-point-without-range
fn of_gps_point(point: &GpsPointDimension) -> Test {
    Test::Near {
        place: point.coordinates.clone(),
        range_km: point.range_in_kilometers.unwrap_or(0.0),
    }
}

fn of_metric(name: &str, dimension: &MetricDimension) -> Option<Test> {
    // Operators were checked when the segment was written.
    let operator = ComparisonOperator::parse(&dimension.comparison_operator)?;
    Some(Test::Metric {
        name: name.to_owned(),
        operator,
        value: dimension.value,
    })
}

/// # Source
/// API model, Duration, names the lengths; documented. That they are counted from EffectiveDate: assumed;
/// case: segment-evaluation/recency-durations. That time runs to the creation of the job: assumed;
/// case: segment-evaluation/recency
fn of_recency(recency: &RecencyDimension, now: Timestamp) -> Test {
    let duration = match recency.duration {
        Duration::Hours24 => SignedDuration::from_hours(24),
        Duration::Days7 => SignedDuration::from_hours(24 * 7),
        Duration::Days14 => SignedDuration::from_hours(24 * 14),
        Duration::Days30 => SignedDuration::from_hours(24 * 30),
    };
    Test::Recency {
        since: now.checked_sub(duration).unwrap_or(Timestamp::MIN),
        recency_type: recency.recency_type,
    }
}

impl ValuesTest {
    fn of(dimension: &AttributeDimension) -> Self {
        let values = &dimension.values;
        // Values of date types were checked when the segment was written.
        let mut dates = values.iter().filter_map(|value| timestamp::parse(value));
        match dimension.attribute_type.unwrap_or(ATTRIBUTE_TYPE_DEFAULT) {
            AttributeType::Inclusive => Self::OneOf(values.iter().cloned().collect()),
            AttributeType::Exclusive => Self::NoneOf(values.iter().cloned().collect()),
            AttributeType::Contains => Self::Contains(values.clone()),
            AttributeType::Before => Self::Before(dates.max()),
            AttributeType::After => Self::After(dates.min()),
            AttributeType::On => Self::On(dates.map(utc_date).collect()),
            AttributeType::Between => Self::Between(dates.next().zip(dates.next())),
        }
    }

    /// # Source
    /// API model, AttributeType (which comparison each is); documented; case:
    /// segment-evaluation/attribute-types. Assumed: upper and lower case differ, and one of the
    /// endpoint's values is enough; case: segment-evaluation/attributes-with-several-values. EXCLUSIVE
    /// matches an endpoint without the attribute; case: segment-evaluation/exclusive-without-attribute.
    /// BEFORE and AFTER are strict; case: segment-evaluation/before-and-after-are-strict
    fn holds<'a>(&self, mut values: impl Iterator<Item = &'a str> + Clone) -> bool {
        let mut dates = values.clone().filter_map(timestamp::parse);
        match self {
            Self::OneOf(set) => values.any(|value| set.contains(value)),
            Self::NoneOf(set) => !values.any(|value| set.contains(value)),
            Self::Contains(texts) => {
                values.any(|value| texts.iter().any(|text| value.contains(text.as_str())))
            }
            Self::Before(latest) => latest.is_some_and(|latest| dates.any(|date| date < latest)),
            Self::After(earliest) => {
                earliest.is_some_and(|earliest| dates.any(|date| date > earliest))
            }
            Self::On(days) => dates.any(|date| days.contains(&utc_date(date))),
            Self::Between(range) => {
                range.is_some_and(|range| dates.any(|date| between(date, range)))
            }
        }
    }
}

/// # Source
/// API model, AttributeType BETWEEN; documented. That both ends are included, and that the first
/// value is the beginning: assumed; case: segment-evaluation/between-includes-both-ends
fn between(date: Timestamp, (start, end): (Timestamp, Timestamp)) -> bool {
    start <= date && date <= end
}

/// # Source
/// API model, AttributeType ON ("time is ignored"); documented. That dates are those of UTC: assumed;
/// case: segment-evaluation/on-compares-utc-dates
fn utc_date(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

impl Test {
    fn holds(&self, endpoint: &Profile<'_>) -> bool {
        match self {
            Self::Attribute {
                owner,
                name,
                values,
            } => {
                let attributes = match owner {
                    Owner::Endpoint => endpoint.attributes,
                    Owner::User => endpoint.user_attributes,
                };
                values.holds(attributes.values(name))
            }
            Self::Metric {
                name,
                operator,
                value,
            } => metric_holds(endpoint.metrics.get(name), *operator, *value),
            Self::Member {
                member,
                dimension_type,
                values,
            } => member_holds(member.of(endpoint), *dimension_type, values),
            Self::Near { place, range_km } => near(endpoint, place, *range_km),
            Self::Recency {
                since,
                recency_type,
            } => recency_holds(endpoint.effective_date, *since, *recency_type),
        }
    }
}

impl Member {
    /// # Source
    /// API model, EndpointDemographic, has no device type; documented. That the dimension is then asked of
    /// an absent member: assumed; case: segment-evaluation/device-type
    fn of<'a>(self, endpoint: &Profile<'a>) -> Option<&'a str> {
        match self {
            Self::AppVersion => endpoint.app_version,
            Self::Channel => endpoint.channel,
            Self::DeviceType => None,
            Self::Make => endpoint.make,
            Self::Model => endpoint.model,
            Self::Platform => endpoint.platform,
            Self::Country => endpoint.country,
        }
    }
}

/// # Source
/// API model, MetricDimension; documented; case: segment-evaluation/metric-operators. That an
/// endpoint without the metric matches no operator: assumed; case: segment-evaluation/metric-absent
#[expect(
    clippy::float_cmp,
    reason = "EQUAL asks for the number that was written, not for one near it"
)]
fn metric_holds(metric: Option<f64>, operator: ComparisonOperator, value: f64) -> bool {
    metric.is_some_and(|metric| match operator {
        ComparisonOperator::GreaterThan => metric > value,
        ComparisonOperator::LessThan => metric < value,
        ComparisonOperator::GreaterThanOrEqual => metric >= value,
        ComparisonOperator::LessThanOrEqual => metric <= value,
        ComparisonOperator::Equal => metric == value,
    })
}

/// # Source
/// API model, DimensionType; documented; case: segment-evaluation/demographic. That EXCLUSIVE
/// matches an endpoint without the member: assumed; case: segment-evaluation/exclusive-without-member
fn member_holds(
    member: Option<&str>,
    dimension_type: DimensionType,
    values: &BTreeSet<String>,
) -> bool {
    let is_one = member.is_some_and(|member| values.contains(member));
    match dimension_type {
        DimensionType::Inclusive => is_one,
        DimensionType::Exclusive => !is_one,
    }
}

/// # Source
/// API model, GPSPointDimension (a range from coordinates); documented. That the border belongs to it:
/// assumed; case: segment-evaluation/gps-point. That both coordinates are needed: assumed;
/// case: segment-evaluation/gps-point-without-coordinates
fn near(endpoint: &Profile<'_>, place: &GpsCoordinates, range_km: f64) -> bool {
    match (endpoint.latitude, endpoint.longitude) {
        (Some(latitude), Some(longitude)) => {
            let there = GpsCoordinates {
                latitude,
                longitude,
            };
            distance_km(&there, place) <= range_km
        }
        _ => false,
    }
}

/// Radius of a sphere of about the Earth's size.   (kilometres)
///
/// # Source
/// Assumed: the usual mean radius; case: segment-evaluation/gps-point
const EARTH_RADIUS_KM: f64 = 6371.0;

/// The distance along a great circle, by the haversine formula.   (kilometres)
///
/// # Source
/// Assumed: nothing says how the service measures; case: segment-evaluation/gps-point
fn distance_km(a: &GpsCoordinates, b: &GpsCoordinates) -> f64 {
    let half_latitude = (b.latitude - a.latitude).to_radians() / 2.0;
    // Two longitudes a whole turn apart are the same one; rounding must not make it another.
    let half_longitude = ((b.longitude - a.longitude) % 360.0).to_radians() / 2.0;
    let across = a.latitude.to_radians().cos() * b.latitude.to_radians().cos();
    let haversine = half_latitude.sin().powi(2) + across * half_longitude.sin().powi(2);
    2.0 * EARTH_RADIUS_KM * haversine.clamp(0.0, 1.0).sqrt().asin()
}

/// # Source
/// API model, RecencyType (active within the duration, or not); documented. That an endpoint's last
/// activity is its EffectiveDate: assumed; case: segment-evaluation/recency. That one without a readable
/// date is inactive: assumed; case: segment-evaluation/recency-without-a-date
fn recency_holds(
    effective_date: Option<&str>,
    since: Timestamp,
    recency_type: RecencyType,
) -> bool {
    let active = effective_date
        .and_then(timestamp::parse)
        .is_some_and(|date| date >= since);
    match recency_type {
        RecencyType::Active => active,
        RecencyType::Inactive => !active,
    }
}
