//! The endpoints of an export: who is in it, in which order, and cut into pieces.
//!
//! Candidates come in stretches of a few thousand, each of which can be counted and read alone: first
//! the synthetic endpoints, then the stored ones that are not synthetic, then those that only
//! imported source segments have. An export counts who belongs in every stretch, which the runner
//! has done on all cores, lays out pieces of equal shares, and reads each piece from where it
//! begins. Neither step holds more than one endpoint at a time.

use std::ops::{Bound, Range};
use std::sync::Arc;

use bytes::Bytes;

use super::{Audience, Change, Record, indexed};
use crate::domain::piece;
use crate::domain::segment::matcher::{Matcher, VersionId};
use crate::domain::segment::profile::{LineProfile, Profile};
use crate::model::endpoint::EndpointResponse;
use crate::store::segments::imported;
use crate::store::{KeyRange, StoreError, Table, View, decode};

/// Most stretches of synthetic endpoints, however many there are of those.
const SYNTHETIC_STRETCHES_MAX: u64 = 1 << 14;

/// Fewest endpoints of a stretch, but for the last of its kind.
const STRETCH_ENDPOINTS: u64 = 1 << 12;

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
        before: Vec<VersionId>,
        range: KeyRange,
    },
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
    stretches: Vec<Stretch>,
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
    /// Cuts the endpoints into pieces of at most `endpoints_per_piece`; `counts` says how many are in
    /// each stretch.
    pub(crate) fn lay_out(
        stretches: Vec<Stretch>,
        counts: &[u64],
        endpoints_per_piece: u64,
    ) -> Self {
        let endpoints = counts.iter().sum();
        let pieces = piece::count(endpoints, endpoints_per_piece);
        let mut plan = Self {
            stretches,
            pieces: Vec::new(),
        };
        let (mut stretch, mut before) = (0, 0);
        for index in 0..pieces {
            let ranks = piece::ranks(endpoints, pieces, index);
            while before + counts[stretch] <= ranks.start {
                before += counts[stretch];
                stretch += 1;
            }
            plan.pieces.push(PiecePlan {
                endpoints: ranks.end - ranks.start,
                stretch,
                skipped: ranks.start - before,
            });
        }
        plan
    }
}

impl Selection {
    /// All candidates, in the order of the export.
    ///
    /// # Source
    /// Endpoints that only an imported segment has are candidates where it is a source: assumed;
    /// case: import-jobs/segment-based-on-an-imported-one
    pub(crate) fn stretches(&self) -> Result<Vec<Stretch>, StoreError> {
        if let Some(version) = self
            .segment
            .as_ref()
            .and_then(|segment| segment.as_imported())
        {
            let members = self.cut_members(Table::SegmentMembers, version)?;
            let users = self.cut_members(Table::SegmentUsers, version)?;
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
        let stored = cut(self.view.as_ref(), Table::Endpoints, stored, 0)?;
        stretches.extend(stored.into_iter().map(Stretch::Stored));
        let mut before = Vec::new();
        for version in self
            .segment
            .iter()
            .flat_map(|segment| segment.imported_sources())
        {
            let ranges = self.cut_members(Table::SegmentMembers, version)?;
            stretches.extend(ranges.into_iter().map(|range| Stretch::Copies {
                version: version.clone(),
                before: before.clone(),
                range,
            }));
            before.push(version.clone());
        }
        Ok(stretches)
    }

    fn cut_members(&self, table: Table, version: &VersionId) -> Result<Vec<KeyRange>, StoreError> {
        let range = imported::keys(self.audience.application_id(), &version.segment);
        cut(self.view.as_ref(), table, range, imported::NUMBER_BYTES)
    }

    /// How many endpoints of a stretch are in the export.
    pub(crate) fn count(&self, stretch: &Stretch) -> Result<u64, StoreError> {
        self.chosen(stretch)
            .try_fold(0, |count, candidate| candidate.map(|_| count + 1))
    }

    /// The endpoints of one piece, in order.
    pub(crate) fn lines<'a>(
        &'a self,
        plan: &'a Plan,
        piece: &PiecePlan,
    ) -> impl Iterator<Item = Result<ExportLine, StoreError>> + 'a {
        plan.stretches[piece.stretch..]
            .iter()
            .flat_map(|stretch| self.chosen(stretch))
            .skip(usize::try_from(piece.skipped).unwrap_or(usize::MAX))
            .take(usize::try_from(piece.endpoints).unwrap_or(usize::MAX))
            .map(|candidate| Ok(self.audience.made(candidate?)))
    }

    /// Those of a stretch that are in the export.
    fn chosen<'a>(&'a self, stretch: &'a Stretch) -> Candidates<'a> {
        let candidates = self.candidates(stretch);
        let Some(segment) = &self.segment else {
            return candidates;
        };
        if segment.as_imported().is_some() {
            return candidates;
        }
        Box::new(candidates.filter_map(move |candidate| {
            let line = match candidate {
                Ok(candidate) => self.audience.made(candidate),
                Err(error) => return Some(Err(error)),
            };
            match self.is_in(segment, &line) {
                Ok(true) => Some(Ok(Candidate::Line(line))),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            }
        }))
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
) -> Result<Vec<KeyRange>, StoreError> {
    let (mut starts, mut last, mut nth) = (Vec::new(), Bytes::new(), 0);
    for entry in view.scan(table, (start, end.clone())) {
        let (key, _) = entry?;
        let key = key.slice(..key.len().saturating_sub(suffix));
        if key == last {
            continue;
        }
        if nth % STRETCH_ENDPOINTS == 0 {
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
