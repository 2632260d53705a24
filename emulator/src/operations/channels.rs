//! GetChannels, and Get, Update and Delete of each channel that is built: e-mail, SMS, GCM.

use indexmap::IndexMap;

use super::{Context, find_owner, not_found};
use crate::domain::channel::{
    Channel, ChannelError, ChannelSettings, EmailSettings, GcmSettings, SmsSettings,
};
use crate::domain::id::ApplicationId;
use crate::domain::timestamp;
use crate::facts::{channels as facts, messages};
use crate::model::channel::{ChannelResponse, ChannelsResponse};
use crate::model::endpoint::ChannelType;
use crate::model::exception::Exception;
use crate::store::applications::Scope;
use crate::store::{StoreError, View, channels as stored};

impl From<ChannelError> for Exception {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Missing(member) => Self::bad_request(messages::missing_member(member)),
            ChannelError::ServiceJson => Self::bad_request(facts::SERVICE_JSON_INVALID),
            ChannelError::AuthenticationMethod => {
                Self::bad_request(facts::AUTHENTICATION_METHOD_INVALID)
            }
        }
    }
}

/// GetChannels: the application's channels by their type.
///
/// # Source
/// Order (that of the model's ChannelType), and the entry for in-app messages: AWS CLI, examples,
/// get-channels; recorded; case: channels/all-channels-by-name. That the entry is there when there is
/// no other: assumed; case: channels/none
pub(crate) async fn get_channels(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<ChannelsResponse, Exception> {
    context
        .store
        .read(move |view| {
            let id = application(view, &scope, &application_id)?;
            let written = [
                (ChannelType::Gcm, common::<GcmSettings>(view, &id)?),
                (ChannelType::Sms, common::<SmsSettings>(view, &id)?),
                (ChannelType::Email, common::<EmailSettings>(view, &id)?),
                (ChannelType::InApp, Some(IN_APP)),
            ];
            let channels: IndexMap<_, _> = written
                .into_iter()
                .filter_map(|(channel_type, channel)| Some((channel_type.as_str(), channel?)))
                .collect();
            Ok(ChannelsResponse { channels })
        })
        .await
}

/// Get of one channel.
pub(crate) async fn get_channel<S: ChannelSettings>(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<S::Response, Exception> {
    context
        .store
        .read(move |view| {
            let id = application(view, &scope, &application_id)?;
            let channel =
                stored::get::<S>(view, &id)?.ok_or_else(|| not_found("channel", S::ID))?;
            Ok(response(&id, channel))
        })
        .await
}

/// Update of one channel: makes it, or changes it.
pub(crate) async fn update_channel<S: ChannelSettings>(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<S::Request, Exception>,
) -> Result<S::Response, Exception> {
    let now = context.clock.now();
    context
        .store
        .write(move |tx| {
            let id = application(tx, &scope, &application_id)?;
            let channel = Channel::update(stored::get::<S>(tx, &id)?, input?, now)?;
            stored::put(tx, &id, &channel);
            Ok(response(&id, channel))
        })
        .await
}

/// Delete of one channel: answers what it was. The next update makes it anew.
///
/// # Source
/// API model, the answer is the channel; documented; case: channels/delete-answers-the-channel
pub(crate) async fn delete_channel<S: ChannelSettings>(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<S::Response, Exception> {
    context
        .store
        .write(move |tx| {
            let id = application(tx, &scope, &application_id)?;
            let channel = stored::get::<S>(tx, &id)?.ok_or_else(|| not_found("channel", S::ID))?;
            stored::delete::<S>(tx, &id);
            Ok(response(&id, channel))
        })
        .await
}

/// The entry of GetChannels for in-app messages.
const IN_APP: ChannelResponse = ChannelResponse {
    application_id: None,
    is_archived: false,
    version: 0,
    creation_date: None,
    last_modified_date: None,
    id: None,
    enabled: true,
    has_credential: None,
};

/// # Source
/// An unknown application is answered like an unknown channel: aws-amplify/amplify-cli issue 13560;
/// recorded; case: channels/unknown-application
fn application(view: &dyn View, scope: &Scope, id: &str) -> Result<ApplicationId, Exception> {
    Ok(find_owner(view, scope, id)?.id)
}

fn common<S: ChannelSettings>(
    view: &dyn View,
    application: &ApplicationId,
) -> Result<Option<ChannelResponse>, StoreError> {
    let channel = stored::get::<S>(view, application)?;
    Ok(channel.map(|channel| status(application, &channel)))
}

fn response<S: ChannelSettings>(application: &ApplicationId, channel: Channel<S>) -> S::Response {
    let status = status(application, &channel);
    channel.settings.response(status)
}

fn status<S: ChannelSettings>(
    application: &ApplicationId,
    channel: &Channel<S>,
) -> ChannelResponse {
    ChannelResponse {
        application_id: Some(application.to_string()),
        is_archived: false,
        version: channel.version,
        creation_date: Some(timestamp::to_wire(channel.created)),
        last_modified_date: Some(timestamp::to_wire(channel.modified)),
        id: Some(S::ID),
        enabled: channel.enabled,
        has_credential: channel.settings.has_credential(),
    }
}
