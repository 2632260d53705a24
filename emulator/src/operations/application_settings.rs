//! GetApplicationSettings, UpdateApplicationSettings.

use super::{Context, find_application};
use crate::domain::application_settings::{ApplicationSettings, SettingsError};
use crate::domain::id::ApplicationId;
use crate::domain::timestamp;
use crate::facts::application_settings as facts;
use crate::model::application_settings::{
    ApplicationSettingsResource, WriteApplicationSettingsRequest,
};
use crate::model::exception::Exception;
use crate::store::applications::{Application, Scope};
use crate::store::{StoreError, View, application_settings as stored};

impl From<SettingsError> for Exception {
    fn from(error: SettingsError) -> Self {
        Self::bad_request(match error {
            SettingsError::OutOfRange(member) => facts::out_of_range(member),
            SettingsError::NotATime(member) => facts::not_a_time(member),
        })
    }
}

/// GetApplicationSettings.
pub(crate) async fn get_application_settings(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<ApplicationSettingsResource, Exception> {
    context
        .store
        .read(move |view| {
            let application = find_application(view, &scope, &application_id)?;
            Ok(response(&application.id, current(view, &application)?))
        })
        .await
}

/// UpdateApplicationSettings: answers the settings as they are then.
pub(crate) async fn update_application_settings(
    context: &Context,
    scope: Scope,
    application_id: String,
    input: Result<WriteApplicationSettingsRequest, Exception>,
) -> Result<ApplicationSettingsResource, Exception> {
    let now = context.clock.now();
    context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            let settings = current(tx, &application)?.update(input?, now)?;
            stored::put(tx, &application.id, &settings);
            Ok(response(&application.id, settings))
        })
        .await
}

fn current(view: &dyn View, application: &Application) -> Result<ApplicationSettings, StoreError> {
    let written = stored::get(view, &application.id)?;
    Ok(written.unwrap_or_else(|| ApplicationSettings::new(application.created)))
}

fn response(
    application: &ApplicationId,
    settings: ApplicationSettings,
) -> ApplicationSettingsResource {
    let ApplicationSettings {
        quiet_time,
        limits,
        journey_limits,
        campaign_hook,
        modified,
    } = settings;
    ApplicationSettingsResource {
        application_id: application.to_string(),
        last_modified_date: timestamp::to_wire(modified),
        quiet_time,
        limits,
        journey_limits,
        campaign_hook,
    }
}
