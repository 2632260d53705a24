//! The machine of segments: versions, lists, and who belongs to a segment, judged by exporting it.
//!
//! Membership is worked out endpoint by endpoint, source by source, at the moment a job is created;
//! nothing is kept from one evaluation to the next.

use std::collections::BTreeSet;

use proptest::strategy::{BoxedStrategy, Just, Strategy as _};
use proptest_state_machine::ReferenceStateMachine;

use super::audience::{Audience, read_date};
use super::endpoints::{advance, update_endpoint};
use super::membership::{belongs, groups_include};
use super::pages::Pages;
use super::{Machine, array, object, quoted, wire_date};
use crate::state_machine::call::{Answer, Call, EXPORT_MS, ExportCall};
use crate::state_machine::subject::Subject;
use crate::state_machine::transition::endpoints::Address;
use crate::state_machine::transition::segments::{
    AttributeDimension, Dimensions, Group, Groups, SetDimension, Source, Transition, Write,
    transition,
};

const SEGMENTS: &str = "/v1/apps/{application}/segments";
const RESOURCE_NOT_FOUND: Option<&str> = Some("Resource not found");
const DIMENSIONS_MAX: usize = 100;

/// The model of one application's segments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Segments {
    audience: Audience,
    made: Vec<Segment>,
    pages: Pages,
    exports: usize,
}

#[derive(Debug, Clone)]
struct Segment {
    created: i64,
    tag: Option<&'static str>,
    versions: Vec<Version>,
    is_deleted: bool,
}

#[derive(Debug, Clone)]
struct Version {
    modified: i64,
    name: Option<&'static str>,
    criteria: Criteria,
}

/// Who belongs to a version.
#[derive(Debug, Clone)]
enum Criteria {
    Everybody,
    Dimensions(Box<Dimensions>),
    Groups(Groups),
}

impl ReferenceStateMachine for Segments {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Transition> {
        transition()
    }

    fn apply(mut state: Self, transition: &Transition) -> Self {
        Self::calls(&mut state, transition);
        state
    }
}

impl Machine for Segments {
    const GROUP: &'static str = "segments";

    async fn begin(
        state: &mut Self,
        subject: &mut Subject,
        _: &mut Vec<String>,
    ) -> Result<(), Vec<String>> {
        state.audience.now = subject.now().await.map_err(|reason| vec![reason])?;
        Ok(())
    }

    fn calls(state: &mut Self, transition: &Transition) -> Vec<Call> {
        let made = state.made.len();
        let at = |at: &u16| usize::from(*at).checked_rem(made);
        let call = match transition {
            Transition::PutEndpoint(number, update) => {
                let mut update = (**update).clone();
                update.address = Some(Address::Fixed(format!("e{number}@example.com")));
                Some(update_endpoint(
                    &mut state.audience,
                    format!("e{number}"),
                    &update,
                ))
            }
            Transition::DeleteEndpoint(number) => Some(state.delete_endpoint(*number)),
            Transition::Create(write) => Some(state.create(write)),
            Transition::Update(number, write) => {
                at(number).map(|number| state.update(number, write))
            }
            Transition::Get(number) => at(number).map(|number| state.get(number)),
            Transition::GetVersion(number, version) => {
                at(number).map(|number| state.get_version(number, usize::from(*version)))
            }
            Transition::Delete(number) => at(number).map(|number| state.delete(number)),
            Transition::Page { size, anew } => Some(state.page(*size, *anew)),
            Transition::Versions(number) => at(number).map(|number| state.versions(number)),
            Transition::Export(number, version) => {
                at(number).map(|number| state.export(number, version.map(usize::from)))
            }
            Transition::Advance(millis) => Some(advance(&mut state.audience, *millis)),
        };
        call.into_iter().collect()
    }

    fn last_calls(state: &mut Self) -> Vec<Call> {
        let live = (0..state.made.len()).filter(|number| !state.made[*number].is_deleted);
        let live: Vec<usize> = live.collect();
        live.into_iter()
            .flat_map(|number| [state.get(number), state.export(number, None)])
            .collect()
    }
}

impl Segments {
    fn delete_endpoint(&mut self, number: u8) -> Call {
        let id = format!("e{number}");
        let line = format!("DELETE /v1/apps/{{application}}/endpoints/{id}");
        let answer = match self.audience.endpoints.remove(&id) {
            Some(endpoint) => Answer::Json(202, endpoint.response()),
            None => Answer::NotFound(RESOURCE_NOT_FOUND),
        };
        Call::request("DeleteEndpoint", line, "", answer)
    }

    fn create(&mut self, write: &Write) -> Call {
        let number = self.made.len();
        let body = self.body(write, number);
        let answer = if let Some(refusal) = self.refusal(write, number) {
            refusal
        } else {
            self.made.push(Segment {
                created: self.audience.now,
                tag: write.tag,
                versions: vec![self.version(write, number, None)],
                is_deleted: false,
            });
            let name = format!("{{segment-{number}}}");
            let bound = format!("{{segment-{number}:id}}");
            Answer::Json(201, self.json(number, 1).replacen(&name, &bound, 1))
        };
        Call::request("CreateSegment", format!("POST {SEGMENTS}"), body, answer)
    }

    fn update(&mut self, number: usize, write: &Write) -> Call {
        let line = format!("PUT {SEGMENTS}/{{segment-{number}}}");
        let body = self.body(write, number);
        let answer = if self.made[number].is_deleted {
            Answer::NotFound(RESOURCE_NOT_FOUND)
        } else if let Some(refusal) = self.refusal(write, number) {
            refusal
        } else {
            let latest = self.made[number].versions.last().cloned();
            let version = self.version(write, number, latest);
            self.made[number].versions.push(version);
            Answer::Json(200, self.json(number, self.made[number].versions.len()))
        };
        Call::request("UpdateSegment", line, body, answer)
    }

    /// What is left out keeps its latest value; dimensions replace groups and the other way round.
    fn version(&self, write: &Write, number: usize, latest: Option<Version>) -> Version {
        let latest = latest.unwrap_or(Version {
            modified: 0,
            name: None,
            criteria: Criteria::Everybody,
        });
        let criteria = match (&write.dimensions, &write.groups) {
            (Some(dimensions), _) => Criteria::Dimensions(Box::new(dimensions.clone())),
            (None, Some(groups)) => Criteria::Groups(resolved(groups, number)),
            (None, None) => latest.criteria,
        };
        Version {
            modified: self.audience.now,
            name: write.name.or(latest.name),
            criteria,
        }
    }

    /// Why a write is refused: its body first, then the segments it names.
    fn refusal(&self, write: &Write, number: usize) -> Option<Answer> {
        if write.dimensions.is_some() && write.groups.is_some() {
            return Some(Answer::BadRequest(None));
        }
        let of_groups = write.groups.iter().flat_map(|groups| &groups.groups);
        let dimensions: Vec<&Dimensions> = of_groups
            .flat_map(|group| &group.dimensions)
            .chain(&write.dimensions)
            .collect();
        let count: usize = dimensions.iter().map(|dimensions| size(dimensions)).sum();
        let attributes = dimensions.iter().flat_map(|dimensions| {
            let of_user = dimensions.user_attributes.values();
            dimensions.attributes.values().chain(of_user)
        });
        if count > DIMENSIONS_MAX || attributes.into_iter().any(is_wrong) {
            return Some(Answer::BadRequest(None));
        }
        let groups = write.groups.as_ref()?;
        let groups = resolved(groups, number);
        let sources: Vec<Source> = groups
            .groups
            .iter()
            .flat_map(|group| group.sources.clone())
            .collect();
        let exists = |source: &Source| match source {
            Source::Itself => number < self.made.len(),
            Source::Older(at, version) => {
                let segment = self.made.get(usize::from(*at));
                segment.is_some_and(|segment| {
                    let version = version.map_or(1, usize::from);
                    !segment.is_deleted && (1..=segment.versions.len()).contains(&version)
                })
            }
        };
        if !sources.iter().all(exists) {
            return Some(Answer::NotFound(RESOURCE_NOT_FOUND));
        }
        let circle = sources
            .iter()
            .any(|source| matches!(source, Source::Itself));
        circle.then_some(Answer::BadRequest(None))
    }

    fn get(&self, number: usize) -> Call {
        let line = format!("GET {SEGMENTS}/{{segment-{number}}}");
        let answer = if self.made[number].is_deleted {
            Answer::NotFound(RESOURCE_NOT_FOUND)
        } else {
            Answer::Json(200, self.json(number, self.made[number].versions.len()))
        };
        Call::request("GetSegment", line, "", answer)
    }

    fn get_version(&self, number: usize, version: usize) -> Call {
        let line = format!("GET {SEGMENTS}/{{segment-{number}}}/versions/{version}");
        let segment = &self.made[number];
        let exists = !segment.is_deleted && (1..=segment.versions.len()).contains(&version);
        let answer = if exists {
            Answer::Json(200, self.json(number, version))
        } else {
            Answer::NotFound(RESOURCE_NOT_FOUND)
        };
        Call::request("GetSegmentVersion", line, "", answer)
    }

    fn versions(&self, number: usize) -> Call {
        let line = format!("GET {SEGMENTS}/{{segment-{number}}}/versions");
        let segment = &self.made[number];
        let answer = if segment.is_deleted {
            Answer::NotFound(RESOURCE_NOT_FOUND)
        } else {
            let newest_first = (1..=segment.versions.len()).rev();
            let items = newest_first.map(|version| self.json(number, version));
            Answer::Json(200, object([("Item", array(items))]))
        };
        Call::request("GetSegmentVersions", line, "", answer)
    }

    fn delete(&mut self, number: usize) -> Call {
        let line = format!("DELETE {SEGMENTS}/{{segment-{number}}}");
        let answer = if self.made[number].is_deleted {
            Answer::NotFound(RESOURCE_NOT_FOUND)
        } else {
            Answer::Json(200, self.json(number, self.made[number].versions.len()))
        };
        self.made[number].is_deleted = true;
        Call::request("DeleteSegment", line, "", answer)
    }

    fn page(&mut self, size: Option<u8>, anew: bool) -> Call {
        let made = &self.made;
        let is_there = |number: usize| !made[number].is_deleted;
        let page = self.pages.turn(size, anew, made.len(), is_there);
        let items = page
            .items
            .iter()
            .map(|number| self.json(*number, self.made[*number].versions.len()));
        Call::request("GetSegments", page.line(SEGMENTS), "", page.answer(items))
    }

    fn export(&mut self, number: usize, version: Option<usize>) -> Call {
        let segment = &self.made[number];
        let latest = segment.versions.len();
        let wanted = version.unwrap_or(latest);
        let id = format!(r#""SegmentId":"{{segment-{number}}}","#);
        let version = version.map(|version| format!(r#""SegmentVersion":{version},"#));
        let members = format!("{id}{}", version.unwrap_or_default());
        if segment.is_deleted || !(1..=latest).contains(&wanted) {
            let body = format!(
                r#"{{{members}"RoleArn":"{{role}}","S3UrlPrefix":"s3://{{bucket}}/refused/"}}"#
            );
            return Call::request(
                "CreateExportJob",
                "POST /v1/apps/{application}/jobs/export",
                body,
                Answer::NotFound(RESOURCE_NOT_FOUND),
            );
        }
        let ids = self.members(number, wanted);
        let lines = ids.iter().map(|id| self.audience.endpoints[id].line());
        let lines = lines.collect();
        self.exports += 1;
        self.audience.now += i64::try_from(EXPORT_MS).expect("a second");
        Call::Export(ExportCall {
            members,
            folder: format!("export-{}", self.exports),
            lines,
        })
    }

    /// Ids of a version's members, now.
    fn members(&self, number: usize, version: usize) -> BTreeSet<String> {
        let segment = &self.made[number];
        if segment.is_deleted {
            return BTreeSet::new();
        }
        let now = self.audience.now;
        let everybody = self.audience.endpoints.values();
        match &segment.versions[version - 1].criteria {
            Criteria::Everybody => everybody.map(|endpoint| endpoint.id.clone()).collect(),
            Criteria::Dimensions(dimensions) => everybody
                .filter(|endpoint| belongs(endpoint, dimensions, now))
                .map(|endpoint| endpoint.id.clone())
                .collect(),
            Criteria::Groups(groups) => {
                let sources = |group: &Group| -> Vec<BTreeSet<String>> {
                    let sources = group.sources.iter();
                    sources.map(|source| self.source_members(*source)).collect()
                };
                let sources: Vec<_> = groups.groups.iter().map(sources).collect();
                everybody
                    .filter(|endpoint| groups_include(endpoint, groups, &sources, now))
                    .map(|endpoint| endpoint.id.clone())
                    .collect()
            }
        }
    }

    fn source_members(&self, source: Source) -> BTreeSet<String> {
        let Source::Older(at, version) = source else {
            return BTreeSet::new();
        };
        let number = usize::from(at);
        let latest = self.made[number].versions.len();
        self.members(number, version.map_or(latest, usize::from))
    }

    /// A version as it is shown.
    fn json(&self, number: usize, version: usize) -> String {
        let segment = &self.made[number];
        let shown = &segment.versions[version - 1];
        let arn = format!(
            "arn:aws:mobiletargeting:{{region}}:{{account:account}}:apps/{{application}}/segments/\
             {{segment-{number}}}"
        );
        let (dimensions, groups) = match &shown.criteria {
            Criteria::Everybody => (None, None),
            Criteria::Dimensions(dimensions) => (Some(dimensions_json(dimensions)), None),
            Criteria::Groups(groups) => (None, Some(groups_json(groups, number))),
        };
        let tags = object(segment.tag.map(|tag| ("stage", quoted(tag))));
        let members = [
            ("ApplicationId", Some(quoted("{application}"))),
            ("Arn", Some(quoted(&arn))),
            ("CreationDate", Some(quoted(&wire_date(segment.created)))),
            ("Dimensions", dimensions),
            ("Id", Some(quoted(&format!("{{segment-{number}}}")))),
            ("LastModifiedDate", Some(quoted(&wire_date(shown.modified)))),
            ("Name", shown.name.map(quoted)),
            ("SegmentGroups", groups),
            ("SegmentType", Some(quoted("DIMENSIONAL"))),
            ("tags", Some(tags)),
            ("Version", Some(version.to_string())),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        object(present)
    }

    fn body(&self, write: &Write, number: usize) -> String {
        let groups = write.groups.as_ref();
        let groups = groups.map(|groups| groups_json(&resolved(groups, number), number));
        // A segment that is being created has no id yet.
        let unknown = quoted("00000000000000000000000000000000");
        let groups = groups.map(|groups| {
            if number < self.made.len() {
                groups
            } else {
                groups.replace(&quoted(&format!("{{segment-{number}}}")), &unknown)
            }
        });
        let tags = write.tag.map(|tag| object([("stage", quoted(tag))]));
        let members = [
            ("Name", write.name.map(quoted)),
            ("Dimensions", write.dimensions.as_ref().map(dimensions_json)),
            ("SegmentGroups", groups),
            ("tags", tags),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        object(present)
    }
}

/// The groups with the numbers of the segments that are meant by their sources.
fn resolved(groups: &Groups, number: usize) -> Groups {
    let mut groups = groups.clone();
    for group in &mut groups.groups {
        for source in &mut group.sources {
            if let Source::Older(at, version) = *source {
                // The first one has no older ones.
                *source = match usize::from(at).checked_rem(number) {
                    None => Source::Itself,
                    Some(older) => {
                        let older = u16::try_from(older).expect("below the number it was");
                        Source::Older(older, version)
                    }
                };
            }
        }
    }
    groups
}

/// How many dimensions there are.
fn size(dimensions: &Dimensions) -> usize {
    dimensions.attributes.len()
        + dimensions.user_attributes.len()
        + dimensions.metrics.len()
        + dimensions.demographic.len()
        + usize::from(dimensions.country.is_some())
        + usize::from(dimensions.gps.is_some())
        + usize::from(dimensions.recency.is_some())
}

/// Whether the values do not suit the type.
fn is_wrong(dimension: &AttributeDimension) -> bool {
    let all_dates = dimension
        .values
        .iter()
        .all(|value| read_date(value).is_some());
    match dimension.kind {
        Some("BETWEEN") => !all_dates || dimension.values.len() != 2,
        Some("BEFORE" | "AFTER" | "ON") => !all_dates,
        _ => false,
    }
}

fn dimensions_json(dimensions: &Dimensions) -> String {
    let attributes = |all: &indexmap::IndexMap<String, AttributeDimension>| {
        let members = all.iter().map(|(name, dimension)| {
            (
                name.as_str(),
                typed("AttributeType", dimension.kind, &dimension.values),
            )
        });
        (!all.is_empty()).then(|| object(members))
    };
    let behavior = dimensions.recency.map(|(duration, kind)| {
        let recency = object([
            ("Duration", quoted(duration)),
            ("RecencyType", quoted(kind)),
        ]);
        object([("Recency", recency)])
    });
    let mut demographic: Vec<(&str, String)> = dimensions
        .demographic
        .iter()
        .map(|(name, set)| (*name, set_json(set)))
        .collect();
    demographic.sort_unstable();
    let demographic = (!demographic.is_empty()).then(|| object(demographic));
    let country = dimensions
        .country
        .as_ref()
        .map(|set| ("Country", set_json(set)));
    let gps = dimensions.gps.map(|gps| {
        let coordinates = object([
            ("Latitude", format!("{:?}", gps.latitude)),
            ("Longitude", format!("{:?}", gps.longitude)),
        ]);
        let range = gps
            .range
            .map(|range| ("RangeInKilometers", format!("{range:?}")));
        let members = [("Coordinates", coordinates)].into_iter().chain(range);
        ("GPSPoint", object(members))
    });
    let location: Vec<(&str, String)> = country.into_iter().chain(gps).collect();
    let location = (!location.is_empty()).then(|| object(location));
    let metrics = dimensions.metrics.iter().map(|(name, (operator, value))| {
        let members = [
            ("ComparisonOperator", quoted(operator)),
            ("Value", format!("{value:?}")),
        ];
        (*name, object(members))
    });
    let metrics = (!dimensions.metrics.is_empty()).then(|| object(metrics));
    let members = [
        ("Attributes", attributes(&dimensions.attributes)),
        ("Behavior", behavior),
        ("Demographic", demographic),
        ("Location", location),
        ("Metrics", metrics),
        ("UserAttributes", attributes(&dimensions.user_attributes)),
    ];
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    object(present)
}

fn set_json(set: &SetDimension) -> String {
    typed("DimensionType", set.kind, &set.values)
}

fn typed(name: &str, kind: Option<&str>, values: &[&str]) -> String {
    let kind = kind.map(|kind| (name, quoted(kind)));
    let values = ("Values", array(values.iter().map(|value| quoted(value))));
    object(kind.into_iter().chain([values]))
}

fn groups_json(groups: &Groups, number: usize) -> String {
    let all = groups.groups.iter().map(|group| {
        let dimensions = group.dimensions.iter().map(dimensions_json);
        let sources = group.sources.iter().map(|source| {
            let (at, version) = match source {
                Source::Itself => (number, None),
                Source::Older(at, version) => (usize::from(*at), *version),
            };
            let id = ("Id", quoted(&format!("{{segment-{at}}}")));
            let version = version.map(|version| ("Version", version.to_string()));
            object([id].into_iter().chain(version))
        });
        let members = [
            ("Dimensions", Some(array(dimensions))),
            ("SourceSegments", Some(array(sources))),
            ("SourceType", group.source_type.map(quoted)),
            ("Type", group.kind.map(quoted)),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        object(present)
    });
    let include = groups.include.map(|include| ("Include", quoted(include)));
    let members = [("Groups", array(all))].into_iter().chain(include);
    object(members)
}
