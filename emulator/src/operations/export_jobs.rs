//! CreateExportJob, GetExportJob, GetExportJobs, GetSegmentExportJobs.
//!
//! Creating a job only writes it down; the runner does the work. Which version of a segment a job
//! exports, and which versions of its sources, is settled when it is created.

use std::sync::Arc;

use super::{Context, PageQuery, find_application, jobs, segments};
use crate::domain::s3_url::S3Url;
use crate::facts::messages;
use crate::facts::quotas::EXPORT_JOBS_ACTIVE_MAX;
use crate::model::exception::Exception;
use crate::model::export_job::{ExportJobRequest, ExportJobResource};
use crate::model::job::{JobResponse, JobsResponse};
use crate::runner::{NewExport, NewWork};
use crate::store::applications::Scope;
use crate::store::audience::Audience;
use crate::store::audience::export_plan::Selection;
use crate::store::jobs as stored;

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
) -> Result<JobResponse<ExportJobResource>, Exception> {
    let (seed, created) = (context.seed, context.clock.now());
    let has_quotas = context.throttle.has_quotas();
    let ((record, application, destination, segment), view) = context
        .store
        .write_and_pin(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let (definition, destination) = parse(input?)?;
            let segment = match &definition.segment_id {
                Some(id) => {
                    let number = definition.segment_version;
                    Some(segments::compile(tx, &application, id, number, created)?)
                }
                None => None,
            };
            if has_quotas {
                let (max, message) = (EXPORT_JOBS_ACTIVE_MAX, messages::EXPORT_JOBS_EXCEEDED);
                jobs::check_quota::<ExportJobResource>(tx, &scope, max, message)?;
            }
            let record = stored::insert(tx, &seed, &application.id, definition, created)?;
            Ok::<_, Exception>((record, application, destination, segment))
        })
        .await?;
    let work = NewWork::Export(NewExport {
        destination,
        selection: Selection {
            audience: Arc::new(Audience::of(&application, &seed)),
            segment: segment.map(Arc::new),
            view,
        },
        account: application.scope.account,
    });
    jobs::start(context, record, work).await
}

/// GetExportJob.
pub(crate) async fn get_export_job(
    context: &Context,
    scope: Scope,
    application_id: String,
    job_id: String,
) -> Result<JobResponse<ExportJobResource>, Exception> {
    jobs::get(context, scope, application_id, job_id).await
}

/// GetExportJobs: a page of the application's jobs, newest first.
pub(crate) async fn get_export_jobs(
    context: &Context,
    scope: Scope,
    application_id: String,
    query: PageQuery,
) -> Result<JobsResponse<ExportJobResource>, Exception> {
    jobs::list(context, scope, application_id, query).await
}

/// GetSegmentExportJobs: a page of the jobs that export any version of a segment, newest first.
pub(crate) async fn get_segment_export_jobs(
    context: &Context,
    scope: Scope,
    application_id: String,
    segment_id: String,
    query: PageQuery,
) -> Result<JobsResponse<ExportJobResource>, Exception> {
    jobs::list_of_segment(context, scope, application_id, segment_id, query).await
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
    jobs::check_role_arn(&role_arn)?;
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
