//! The endpoints of an export: who is in it, in which order, and cut into pieces.
//!
//! Candidates come in stretches of a few thousand, each of which can be counted and read alone: first
//! the synthetic endpoints, then the stored ones that are not synthetic, then those that only
//! imported source segments have. An export counts who belongs in every stretch, which the runner
//! has done on all cores, lays out pieces of equal shares, and reads each piece from where it
//! begins. Besides a bit for each endpoint that a segment was asked about, neither step holds more than
//! one endpoint at a time, or those of one user.

use std::ops::{Bound, Range};
use std::sync::Arc;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::{Audience, Change, Record, indexed};
use crate::domain::piece;
use crate::domain::segment::matcher::{Matcher, VersionId};
use crate::domain::segment::profile::{LineProfile, Profile};
use crate::model::endpoint::EndpointResponse;
use crate::store::segments::imported;
use crate::store::{KeyRange, StoreError, Table, View, decode};

/// Most stretches of synthetic endpoints, however many there are of those.
const SYNTHETIC_STRETCHES_MAX: u64 = 1 << 14;

/// Fewest endpoints of a stretch, but for the last of its kind. In tests even few make several.
const STRETCH_ENDPOINTS: u64 = if cfg!(test) { 1 << 2 } else { 1 << 12 };

/// Longest stretch of synthetic endpoints of which is kept who belongs, so that an export has bits of
/// 32 MiB for them at most. Stretches of populations of more than 2^28 are longer and are asked again.
/// Stored endpoints have a bit each however many they are: it is nothing beside their lines.
const KEPT_ENDPOINTS_MAX: u64 = if cfg!(test) { 1 << 7 } else { 1 << 14 };

/// Candidates between two looks at whether an export is still wanted.
const LOOK_UP_EVERY: u64 = 1 << 12;

/// Whom an export takes: the endpoints of an application, or those of them that are in a segment.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// The endpoints.
    pub(crate) audience: Arc<Audience>,
    /// The segment; all endpoints without.
    pub(crate) segment: Option<Arc<Matcher>>,
    /// The state to read them from.
    pub(crate) view: Arc<dyn View>,
}

/// A number of candidates that are counted and read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// Synthetic endpoints, by index, and what was stored over them.
    Synthetic(Range<u64>),
    /// Stored endpoints that are not synthetic.
    Stored(KeyRange),
    /// Members of an imported segment that is exported itself.
    Members(VersionId, KeyRange),
    /// The endpoints of its members that are users.
    UserMembers(VersionId, KeyRange),
    /// Endpoints that only an imported source segment has; the other sources before it are left out.
    Copies {
        version: VersionId,
        before: Arc<[VersionId]>,
        range: KeyRange,
    },
}

/// What the count of a stretch has found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    /// How many of its candidates are in the export.
    count: u64,
    chosen: Chosen,
}

/// Which candidates of a stretch are in the export.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Chosen {
    All,
    /// Those whose bits are set, in the order of the candidates, and none behind the last bit.
    Marked(Marks),
    /// It was not kept.
    Unknown,
}

/// A bit for each of some candidates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Marks(Vec<u64>);

/// Why endpoints were not read to their end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the export is not wanted any more")]
    GivenUp,
}

/// One endpoint of an export.
#[derive(Debug)]
pub(crate) enum ExportLine {
    /// A stored endpoint, rendered already; without the line's end.
    Stored(Bytes),
    /// A synthetic endpoint.
    Synthetic(Box<EndpointResponse>),
}

/// The endpoints of an export, laid out in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    stretches: Vec<(Stretch, Counted)>,
    /// The pieces, in order.
    pub(crate) pieces: Vec<PiecePlan>,
}

/// What one piece holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PiecePlan {
    /// How many endpoints.
    pub(crate) endpoints: u64,
    /// The stretch in which it begins.
    stretch: usize,
    /// Endpoints of that stretch that belong to the pieces before.
    skipped: u64,
}

/// An endpoint that may be in an export. One that nobody has looked at yet is not made.
enum Candidate {
    Synthetic(u64),
    Line(ExportLine),
}

type Candidates<'a> = Box<dyn Iterator<Item = Result<Candidate, StoreError>> + 'a>;

impl Plan {
    /// Cuts the endpoints into pieces of at most `endpoints_per_piece`; `counts` says who is in each
    /// stretch.
    pub(crate) fn lay_out(
        stretches: Vec<Stretch>,
        counts: Vec<Counted>,
        endpoints_per_piece: u64,
    ) -> Self {
        let endpoints = counts.iter().map(|counted| counted.count).sum();
        let pieces = piece::count(endpoints, endpoints_per_piece);
        let mut planned = Vec::new();
        let (mut stretch, mut before) = (0, 0);
        for index in 0..pieces {
            let ranks = piece::ranks(endpoints, pieces, index);
            while before + counts[stretch].count <= ranks.start {
                before += counts[stretch].count;
                stretch += 1;
            }
            planned.push(PiecePlan {
                endpoints: ranks.end - ranks.start,
                stretch,
                skipped: ranks.start - before,
            });
        }
        Self {
            stretches: stretches.into_iter().zip(counts).collect(),
            pieces: planned,
        }
    }
}

impl Marks {
    fn push(&mut self, nth: u64, is_marked: bool) {
        if nth.is_multiple_of(u64::BITS.into()) {
            self.0.push(0);
        }
        if let Some(last) = self.0.last_mut() {
            *last |= u64::from(is_marked) << (nth % u64::from(u64::BITS));
        }
    }

    fn iter(&self) -> impl Iterator<Item = bool> {
        let bits = |word: &u64| {
            let word = *word;
            (0..u64::BITS).map(move |bit| word >> bit & 1 == 1)
        };
        self.0.iter().flat_map(bits)
    }
}

impl Selection {
    /// All candidates, in the order of the export.
    ///
    /// # Source
    /// Endpoints that only an imported segment has are candidates where it is a source: assumed;
    /// case: import-jobs/segment-based-on-an-imported-one
    pub(crate) fn stretches(
        &self,
        given_up: &CancellationToken,
    ) -> Result<Vec<Stretch>, ReadError> {
        if let Some(version) = self
            .segment
            .as_ref()
            .and_then(|segment| segment.as_imported())
        {
            let members = self.cut_members(Table::SegmentMembers, version, given_up)?;
            let users = self.cut_members(Table::SegmentUsers, version, given_up)?;
            let members = members.into_iter();
            let members = members.map(|range| Stretch::Members(version.clone(), range));
            let users = users.into_iter();
            let users = users.map(|range| Stretch::UserMembers(version.clone(), range));
            return Ok(members.chain(users).collect());
        }
        let count = self.audience.population.count();
        let length = STRETCH_ENDPOINTS.max(count.div_ceil(SYNTHETIC_STRETCHES_MAX));
        let mut stretches: Vec<Stretch> = (0..count.div_ceil(length))
            .map(|nth| Stretch::Synthetic(nth * length..count.min((nth + 1) * length)))
            .collect();
        let stored = self.audience.endpoints_parent().children();
        let stored = cut(self.view.as_ref(), Table::Endpoints, stored, 0, given_up)?;
        stretches.extend(stored.into_iter().map(Stretch::Stored));
        let mut before = Vec::new();
        for version in self
            .segment
            .iter()
            .flat_map(|segment| segment.imported_sources())
        {
            let ranges = self.cut_members(Table::SegmentMembers, version, given_up)?;
            let sources: Arc<[VersionId]> = before.as_slice().into();
            stretches.extend(ranges.into_iter().map(|range| Stretch::Copies {
                version: version.clone(),
                before: Arc::clone(&sources),
                range,
            }));
            before.push(version.clone());
        }
        Ok(stretches)
    }

    fn cut_members(
        &self,
        table: Table,
        version: &VersionId,
        given_up: &CancellationToken,
    ) -> Result<Vec<KeyRange>, ReadError> {
        let range = imported::keys(self.audience.application_id(), &version.segment);
        let suffix = imported::NUMBER_BYTES;
        cut(self.view.as_ref(), table, range, suffix, given_up)
    }

    /// Which endpoints of a stretch are in the export.
    pub(crate) fn count(
        &self,
        stretch: &Stretch,
        given_up: &CancellationToken,
    ) -> Result<Counted, ReadError> {
        let asks = self.asked().is_some();
        let keeps = match stretch {
            Stretch::Synthetic(indexes) => {
                asks && indexes.end - indexes.start <= KEPT_ENDPOINTS_MAX
            }
            _ => asks,
        };
        let (mut candidates, mut count, mut marks) = (0, 0, Marks::default());
        for candidate in self.wanted_candidates(stretch, given_up) {
            let is_chosen = self.take(candidate?)?.is_some();
            if keeps {
                marks.push(candidates, is_chosen);
            }
            candidates += 1;
            count += u64::from(is_chosen);
        }
        let chosen = if count == candidates {
            Chosen::All
        } else if count == 0 {
            Chosen::Marked(Marks::default())
        } else if keeps {
            Chosen::Marked(marks)
        } else {
            Chosen::Unknown
        };
        Ok(Counted { count, chosen })
    }

    /// The endpoints of one piece, in order.
    pub(crate) fn lines<'a>(
        &'a self,
        plan: &'a Plan,
        piece: &PiecePlan,
        given_up: &'a CancellationToken,
    ) -> impl Iterator<Item = Result<ExportLine, ReadError>> + 'a {
        let before = piece.skipped;
        // What cannot be read is never skipped: the piece would silently be another.
        let mut skipped = 0;
        plan.stretches[piece.stretch..]
            .iter()
            .flat_map(|(stretch, counted)| self.chosen(stretch, &counted.chosen, given_up))
            .filter(move |candidate| {
                let is_before = candidate.is_ok() && skipped < before;
                skipped += u64::from(is_before);
                !is_before
            })
            .take(usize::try_from(piece.endpoints).unwrap_or(usize::MAX))
            .map(|candidate| Ok(self.audience.made(candidate?)))
    }

    /// All endpoints of an export, piece after piece.
    #[cfg(test)]
    pub(super) fn all(&self, endpoints_per_piece: u64) -> Vec<ExportLine> {
        let wanted = CancellationToken::new();
        let stretches = self.stretches(&wanted).unwrap();
        let counts: Vec<Counted> = (stretches.iter())
            .map(|stretch| self.count(stretch, &wanted).unwrap())
            .collect();
        let plan = Plan::lay_out(stretches, counts, endpoints_per_piece);
        let pieces = plan.pieces.iter().flat_map(|piece| {
            let lines = self.lines(&plan, piece, &wanted);
            let lines: Vec<_> = lines.map(Result::unwrap).collect();
            assert_eq!(u64::try_from(lines.len()).unwrap(), piece.endpoints);
            assert!((1..=endpoints_per_piece).contains(&piece.endpoints));
            lines
        });
        pieces.collect()
    }

    /// Those of a stretch that are in the export.
    fn chosen<'a>(
        &'a self,
        stretch: &'a Stretch,
        chosen: &'a Chosen,
        given_up: &'a CancellationToken,
    ) -> Box<dyn Iterator<Item = Result<Candidate, ReadError>> + 'a> {
        let candidates = self.wanted_candidates(stretch, given_up);
        match chosen {
            Chosen::All => Box::new(candidates),
            // The marks come first, so that no candidate is looked for behind the last.
            Chosen::Marked(marks) => Box::new(marks.iter().zip(candidates).filter_map(
                |(is_chosen, candidate)| (is_chosen || candidate.is_err()).then_some(candidate),
            )),
            Chosen::Unknown => Box::new(candidates.filter_map(|candidate| {
                let taken = candidate.and_then(|candidate| Ok(self.take(candidate)?));
                taken.transpose()
            })),
        }
    }

    /// The segment that each candidate is held against. An imported one has been asked for its own.
    fn asked(&self) -> Option<&Matcher> {
        let segment = self.segment.as_deref();
        segment.filter(|segment| segment.as_imported().is_none())
    }

    /// The candidate, if it is in the export.
    fn take(&self, candidate: Candidate) -> Result<Option<Candidate>, StoreError> {
        let Some(segment) = self.asked() else {
            return Ok(Some(candidate));
        };
        let line = self.audience.made(candidate);
        let is_in = self.is_in(segment, &line)?;
        Ok(is_in.then_some(Candidate::Line(line)))
    }

    /// The candidates of a stretch, for as long as the export is wanted.
    fn wanted_candidates<'a>(
        &'a self,
        stretch: &'a Stretch,
        given_up: &'a CancellationToken,
    ) -> impl Iterator<Item = Result<Candidate, ReadError>> + 'a {
        let candidates = (0_u64..).zip(self.candidates(stretch));
        candidates.map(|(nth, candidate)| {
            if nth.is_multiple_of(LOOK_UP_EVERY) && given_up.is_cancelled() {
                return Err(ReadError::GivenUp);
            }
            Ok(candidate?)
        })
    }

    fn candidates<'a>(&'a self, stretch: &'a Stretch) -> Candidates<'a> {
        let (view, audience) = (self.view.as_ref(), self.audience.as_ref());
        let application = audience.application_id();
        match stretch {
            Stretch::Synthetic(indexes) => Box::new(audience.synthetic_candidates(view, indexes)),
            Stretch::Stored(range) => {
                Box::new(view.scan(Table::Endpoints, range.clone()).map(|entry| {
                    let record = Record::decode(Table::Endpoints, &entry?.1)?;
                    Ok(Candidate::Line(ExportLine::Stored(record.line)))
                }))
            }
            Stretch::Members(version, range) => Box::new(
                imported::members(view, application, version, range.clone()).filter_map(
                    move |member| match member {
                        Ok((_, copy)) if !copy.is_empty() => {
                            Some(Ok(Candidate::Line(ExportLine::Stored(copy))))
                        }
                        Ok((id, _)) => audience.candidate(view, &id).transpose(),
                        Err(error) => Some(Err(error)),
                    },
                ),
            ),
            Stretch::UserMembers(version, range) => Box::new(
                imported::user_members(view, application, version, range.clone()).flat_map(
                    move |user_id| {
                        let endpoints = user_id.and_then(|id| self.of_user_member(version, &id));
                        match endpoints {
                            Ok(endpoints) => endpoints.into_iter().map(Ok).collect(),
                            Err(error) => vec![Err(error)],
                        }
                    },
                ),
            ),
            Stretch::Copies {
                version,
                before,
                range,
            } => Box::new(
                imported::members(view, application, version, range.clone()).filter_map(
                    move |member| {
                        let copy = member.and_then(|(id, copy)| {
                            Ok(self.is_only_here(&id, &copy, before)?.then_some(copy))
                        });
                        copy.map(|copy| Some(Candidate::Line(ExportLine::Stored(copy?))))
                            .transpose()
                    },
                ),
            ),
        }
    }

    /// The endpoints of a member that is a user, without those that are members themselves.
    fn of_user_member(
        &self,
        version: &VersionId,
        user_id: &str,
    ) -> Result<Vec<Candidate>, StoreError> {
        let (view, audience) = (self.view.as_ref(), self.audience.as_ref());
        let mut endpoints = Vec::new();
        for id in audience.ids_of_user(view, user_id)? {
            if imported::member(view, audience.application_id(), version, &id)?.is_none() {
                endpoints.extend(audience.candidate(view, &id)?);
            }
        }
        Ok(endpoints)
    }

    /// Whether an endpoint is a segment's own, unknown to the application and the sources before.
    fn is_only_here(
        &self,
        id: &str,
        copy: &Bytes,
        before: &[VersionId],
    ) -> Result<bool, StoreError> {
        let (view, audience) = (self.view.as_ref(), self.audience.as_ref());
        if copy.is_empty() || audience.candidate(view, id)?.is_some() {
            return Ok(false);
        }
        for version in before {
            let other = imported::member(view, audience.application_id(), version, id)?;
            if other.is_some_and(|copy| !copy.is_empty()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_in(&self, segment: &Matcher, line: &ExportLine) -> Result<bool, StoreError> {
        match line {
            ExportLine::Synthetic(endpoint) => self.belongs(segment, &Profile::from(&**endpoint)),
            ExportLine::Stored(line) => {
                let line: LineProfile<'_> = decode(Table::Endpoints, line)?;
                self.belongs(segment, &line.profile())
            }
        }
    }

    fn belongs(&self, segment: &Matcher, endpoint: &Profile<'_>) -> Result<bool, StoreError> {
        let (view, application) = (self.view.as_ref(), self.audience.application_id());
        segment.matches(endpoint, |version, endpoint| {
            if imported::member(view, application, version, endpoint.id)?.is_some() {
                return Ok(true);
            }
            match endpoint.user_id {
                Some(user_id) => imported::has_user(view, application, version, user_id),
                None => Ok(false),
            }
        })
    }
}

impl Audience {
    fn synthetic_candidates<'a>(
        &'a self,
        view: &'a dyn View,
        indexes: &Range<u64>,
    ) -> impl Iterator<Item = Result<Candidate, StoreError>> + 'a {
        let mut changes = self.changes(view, indexes.clone()).peekable();
        indexes.clone().filter_map(move |index| {
            match changes.next_if(|change| {
                change
                    .as_ref()
                    .map_or(true, |(changed, _)| *changed == index)
            }) {
                None => Some(Ok(Candidate::Synthetic(index))),
                Some(Ok((_, Change::Deleted))) => None,
                Some(Ok((_, Change::Replaced(record)))) => {
                    Some(Ok(Candidate::Line(ExportLine::Stored(record.line))))
                }
                Some(Err(error)) => Some(Err(error)),
            }
        })
    }

    /// The endpoint of an id, if the application has it.
    fn candidate(&self, view: &dyn View, id: &str) -> Result<Option<Candidate>, StoreError> {
        Ok(match self.stored(view, id)? {
            Some(Change::Replaced(record)) => {
                Some(Candidate::Line(ExportLine::Stored(record.line)))
            }
            Some(Change::Deleted) => None,
            None => self.synthetic_index(id).map(Candidate::Synthetic),
        })
    }

    /// The ids of a user's endpoints: first the synthetic ones, then by id.
    fn ids_of_user(&self, view: &dyn View, user_id: &str) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::new();
        for index in self.population.indexes_of_user(user_id).unwrap_or_default() {
            if self.change(view, index)?.is_none() {
                ids.push(self.population.endpoint_id(index));
            }
        }
        ids.extend(indexed(
            view,
            Table::EndpointsByUser,
            self.index_key(user_id),
        )?);
        Ok(ids)
    }

    fn made(&self, candidate: Candidate) -> ExportLine {
        match candidate {
            Candidate::Synthetic(index) => {
                ExportLine::Synthetic(Box::new(self.population.endpoint(index)))
            }
            Candidate::Line(line) => line,
        }
    }
}

/// Cuts the keys of a range, without the last `suffix` bytes of each, into ranges of
/// [`STRETCH_ENDPOINTS`].
fn cut(
    view: &dyn View,
    table: Table,
    (start, end): KeyRange,
    suffix: usize,
    given_up: &CancellationToken,
) -> Result<Vec<KeyRange>, ReadError> {
    let (mut starts, mut last, mut nth) = (Vec::new(), Bytes::new(), 0);
    for entry in view.scan(table, (start, end.clone())) {
        let (key, _) = entry?;
        let key = key.slice(..key.len().saturating_sub(suffix));
        if key == last {
            continue;
        }
        if nth % STRETCH_ENDPOINTS == 0 {
            if given_up.is_cancelled() {
                return Err(ReadError::GivenUp);
            }
            starts.push(key.to_vec());
        }
        nth += 1;
        last = key;
    }
    let ends = starts
        .iter()
        .skip(1)
        .cloned()
        .map(Bound::Excluded)
        .chain([end]);
    let ranges = starts.iter().cloned().map(Bound::Included).zip(ends);
    Ok(ranges.collect())
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::id::ApplicationId;
    use crate::domain::segment::Criteria;
    use crate::model::segment::SegmentReference;
    use crate::seed::Seed;
    use crate::store::Transaction as _;
    use crate::store::applications::PopulationSettings;
    use crate::store::memory::Tables;
    use crate::store::segments::{self, NewSegment, Segment, SegmentVersion};

    /// An application with synthetic endpoints, and with stored ones called `own/0` and so on, of
    /// which three in a row have a user.
    fn audience(count: u64, stored: u64, tables: &mut Tables) -> Audience {
        let settings = PopulationSettings {
            count,
            seed: Some(1),
        };
        let application = ApplicationId::parse("app").unwrap();
        let audience = Audience::new(&application, settings, &Seed::new(0));
        for nth in 0..stored {
            let (id, user) = (format!("own/{nth}"), format!("u{}", nth / 3));
            let channel = if nth % 2 == 0 { "EMAIL" } else { "SMS" };
            let line = line(&id, channel, &user);
            let record = Record {
                cohort_id: None,
                line,
            };
            tables.put(
                Table::Endpoints,
                audience.endpoint_key(&id),
                record.encode(),
            );
            let key = audience.index_key(&user).last_text(&id).0;
            tables.put(Table::EndpointsByUser, key, Vec::new());
        }
        audience
    }

    fn line(id: &str, channel: &str, user: &str) -> Bytes {
        let line = json!({"ChannelType": channel, "User": {"UserId": user}, "Id": id});
        line.to_string().into()
    }

    fn dimensional(tables: &mut Tables, body: serde_json::Value) -> (Segment, SegmentVersion) {
        let new = NewSegment {
            name: None,
            criteria: match body.get("Groups") {
                None => Criteria::Dimensions(serde_json::from_value(body).unwrap()),
                Some(_) => Criteria::Groups(serde_json::from_value(body).unwrap()),
            },
            tags: IndexMap::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        let application = ApplicationId::parse("app").unwrap();
        segments::insert(tables, &Seed::new(0), &application, new).unwrap()
    }

    fn imported(tables: &mut Tables) -> Segment {
        let definition =
            json!({"ExternalId": "", "Format": "CSV", "RoleArn": "", "S3Url": "", "Size": 0});
        let definition = serde_json::from_value(definition).unwrap();
        let application = ApplicationId::parse("app").unwrap();
        let (tags, created) = (IndexMap::new(), Timestamp::UNIX_EPOCH);
        let seed = Seed::new(0);
        imported::insert_imported(tables, &seed, &application, definition, None, tags, created)
            .unwrap()
            .0
    }

    fn selection(
        audience: &Audience,
        tables: &Tables,
        segment: Option<(&Segment, SegmentVersion)>,
    ) -> Selection {
        let segment = segment.map(|(segment, version)| {
            let version = segment.version_id(version.number);
            let versions = segments::resolve(tables, audience.application_id(), version).unwrap();
            Arc::new(Matcher::compile(versions, Timestamp::UNIX_EPOCH))
        });
        Selection {
            audience: Arc::new(audience.clone()),
            segment,
            view: Arc::new(tables.clone()),
        }
    }

    /// The id of a line, with its channel.
    fn id_and_channel(line: ExportLine) -> (String, String) {
        let line = match line {
            ExportLine::Stored(line) => serde_json::from_slice(&line).unwrap(),
            ExportLine::Synthetic(endpoint) => serde_json::to_value(*endpoint).unwrap(),
        };
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("Id"), text("ChannelType"))
    }

    fn exported(selection: &Selection, per_piece: u64) -> Vec<(String, String)> {
        let lines = selection.all(per_piece).into_iter();
        lines.map(id_and_channel).collect()
    }

    fn names(found: &[(String, String)]) -> Vec<&str> {
        let mut names: Vec<_> = found.iter().map(|(id, _)| id.as_str()).collect();
        names.sort_unstable();
        names
    }

    proptest! {
        #[test]
        fn an_export_of_a_segment_is_the_whole_export_filtered(
            count in 0_u64..40,
            stored in 0_u64..30,
            deleted in prop::collection::btree_set(0_u64..40, 0..20),
            per_piece in 1_u64..20,
        ) {
            let mut tables = Tables::default();
            let audience = audience(count, stored, &mut tables);
            for index in deleted.into_iter().filter(|index| *index < count) {
                tables.put(Table::SyntheticChanges, audience.change_key(index), Change::Deleted.encode());
            }
            let channel = json!({"Demographic": {"Channel": {"Values": ["EMAIL"]}}});
            let (segment, version) = dimensional(&mut tables, channel);
            let whole = exported(&selection(&audience, &tables, None), per_piece);
            let expected: Vec<_> = whole.into_iter().filter(|(_, channel)| channel == "EMAIL").collect();
            let found = exported(&selection(&audience, &tables, Some((&segment, version))), per_piece);
            prop_assert_eq!(found, expected);
        }
    }

    fn ids_of<'a>(
        selection: &Selection,
        candidates: impl Iterator<Item = Result<Candidate, ReadError>> + 'a,
    ) -> Vec<String> {
        let lines = candidates.map(|candidate| selection.audience.made(candidate.unwrap()));
        lines.map(|line| id_and_channel(line).0).collect()
    }

    proptest! {
        #[test]
        fn what_a_count_keeps_is_what_asking_again_answers(
            count in 0_u64..40,
            stored in 0_u64..30,
            deleted in prop::collection::btree_set(0_u64..40, 0..20),
            channels in prop::collection::vec(prop::sample::select(vec!["EMAIL", "SMS", "GCM", "none"]), 0..4),
            kind in prop::sample::select(vec!["INCLUSIVE", "EXCLUSIVE"]),
        ) {
            let mut tables = Tables::default();
            let audience = audience(count, stored, &mut tables);
            for index in deleted.into_iter().filter(|index| *index < count) {
                tables.put(Table::SyntheticChanges, audience.change_key(index), Change::Deleted.encode());
            }
            let channel = json!({"Demographic": {"Channel": {"DimensionType": kind, "Values": channels}}});
            let (segment, version) = dimensional(&mut tables, channel);
            let selection = selection(&audience, &tables, Some((&segment, version)));
            let wanted = CancellationToken::new();
            for stretch in selection.stretches(&wanted).unwrap() {
                let counted = selection.count(&stretch, &wanted).unwrap();
                let kept = ids_of(&selection, selection.chosen(&stretch, &counted.chosen, &wanted));
                let asked = ids_of(&selection, selection.chosen(&stretch, &Chosen::Unknown, &wanted));
                prop_assert_eq!(&kept, &asked);
                prop_assert_eq!(counted.count, u64::try_from(kept.len()).unwrap());
            }
        }

        #[test]
        fn marks_come_back_in_order(bits in prop::collection::vec(any::<bool>(), 0..200)) {
            let mut marks = Marks::default();
            for (nth, bit) in (0..).zip(&bits) {
                marks.push(nth, *bit);
            }
            let mut found: Vec<bool> = marks.iter().collect();
            prop_assert!(found.len() < bits.len() + 64);
            prop_assert!(found.split_off(bits.len()).iter().all(|bit| !bit));
            prop_assert_eq!(found, bits);
        }
    }

    #[test]
    fn nothing_is_kept_where_all_or_none_are_in() {
        let mut tables = Tables::default();
        let audience = audience(4, 0, &mut tables);
        let mut chosen = |kind: &str| {
            let set = json!({"DimensionType": kind, "Values": ["none"]});
            let channel = json!({"Demographic": {"Channel": set}});
            let (segment, version) = dimensional(&mut tables, channel);
            let selection = selection(&audience, &tables, Some((&segment, version)));
            let counted = selection.count(&Stretch::Synthetic(0..4), &CancellationToken::new());
            counted.unwrap()
        };
        let (all, none) = (chosen("EXCLUSIVE"), chosen("INCLUSIVE"));
        assert_eq!((all.count, all.chosen), (4, Chosen::All));
        let nobody = Chosen::Marked(Marks::default());
        assert_eq!((none.count, none.chosen), (0, nobody));
    }

    #[test]
    fn a_stretch_that_is_too_long_is_asked_again() {
        let mut tables = Tables::default();
        let audience = audience(KEPT_ENDPOINTS_MAX + 1, 0, &mut tables);
        let channel = json!({"Demographic": {"Channel": {"Values": ["EMAIL"]}}});
        let (segment, version) = dimensional(&mut tables, channel);
        let selection = selection(&audience, &tables, Some((&segment, version)));
        let wanted = CancellationToken::new();
        for (end, is_kept) in [(KEPT_ENDPOINTS_MAX, true), (KEPT_ENDPOINTS_MAX + 1, false)] {
            let stretch = Stretch::Synthetic(0..end);
            let counted = selection.count(&stretch, &wanted).unwrap();
            assert_eq!(counted.chosen != Chosen::Unknown, is_kept);
            let read = selection.chosen(&stretch, &counted.chosen, &wanted);
            assert_eq!(u64::try_from(read.count()).unwrap(), counted.count);
        }
    }

    #[test]
    fn an_export_that_is_given_up_reads_no_further() {
        let mut tables = Tables::default();
        let audience = audience(10, 10, &mut tables);
        let selection = selection(&audience, &tables, None);
        let token = CancellationToken::new();
        let stretches = selection.stretches(&token).unwrap();
        let counts = stretches.iter().map(|one| selection.count(one, &token));
        let counts = counts.collect::<Result<_, _>>().unwrap();
        token.cancel();
        let given_up = |error: ReadError| matches!(error, ReadError::GivenUp);
        assert!(selection.stretches(&token).is_err_and(given_up));
        for stretch in &stretches {
            assert!(selection.count(stretch, &token).is_err_and(given_up));
        }
        let plan = Plan::lay_out(stretches, counts, 2);
        assert!(plan.pieces.iter().any(|piece| piece.skipped > 0));
        for piece in &plan.pieces {
            let first = selection.lines(&plan, piece, &token).next();
            assert!(first.unwrap().is_err_and(given_up), "{piece:?}");
        }
    }

    #[test]
    fn an_imported_segment_has_its_members_as_they_are_or_as_copied() {
        let mut tables = Tables::default();
        let audience = audience(10, 12, &mut tables);
        let application = audience.application_id().clone();
        let mut segment = imported(&mut tables);
        let (synthetic, deleted) = (
            audience.population.endpoint_id(0),
            audience.population.endpoint_id(1),
        );
        tables.put(
            Table::SyntheticChanges,
            audience.change_key(1),
            Change::Deleted.encode(),
        );
        for id in ["own/1", &synthetic, &deleted, "gone"] {
            imported::put_member(&mut tables, &application, &segment.id, 1, id, None);
        }
        for id in ["own/2", "only\0here"] {
            let copy = line(id, "PUSH", "");
            imported::put_member(&mut tables, &application, &segment.id, 1, id, Some(&copy));
        }
        let first = segments::latest(&tables, &segment).unwrap();
        let Criteria::Imported(definition) = first.criteria.clone() else {
            panic!("it is an imported one");
        };
        let seconds = imported::new_imported_version(
            &mut tables,
            &mut segment,
            definition,
            None,
            Timestamp::UNIX_EPOCH,
        );
        let second = seconds.unwrap().unwrap();
        let copy = line("only\0here", "VOICE", "");
        imported::put_member(
            &mut tables,
            &application,
            &segment.id,
            2,
            "only\0here",
            Some(&copy),
        );
        imported::put_user_member(&mut tables, &application, &segment.id, 2, "u0");

        let found = exported(&selection(&audience, &tables, Some((&segment, first))), 3);
        let mut expected = vec!["only\0here", "own/1", "own/2", &synthetic];
        expected.sort_unstable();
        assert_eq!(names(&found), expected);
        let channel = |found: &[(String, String)], id: &str| -> String {
            found
                .iter()
                .find(|(other, _)| other == id)
                .unwrap()
                .1
                .clone()
        };
        assert_eq!(
            (channel(&found, "own/1"), channel(&found, "own/2")),
            ("SMS".into(), "PUSH".into())
        );
        assert_eq!(channel(&found, "only\0here"), "PUSH");

        let found = exported(&selection(&audience, &tables, Some((&segment, second))), 3);
        let mut expected = vec!["only\0here", "own/0", "own/1", "own/2", &synthetic];
        expected.sort_unstable();
        assert_eq!(names(&found), expected);
        assert_eq!(channel(&found, "only\0here"), "VOICE");
    }

    #[test]
    fn a_segment_based_on_an_imported_one_asks_for_members() {
        let mut tables = Tables::default();
        let audience = audience(10, 12, &mut tables);
        let application = audience.application_id().clone();
        let (one, other) = (imported(&mut tables), imported(&mut tables));
        imported::put_user_member(&mut tables, &application, &one.id, 1, "u3");
        for (segment, id) in [
            (&one, "own/2"),
            (&one, "only"),
            (&other, "only"),
            (&other, "own/3"),
        ] {
            let copy = line(id, "PUSH", "");
            imported::put_member(&mut tables, &application, &segment.id, 1, id, Some(&copy));
        }
        let source = |segment: &Segment, kind: &str| {
            let reference = SegmentReference {
                id: segment.id.to_string(),
                version: None,
            };
            json!({"SourceSegments": [reference], "SourceType": kind})
        };
        let mut check = |groups: serde_json::Value, include: &str, expected: &[&str]| {
            let (segment, version) =
                dimensional(&mut tables, json!({"Groups": groups, "Include": include}));
            let found = exported(&selection(&audience, &tables, Some((&segment, version))), 3);
            assert_eq!(names(&found), expected, "{groups} {include}");
            found
        };
        let found = check(
            json!([source(&one, "ALL")]),
            "ALL",
            &["only", "own/10", "own/11", "own/2", "own/9"],
        );
        assert!(
            found.contains(&("own/2".into(), "EMAIL".into())),
            "as the application has it"
        );
        check(
            json!([source(&one, "ALL"), source(&other, "ALL")]),
            "ALL",
            &["only"],
        );
        check(
            json!([source(&one, "ALL"), source(&other, "ALL")]),
            "ANY",
            &["only", "own/10", "own/11", "own/2", "own/3", "own/9"],
        );
        check(
            json!([source(&one, "NONE"), source(&other, "ALL")]),
            "ALL",
            &["own/3"],
        );
        let filtered = json!([{
            "SourceSegments": [{"Id": one.id.to_string()}],
            "Dimensions": [{"Demographic": {"Channel": {"Values": ["PUSH", "SMS"]}}}],
        }]);
        check(filtered, "ALL", &["only", "own/11", "own/9"]);
    }
}
