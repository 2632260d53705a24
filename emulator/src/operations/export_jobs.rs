//! CreateExportJob, GetExportJob, GetExportJobs, GetSegmentExportJobs.
//!
//! Creating a job only writes it down; the runner does the work. Segments are not built yet, so a
//! `SegmentId` is always that of an unknown one.

use std::sync::Arc;

use super::{Context, PageQuery, find_application};
use crate::domain::arn::Arn;
use crate::domain::export_job::{ExportJob, Progress};
use crate::domain::id::JobId;
use crate::domain::s3_url::S3Url;
use crate::domain::{page, timestamp};
use crate::facts::messages;
use crate::facts::quotas::EXPORT_JOBS_ACTIVE_MAX;
use crate::model::exception::{Exception, ExceptionKind};
use crate::model::export_job::{
    ExportJobRequest, ExportJobResource, ExportJobResponse, ExportJobsResponse,
};
use crate::runner::NewJob;
use crate::store::applications::Scope;
use crate::store::audience::Audience;
use crate::store::export_jobs as stored;

/// CreateExportJob: writes the job down as CREATED and hands it to the runner.
///
/// # Source
/// Order of the checks (application, body, segment, quota): assumed; case: export-jobs/checks-in-order.
/// That the answer has neither `ApplicationId` nor counters: Developer Guide, audience-data-export;
/// recorded; case: export-jobs/create-answers-created
pub(crate) async fn create_export_job(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<ExportJobRequest, Exception>,
) -> Result<ExportJobResponse, Exception> {
    let (seed, created) = (context.seed, context.clock.now());
    let has_quotas = context.throttle.has_quotas();
    let ((job, application, destination), view) = context
        .store
        .write_and_pin(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let (definition, destination) = parse(input?)?;
            if definition.segment_id.is_some() {
                return Err(Exception::not_found(messages::RESOURCE_NOT_FOUND));
            }
            if has_quotas && stored::count_active(tx, &scope)? >= EXPORT_JOBS_ACTIVE_MAX {
                let message = messages::EXPORT_JOBS_EXCEEDED;
                return Err(Exception::new(ExceptionKind::TooManyRequests, message));
            }
            let job = stored::insert(tx, &seed, &application.id, definition, created)?;
            Ok((job, application, destination))
        })
        .await?;
    let answer = ExportJobResponse {
        application_id: None,
        ..response(job.clone())
    };
    let new = NewJob {
        job,
        destination,
        audience: Arc::new(Audience::of(&application, &seed)),
        account: application.scope.account,
        view,
    };
    context
        .runner
        .start(new)
        .await
        .map_err(|stopped| Exception::internal(&stopped))?;
    Ok(answer)
}

/// GetExportJob.
pub(crate) async fn get_export_job(
    context: &Context,
    scope: Scope,
    application_id: String,
    job_id: String,
) -> Result<ExportJobResponse, Exception> {
    let job = context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            let job = match JobId::parse(&job_id) {
                Some(job_id) => stored::get(view, &application.id, &job_id)?,
                None => None,
            };
            job.ok_or_else(|| Exception::not_found(messages::RESOURCE_NOT_FOUND))
        })
        .await?;
    Ok(response(job))
}

/// GetExportJobs: a page of the application's jobs, newest first.
pub(crate) async fn get_export_jobs(
    context: &Context,
    scope: Scope,
    application_id: String,
    query: PageQuery,
) -> Result<ExportJobsResponse, Exception> {
    let list = format!("export-jobs/{application_id}");
    let query_list = list.clone();
    let (jobs, next) = context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            Ok::<_, Exception>(stored::list(
                view,
                &application.id,
                query.parse(&query_list)?,
            )?)
        })
        .await?;
    Ok(ExportJobsResponse {
        item: jobs.into_iter().map(response).collect(),
        next_token: next.map(|ordinal| page::token(&list, ordinal)),
    })
}

/// GetSegmentExportJobs: no segment exists yet.
pub(crate) async fn get_segment_export_jobs(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<ExportJobsResponse, Exception> {
    context
        .store
        .read(move |view| find_application(view, &scope, &application_id))
        .await?;
    Err(Exception::not_found(messages::RESOURCE_NOT_FOUND))
}

fn parse(input: ExportJobRequest) -> Result<(ExportJobResource, S3Url), Exception> {
    let ExportJobRequest {
        s3_url_prefix,
        role_arn,
        segment_id,
        segment_version,
    } = input;
    let destination = S3Url::parse(&s3_url_prefix)
        .ok_or_else(|| Exception::bad_request(messages::S3_URL_PREFIX_INVALID))?;
    if !Arn::parse(&role_arn).is_some_and(|arn| arn.is_role()) {
        return Err(Exception::bad_request(messages::ROLE_ARN_INVALID));
    }
    if segment_id.is_none() && segment_version.is_some() {
        return Err(Exception::bad_request(messages::missing_member(
            "SegmentId",
        )));
    }
    Ok((
        ExportJobResource {
            s3_url_prefix,
            role_arn,
            segment_id,
            segment_version,
        },
        destination,
    ))
}

fn response(job: ExportJob) -> ExportJobResponse {
    let progress = job.visible_progress();
    let counter = |read: fn(&Progress) -> u64| progress.as_ref().map(read);
    ExportJobResponse {
        application_id: Some(job.application_id.to_string()),
        id: job.id.to_string(),
        job_status: job.status,
        completed_pieces: counter(|progress| progress.completed_pieces),
        failed_pieces: counter(|progress| progress.failed_pieces),
        total_pieces: counter(|progress| progress.total_pieces),
        creation_date: timestamp::to_wire(job.created),
        completion_date: job.ended.map(timestamp::to_wire),
        job_type: "EXPORT",
        total_failures: counter(|progress| progress.failed),
        total_processed: counter(|progress| progress.processed),
        failures: job.failures,
        definition: job.definition,
    }
}
