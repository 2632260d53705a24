//! What AWS says of channels.

/// `MessagesPerSecond` of the e-mail channel.   (messages)
///
/// # Source
/// AWS CLI, examples, get-email-channel; recorded, of an account in the sandbox of SES;
/// case: channels/email-answers-every-member
pub(crate) const EMAIL_MESSAGES_PER_SECOND: i32 = 1;

/// `PromotionalMessagesPerSecond` and `TransactionalMessagesPerSecond` of the SMS channel.
/// (messages)
///
/// # Source
/// AWS CLI, examples, get-sms-channel and update-sms-channel; recorded;
/// case: channels/sms-answers-every-member
pub(crate) const SMS_MESSAGES_PER_SECOND: i32 = 20;

/// The GCM channel is given a service account that is no JSON object.
///
/// # Source
/// Assumed; case: channels/gcm-service-json-is-no-json
pub(crate) const SERVICE_JSON_INVALID: &str = "ServiceJson must be a JSON object";

/// The GCM channel is given another way of authentication than there is.
///
/// # Source
/// Assumed; case: channels/gcm-unknown-authentication-method
pub(crate) const AUTHENTICATION_METHOD_INVALID: &str =
    "DefaultAuthenticationMethod must be TOKEN or KEY";
