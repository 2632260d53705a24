//! All operations of the API: name, method, URI template, success status, the shape of the body and the
//! parameters of the query, in one static table.
//!
//! The table drives routing, the answer 501 for what is known but not written, and the README's
//! list. What an operation does is in `operations/`.
//!
//! # Source
//! API model of 2016-12-01, as shipped with AWS's SDKs; documented;
//! case: operations/every-operation-is-known

use super::shapes::Shape;

/// What the API model says of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OperationSpec {
    /// The Smithy name, e.g. `CreateExportJob`.
    pub(crate) name: &'static str,
    /// The HTTP method.
    pub(crate) method: &'static str,
    /// The URI template with its labels in braces.
    pub(crate) uri: &'static str,
    /// The status of a success.
    pub(crate) status: u16,
    /// What the body is, if there is one. SDKs wrap it in a member of this name, which is not sent.
    pub(crate) request: Option<Shape>,
    /// The parameters of the query, in alphabetical order.
    pub(crate) query: &'static [&'static str],
}

macro_rules! operations {
    ($(
        $name:ident $method:ident $uri:literal $status:literal $(, $request:ident)?
        $([$($parameter:literal)*])?
    )*) => {
        /// One of the operations of the API, by its Smithy name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Operation {
            $($name,)*
        }

        impl Operation {
            /// Every operation, in alphabetical order.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// What the model says of it.
            pub(crate) const fn spec(self) -> OperationSpec {
                match self {
                    $(Self::$name => OperationSpec {
                        name: stringify!($name),
                        method: stringify!($method),
                        uri: $uri,
                        status: $status,
                        request: operations!(@request $($request)?),
                        query: &[$($($parameter),*)?],
                    },)*
                }
            }
        }
    };
    (@request $shape:ident) => { Some(Shape::$shape) };
    (@request) => { None };
}

operations! {
    CreateApp POST "/v1/apps" 201, CreateApplicationRequest
    CreateCampaign POST "/v1/apps/{application-id}/campaigns" 201, WriteCampaignRequest
    CreateEmailTemplate POST "/v1/templates/{template-name}/email" 201, EmailTemplateRequest
    CreateExportJob POST "/v1/apps/{application-id}/jobs/export" 202, ExportJobRequest
    CreateImportJob POST "/v1/apps/{application-id}/jobs/import" 201, ImportJobRequest
    CreateInAppTemplate POST "/v1/templates/{template-name}/inapp" 201, InAppTemplateRequest
    CreateJourney POST "/v1/apps/{application-id}/journeys" 201, WriteJourneyRequest
    CreatePushTemplate POST "/v1/templates/{template-name}/push" 201, PushNotificationTemplateRequest
    CreateRecommenderConfiguration POST "/v1/recommenders" 201, CreateRecommenderConfiguration
    CreateSegment POST "/v1/apps/{application-id}/segments" 201, WriteSegmentRequest
    CreateSmsTemplate POST "/v1/templates/{template-name}/sms" 201, SMSTemplateRequest
    CreateVoiceTemplate POST "/v1/templates/{template-name}/voice" 201, VoiceTemplateRequest
    DeleteAdmChannel DELETE "/v1/apps/{application-id}/channels/adm" 200
    DeleteApnsChannel DELETE "/v1/apps/{application-id}/channels/apns" 200
    DeleteApnsSandboxChannel DELETE "/v1/apps/{application-id}/channels/apns_sandbox" 200
    DeleteApnsVoipChannel DELETE "/v1/apps/{application-id}/channels/apns_voip" 200
    DeleteApnsVoipSandboxChannel DELETE "/v1/apps/{application-id}/channels/apns_voip_sandbox" 200
    DeleteApp DELETE "/v1/apps/{application-id}" 200
    DeleteBaiduChannel DELETE "/v1/apps/{application-id}/channels/baidu" 200
    DeleteCampaign DELETE "/v1/apps/{application-id}/campaigns/{campaign-id}" 200
    DeleteEmailChannel DELETE "/v1/apps/{application-id}/channels/email" 200
    DeleteEmailTemplate DELETE "/v1/templates/{template-name}/email" 202 ["version"]
    DeleteEndpoint DELETE "/v1/apps/{application-id}/endpoints/{endpoint-id}" 202
    DeleteEventStream DELETE "/v1/apps/{application-id}/eventstream" 200
    DeleteGcmChannel DELETE "/v1/apps/{application-id}/channels/gcm" 200
    DeleteInAppTemplate DELETE "/v1/templates/{template-name}/inapp" 202 ["version"]
    DeleteJourney DELETE "/v1/apps/{application-id}/journeys/{journey-id}" 200
    DeletePushTemplate DELETE "/v1/templates/{template-name}/push" 202 ["version"]
    DeleteRecommenderConfiguration DELETE "/v1/recommenders/{recommender-id}" 200
    DeleteSegment DELETE "/v1/apps/{application-id}/segments/{segment-id}" 200
    DeleteSmsChannel DELETE "/v1/apps/{application-id}/channels/sms" 200
    DeleteSmsTemplate DELETE "/v1/templates/{template-name}/sms" 202 ["version"]
    DeleteUserEndpoints DELETE "/v1/apps/{application-id}/users/{user-id}" 202
    DeleteVoiceChannel DELETE "/v1/apps/{application-id}/channels/voice" 200
    DeleteVoiceTemplate DELETE "/v1/templates/{template-name}/voice" 202 ["version"]
    GetAdmChannel GET "/v1/apps/{application-id}/channels/adm" 200
    GetApnsChannel GET "/v1/apps/{application-id}/channels/apns" 200
    GetApnsSandboxChannel GET "/v1/apps/{application-id}/channels/apns_sandbox" 200
    GetApnsVoipChannel GET "/v1/apps/{application-id}/channels/apns_voip" 200
    GetApnsVoipSandboxChannel GET "/v1/apps/{application-id}/channels/apns_voip_sandbox" 200
    GetApp GET "/v1/apps/{application-id}" 200
    GetApplicationDateRangeKpi GET "/v1/apps/{application-id}/kpis/daterange/{kpi-name}" 200 ["end-time" "next-token" "page-size" "start-time"]
    GetApplicationSettings GET "/v1/apps/{application-id}/settings" 200
    GetApps GET "/v1/apps" 200 ["page-size" "token"]
    GetBaiduChannel GET "/v1/apps/{application-id}/channels/baidu" 200
    GetCampaign GET "/v1/apps/{application-id}/campaigns/{campaign-id}" 200
    GetCampaignActivities GET "/v1/apps/{application-id}/campaigns/{campaign-id}/activities" 200 ["page-size" "token"]
    GetCampaignDateRangeKpi GET "/v1/apps/{application-id}/campaigns/{campaign-id}/kpis/daterange/{kpi-name}" 200 ["end-time" "next-token" "page-size" "start-time"]
    GetCampaignVersion GET "/v1/apps/{application-id}/campaigns/{campaign-id}/versions/{version}" 200
    GetCampaignVersions GET "/v1/apps/{application-id}/campaigns/{campaign-id}/versions" 200 ["page-size" "token"]
    GetCampaigns GET "/v1/apps/{application-id}/campaigns" 200 ["page-size" "token"]
    GetChannels GET "/v1/apps/{application-id}/channels" 200
    GetEmailChannel GET "/v1/apps/{application-id}/channels/email" 200
    GetEmailTemplate GET "/v1/templates/{template-name}/email" 200 ["version"]
    GetEndpoint GET "/v1/apps/{application-id}/endpoints/{endpoint-id}" 200
    GetEventStream GET "/v1/apps/{application-id}/eventstream" 200
    GetExportJob GET "/v1/apps/{application-id}/jobs/export/{job-id}" 200
    GetExportJobs GET "/v1/apps/{application-id}/jobs/export" 200 ["page-size" "token"]
    GetGcmChannel GET "/v1/apps/{application-id}/channels/gcm" 200
    GetImportJob GET "/v1/apps/{application-id}/jobs/import/{job-id}" 200
    GetImportJobs GET "/v1/apps/{application-id}/jobs/import" 200 ["page-size" "token"]
    GetInAppMessages GET "/v1/apps/{application-id}/endpoints/{endpoint-id}/inappmessages" 200
    GetInAppTemplate GET "/v1/templates/{template-name}/inapp" 200 ["version"]
    GetJourney GET "/v1/apps/{application-id}/journeys/{journey-id}" 200
    GetJourneyDateRangeKpi GET "/v1/apps/{application-id}/journeys/{journey-id}/kpis/daterange/{kpi-name}" 200 ["end-time" "next-token" "page-size" "start-time"]
    GetJourneyExecutionActivityMetrics GET "/v1/apps/{application-id}/journeys/{journey-id}/activities/{journey-activity-id}/execution-metrics" 200 ["next-token" "page-size"]
    GetJourneyExecutionMetrics GET "/v1/apps/{application-id}/journeys/{journey-id}/execution-metrics" 200 ["next-token" "page-size"]
    GetJourneyRunExecutionActivityMetrics GET "/v1/apps/{application-id}/journeys/{journey-id}/runs/{run-id}/activities/{journey-activity-id}/execution-metrics" 200 ["next-token" "page-size"]
    GetJourneyRunExecutionMetrics GET "/v1/apps/{application-id}/journeys/{journey-id}/runs/{run-id}/execution-metrics" 200 ["next-token" "page-size"]
    GetJourneyRuns GET "/v1/apps/{application-id}/journeys/{journey-id}/runs" 200 ["page-size" "token"]
    GetPushTemplate GET "/v1/templates/{template-name}/push" 200 ["version"]
    GetRecommenderConfiguration GET "/v1/recommenders/{recommender-id}" 200
    GetRecommenderConfigurations GET "/v1/recommenders" 200 ["page-size" "token"]
    GetSegment GET "/v1/apps/{application-id}/segments/{segment-id}" 200
    GetSegmentExportJobs GET "/v1/apps/{application-id}/segments/{segment-id}/jobs/export" 200 ["page-size" "token"]
    GetSegmentImportJobs GET "/v1/apps/{application-id}/segments/{segment-id}/jobs/import" 200 ["page-size" "token"]
    GetSegmentVersion GET "/v1/apps/{application-id}/segments/{segment-id}/versions/{version}" 200
    GetSegmentVersions GET "/v1/apps/{application-id}/segments/{segment-id}/versions" 200 ["page-size" "token"]
    GetSegments GET "/v1/apps/{application-id}/segments" 200 ["page-size" "token"]
    GetSmsChannel GET "/v1/apps/{application-id}/channels/sms" 200
    GetSmsTemplate GET "/v1/templates/{template-name}/sms" 200 ["version"]
    GetUserEndpoints GET "/v1/apps/{application-id}/users/{user-id}" 200
    GetVoiceChannel GET "/v1/apps/{application-id}/channels/voice" 200
    GetVoiceTemplate GET "/v1/templates/{template-name}/voice" 200 ["version"]
    ListJourneys GET "/v1/apps/{application-id}/journeys" 200 ["page-size" "token"]
    ListTagsForResource GET "/v1/tags/{resource-arn}" 200
    ListTemplateVersions GET "/v1/templates/{template-name}/{template-type}/versions" 200 ["next-token" "page-size"]
    ListTemplates GET "/v1/templates" 200 ["next-token" "page-size" "prefix" "template-type"]
    PhoneNumberValidate POST "/v1/phone/number/validate" 200, NumberValidateRequest
    PutEventStream POST "/v1/apps/{application-id}/eventstream" 200, WriteEventStream
    PutEvents POST "/v1/apps/{application-id}/events" 202, EventsRequest
    RemoveAttributes PUT "/v1/apps/{application-id}/attributes/{attribute-type}" 200, UpdateAttributesRequest
    SendMessages POST "/v1/apps/{application-id}/messages" 200, MessageRequest
    SendOTPMessage POST "/v1/apps/{application-id}/otp" 200, SendOTPMessageRequestParameters
    SendUsersMessages POST "/v1/apps/{application-id}/users-messages" 200, SendUsersMessageRequest
    TagResource POST "/v1/tags/{resource-arn}" 204, TagsModel
    UntagResource DELETE "/v1/tags/{resource-arn}" 204 ["tagKeys"]
    UpdateAdmChannel PUT "/v1/apps/{application-id}/channels/adm" 200, ADMChannelRequest
    UpdateApnsChannel PUT "/v1/apps/{application-id}/channels/apns" 200, APNSChannelRequest
    UpdateApnsSandboxChannel PUT "/v1/apps/{application-id}/channels/apns_sandbox" 200, APNSSandboxChannelRequest
    UpdateApnsVoipChannel PUT "/v1/apps/{application-id}/channels/apns_voip" 200, APNSVoipChannelRequest
    UpdateApnsVoipSandboxChannel PUT "/v1/apps/{application-id}/channels/apns_voip_sandbox" 200, APNSVoipSandboxChannelRequest
    UpdateApplicationSettings PUT "/v1/apps/{application-id}/settings" 200, WriteApplicationSettingsRequest
    UpdateBaiduChannel PUT "/v1/apps/{application-id}/channels/baidu" 200, BaiduChannelRequest
    UpdateCampaign PUT "/v1/apps/{application-id}/campaigns/{campaign-id}" 200, WriteCampaignRequest
    UpdateEmailChannel PUT "/v1/apps/{application-id}/channels/email" 200, EmailChannelRequest
    UpdateEmailTemplate PUT "/v1/templates/{template-name}/email" 202, EmailTemplateRequest ["create-new-version" "version"]
    UpdateEndpoint PUT "/v1/apps/{application-id}/endpoints/{endpoint-id}" 202, EndpointRequest
    UpdateEndpointsBatch PUT "/v1/apps/{application-id}/endpoints" 202, EndpointBatchRequest
    UpdateGcmChannel PUT "/v1/apps/{application-id}/channels/gcm" 200, GCMChannelRequest
    UpdateInAppTemplate PUT "/v1/templates/{template-name}/inapp" 202, InAppTemplateRequest ["create-new-version" "version"]
    UpdateJourney PUT "/v1/apps/{application-id}/journeys/{journey-id}" 200, WriteJourneyRequest
    UpdateJourneyState PUT "/v1/apps/{application-id}/journeys/{journey-id}/state" 200, JourneyStateRequest
    UpdatePushTemplate PUT "/v1/templates/{template-name}/push" 202, PushNotificationTemplateRequest ["create-new-version" "version"]
    UpdateRecommenderConfiguration PUT "/v1/recommenders/{recommender-id}" 200, UpdateRecommenderConfiguration
    UpdateSegment PUT "/v1/apps/{application-id}/segments/{segment-id}" 200, WriteSegmentRequest
    UpdateSmsChannel PUT "/v1/apps/{application-id}/channels/sms" 200, SMSChannelRequest
    UpdateSmsTemplate PUT "/v1/templates/{template-name}/sms" 202, SMSTemplateRequest ["create-new-version" "version"]
    UpdateTemplateActiveVersion PUT "/v1/templates/{template-name}/{template-type}/active-version" 200, TemplateActiveVersionRequest
    UpdateVoiceChannel PUT "/v1/apps/{application-id}/channels/voice" 200, VoiceChannelRequest
    UpdateVoiceTemplate PUT "/v1/templates/{template-name}/voice" 202, VoiceTemplateRequest ["create-new-version" "version"]
    VerifyOTPMessage POST "/v1/apps/{application-id}/verify-otp" 200, VerifyOTPMessageRequestParameters
}

impl Operation {
    /// Whether this emulator carries it out.
    pub(crate) const fn is_written(self) -> bool {
        matches!(
            self,
            Self::CreateApp
                | Self::CreateExportJob
                | Self::CreateImportJob
                | Self::CreateSegment
                | Self::DeleteApp
                | Self::DeleteEmailChannel
                | Self::DeleteEndpoint
                | Self::DeleteEventStream
                | Self::DeleteGcmChannel
                | Self::DeleteSegment
                | Self::DeleteSmsChannel
                | Self::DeleteUserEndpoints
                | Self::GetApp
                | Self::GetApplicationSettings
                | Self::GetApps
                | Self::GetChannels
                | Self::GetEmailChannel
                | Self::GetEndpoint
                | Self::GetEventStream
                | Self::GetExportJob
                | Self::GetExportJobs
                | Self::GetGcmChannel
                | Self::GetImportJob
                | Self::GetImportJobs
                | Self::GetSegment
                | Self::GetSegmentExportJobs
                | Self::GetSegmentImportJobs
                | Self::GetSegmentVersion
                | Self::GetSegmentVersions
                | Self::GetSegments
                | Self::GetSmsChannel
                | Self::GetUserEndpoints
                | Self::ListTagsForResource
                | Self::PhoneNumberValidate
                | Self::PutEventStream
                | Self::PutEvents
                | Self::RemoveAttributes
                | Self::TagResource
                | Self::UntagResource
                | Self::UpdateApplicationSettings
                | Self::UpdateEmailChannel
                | Self::UpdateEndpoint
                | Self::UpdateEndpointsBatch
                | Self::UpdateGcmChannel
                | Self::UpdateSegment
                | Self::UpdateSmsChannel
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_table_holds_the_whole_model() {
        let mut statuses = BTreeMap::new();
        for operation in Operation::ALL {
            *statuses.entry(operation.spec().status).or_insert(0) += 1;
        }
        assert_eq!(
            statuses,
            BTreeMap::from([(200, 93), (201, 11), (202, 16), (204, 2)])
        );
    }

    /// Compares the README's table with this one; with `UPDATE_README` set, writes it.
    #[test]
    fn the_readme_lists_what_is_written() {
        const HEAD: &str = "| operation | request |\n|---|---|\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (before, rest) = readme.split_once(HEAD).unwrap();
        let (listed, after) = rest.split_once("\n\n").unwrap();
        let rows: Vec<String> = Operation::ALL
            .iter()
            .filter(|operation| operation.is_written())
            .map(|operation| {
                let spec = operation.spec();
                format!("| {} | `{} {}` |", spec.name, spec.method, spec.uri)
            })
            .collect();
        let written = rows.join("\n");
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(path, format!("{before}{HEAD}{written}\n\n{after}")).unwrap();
        } else {
            assert_eq!(
                listed, written,
                "UPDATE_README=1 cargo test -p pinpoint-emulator --lib readme"
            );
        }
    }

    #[test]
    fn names_are_sorted_and_method_with_uri_is_unique() {
        let specs: Vec<_> = Operation::ALL
            .iter()
            .map(|operation| operation.spec())
            .collect();
        assert!(specs.is_sorted_by_key(|spec| spec.name));
        let mut routes: Vec<_> = specs.iter().map(|spec| (spec.uri, spec.method)).collect();
        routes.sort_unstable();
        routes.dedup();
        assert_eq!(routes.len(), 122);
    }
}
