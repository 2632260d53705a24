//! The channel shapes: e-mail, SMS, GCM, and what all channels have in common.
//!
//! # Source
//! Member order: API reference, the channels' pages, schemas of the answers, which keep the order on
//! the wire where both are known; documented. Which members are there at all: AWS CLI, examples;
//! recorded: no `LastModifiedBy`, `HasCredential` for GCM only; case: channels/email-answers-every-member

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Body of UpdateEmailChannel.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EmailChannelRequest {
    /// Whether the channel is in use.
    pub(crate) enabled: Option<bool>,
    /// The ARN of an identity verified with SES.
    pub(crate) identity: String,
    /// The address to send from.
    pub(crate) from_address: String,
    /// The role to write events as.
    pub(crate) role_arn: Option<String>,
    /// The role to send as.
    pub(crate) orchestration_sending_role_arn: Option<String>,
    /// A configuration set of SES.
    pub(crate) configuration_set: Option<String>,
}

/// Body of UpdateSmsChannel.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SmsChannelRequest {
    /// Whether the channel is in use.
    pub(crate) enabled: Option<bool>,
    /// The short code to send from.
    pub(crate) short_code: Option<String>,
    /// The name to show as the sender.
    pub(crate) sender_id: Option<String>,
}

/// Body of UpdateGcmChannel.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GcmChannelRequest {
    /// The server key.
    pub(crate) api_key: Option<String>,
    /// Whether the channel is in use.
    pub(crate) enabled: Option<bool>,
    /// The service account's file.
    pub(crate) service_json: Option<String>,
    /// `TOKEN` or `KEY`.
    pub(crate) default_authentication_method: Option<String>,
}

/// What all channels have in common.
///
/// # Source
/// That the entry for in-app messages has no more than the last three: AWS CLI, examples,
/// get-channels; recorded; case: channels/all-channels-by-name
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ChannelResponse {
    /// The application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) application_id: Option<String>,
    /// Always `false`: no call archives a channel.
    pub(crate) is_archived: bool,
    /// How often it was written since it was made.
    pub(crate) version: u32,
    /// When it was made, `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) creation_date: Option<String>,
    /// When it was last written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified_date: Option<String>,
    /// Its name in lower case, deprecated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'static str>,
    /// Whether it is in use.
    pub(crate) enabled: bool,
    /// Whether it has a key; of push channels only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_credential: Option<bool>,
}

/// Answer of GetChannels.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ChannelsResponse {
    /// Channels by their type.
    pub(crate) channels: IndexMap<&'static str, ChannelResponse>,
}

/// The e-mail channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EmailChannelResponse {
    /// As of all channels.
    #[serde(flatten)]
    pub(crate) channel: ChannelResponse,
    /// As given.
    pub(crate) identity: String,
    /// As given.
    pub(crate) from_address: String,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role_arn: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) orchestration_sending_role_arn: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) configuration_set: Option<String>,
    /// `EMAIL`.
    pub(crate) platform: &'static str,
    /// What SES would take.   (messages per second)
    pub(crate) messages_per_second: i32,
}

/// The SMS channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SmsChannelResponse {
    /// As of all channels.
    #[serde(flatten)]
    pub(crate) channel: ChannelResponse,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) short_code: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sender_id: Option<String>,
    /// `SMS`.
    pub(crate) platform: &'static str,
    /// What the account may send.   (messages per second)
    pub(crate) promotional_messages_per_second: i32,
    /// What the account may send.   (messages per second)
    pub(crate) transactional_messages_per_second: i32,
}

/// The GCM channel. Its credentials are not shown.
///
/// # Source
/// That `Credential` is left out: AWS CLI, examples, get-gcm-channel of a channel with a key; recorded;
/// case: channels/gcm-answers-every-member
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GcmChannelResponse {
    /// As of all channels.
    #[serde(flatten)]
    pub(crate) channel: ChannelResponse,
    /// `GCM`.
    pub(crate) platform: &'static str,
    /// Whether it has a service account's file.
    pub(crate) has_fcm_service_credentials: bool,
    /// `TOKEN` or `KEY`.
    pub(crate) default_authentication_method: AuthenticationMethod,
}

/// How the GCM channel shows who it is.
///
/// # Source
/// API model, GCMChannelRequest; documented; case: channels/gcm-unknown-authentication-method
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuthenticationMethod {
    /// By the service account's file.
    Token,
    /// By the server key.
    #[default]
    Key,
}
