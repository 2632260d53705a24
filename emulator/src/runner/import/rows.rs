//! What the rows of an import come to: endpoints of the application, members of a segment, or
//! entries in `Failures`.

use indexmap::IndexMap;

use super::ImportError;
use crate::domain::endpoint::{self, EndpointError, Origin, Rendered, Write};
use crate::domain::id::{ApplicationId, JobId, SegmentId};
use crate::domain::import::{Row, RowContent};
use crate::domain::job::PieceOutcome;
use crate::facts::limits::FAILURES_LISTED_MAX;
use crate::facts::messages;
use crate::model::endpoint::EndpointRequest;
use crate::model::import_job::ImportJobResource;
use crate::seed::Seed;
use crate::store::audience::Audience;
use crate::store::registration::{self, RegistrationError};
use crate::store::segments::imported::{finish_import, put_member, put_user_member};
use crate::store::segments::{self, VersionNumber};
use crate::store::{StoreError, Transaction, applications, attribute_names, jobs};

/// What a job does with its rows.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) application_id: ApplicationId,
    pub(super) job_id: JobId,
    /// Whether the application gets the endpoints.
    pub(super) registers: bool,
    /// The segment they come into, and the version they come with.
    pub(super) segment: Option<(SegmentId, VersionNumber)>,
    pub(super) seed: Seed,
}

/// What some rows came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    processed: u64,
    failed: u64,
    /// The first [`FAILURES_LISTED_MAX`].
    failures: Vec<String>,
    /// Endpoints by channel type, in order of first occurrence.
    channel_counts: IndexMap<String, u64>,
}

/// Why a row was not taken in.
#[derive(Debug, thiserror::Error)]
enum RowError {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("no segment is defined that the user could be in")]
    UserWithoutSegment,
    #[error("{}", messages::no_endpoint_of_user(.0))]
    UnknownUser(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RegistrationError> for RowError {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::Endpoint(error) => Self::Endpoint(error),
            RegistrationError::Store(error) => Self::Store(error),
        }
    }
}

impl Rules {
    /// Takes in rows of a file, one after the other; a bad one does not keep others out.
    ///
    /// # Source
    /// That bad rows are counted and listed and the job completes: assumed, from the two counters
    /// that the model has; case: import-jobs/bad-rows-are-listed
    pub(super) fn take_in(
        &self,
        tx: &mut dyn Transaction,
        key: &str,
        rows: Vec<Row>,
        now: &str,
    ) -> Result<Tally, ImportError> {
        let audience = self.audience(tx)?;
        if let Some((segment, _)) = &self.segment
            && segments::get(tx, &self.application_id, segment)?.is_none()
        {
            return Err(ImportError::SegmentGone);
        }
        let mut tally = Tally::default();
        for Row { line, content, .. } in rows {
            let taken = match content {
                Err(fault) => Err(fault.to_string()),
                Ok(content) => match self.take_in_one(tx, &audience, content, now) {
                    Ok(channel) => Ok(channel),
                    Err(RowError::Store(error)) => return Err(error.into()),
                    Err(error) => Err(error.to_string()),
                },
            };
            match taken {
                Ok(channel) => {
                    tally.processed += 1;
                    if let Some(channel) = channel {
                        *tally.channel_counts.entry(channel).or_default() += 1;
                    }
                }
                Err(reason) => {
                    tally.failed += 1;
                    if tally.failures.len() < FAILURES_LISTED_MAX {
                        tally
                            .failures
                            .push(messages::row_failed(key, line, &reason));
                    }
                }
            }
        }
        Ok(tally)
    }

    /// Notes in the segment what the job brought.
    pub(super) fn settle_segment(
        &self,
        tx: &mut dyn Transaction,
        brought: &Tally,
    ) -> Result<(), ImportError> {
        self.audience(tx)?;
        let Some((id, version)) = &self.segment else {
            return Ok(());
        };
        let segment = segments::get(tx, &self.application_id, id)?;
        let segment = segment.ok_or(ImportError::SegmentGone)?;
        let Tally {
            processed,
            channel_counts,
            ..
        } = brought;
        Ok(finish_import(
            tx,
            &segment,
            *version,
            *processed,
            channel_counts,
        )?)
    }

    /// The endpoints of the application as it is now, if the job is still its.
    fn audience(&self, tx: &dyn Transaction) -> Result<Audience, ImportError> {
        let job = jobs::get::<ImportJobResource>(tx, &self.application_id, &self.job_id)?;
        let application = applications::get(tx, &self.application_id)?;
        let application = application.filter(|_| job.is_some());
        let application = application.ok_or(ImportError::JobGone)?;
        Ok(Audience::of(&application, &self.seed))
    }

    /// Answers the channel type of an endpoint, if it has one.
    fn take_in_one(
        &self,
        tx: &mut dyn Transaction,
        audience: &Audience,
        content: RowContent,
        now: &str,
    ) -> Result<Option<String>, RowError> {
        match content {
            RowContent::Users(users) => {
                self.take_in_users(tx, audience, &users)?;
                Ok(None)
            }
            RowContent::Endpoint(request) if self.registers => {
                self.register(tx, audience, *request, now)
            }
            RowContent::Endpoint(request) => self.keep_copy(tx, audience, *request, now),
        }
    }

    fn register(
        &self,
        tx: &mut dyn Transaction,
        audience: &Audience,
        request: EndpointRequest,
        now: &str,
    ) -> Result<Option<String>, RowError> {
        let channel = request.channel_type;
        let id = registration::register(tx, audience, request, Origin::Import, now)?;
        let Some((segment, version)) = &self.segment else {
            return Ok(None);
        };
        put_member(tx, &self.application_id, segment, *version, &id, None);
        Ok(match channel {
            Some(channel) => Some(channel.as_str().to_owned()),
            None => audience
                .find(tx, &id)?
                .and_then(|found| found.endpoint.channel_type),
        })
    }

    /// Without registration a row stands for itself. One that leaves out what every endpoint has is
    /// filled up from the application's endpoint of its id.
    ///
    /// # Source
    /// The segment is made, and existing endpoints are not overwritten: Developer Guide,
    /// audience-define-import; documented; case: import-jobs/segment-of-unregistered-endpoints. What
    /// the segment's copy holds: assumed; case: import-jobs/unregistered-row-of-an-id-alone
    fn keep_copy(
        &self,
        tx: &mut dyn Transaction,
        audience: &Audience,
        mut request: EndpointRequest,
        now: &str,
    ) -> Result<Option<String>, RowError> {
        attribute_names::drop_removed(tx, &self.application_id, &mut request)?;
        let id = request.id.clone().unwrap_or_default();
        let write = Write {
            application_id: &self.application_id,
            id: &id,
            origin: Origin::Import,
            now,
        };
        // Nobody else shares what only the segment has.
        let put = |stored, request| endpoint::put(stored, None, request, write);
        let copy = match (put(None, request.clone()), audience.find(tx, &id)?) {
            (Err(_), Some(found)) => put(Some(*found.endpoint), request)?,
            (made, _) => made?,
        };
        let copy = Rendered::new(copy);
        copy.check_size()?;
        if let Some((segment, version)) = &self.segment {
            let line = Some(copy.line().as_ref());
            put_member(tx, &self.application_id, segment, *version, &id, line);
        }
        Ok(copy.endpoint().channel_type.clone())
    }

    /// # Source
    /// Users may be imported if their endpoints were added before: User Guide, segments-importing
    /// (2023); documented; case: import-jobs/rows-of-users. That others fail their row: assumed;
    /// case: import-jobs/bad-rows-are-listed
    fn take_in_users(
        &self,
        tx: &mut dyn Transaction,
        audience: &Audience,
        users: &[String],
    ) -> Result<(), RowError> {
        let Some((segment, version)) = &self.segment else {
            return Err(RowError::UserWithoutSegment);
        };
        for user in users {
            if audience.of_user(tx, user)?.is_empty() {
                return Err(RowError::UnknownUser(user.clone()));
            }
        }
        for user in users {
            put_user_member(tx, &self.application_id, segment, *version, user);
        }
        Ok(())
    }
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.processed += other.processed;
        self.failed += other.failed;
        let room = FAILURES_LISTED_MAX - self.failures.len();
        self.failures
            .extend(other.failures.iter().take(room).cloned());
        for (channel, count) in &other.channel_counts {
            *self.channel_counts.entry(channel.clone()).or_default() += count;
        }
    }

    pub(super) fn into_outcome(self, done: Result<(), String>) -> PieceOutcome {
        PieceOutcome {
            processed: self.processed,
            failed: self.failed,
            failures: self.failures,
            done,
        }
    }
}
