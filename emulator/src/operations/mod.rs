//! What each operation does, one file a resource: typed input in, shape or exception out.
//!
//! Called by `http::protocol`, which has parsed the request and renders the answer. HTTP is not known
//! here. Rules are in `domain`, kept state in `store`; here they meet, and domain errors become the
//! exceptions that a caller sees.

pub(crate) mod application_settings;
pub(crate) mod applications;
pub(crate) mod attributes;
pub(crate) mod channels;
pub(crate) mod endpoints;
pub(crate) mod event_streams;
pub(crate) mod events;
pub(crate) mod export_jobs;
pub(crate) mod import_jobs;
mod jobs;
pub(crate) mod phone_numbers;
pub(crate) mod segments;
pub(crate) mod tags;

use std::sync::Arc;

use tokio::sync::RwLock;

use crate::clock::Clock;
use crate::domain::id::ApplicationId;
use crate::domain::page::{PageError, PageRequest};
use crate::domain::timestamp;
use crate::facts::messages;
use crate::model::exception::Exception;
use crate::runner::Runner;
use crate::s3::object_store::ObjectStore;
use crate::seed::Seed;
use crate::store::applications::{Application, Scope};
use crate::store::{Store, StoreError, View, applications as stored};
use crate::throttle::Throttle;

/// What operations work with.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// Pinpoint's state.
    pub(crate) store: Store,
    /// The emulator's clock.
    pub(crate) clock: Arc<Clock>,
    /// What ids and populations derive from.
    pub(crate) seed: Seed,
    /// Buckets and objects, where imports come from.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Takes new jobs.
    pub(crate) runner: Runner,
    /// Held by whoever carries out an operation; a reset holds it alone.
    pub(crate) gate: Arc<RwLock<()>>,
    /// Synthetic endpoints that CreateApp gives an application.
    pub(crate) population: u64,
    /// Says which requests are too many.
    pub(crate) throttle: Arc<Throttle>,
}

impl Context {
    /// The clock's time as the service writes it.
    fn now_on_wire(&self) -> String {
        timestamp::to_wire(self.clock.now())
    }
}

impl From<StoreError> for Exception {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<PageError> for Exception {
    fn from(error: PageError) -> Self {
        Self::bad_request(match error {
            PageError::Size => messages::PAGE_SIZE_INVALID,
            PageError::Token => messages::TOKEN_INVALID,
        })
    }
}

/// The query of a list call, as sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageQuery {
    /// `page-size`.
    pub(crate) size: Option<String>,
    /// `token`.
    pub(crate) token: Option<String>,
}

impl PageQuery {
    fn parse(&self, list: &str) -> Result<PageRequest, Exception> {
        Ok(PageRequest::parse(
            list,
            self.size.as_deref(),
            self.token.as_deref(),
        )?)
    }
}

/// The application that a path names, if it is the caller's.
fn find_application(view: &dyn View, scope: &Scope, id: &str) -> Result<Application, Exception> {
    application_or(view, scope, id, messages::APPLICATION_NOT_FOUND)
}

/// As [`find_application`], for calls that answer its absence like that of what they are about.
fn find_owner(view: &dyn View, scope: &Scope, id: &str) -> Result<Application, Exception> {
    application_or(view, scope, id, messages::RESOURCE_NOT_FOUND)
}

fn application_or(
    view: &dyn View,
    scope: &Scope,
    id: &str,
    message: &str,
) -> Result<Application, Exception> {
    let application = match ApplicationId::parse(id) {
        Some(id) => stored::get(view, &id)?,
        None => None,
    };
    application
        .filter(|application| application.scope == *scope)
        .ok_or_else(|| {
            let (account, region) = (scope.account.as_str(), scope.region.as_str());
            let missing = missing("application", id);
            Exception::not_found(message)
                .missing(format!("{missing} of account {account} in {region}"))
        })
}

/// What the path names, of this kind and with this id, is not there.
fn not_found(kind: &str, id: &str) -> Exception {
    Exception::not_found(messages::RESOURCE_NOT_FOUND).missing(missing(kind, id))
}

fn missing(kind: &str, id: &str) -> String {
    format!("{kind} {:?}", messages::excerpt(id))
}
