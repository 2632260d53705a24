//! What the channels of an application keep, and what an update makes of them.
//!
//! A channel is configuration: nothing is sent through it, and nobody is asked whether its identities
//! and credentials are good.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::facts::channels::{EMAIL_MESSAGES_PER_SECOND, SMS_MESSAGES_PER_SECOND};
use crate::model::channel::{
    AuthenticationMethod, ChannelResponse, EmailChannelRequest, EmailChannelResponse,
    GcmChannelRequest, GcmChannelResponse, SmsChannelRequest, SmsChannelResponse,
};
use crate::model::endpoint::ChannelType;

/// A channel that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Channel<S> {
    /// Whether it is in use.
    pub(crate) enabled: bool,
    /// How often it was written since it was made, from 1.
    pub(crate) version: u32,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was last written.
    pub(crate) modified: Timestamp,
    /// What this type of channel has besides.
    pub(crate) settings: S,
}

/// What one type of channel keeps.
pub(crate) trait ChannelSettings:
    Sized + Serialize + DeserializeOwned + Send + 'static
{
    /// The type.
    const CHANNEL_TYPE: ChannelType;
    /// `Id` of the answer.
    const ID: &'static str;
    /// Body of its update.
    type Request: DeserializeOwned + Send + 'static;
    /// Its answer.
    type Response: Serialize + Send + 'static;

    /// What `request` makes of the settings that are there.
    ///
    /// # Errors
    /// A request that cannot be these settings.
    fn update(stored: Option<Self>, request: Self::Request) -> Result<Self, ChannelError>;

    /// `Enabled` of a request.
    fn enabled(request: &Self::Request) -> Option<bool>;

    /// `HasCredential` of the answer.
    fn has_credential(&self) -> Option<bool>;

    /// The answer, given what it has in common with others.
    fn response(self, channel: ChannelResponse) -> Self::Response;
}

/// Why a channel cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChannelError {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("the service account is no JSON object")]
    ServiceJson,
    #[error("the way of authentication is none of those there are")]
    AuthenticationMethod,
}

impl<S: ChannelSettings> Channel<S> {
    /// The channel that `request` makes at `now`, given what is stored.
    ///
    /// # Errors
    /// As [`ChannelSettings::update`].
    ///
    /// # Source
    /// Versions from 1, one more with each update: AWS CLI, examples, update-sms-channel; recorded;
    /// case: channels/versions-count-updates. That `Enabled` stays when it is left out, and is false at
    /// first: assumed; case: channels/enabled-left-out
    pub(crate) fn update(
        stored: Option<Self>,
        request: S::Request,
        now: Timestamp,
    ) -> Result<Self, ChannelError> {
        let enabled = S::enabled(&request);
        Ok(match stored {
            None => Self {
                enabled: enabled.unwrap_or(false),
                version: 1,
                created: now,
                modified: now,
                settings: S::update(None, request)?,
            },
            Some(stored) => Self {
                enabled: enabled.unwrap_or(stored.enabled),
                version: stored.version + 1,
                created: stored.created,
                modified: now,
                settings: S::update(Some(stored.settings), request)?,
            },
        })
    }
}

/// What the e-mail channel keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EmailSettings {
    identity: String,
    from_address: String,
    role_arn: Option<String>,
    orchestration_sending_role_arn: Option<String>,
    configuration_set: Option<String>,
}

/// # Source
/// That members left out are gone: assumed, since hashicorp/terraform-provider-aws, email_channel,
/// leaves out what a user has taken away; case: channels/email-update-replaces. That any text is taken
/// for a role: aws-amplify/amplify-cli, a project of its tests whose `RoleArn` is blank; recorded;
/// case: channels/email-blank-role
impl ChannelSettings for EmailSettings {
    const CHANNEL_TYPE: ChannelType = ChannelType::Email;
    const ID: &'static str = "email";
    type Request = EmailChannelRequest;
    type Response = EmailChannelResponse;

    fn update(_: Option<Self>, request: EmailChannelRequest) -> Result<Self, ChannelError> {
        for (member, value) in [
            ("FromAddress", &request.from_address),
            ("Identity", &request.identity),
        ] {
            if value.is_empty() {
                return Err(ChannelError::Missing(member));
            }
        }
        Ok(Self {
            identity: request.identity,
            from_address: request.from_address,
            role_arn: request.role_arn,
            orchestration_sending_role_arn: request.orchestration_sending_role_arn,
            configuration_set: request.configuration_set,
        })
    }

    fn enabled(request: &EmailChannelRequest) -> Option<bool> {
        request.enabled
    }

    fn has_credential(&self) -> Option<bool> {
        None
    }

    fn response(self, channel: ChannelResponse) -> EmailChannelResponse {
        EmailChannelResponse {
            channel,
            identity: self.identity,
            from_address: self.from_address,
            role_arn: self.role_arn,
            orchestration_sending_role_arn: self.orchestration_sending_role_arn,
            configuration_set: self.configuration_set,
            platform: Self::CHANNEL_TYPE.as_str(),
            messages_per_second: EMAIL_MESSAGES_PER_SECOND,
        }
    }
}

/// What the SMS channel keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SmsSettings {
    short_code: Option<String>,
    sender_id: Option<String>,
}

/// # Source
/// That members left out are gone: assumed, as for e-mail; case: channels/sms-update-replaces
impl ChannelSettings for SmsSettings {
    const CHANNEL_TYPE: ChannelType = ChannelType::Sms;
    const ID: &'static str = "sms";
    type Request = SmsChannelRequest;
    type Response = SmsChannelResponse;

    fn update(_: Option<Self>, request: SmsChannelRequest) -> Result<Self, ChannelError> {
        Ok(Self {
            short_code: request.short_code,
            sender_id: request.sender_id,
        })
    }

    fn enabled(request: &SmsChannelRequest) -> Option<bool> {
        request.enabled
    }

    fn has_credential(&self) -> Option<bool> {
        None
    }

    fn response(self, channel: ChannelResponse) -> SmsChannelResponse {
        SmsChannelResponse {
            channel,
            short_code: self.short_code,
            sender_id: self.sender_id,
            platform: Self::CHANNEL_TYPE.as_str(),
            promotional_messages_per_second: SMS_MESSAGES_PER_SECOND,
            transactional_messages_per_second: SMS_MESSAGES_PER_SECOND,
        }
    }
}

/// What the GCM channel keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GcmSettings {
    api_key: Option<String>,
    service_json: Option<String>,
    default_authentication_method: AuthenticationMethod,
}

/// # Source
/// That credentials left out stay, and with them the way to use them: assumed, since nobody can read
/// them back to send them again; case: channels/gcm-credentials-stay. That there must be one: assumed,
/// since `ApiKey` was required until service accounts came (aws-amplify/amplify-cli issue 6927);
/// case: channels/gcm-without-credential. `KEY` unless told otherwise: API model; documented;
/// case: channels/gcm-answers-every-member
impl ChannelSettings for GcmSettings {
    const CHANNEL_TYPE: ChannelType = ChannelType::Gcm;
    const ID: &'static str = "gcm";
    type Request = GcmChannelRequest;
    type Response = GcmChannelResponse;

    fn update(stored: Option<Self>, request: GcmChannelRequest) -> Result<Self, ChannelError> {
        let given = |credential: Option<String>| credential.filter(|text| !text.is_empty());
        let method = request
            .default_authentication_method
            .as_deref()
            .map(authentication_method)
            .transpose()?;
        let stored = stored.unwrap_or(Self {
            api_key: None,
            service_json: None,
            default_authentication_method: AuthenticationMethod::default(),
        });
        let settings = Self {
            api_key: given(request.api_key).or(stored.api_key),
            service_json: given(request.service_json).or(stored.service_json),
            default_authentication_method: method.unwrap_or(stored.default_authentication_method),
        };
        if settings.api_key.is_none() && settings.service_json.is_none() {
            return Err(ChannelError::Missing("ApiKey"));
        }
        if settings
            .service_json
            .as_deref()
            .is_some_and(|text| !is_object(text))
        {
            return Err(ChannelError::ServiceJson);
        }
        Ok(settings)
    }

    fn enabled(request: &GcmChannelRequest) -> Option<bool> {
        request.enabled
    }

    /// # Source
    /// AWS CLI, examples, get-gcm-channel; recorded. That the key alone counts: assumed, as in the
    /// example of the APNs channel; case: channels/gcm-service-account
    fn has_credential(&self) -> Option<bool> {
        Some(self.api_key.is_some())
    }

    fn response(self, channel: ChannelResponse) -> GcmChannelResponse {
        GcmChannelResponse {
            channel,
            platform: Self::CHANNEL_TYPE.as_str(),
            has_fcm_service_credentials: self.service_json.is_some(),
            default_authentication_method: self.default_authentication_method,
        }
    }
}

fn authentication_method(text: &str) -> Result<AuthenticationMethod, ChannelError> {
    match text {
        "TOKEN" => Ok(AuthenticationMethod::Token),
        "KEY" => Ok(AuthenticationMethod::Key),
        _ => Err(ChannelError::AuthenticationMethod),
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gcm(stored: Option<GcmSettings>, json: &str) -> Result<GcmSettings, ChannelError> {
        GcmSettings::update(stored, serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_update_counts_and_keeps_the_day_of_creation() {
        let (first, second) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let update = |stored, enabled, now| {
            let request = SmsChannelRequest {
                enabled,
                ..SmsChannelRequest::default()
            };
            Channel::<SmsSettings>::update(stored, request, now).unwrap()
        };
        let made = update(None, None, first);
        assert!(!made.enabled);
        let enabled = update(Some(made), Some(true), second);
        let again = update(Some(enabled.clone()), None, second);
        assert!(enabled.enabled && again.enabled);
        assert_eq!(
            (again.version, again.created, again.modified),
            (3, first, second)
        );
    }

    #[test]
    fn each_channel_says_whether_it_is_enabled_and_has_a_credential() {
        fn told<S: ChannelSettings>(json: &str) -> (bool, Option<bool>)
        where
            S::Request: serde::de::DeserializeOwned,
        {
            let request = serde_json::from_str(json).unwrap();
            let channel = Channel::<S>::update(None, request, Timestamp::UNIX_EPOCH).unwrap();
            (channel.enabled, channel.settings.has_credential())
        }
        for enabled in [true, false] {
            let email = format!(r#"{{"FromAddress":"a","Identity":"b","Enabled":{enabled}}}"#);
            assert_eq!(told::<EmailSettings>(&email), (enabled, None));
            let sms = format!(r#"{{"Enabled":{enabled}}}"#);
            assert_eq!(told::<SmsSettings>(&sms), (enabled, None));
            let gcm = format!(r#"{{"ApiKey":"a","Enabled":{enabled}}}"#);
            assert_eq!(told::<GcmSettings>(&gcm), (enabled, Some(true)));
        }
        assert_eq!(
            told::<GcmSettings>(r#"{"ServiceJson":"{}"}"#),
            (false, Some(false))
        );
    }

    #[test]
    fn ways_of_authentication_are_two() {
        for (name, expected) in [
            ("TOKEN", Ok(AuthenticationMethod::Token)),
            ("KEY", Ok(AuthenticationMethod::Key)),
            ("key", Err(ChannelError::AuthenticationMethod)),
        ] {
            assert_eq!(authentication_method(name), expected, "{name}");
        }
    }

    #[test]
    fn credentials_stay_until_others_come() {
        let key = gcm(None, r#"{"ApiKey":"one"}"#).unwrap();
        let both = gcm(
            Some(key.clone()),
            r#"{"ServiceJson":"{}","DefaultAuthenticationMethod":"TOKEN"}"#,
        )
        .unwrap();
        assert_eq!(
            (both.api_key.as_deref(), both.service_json.as_deref()),
            (Some("one"), Some("{}"))
        );
        assert_eq!(gcm(Some(both.clone()), "{}").unwrap(), both);
        let other = gcm(Some(key), r#"{"ApiKey":"two"}"#).unwrap();
        assert_eq!(other.api_key.as_deref(), Some("two"));
    }

    #[test]
    fn gcm_channels_that_could_not_work_are_refused() {
        for (json, expected) in [
            ("{}", ChannelError::Missing("ApiKey")),
            (
                r#"{"ApiKey":"","ServiceJson":""}"#,
                ChannelError::Missing("ApiKey"),
            ),
            (r#"{"ServiceJson":"[]"}"#, ChannelError::ServiceJson),
            (r#"{"ServiceJson":"{"}"#, ChannelError::ServiceJson),
            (
                r#"{"ApiKey":"one","DefaultAuthenticationMethod":"key"}"#,
                ChannelError::AuthenticationMethod,
            ),
        ] {
            assert_eq!(gcm(None, json), Err(expected), "{json}");
        }
    }
}
