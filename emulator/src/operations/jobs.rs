//! What the calls about export jobs and about import jobs have in common: how many may be active,
//! handing them to the runner, reading them, and what a caller sees of one.
//!
//! Called by `export_jobs` and `import_jobs`.

use super::{Context, PageQuery, find_application, not_found, segments};
use crate::domain::arn::Arn;
use crate::domain::id::JobId;
use crate::domain::job::Progress;
use crate::domain::{page, timestamp};
use crate::facts::messages;
use crate::model::exception::{Exception, ExceptionKind};
use crate::model::job::{JobResponse, JobsResponse};
use crate::runner::{NewJob, NewWork};
use crate::store::applications::Scope;
use crate::store::jobs::{self as stored, Definition, JobRecord};
use crate::store::{Page, View};

/// One job of an application.
pub(super) async fn get<D: Definition + Send + 'static>(
    context: &Context,
    scope: Scope,
    application_id: String,
    job_id: String,
) -> Result<JobResponse<D>, Exception> {
    let record = context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            let record = match JobId::parse(&job_id) {
                Some(job_id) => stored::get(view, &application.id, &job_id)?,
                None => None,
            };
            record.ok_or_else(|| not_found(D::KIND, &job_id))
        })
        .await?;
    Ok(response(record))
}

/// A page of an application's jobs of a kind, newest first.
pub(super) async fn list<D: Definition + Send + 'static>(
    context: &Context,
    scope: Scope,
    application_id: String,
    query: PageQuery,
) -> Result<JobsResponse<D>, Exception> {
    let list = format!("{}s/{application_id}", D::KIND);
    let query_list = list.clone();
    let page = context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            let page = query.parse(&query_list)?;
            Ok::<_, Exception>(stored::list(view, &application.id, page)?)
        })
        .await?;
    Ok(listed(&list, page))
}

/// A page of the jobs about a segment, newest first.
pub(super) async fn list_of_segment<D: Definition + Send + 'static>(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
    query: PageQuery,
) -> Result<JobsResponse<D>, Exception> {
    let list = format!("segment-{}s/{application_id}/{segment_id}", D::KIND);
    let query_list = list.clone();
    let page = context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            let segment = segments::find_segment(view, &application, &segment_id)?;
            let page = query.parse(&query_list)?;
            let id = &application.id;
            Ok::<_, Exception>(stored::list_of_segment(view, id, &segment.id, page)?)
        })
        .await?;
    Ok(listed(&list, page))
}

fn listed<D: Definition>(list: &str, (records, next): Page<JobRecord<D>>) -> JobsResponse<D> {
    JobsResponse {
        item: records.into_iter().map(response).collect(),
        next_token: next.map(|ordinal| page::token(list, ordinal)),
    }
}

/// Refuses a job where `max` of its kind are active in the scope already.
pub(super) fn check_quota<D: Definition>(
    view: &dyn View,
    scope: &Scope,
    max: usize,
    message: &'static str,
) -> Result<(), Exception> {
    if stored::count_active::<D>(view, scope)? < max {
        return Ok(());
    }
    Err(Exception::new(ExceptionKind::TooManyRequests, message))
}

/// Hands a job that has just been written down to the runner, and makes the answer to its creation.
///
/// # Source
/// That it has neither `ApplicationId` nor counters: Developer Guide, audience-data-export and
/// audience-define-import; recorded; case: export-jobs/create-answers-created
pub(super) async fn start<D: Definition>(
    context: &Context,
    record: JobRecord<D>,
    work: NewWork,
) -> Result<JobResponse<D>, Exception> {
    let new = NewJob {
        job: record.job.clone(),
        work,
    };
    context
        .runner
        .start(new)
        .await
        .map_err(|stopped| Exception::internal(&stopped))?;
    Ok(JobResponse {
        application_id: None,
        ..response(record)
    })
}

fn response<D: Definition>(record: JobRecord<D>) -> JobResponse<D> {
    let JobRecord { job, definition } = record;
    let progress = job.visible_progress();
    let counter = |read: fn(&Progress) -> u64| progress.as_ref().map(read);
    JobResponse {
        application_id: Some(job.application_id.to_string()),
        id: job.id.to_string(),
        job_status: job.status,
        completed_pieces: counter(|progress| progress.completed_pieces),
        failed_pieces: counter(|progress| progress.failed_pieces),
        total_pieces: counter(|progress| progress.total_pieces),
        creation_date: timestamp::to_wire(job.created),
        completion_date: job.ended.map(timestamp::to_wire),
        job_type: D::TYPE,
        total_failures: counter(|progress| progress.failed),
        total_processed: counter(|progress| progress.processed),
        failures: job.failures().map(str::to_owned).collect(),
        definition,
    }
}

/// Refuses what cannot be the ARN of a role.
pub(super) fn check_role_arn(text: &str) -> Result<(), Exception> {
    if Arn::parse(text).is_some_and(|arn| arn.is_role()) {
        return Ok(());
    }
    Err(Exception::bad_request(messages::ROLE_ARN_INVALID))
}
