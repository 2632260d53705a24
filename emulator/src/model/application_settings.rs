//! The shapes of an application's settings.
//!
//! # Source
//! Member order: API reference, Settings, schema of the answer, which keeps the order on the wire
//! where both are known; documented; case: settings/every-member

use serde::{Deserialize, Serialize};

/// Body of UpdateApplicationSettings. `CloudWatchMetricsEnabled` and `EventTaggingEnabled` are read
/// and go no further, since no answer of the API holds them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WriteApplicationSettingsRequest {
    /// Replaces the quiet time.
    pub(crate) quiet_time: Option<QuietTime>,
    /// Replaces the limits of campaigns.
    pub(crate) limits: Option<CampaignLimits>,
    /// Replaces the limits of journeys.
    pub(crate) journey_limits: Option<ApplicationSettingsJourneyLimits>,
    /// Replaces the hook.
    pub(crate) campaign_hook: Option<CampaignHook>,
}

/// An application's settings.
///
/// # Source
/// That the objects are there when nothing was set: hashicorp/terraform-provider-aws, app, reads
/// members of `CampaignHook`, `Limits` and `QuietTime` of every application without looking whether they
/// are there, and finds them empty; recorded. `JourneyLimits` alike: assumed;
/// case: settings/new-application
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ApplicationSettingsResource {
    /// The application.
    pub(crate) application_id: String,
    /// When they were written, `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub(crate) last_modified_date: String,
    /// When no messages are sent.
    pub(crate) quiet_time: QuietTime,
    /// Default limits of campaigns.
    pub(crate) limits: CampaignLimits,
    /// Default limits of journeys.
    pub(crate) journey_limits: ApplicationSettingsJourneyLimits,
    /// Default hook of campaigns.
    pub(crate) campaign_hook: CampaignHook,
}

/// A span of the day, in the endpoint's time zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QuietTime {
    /// `HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<String>,
    /// `HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<String>,
}

/// How much campaigns may send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CampaignLimits {
    /// To one endpoint in 24 hours.   (messages)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) daily: Option<i32>,
    /// To one endpoint in all.   (messages)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<i32>,
    /// In one session of a user.   (messages)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<i32>,
    /// In each second.   (messages)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) messages_per_second: Option<i32>,
    /// How long delivery is tried.   (seconds)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_duration: Option<i32>,
}

/// How much journeys may send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(crate) struct ApplicationSettingsJourneyLimits {
    /// To one endpoint in a day, from all journeys.   (messages)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) daily_cap: Option<i32>,
    /// To one endpoint from one journey.   (messages)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_cap: Option<i32>,
    /// To one endpoint in some days, from all journeys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeframe_cap: Option<JourneyTimeframeCap>,
}

/// A cap over some days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct JourneyTimeframeCap {
    /// How many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) days: Option<i32>,
    /// How many messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cap: Option<i32>,
}

/// The function that campaigns ask about their endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CampaignHook {
    /// Its name or ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lambda_function_name: Option<String>,
    /// Its URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) web_url: Option<String>,
    /// What it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<Mode>,
}

/// What a hook is asked.
///
/// # Source
/// API model, Mode; documented; case: settings/unknown-mode
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Mode {
    Delivery,
    Filter,
}
