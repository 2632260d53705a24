//! CreateSegment, GetSegment, GetSegments, UpdateSegment, DeleteSegment, GetSegmentVersion,
//! GetSegmentVersions.
//!
//! Who is in a segment is found out by export jobs; here segments are written and read.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;

use super::{Context, PageQuery, find_application, not_found};
use crate::domain::id::SegmentId;
use crate::domain::segment::matcher::{Matcher, VersionId};
use crate::domain::segment::{Criteria, CriteriaError};
use crate::domain::tags::{self, Tags};
use crate::domain::{page, timestamp};
use crate::facts::messages;
use crate::model::exception::Exception;
use crate::model::segment::{
    SegmentReference, SegmentResponse, SegmentType, SegmentsResponse, WriteSegmentRequest,
};
use crate::store::View;
use crate::store::applications::{Application, Scope};
use crate::store::segments::{self as stored, NewSegment, Segment, SegmentVersion};

impl From<CriteriaError> for Exception {
    fn from(error: CriteriaError) -> Self {
        Self::bad_request(match error {
            CriteriaError::DimensionsAndGroups => messages::DIMENSIONS_AND_GROUPS.to_owned(),
            CriteriaError::TooManyDimensions => messages::TOO_MANY_DIMENSIONS.to_owned(),
            CriteriaError::TooManyGroups => messages::too_many_segment_groups(),
            CriteriaError::TooManySources => messages::too_many_source_segments(),
            CriteriaError::NotADateTime(value) => messages::not_a_date_time(&value),
            CriteriaError::NotTwoValues => messages::BETWEEN_NEEDS_TWO_VALUES.to_owned(),
            CriteriaError::UnknownOperator(operator) => {
                messages::unknown_comparison_operator(&operator)
            }
            CriteriaError::ImportedSourceNotAlone => messages::IMPORTED_SOURCE_NOT_ALONE.to_owned(),
            CriteriaError::LeadsBack => messages::SOURCE_LEADS_BACK.to_owned(),
            CriteriaError::ImportedIsFixed => messages::IMPORTED_SEGMENT_FIXED.to_owned(),
        })
    }
}

/// CreateSegment.
///
/// # Source
/// That tags are held to their limits here too: Developer Guide, tagging-resources; documented;
/// case: tags/limits-hold-at-create
pub(crate) async fn create_segment(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<WriteSegmentRequest, Exception>,
) -> Result<SegmentResponse, Exception> {
    let (seed, created) = (context.seed, context.clock.now());
    context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let input = input?;
            let criteria = Criteria::of_request(input.dimensions, input.segment_groups)?
                .unwrap_or(Criteria::Everybody);
            check_sources(tx, &application, None, &criteria)?;
            let mut tags = Tags::new();
            tags::add(&mut tags, input.tags.unwrap_or_default())?;
            let new = NewSegment {
                name: input.name,
                criteria,
                tags,
                created,
            };
            let (segment, version) = stored::insert(tx, &seed, &application.id, new)?;
            Ok(response(&application, segment, version))
        })
        .await
}

/// GetSegment: the latest version.
pub(crate) async fn get_segment(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
) -> Result<SegmentResponse, Exception> {
    read(
        context,
        scope,
        application_id,
        segment_id,
        |view, application, segment| {
            let version = stored::latest(view, &segment)?;
            Ok(response(application, segment, version))
        },
    )
    .await
}

/// GetSegments: a page of the application's segments, newest first.
pub(crate) async fn get_segments(
    context: &Context,
    scope: Scope,
    application_id: String,
    query: PageQuery,
) -> Result<SegmentsResponse, Exception> {
    let list = format!("segments/{application_id}");
    context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            let (segments, next) = stored::list(view, &application.id, query.parse(&list)?)?;
            let item = segments
                .into_iter()
                .map(|(segment, version)| response(&application, segment, version))
                .collect();
            Ok(SegmentsResponse {
                item,
                next_token: next.map(|ordinal| page::token(&list, ordinal)),
            })
        })
        .await
}

/// UpdateSegment: a new version, in which what is left out stays.
///
/// # Source
/// API model: tags are ignored in updates; documented; case: segments/update-ignores-tags. That
/// members left out keep their values: assumed; case: segments/update-keeps-what-is-left-out
pub(crate) async fn update_segment(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
    input: Result<WriteSegmentRequest, Exception>,
) -> Result<SegmentResponse, Exception> {
    let modified = context.clock.now();
    context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let mut segment = find_segment(tx, &application, &segment_id)?;
            let input = input?;
            let before = stored::latest(tx, &segment)?;
            let criteria = match Criteria::of_request(input.dimensions, input.segment_groups)? {
                None => before.criteria,
                Some(_) if before.criteria.segment_type() == SegmentType::Import => {
                    return Err(CriteriaError::ImportedIsFixed.into());
                }
                Some(criteria) => {
                    check_sources(tx, &application, Some(&segment.id), &criteria)?;
                    criteria
                }
            };
            let name = input.name.or(before.name);
            let version = stored::add_version(tx, &mut segment, name, criteria, modified);
            Ok(response(&application, segment, version))
        })
        .await
}

/// DeleteSegment: answers what it was.
pub(crate) async fn delete_segment(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
) -> Result<SegmentResponse, Exception> {
    context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let segment = find_segment(tx, &application, &segment_id)?;
            let version = stored::latest(tx, &segment)?;
            stored::delete(tx, &segment)?;
            Ok(response(&application, segment, version))
        })
        .await
}

/// GetSegmentVersion.
pub(crate) async fn get_segment_version(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
    number: String,
) -> Result<SegmentResponse, Exception> {
    read(
        context,
        scope,
        application_id,
        segment_id,
        move |view, application, segment| {
            // One number has one text: neither `+1` nor `01` names a version.
            let parsed = number.parse::<stored::VersionNumber>().ok();
            let version = match parsed.filter(|parsed| parsed.to_string() == number) {
                Some(number) => stored::version(view, &segment, number)?,
                None => None,
            };
            let version = version.ok_or_else(|| not_found("segment version", &number))?;
            Ok(response(application, segment, version))
        },
    )
    .await
}

/// GetSegmentVersions: a page of the segment's versions, newest first.
pub(crate) async fn get_segment_versions(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
    query: PageQuery,
) -> Result<SegmentsResponse, Exception> {
    let list = format!("segment-versions/{application_id}/{segment_id}");
    read(
        context,
        scope,
        application_id,
        segment_id,
        move |view, application, segment| {
            let (versions, next) = stored::versions(view, &segment, query.parse(&list)?)?;
            let item = versions
                .into_iter()
                .map(|version| response(application, segment.clone(), version))
                .collect();
            Ok(SegmentsResponse {
                item,
                next_token: next.map(|number| page::token(&list, number)),
            })
        },
    )
    .await
}

/// Reads the segment that a path names.
async fn read<T: Send + 'static>(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
    work: impl FnOnce(&dyn View, &Application, Segment) -> Result<T, Exception> + Send + 'static,
) -> Result<T, Exception> {
    context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            let segment = find_segment(view, &application, &segment_id)?;
            work(view, &application, segment)
        })
        .await
}

/// The segment that a path or a request names, if it is the application's.
pub(super) fn find_segment(
    view: &dyn View,
    application: &Application,
    id: &str,
) -> Result<Segment, Exception> {
    let segment = match SegmentId::parse(id) {
        Some(id) => stored::get(view, &application.id, &id)?,
        None => None,
    };
    segment.ok_or_else(|| not_found("segment", id))
}

/// The version of a segment that a job names, by default the latest, ready for the endpoints at `now`.
pub(super) fn compile(
    view: &dyn View,
    application: &Application,
    id: &str,
    number: Option<i32>,
    now: Timestamp,
) -> Result<Matcher, Exception> {
    let reference = SegmentReference {
        id: id.to_owned(),
        version: number,
    };
    let version = pin(view, application, &reference)?;
    let versions = stored::resolve(view, &application.id, version)?;
    Ok(Matcher::compile(versions, now))
}

/// The version that a request refers to, the latest if it names none.
fn pin(
    view: &dyn View,
    application: &Application,
    reference: &SegmentReference,
) -> Result<VersionId, Exception> {
    stored::pin(view, &application.id, reference)?.ok_or_else(|| match reference.version {
        Some(version) => not_found(&format!("version {version} of segment"), &reference.id),
        None => not_found("segment", &reference.id),
    })
}

/// Refuses source segments that are not there, that an imported one has to share its group with, or
/// through which `own`, the segment that is being written, would be based on itself.
///
/// # Source
/// API model, SegmentGroup ("more than one dimensional segment or only one imported segment");
/// documented. The rest: assumed, since a segment based on itself means nothing;
/// case: segments/source-that-leads-back
fn check_sources(
    view: &dyn View,
    application: &Application,
    own: Option<&SegmentId>,
    criteria: &Criteria,
) -> Result<(), Exception> {
    let mut types = BTreeMap::new();
    for group in criteria.groups() {
        let sources = group.source_segments.as_deref().unwrap_or_default();
        for source in sources {
            let version = pin(view, application, source)?;
            let segment_type = match types.entry(version) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let criteria = stored::criteria(view, &application.id, new.key())?;
                    *new.insert(criteria.segment_type())
                }
            };
            if segment_type == SegmentType::Import && sources.len() > 1 {
                return Err(CriteriaError::ImportedSourceNotAlone.into());
            }
        }
    }
    if let Some(own) = own
        && stored::lead_to(view, &application.id, types.into_keys(), own)?
    {
        return Err(CriteriaError::LeadsBack.into());
    }
    Ok(())
}

fn response(
    application: &Application,
    segment: Segment,
    version: SegmentVersion,
) -> SegmentResponse {
    let Scope { account, region } = &application.scope;
    let segment_type = version.criteria.segment_type();
    let (mut dimensions, mut segment_groups, mut import_definition) = (None, None, None);
    match version.criteria {
        Criteria::Everybody => {}
        Criteria::Dimensions(own) => dimensions = Some(*own),
        Criteria::Groups(groups) => segment_groups = Some(groups),
        Criteria::Imported(definition) => import_definition = Some(definition),
    }
    SegmentResponse {
        application_id: application.id.to_string(),
        arn: messages::segment_arn(
            region.as_str(),
            account.as_str(),
            application.id.as_str(),
            segment.id.as_str(),
        ),
        creation_date: timestamp::to_wire(segment.created),
        dimensions,
        id: segment.id.to_string(),
        import_definition,
        last_modified_date: timestamp::to_wire(version.modified),
        name: version.name,
        segment_groups,
        segment_type,
        tags: segment.tags,
        version: version.number,
    }
}
