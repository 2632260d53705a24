//! CreateApp, GetApp, GetApps, DeleteApp.

use indexmap::IndexMap;

use super::{Context, PageQuery, find_application};
use crate::domain::id::ApplicationId;
use crate::domain::tags::{self, Tags};
use crate::domain::{page, timestamp};
use crate::facts::messages;
use crate::facts::quotas::APPLICATIONS_MAX;
use crate::model::application::{
    ApplicationResponse, ApplicationsResponse, CreateApplicationRequest,
};
use crate::model::exception::Exception;
use crate::store::applications::{
    self as stored, Application, NewApplication, PopulationSettings, Scope,
};
use crate::store::{StoreError, audience};

/// CreateApp: an application with the configured population.
///
/// # Source
/// That tags are held to their limits here too: API model, CreateApplicationRequest; documented;
/// case: tags/limits-hold-at-create
pub(crate) async fn create_app(
    context: &Context,
    scope: Scope,
    input: CreateApplicationRequest,
) -> Result<ApplicationResponse, Exception> {
    if input.name.is_empty() {
        return Err(Exception::bad_request(messages::missing_member("Name")));
    }
    let mut tags = Tags::new();
    tags::add(&mut tags, input.tags.unwrap_or_default())?;
    let new = NewApplication {
        id: None,
        scope,
        name: input.name,
        tags,
        created: context.clock.now(),
        population: PopulationSettings {
            count: context.population,
            seed: None,
        },
    };
    let (seed, has_quotas) = (context.seed, context.throttle.has_quotas());
    let application = context
        .store
        .write(move |tx| {
            if has_quotas && stored::count(tx, &new.scope) >= APPLICATIONS_MAX {
                return Err(Exception::bad_request(messages::applications_exceeded(
                    APPLICATIONS_MAX,
                )));
            }
            Ok(stored::insert(tx, &seed, new)?)
        })
        .await?;
    Ok(response(application))
}

/// GetApp.
pub(crate) async fn get_app(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<ApplicationResponse, Exception> {
    let application = context
        .store
        .read(move |view| find_application(view, &scope, &application_id))
        .await?;
    Ok(response(application))
}

/// GetApps: a page of the caller's applications, newest first.
pub(crate) async fn get_apps(
    context: &Context,
    scope: Scope,
    query: PageQuery,
) -> Result<ApplicationsResponse, Exception> {
    let list = format!("applications/{}/{}", scope.account, scope.region);
    let page = query.parse(&list)?;
    let (applications, next) = context
        .store
        .read(move |view| Ok::<_, Exception>(stored::list(view, &scope, page)?))
        .await?;
    Ok(ApplicationsResponse {
        item: applications.into_iter().map(response).collect(),
        next_token: next.map(|ordinal| page::token(&list, ordinal)),
    })
}

/// DeleteApp: the application and everything in it; answers what it was.
pub(crate) async fn delete_app(
    context: &Context,
    scope: Scope,
    application_id: String,
) -> Result<ApplicationResponse, Exception> {
    let application = context
        .store
        .write(move |tx| {
            let application = find_application(tx, &scope, &application_id)?;
            stored::delete(tx, &application)?;
            Ok::<_, Exception>(application)
        })
        .await?;
    Ok(response(application))
}

/// Makes an application with a chosen id, or changes its name or population. Not the API's: for what
/// an emulator starts with and for its control interface.
pub(crate) async fn put_application(
    context: &Context,
    scope: Scope,
    id: ApplicationId,
    name: Option<String>,
    population: Option<PopulationSettings>,
) -> Result<Application, StoreError> {
    let (seed, created) = (context.seed, context.clock.now());
    context
        .store
        .write(move |tx| {
            let Some(mut application) = stored::get(tx, &id)? else {
                let new = NewApplication {
                    name: name.unwrap_or_else(|| id.to_string()),
                    id: Some(id),
                    scope,
                    tags: IndexMap::new(),
                    created,
                    population: population.unwrap_or_default(),
                };
                return stored::insert(tx, &seed, new);
            };
            if let Some(name) = name {
                application.name = name;
                stored::put(tx, &application);
            }
            if let Some(population) = population
                && population != application.population
            {
                audience::set_population(tx, &seed, &mut application, population)?;
            }
            Ok(application)
        })
        .await
}

fn response(application: Application) -> ApplicationResponse {
    let Application {
        id,
        scope,
        name,
        tags,
        created,
        ..
    } = application;
    ApplicationResponse {
        name,
        arn: messages::application_arn(scope.region.as_str(), scope.account.as_str(), id.as_str()),
        id: id.to_string(),
        tags,
        creation_date: timestamp::to_wire(created),
    }
}
