//! What each operation takes from a request: labels of the path, the query, the body.
//!
//! Called by `protocol` for operations that are written. Rules of an operation are not here but in
//! `operations`; a body is handed over as it was understood, so that the operation decides what is
//! checked first.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::router::Labels;
use super::validation;
use crate::domain::channel::{ChannelSettings, EmailSettings, GcmSettings, SmsSettings};
use crate::facts::messages;
use crate::facts::operations::Operation;
use crate::facts::shapes::Shape;
use crate::model::endpoint::MessageBody;
use crate::model::exception::Exception;
use crate::model::json;
use crate::operations::{
    Context, PageQuery, application_settings, applications, attributes, channels, endpoints,
    event_streams, events, export_jobs, import_jobs, phone_numbers, segments, tags,
};
use crate::store::applications::Scope;

/// What an operation can be called with.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// On whose behalf.
    pub(super) scope: Scope,
    /// The labels of the path.
    pub(super) labels: Labels,
    /// The query, as sent.
    pub(super) query: Option<&'a str>,
    /// What the body is, if the operation takes one.
    pub(super) request: Option<Shape>,
    /// The body, as sent.
    pub(super) body: Bytes,
    /// The id of the request.
    pub(super) request_id: Uuid,
}

impl Call<'_> {
    fn application_id(&mut self) -> String {
        self.label("application-id")
    }

    /// A label that the operation's template has.
    fn label(&mut self, name: &str) -> String {
        self.labels.take(name)
    }

    /// The body as a shape.
    fn input<T: DeserializeOwned>(&self) -> Result<T, Exception> {
        let shape = self.request.expect("the operation takes a body");
        validation::read(&self.body, shape).map_err(Exception::bad_request)
    }

    fn page(&self) -> PageQuery {
        let mut page = PageQuery::default();
        for (name, value) in form_urlencoded::parse(self.query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "page-size" => page.size = Some(value.into_owned()),
                "token" => page.token = Some(value.into_owned()),
                _ => {}
            }
        }
        page
    }

    /// All values of a member of the query that may be repeated.
    fn query_list(&self, name: &str) -> Vec<String> {
        form_urlencoded::parse(self.query.unwrap_or_default().as_bytes())
            .filter(|(member, _)| member == name)
            .map(|(_, value)| value.into_owned())
            .collect()
    }

    fn accepted(&self) -> MessageBody {
        MessageBody {
            request_id: self.request_id.to_string(),
            message: messages::ACCEPTED,
        }
    }
}

/// Carries out an operation that is written; answers the body of its success, empty where the model
/// has none.
#[expect(
    clippy::too_many_lines,
    reason = "a table of operations, one arm for each, is read by looking one up"
)]
pub(super) async fn carry_out(
    context: &Context,
    operation: Operation,
    mut call: Call<'_>,
) -> Result<Vec<u8>, Exception> {
    use Operation as Op;
    let scope = call.scope.clone();
    Ok(match operation {
        Op::CreateApp => render(&applications::create_app(context, scope, call.input()?).await?),
        Op::GetApp => render(&applications::get_app(context, scope, call.application_id()).await?),
        Op::GetApps => render(&applications::get_apps(context, scope, call.page()).await?),
        Op::DeleteApp => {
            render(&applications::delete_app(context, scope, call.application_id()).await?)
        }
        Op::GetApplicationSettings => {
            let application_id = call.application_id();
            render(
                &application_settings::get_application_settings(context, scope, application_id)
                    .await?,
            )
        }
        Op::UpdateApplicationSettings => {
            let (application_id, input) = (call.application_id(), call.input());
            render(
                &application_settings::update_application_settings(
                    context,
                    scope,
                    application_id,
                    input,
                )
                .await?,
            )
        }
        Op::TagResource => {
            let resource_arn = call.label("resource-arn");
            tags::tag_resource(context, scope, resource_arn, call.input()).await?;
            Vec::new()
        }
        Op::UntagResource => {
            let (resource_arn, keys) = (call.label("resource-arn"), call.query_list("tagKeys"));
            tags::untag_resource(context, scope, resource_arn, keys).await?;
            Vec::new()
        }
        Op::ListTagsForResource => {
            let resource_arn = call.label("resource-arn");
            render(&tags::list_tags_for_resource(context, scope, resource_arn).await?)
        }
        Op::PutEventStream => {
            let (application_id, input) = (call.application_id(), call.input());
            render(&event_streams::put_event_stream(context, scope, application_id, input).await?)
        }
        Op::GetEventStream => {
            let application_id = call.application_id();
            render(&event_streams::get_event_stream(context, scope, application_id).await?)
        }
        Op::DeleteEventStream => {
            let application_id = call.application_id();
            render(&event_streams::delete_event_stream(context, scope, application_id).await?)
        }
        Op::GetChannels => {
            render(&channels::get_channels(context, scope, call.application_id()).await?)
        }
        Op::GetEmailChannel => get_channel::<EmailSettings>(context, call).await?,
        Op::UpdateEmailChannel => update_channel::<EmailSettings>(context, call).await?,
        Op::DeleteEmailChannel => delete_channel::<EmailSettings>(context, call).await?,
        Op::GetSmsChannel => get_channel::<SmsSettings>(context, call).await?,
        Op::UpdateSmsChannel => update_channel::<SmsSettings>(context, call).await?,
        Op::DeleteSmsChannel => delete_channel::<SmsSettings>(context, call).await?,
        Op::GetGcmChannel => get_channel::<GcmSettings>(context, call).await?,
        Op::UpdateGcmChannel => update_channel::<GcmSettings>(context, call).await?,
        Op::DeleteGcmChannel => delete_channel::<GcmSettings>(context, call).await?,
        Op::UpdateEndpoint => {
            let (application_id, endpoint_id) = (call.application_id(), call.label("endpoint-id"));
            endpoints::update_endpoint(context, scope, application_id, endpoint_id, call.input())
                .await?;
            render(&call.accepted())
        }
        Op::UpdateEndpointsBatch => {
            let application_id = call.application_id();
            endpoints::update_endpoints_batch(context, scope, application_id, call.input()).await?;
            render(&call.accepted())
        }
        Op::GetEndpoint => {
            let (application_id, endpoint_id) = (call.application_id(), call.label("endpoint-id"));
            render(&endpoints::get_endpoint(context, scope, application_id, endpoint_id).await?)
        }
        Op::DeleteEndpoint => {
            let (application_id, endpoint_id) = (call.application_id(), call.label("endpoint-id"));
            render(&endpoints::delete_endpoint(context, scope, application_id, endpoint_id).await?)
        }
        Op::GetUserEndpoints => {
            let (application_id, user_id) = (call.application_id(), call.label("user-id"));
            render(&endpoints::get_user_endpoints(context, scope, application_id, user_id).await?)
        }
        Op::DeleteUserEndpoints => {
            let (application_id, user_id) = (call.application_id(), call.label("user-id"));
            render(
                &endpoints::delete_user_endpoints(context, scope, application_id, user_id).await?,
            )
        }
        Op::RemoveAttributes => {
            let application_id = call.application_id();
            let (attribute_type, input) = (call.label("attribute-type"), call.input());
            render(
                &attributes::remove_attributes(
                    context,
                    scope,
                    application_id,
                    attribute_type,
                    input,
                )
                .await?,
            )
        }
        Op::PutEvents => {
            let application_id = call.application_id();
            render(&events::put_events(context, scope, application_id, call.input()).await?)
        }
        Op::CreateExportJob => {
            let application_id = call.application_id();
            render(
                &export_jobs::create_export_job(context, scope, application_id, call.input())
                    .await?,
            )
        }
        Op::GetExportJob => {
            let (application_id, job_id) = (call.application_id(), call.label("job-id"));
            render(&export_jobs::get_export_job(context, scope, application_id, job_id).await?)
        }
        Op::GetExportJobs => {
            let application_id = call.application_id();
            render(
                &export_jobs::get_export_jobs(context, scope, application_id, call.page()).await?,
            )
        }
        Op::CreateImportJob => {
            let application_id = call.application_id();
            render(
                &import_jobs::create_import_job(context, scope, application_id, call.input())
                    .await?,
            )
        }
        Op::GetImportJob => {
            let (application_id, job_id) = (call.application_id(), call.label("job-id"));
            render(&import_jobs::get_import_job(context, scope, application_id, job_id).await?)
        }
        Op::GetImportJobs => {
            let application_id = call.application_id();
            render(
                &import_jobs::get_import_jobs(context, scope, application_id, call.page()).await?,
            )
        }
        Op::GetSegmentExportJobs => {
            let (application_id, segment_id) = (call.application_id(), call.label("segment-id"));
            let page = call.page();
            render(
                &export_jobs::get_segment_export_jobs(
                    context,
                    scope,
                    application_id,
                    segment_id,
                    page,
                )
                .await?,
            )
        }
        Op::CreateSegment => {
            let application_id = call.application_id();
            render(&segments::create_segment(context, scope, application_id, call.input()).await?)
        }
        Op::GetSegment => {
            let (application_id, segment_id) = (call.application_id(), call.label("segment-id"));
            render(&segments::get_segment(context, scope, application_id, segment_id).await?)
        }
        Op::GetSegments => {
            let application_id = call.application_id();
            render(&segments::get_segments(context, scope, application_id, call.page()).await?)
        }
        Op::UpdateSegment => {
            let (application_id, segment_id) = (call.application_id(), call.label("segment-id"));
            let input = call.input();
            render(
                &segments::update_segment(context, scope, application_id, segment_id, input)
                    .await?,
            )
        }
        Op::DeleteSegment => {
            let (application_id, segment_id) = (call.application_id(), call.label("segment-id"));
            render(&segments::delete_segment(context, scope, application_id, segment_id).await?)
        }
        Op::GetSegmentVersion => {
            let (application_id, segment_id) = (call.application_id(), call.label("segment-id"));
            let version = call.label("version");
            render(
                &segments::get_segment_version(context, scope, application_id, segment_id, version)
                    .await?,
            )
        }
        Op::GetSegmentVersions => {
            let (application_id, segment_id) = (call.application_id(), call.label("segment-id"));
            let page = call.page();
            render(
                &segments::get_segment_versions(context, scope, application_id, segment_id, page)
                    .await?,
            )
        }
        Op::GetSegmentImportJobs => {
            let (application_id, segment_id) = (call.application_id(), call.label("segment-id"));
            let page = call.page();
            render(
                &import_jobs::get_segment_import_jobs(
                    context,
                    scope,
                    application_id,
                    segment_id,
                    page,
                )
                .await?,
            )
        }
        Op::PhoneNumberValidate => {
            render(&phone_numbers::phone_number_validate(call.input()?).await?)
        }
        unwritten => unreachable!("{} is not marked as written", unwritten.spec().name),
    })
}

async fn get_channel<S: ChannelSettings>(
    context: &Context,
    mut call: Call<'_>,
) -> Result<Vec<u8>, Exception> {
    let application_id = call.application_id();
    Ok(render(
        &channels::get_channel::<S>(context, call.scope, application_id).await?,
    ))
}

async fn update_channel<S: ChannelSettings>(
    context: &Context,
    mut call: Call<'_>,
) -> Result<Vec<u8>, Exception> {
    let (application_id, input) = (call.application_id(), call.input());
    Ok(render(
        &channels::update_channel::<S>(context, call.scope, application_id, input).await?,
    ))
}

async fn delete_channel<S: ChannelSettings>(
    context: &Context,
    mut call: Call<'_>,
) -> Result<Vec<u8>, Exception> {
    let application_id = call.application_id();
    Ok(render(
        &channels::delete_channel::<S>(context, call.scope, application_id).await?,
    ))
}

fn render(output: &impl Serialize) -> Vec<u8> {
    json::to_vec(output)
}
