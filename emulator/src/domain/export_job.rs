//! The state machine of an export job: an event and the time in, actions out.
//!
//! The machine knows neither stores nor timers. Its owner, the runner, performs the actions,
//! reports their outcomes as events, and calls [`ExportJob::advance`] when the job is due. Fails
//! from any state with work in it go through FAILING to FAILED.
//!
//! # Source
//! Order of the states: assumed from their names and the enum of the API model; nothing documents
//! it; case: export-jobs/states-in-order

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::id::{ApplicationId, JobId};
use crate::facts::limits::FAILURES_LISTED_MAX;
use crate::model::export_job::{ExportJobResource, JobStatus};

/// One export job: what is stored of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExportJob {
    /// Its id.
    pub(crate) id: JobId,
    /// Whose endpoints it exports.
    pub(crate) application_id: ApplicationId,
    /// What it was asked to do, as given.
    pub(crate) definition: ExportJobResource,
    /// Where it stands.
    pub(crate) status: JobStatus,
    /// When it was created.
    pub(crate) created: Timestamp,
    /// When it came into its status.
    pub(crate) entered: Timestamp,
    /// When it ended, if it has.
    pub(crate) ended: Option<Timestamp>,
    /// Known since the endpoints were counted.
    pub(crate) progress: Option<Progress>,
    /// What went wrong, at most [`FAILURES_LISTED_MAX`].
    pub(crate) failures: Vec<String>,
    /// Actions of the present status whose outcome is still out.
    outstanding: u64,
}

/// Counters of a job. A piece is a roughly equal share of the endpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Pieces in all.
    pub(crate) total_pieces: u64,
    /// Pieces written.
    pub(crate) completed_pieces: u64,
    /// Pieces that could not be written.
    pub(crate) failed_pieces: u64,
    /// Endpoints in written pieces.
    pub(crate) processed: u64,
    /// Endpoints in failed pieces.
    pub(crate) failed: u64,
}

/// A marker object under the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Validated,
    Completed,
}

/// What the owner must do for the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Write a marker object; answer [`Event::MarkerWritten`].
    WriteMarker(Marker),
    /// Count the endpoints and lay out pieces; answer [`Event::PiecesPlanned`].
    PlanPieces,
    /// Write one piece; answer [`Event::PieceWritten`].
    WritePiece { index: u64 },
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    MarkerWritten(Result<(), String>),
    PiecesPlanned(Result<u64, String>),
    PieceWritten {
        endpoints: u64,
        outcome: Result<(), String>,
    },
}

impl ExportJob {
    /// A job as CreateExportJob answers it.
    pub(crate) fn new(
        id: JobId,
        application_id: ApplicationId,
        definition: ExportJobResource,
        created: Timestamp,
    ) -> Self {
        Self {
            id,
            application_id,
            definition,
            status: JobStatus::Created,
            created,
            entered: created,
            ended: None,
            progress: None,
            failures: Vec::new(),
            outstanding: 0,
        }
    }

    /// Whether nothing will change any more.
    pub(crate) fn has_ended(&self) -> bool {
        match self.status {
            JobStatus::Completed | JobStatus::Failed => true,
            JobStatus::Created
            | JobStatus::PreparingForInitialization
            | JobStatus::Initializing
            | JobStatus::Processing
            | JobStatus::Completing
            | JobStatus::Failing => false,
        }
    }

    /// When to call [`Self::advance`], given how long the job stays in its status; `None` while the
    /// outcome of an action is out, and for ever once it has ended.
    pub(crate) fn due(&self, dwell: SignedDuration) -> Option<Timestamp> {
        let waits = self.outstanding > 0 || self.has_ended();
        (!waits).then(|| self.entered + dwell)
    }

    /// Goes on to the next status at `now`. Does nothing while an outcome is out.
    pub(crate) fn advance(&mut self, now: Timestamp) -> Vec<Action> {
        if self.outstanding > 0 {
            return Vec::new();
        }
        let (status, actions) = match self.status {
            JobStatus::Created => (
                JobStatus::PreparingForInitialization,
                vec![Action::WriteMarker(Marker::Validated)],
            ),
            JobStatus::PreparingForInitialization if self.failures.is_empty() => {
                (JobStatus::Initializing, vec![Action::PlanPieces])
            }
            JobStatus::Initializing if self.failures.is_empty() => {
                let pieces = self.progress.unwrap_or_default().total_pieces;
                (
                    JobStatus::Processing,
                    (0..pieces)
                        .map(|index| Action::WritePiece { index })
                        .collect(),
                )
            }
            JobStatus::Processing if self.failures.is_empty() => (
                JobStatus::Completing,
                vec![Action::WriteMarker(Marker::Completed)],
            ),
            JobStatus::Completing if self.failures.is_empty() => (JobStatus::Completed, Vec::new()),
            JobStatus::PreparingForInitialization
            | JobStatus::Initializing
            | JobStatus::Processing
            | JobStatus::Completing => (JobStatus::Failing, Vec::new()),
            JobStatus::Failing => (JobStatus::Failed, Vec::new()),
            JobStatus::Completed | JobStatus::Failed => return Vec::new(),
        };
        self.status = status;
        self.entered = now;
        self.outstanding = u64::try_from(actions.len()).expect("a number of pieces fits 64 bits");
        if self.has_ended() {
            self.ended = Some(now);
        }
        actions
    }

    /// Takes in what became of an action.
    pub(crate) fn apply(&mut self, event: Event) {
        self.outstanding = self
            .outstanding
            .checked_sub(1)
            .expect("an event answers an action");
        match event {
            Event::MarkerWritten(outcome) => self.note(outcome),
            Event::PiecesPlanned(Ok(total_pieces)) => {
                self.progress = Some(Progress {
                    total_pieces,
                    ..Progress::default()
                });
            }
            Event::PiecesPlanned(Err(reason)) => self.note(Err(reason)),
            Event::PieceWritten { endpoints, outcome } => {
                let progress = self
                    .progress
                    .as_mut()
                    .expect("pieces are planned before they are written");
                if outcome.is_ok() {
                    progress.completed_pieces += 1;
                    progress.processed += endpoints;
                } else {
                    progress.failed_pieces += 1;
                    progress.failed += endpoints;
                }
                assert!(
                    progress.completed_pieces + progress.failed_pieces <= progress.total_pieces
                );
                self.note(outcome);
            }
        }
    }

    /// The counters as the API shows them: from PROCESSING on.
    ///
    /// # Source
    /// Assumed: whether they are absent or 0 before is unknown;
    /// case: export-jobs/counters-from-processing-on
    pub(crate) fn visible_progress(&self) -> Option<Progress> {
        match self.status {
            JobStatus::Created
            | JobStatus::PreparingForInitialization
            | JobStatus::Initializing => None,
            JobStatus::Processing
            | JobStatus::Completing
            | JobStatus::Completed
            | JobStatus::Failing
            | JobStatus::Failed => self.progress,
        }
    }

    fn note(&mut self, outcome: Result<(), String>) {
        if let Err(reason) = outcome
            && self.failures.len() < FAILURES_LISTED_MAX
        {
            self.failures.push(reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn job() -> ExportJob {
        let definition = ExportJobResource {
            s3_url_prefix: "s3://bucket/prefix/".to_owned(),
            role_arn: "arn:aws:iam::000000000000:role/export".to_owned(),
            segment_id: None,
            segment_version: None,
        };
        let id = ApplicationId::parse("app").unwrap();
        ExportJob::new(
            JobId::parse("job").unwrap(),
            id,
            definition,
            Timestamp::UNIX_EPOCH,
        )
    }

    /// Runs a job of `pieces` pieces to its end; `fails` decides the outcome of the n-th action.
    fn run(pieces: u64, fails: impl Fn(usize) -> bool) -> (ExportJob, Vec<JobStatus>) {
        let mut job = job();
        let mut statuses = vec![job.status];
        let mut performed = 0;
        while !job.has_ended() {
            for action in job.advance(job.entered + SignedDuration::from_secs(1)) {
                assert_eq!(job.due(SignedDuration::ZERO), None, "waits for its actions");
                let outcome = if fails(performed) {
                    Err(format!("action {performed}"))
                } else {
                    Ok(())
                };
                performed += 1;
                job.apply(match action {
                    Action::WriteMarker(_) => Event::MarkerWritten(outcome),
                    Action::PlanPieces => Event::PiecesPlanned(outcome.map(|()| pieces)),
                    Action::WritePiece { .. } => Event::PieceWritten {
                        endpoints: 10,
                        outcome,
                    },
                });
            }
            statuses.push(job.status);
        }
        (job, statuses)
    }

    #[test]
    fn a_job_goes_through_all_states_in_order() {
        let (job, statuses) = run(3, |_| false);
        assert_eq!(
            statuses,
            [
                JobStatus::Created,
                JobStatus::PreparingForInitialization,
                JobStatus::Initializing,
                JobStatus::Processing,
                JobStatus::Completing,
                JobStatus::Completed,
            ]
        );
        let progress = Progress {
            total_pieces: 3,
            completed_pieces: 3,
            processed: 30,
            ..Progress::default()
        };
        assert_eq!(job.visible_progress(), Some(progress));
        assert_eq!(job.ended, Some(job.entered));
    }

    #[test]
    fn a_refused_test_write_fails_the_job_before_anything_is_counted() {
        let (job, statuses) = run(3, |performed| performed == 0);
        assert_eq!(
            statuses,
            [
                JobStatus::Created,
                JobStatus::PreparingForInitialization,
                JobStatus::Failing,
                JobStatus::Failed
            ]
        );
        assert_eq!(
            (job.failures, job.progress),
            (vec!["action 0".to_owned()], None)
        );
    }

    proptest! {
        #[test]
        fn one_failed_action_fails_the_job_and_counters_add_up(pieces in 0_u64..150, failed in 0_usize..160) {
            let (job, _) = run(pieces, |performed| performed >= failed);
            let actions = usize::try_from(pieces).unwrap() + 3;
            prop_assert_eq!(job.status == JobStatus::Completed, failed >= actions);
            prop_assert_eq!(job.failures.is_empty(), job.status == JobStatus::Completed);
            prop_assert!(job.failures.len() <= FAILURES_LISTED_MAX);
            if let Some(progress) = job.progress {
                prop_assert!(progress.completed_pieces + progress.failed_pieces <= progress.total_pieces);
                prop_assert_eq!(progress.processed, progress.completed_pieces * 10);
            }
        }
    }
}
