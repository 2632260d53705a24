//! The state machine of export and import jobs: an event and the time in, actions out.
//!
//! The machine knows neither stores nor timers, nor what its actions come to: that differs between
//! the kinds of jobs and is told where they are performed, in `runner::export` and
//! `runner::import`. Its owner, the runner, performs the actions, reports their outcomes as events,
//! and calls [`Job::advance`] when the job is due. Fails from any state with work in it go through
//! FAILING to FAILED.
//!
//! # Source
//! Order of the states: assumed from their names and the enum of the API model; nothing documents
//! it; case: export-jobs/states-in-order

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::id::{ApplicationId, JobId};
use crate::facts::limits::FAILURES_LISTED_MAX;
use crate::model::job::JobStatus;

/// How far one job has got. What it was asked to do is kept beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Its id.
    pub(crate) id: JobId,
    /// The application whose endpoints it exports, or imports into.
    pub(crate) application_id: ApplicationId,
    /// Where it stands.
    pub(crate) status: JobStatus,
    /// When it was created.
    pub(crate) created: Timestamp,
    /// When it came into its status.
    pub(crate) entered: Timestamp,
    /// When it ended, if it has.
    pub(crate) ended: Option<Timestamp>,
    /// Known since the pieces were planned.
    pub(crate) progress: Option<Progress>,
    /// What went wrong, at most [`FAILURES_LISTED_MAX`], in the order of the pieces.
    failures: Vec<Failure>,
    /// Whether an action has failed, so that the job must.
    is_failing: bool,
    /// Actions of the present status whose outcome is still out.
    outstanding: u64,
}

/// Counters of a job. A piece of an export is a roughly equal share of the endpoints, one of an
/// import is a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Pieces in all.
    pub(crate) total_pieces: u64,
    /// Pieces done.
    pub(crate) completed_pieces: u64,
    /// Pieces that could not be done.
    pub(crate) failed_pieces: u64,
    /// Endpoints processed.
    pub(crate) processed: u64,
    /// Endpoints that could not be processed.
    pub(crate) failed: u64,
}

/// One entry of `Failures`. Pieces end in any order; entries are kept in that of the pieces, so that
/// the same faults always make the same list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Failure {
    /// Which piece; `None` for what concerns the whole job.
    piece: Option<u64>,
    text: String,
}

/// What the owner must do for the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Try whether the work can be done at all; answer [`Event::Prepared`].
    Prepare,
    /// Lay the work out in pieces; answer [`Event::PiecesPlanned`].
    PlanPieces,
    /// Do one piece; answer [`Event::PieceDone`].
    DoPiece { index: u64 },
    /// Do what follows the last piece; answer [`Event::Finished`].
    Finish,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Prepared(Result<(), String>),
    PiecesPlanned(Result<u64, String>),
    PieceDone { index: u64, outcome: PieceOutcome },
    Finished(Result<(), String>),
}

/// What became of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PieceOutcome {
    /// Endpoints processed.
    pub(crate) processed: u64,
    /// Endpoints that could not be processed. They alone do not fail the piece.
    pub(crate) failed: u64,
    /// What was wrong with them, at least the first [`FAILURES_LISTED_MAX`].
    pub(crate) failures: Vec<String>,
    /// Whether the piece was done, or why not.
    pub(crate) done: Result<(), String>,
}

impl Job {
    /// A job that has just been created.
    pub(crate) fn new(id: JobId, application_id: ApplicationId, created: Timestamp) -> Self {
        Self {
            id,
            application_id,
            status: JobStatus::Created,
            created,
            entered: created,
            ended: None,
            progress: None,
            failures: Vec::new(),
            is_failing: false,
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
        (!waits).then(|| self.entered.checked_add(dwell).unwrap_or(Timestamp::MAX))
    }

    /// Counts the time in its status from another moment: somebody has set the clock by `by`.
    pub(crate) fn shift(&mut self, by: SignedDuration) {
        self.entered = self.entered.checked_add(by).unwrap_or(self.entered);
    }

    /// Goes on to the next status at `now`. Does nothing while an outcome is out.
    pub(crate) fn advance(&mut self, now: Timestamp) -> Vec<Action> {
        if self.outstanding > 0 {
            return Vec::new();
        }
        let (status, actions) = match self.status {
            JobStatus::Created => (JobStatus::PreparingForInitialization, vec![Action::Prepare]),
            JobStatus::PreparingForInitialization if !self.is_failing => {
                (JobStatus::Initializing, vec![Action::PlanPieces])
            }
            JobStatus::Initializing if !self.is_failing => {
                let pieces = self.progress.unwrap_or_default().total_pieces;
                (
                    JobStatus::Processing,
                    (0..pieces).map(|index| Action::DoPiece { index }).collect(),
                )
            }
            JobStatus::Processing if !self.is_failing => {
                (JobStatus::Completing, vec![Action::Finish])
            }
            JobStatus::Completing if !self.is_failing => (JobStatus::Completed, Vec::new()),
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
            Event::Prepared(outcome) | Event::Finished(outcome) => self.note(None, outcome),
            Event::PiecesPlanned(Ok(total_pieces)) => {
                self.progress = Some(Progress {
                    total_pieces,
                    ..Progress::default()
                });
            }
            Event::PiecesPlanned(Err(reason)) => self.note(None, Err(reason)),
            Event::PieceDone { index, outcome } => {
                let progress = self
                    .progress
                    .as_mut()
                    .expect("pieces are planned before they are done");
                if outcome.done.is_ok() {
                    progress.completed_pieces += 1;
                } else {
                    progress.failed_pieces += 1;
                }
                progress.processed += outcome.processed;
                progress.failed += outcome.failed;
                assert!(
                    progress.completed_pieces + progress.failed_pieces <= progress.total_pieces
                );
                self.list(Some(index), outcome.failures);
                self.note(Some(index), outcome.done);
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

    /// What went wrong, at most [`FAILURES_LISTED_MAX`] entries.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &str> {
        self.failures.iter().map(|failure| failure.text.as_str())
    }

    fn note(&mut self, piece: Option<u64>, outcome: Result<(), String>) {
        if let Err(reason) = outcome {
            self.is_failing = true;
            self.list(piece, vec![reason]);
        }
    }

    /// Entries of one piece stay in the order in which they come.
    fn list(&mut self, piece: Option<u64>, texts: Vec<String>) {
        self.failures
            .extend(texts.into_iter().map(|text| Failure { piece, text }));
        self.failures.sort_by_key(|failure| failure.piece);
        self.failures.truncate(FAILURES_LISTED_MAX);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn job() -> Job {
        Job::new(
            JobId::parse("job").unwrap(),
            ApplicationId::parse("app").unwrap(),
            Timestamp::UNIX_EPOCH,
        )
    }

    fn done(index: u64, failures: &[&str], done: Result<(), String>) -> Event {
        Event::PieceDone {
            index,
            outcome: PieceOutcome {
                processed: if done.is_ok() { 10 } else { 0 },
                failed: u64::try_from(failures.len()).unwrap(),
                failures: failures.iter().map(|text| (*text).to_owned()).collect(),
                done,
            },
        }
    }

    /// Runs a job of `pieces` pieces to its end; `fails` decides the outcome of the n-th action.
    fn run(pieces: u64, fails: impl Fn(usize) -> bool) -> (Job, Vec<JobStatus>) {
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
                    Action::Prepare => Event::Prepared(outcome),
                    Action::PlanPieces => Event::PiecesPlanned(outcome.map(|()| pieces)),
                    Action::DoPiece { index } => done(index, &[], outcome),
                    Action::Finish => Event::Finished(outcome),
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
    fn work_that_cannot_be_done_fails_the_job_before_anything_is_counted() {
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
        assert_eq!(job.failures().collect::<Vec<_>>(), ["action 0"]);
        assert_eq!(job.progress, None);
    }

    #[test]
    fn whatever_fails_is_the_last_that_is_done() {
        use JobStatus::{Completing, Initializing, Processing};
        // The actions of a job of three pieces: prepare, plan, the pieces, finish.
        for (failing, failed_pieces, last) in [
            (1, 0, Initializing),
            (2, 1, Processing),
            (4, 1, Processing),
            (5, 0, Completing),
        ] {
            let (job, statuses) = run(3, |performed| performed == failing);
            let expected = [last, JobStatus::Failing, JobStatus::Failed];
            assert!(statuses.ends_with(&expected), "{failing}: {statuses:?}");
            let progress = job.progress.unwrap_or_default();
            assert_eq!(progress.failed_pieces, failed_pieces, "{failing}");
        }
    }

    #[test]
    fn a_job_is_due_when_its_time_in_a_status_is_over() {
        let (minute, hour) = (SignedDuration::from_mins(1), SignedDuration::from_hours(1));
        let mut job = job();
        assert_eq!(job.due(minute), Some(Timestamp::UNIX_EPOCH + minute));
        job.shift(hour);
        assert_eq!(job.due(minute), Some(Timestamp::UNIX_EPOCH + hour + minute));
        assert_eq!(job.advance(Timestamp::UNIX_EPOCH), [Action::Prepare]);
        assert_eq!(job.due(minute), None);
        assert_eq!(job.advance(Timestamp::UNIX_EPOCH + hour), []);
        assert_eq!(job.status, JobStatus::PreparingForInitialization);
        let (ended, _) = run(1, |_| false);
        assert_eq!(ended.due(minute), None);
    }

    /// A job whose pieces are about to be done.
    fn processing(pieces: u64) -> Job {
        let mut job = job();
        job.advance(Timestamp::UNIX_EPOCH);
        job.apply(Event::Prepared(Ok(())));
        job.advance(Timestamp::UNIX_EPOCH);
        job.apply(Event::PiecesPlanned(Ok(pieces)));
        job.advance(Timestamp::UNIX_EPOCH);
        job
    }

    #[test]
    fn bad_endpoints_are_listed_and_do_not_fail_the_job() {
        let mut job = processing(1);
        job.apply(done(0, &["line 2", "line 5"], Ok(())));
        job.advance(Timestamp::UNIX_EPOCH);
        job.apply(Event::Finished(Ok(())));
        job.advance(Timestamp::UNIX_EPOCH);
        assert_eq!(job.status, JobStatus::Completed);
        assert_eq!(job.failures().collect::<Vec<_>>(), ["line 2", "line 5"]);
        let progress = job.visible_progress().unwrap();
        assert_eq!((progress.processed, progress.failed), (10, 2));
    }

    proptest! {
        #[test]
        fn one_failed_action_fails_the_job_and_counters_add_up(pieces in 0_u64..150, failed in 0_usize..160) {
            let (job, _) = run(pieces, |performed| performed >= failed);
            let actions = usize::try_from(pieces).unwrap() + 3;
            prop_assert_eq!(job.status == JobStatus::Completed, failed >= actions);
            prop_assert_eq!(job.failures().count() == 0, job.status == JobStatus::Completed);
            prop_assert!(job.failures().count() <= FAILURES_LISTED_MAX);
            if let Some(progress) = job.progress {
                prop_assert!(progress.completed_pieces + progress.failed_pieces <= progress.total_pieces);
                prop_assert_eq!(progress.processed, progress.completed_pieces * 10);
            }
        }

        #[test]
        fn the_list_of_failures_does_not_tell_in_which_order_pieces_ended(
            order in Just((0_u64..60).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut job = processing(60);
            for index in order {
                let texts = [format!("{index} a"), format!("{index} b")];
                job.apply(done(index, &[&texts[0], &texts[1]], Ok(())));
            }
            let expected: Vec<String> =
                (0..60).flat_map(|index| [format!("{index} a"), format!("{index} b")]).take(FAILURES_LISTED_MAX).collect();
            prop_assert_eq!(job.failures().collect::<Vec<_>>(), expected);
        }
    }
}
