//! Drives export and import jobs: the only writer of their progress.
//!
//! One driver task advances all live jobs when the clock says they are due, in the order they were
//! created, and has their actions performed by as many workers as there are cores. Between creating
//! a job and its end nobody else touches it; readers see what the driver has saved. There is no task
//! per job, and no read moves a job on. What the actions of a kind of job come to is in `export` and
//! `import`.

pub(crate) mod blocking;
mod export;
mod import;
mod queue;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::export::Export;
pub(crate) use self::export::NewExport;
use self::import::Import;
pub(crate) use self::import::NewImport;
use self::queue::{Queue, Task};
use crate::clock::Clock;
use crate::domain::id::ApplicationId;
use crate::domain::job::{Action, Event, Job};
use crate::domain::piece::ObjectKeyTemplate;
use crate::facts::messages;
use crate::model::export_job::ExportJobResource;
use crate::model::import_job::ImportJobResource;
use crate::pace::Pace;
use crate::s3::object_store::ObjectStore;
use crate::seed::Seed;
use crate::store::{Store, StoreError, Transaction, jobs};

/// Commands that may wait for the driver before their senders do.
const COMMANDS_MAX: usize = 1024;

const WORKERS_END_WELL: &str = "workers catch panics and are aborted only with the driver";

/// How files are made.
#[derive(Debug, Clone)]
pub(crate) struct ExportSettings {
    /// Most endpoints in a piece.
    pub(crate) endpoints_per_piece: u64,
    /// How pieces are named.
    pub(crate) object_key: ObjectKeyTemplate,
    /// 0 to 9.
    pub(crate) gzip_level: u32,
}

/// A job that has just been written down.
#[derive(Debug)]
pub(crate) struct NewJob {
    /// The job, CREATED.
    pub(crate) job: Job,
    /// What it does.
    pub(crate) work: NewWork,
}

/// What a new job does, and what it needs to know for it.
#[derive(Debug)]
pub(crate) enum NewWork {
    Export(NewExport),
    Import(NewImport),
}

/// What all jobs work with.
#[derive(Debug)]
struct Surroundings {
    store: Store,
    objects: Arc<dyn ObjectStore>,
    clock: Arc<Clock>,
    settings: Arc<ExportSettings>,
}

/// What a live job does.
#[derive(Debug)]
enum Work {
    Export(Export),
    Import(Import),
}

impl Work {
    fn new(job: &Job, new: NewWork, surroundings: &Surroundings) -> Self {
        match new {
            NewWork::Export(new) => Self::Export(Export::new(job, new, surroundings)),
            NewWork::Import(new) => Self::Import(Import::new(job, new, surroundings)),
        }
    }

    async fn perform(&self, action: Action) -> Event {
        match self {
            Self::Export(export) => export.perform(action).await,
            Self::Import(import) => import.perform(action).await,
        }
    }

    /// The event of an action whose worker panicked; what happened is in the log.
    fn panicked(&self, action: Action) -> Event {
        match self {
            Self::Export(export) => export.fail(action, messages::INTERNAL.to_owned()),
            Self::Import(_) => Import::fail(action, messages::INTERNAL.to_owned()),
        }
    }

    /// Saves how far its job has got; `false` if the job is gone.
    fn save(&self, tx: &mut dyn Transaction, job: &Job) -> Result<bool, StoreError> {
        match self {
            Self::Export(_) => jobs::update::<ExportJobResource>(tx, job),
            Self::Import(_) => jobs::update::<ImportJobResource>(tx, job),
        }
    }

    /// Exports read a state that stands still; imports change the one of their application.
    fn lane(&self, job: &Job) -> Option<ApplicationId> {
        match self {
            Self::Export(_) => None,
            Self::Import(_) => Some(job.application_id.clone()),
        }
    }
}

/// The driver's front. Cheap to clone; the driver ends with `stop`.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
enum Command {
    Start(Box<NewJob>),
    Advance {
        by: Duration,
        done: oneshot::Sender<()>,
    },
    SetClock {
        now: Timestamp,
        pace: Pace,
        done: oneshot::Sender<()>,
    },
    Forget {
        done: oneshot::Sender<()>,
    },
}

/// The driver has stopped, with its emulator.
#[derive(Debug, thiserror::Error)]
#[error("the emulator is stopping")]
pub(crate) struct Stopped;

impl Runner {
    /// Starts the driver; it runs until `stop`.
    pub(crate) fn spawn(
        store: Store,
        objects: Arc<dyn ObjectStore>,
        clock: Arc<Clock>,
        seed: &Seed,
        settings: ExportSettings,
        stop: CancellationToken,
    ) -> Self {
        let (sender, commands) = mpsc::channel(COMMANDS_MAX);
        let surroundings = Surroundings {
            store: store.clone(),
            objects,
            clock: Arc::clone(&clock),
            settings: Arc::new(settings),
        };
        let driver = Driver {
            store,
            clock,
            surroundings,
            seed: seed.derive("job-time"),
            workers_max: available_parallelism().map_or(1, Into::into),
            stop,
            live: BTreeMap::new(),
            started: 0,
            queue: Queue::default(),
            working: JoinSet::new(),
        };
        tokio::spawn(driver.run(commands));
        Self { commands: sender }
    }

    /// Takes over a job.
    pub(crate) async fn start(&self, job: NewJob) -> Result<(), Stopped> {
        let command = Command::Start(Box::new(job));
        self.commands.send(command).await.map_err(|_| Stopped)
    }

    /// Moves the clock on and answers when all work that became due on the way is done.
    pub(crate) async fn advance(&self, by: Duration) -> Result<(), Stopped> {
        self.ask(|done| Command::Advance { by, done }).await
    }

    /// Makes the clock show another time and go on at another pace. To set a clock lets no time pass:
    /// live jobs are as long in their statuses as they were.
    pub(crate) async fn set_clock(&self, now: Timestamp, pace: Pace) -> Result<(), Stopped> {
        self.ask(|done| Command::SetClock { now, pace, done }).await
    }

    /// Drops all live jobs and answers when nothing of them is being written any more.
    pub(crate) async fn forget(&self) -> Result<(), Stopped> {
        self.ask(|done| Command::Forget { done }).await
    }

    async fn ask(
        &self,
        command: impl FnOnce(oneshot::Sender<()>) -> Command,
    ) -> Result<(), Stopped> {
        let (done, answer) = oneshot::channel();
        self.commands
            .send(command(done))
            .await
            .map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

/// Counts jobs in the order in which they came.
type JobNumber = u64;

#[derive(Debug)]
struct Driver {
    store: Store,
    clock: Arc<Clock>,
    surroundings: Surroundings,
    seed: Seed,
    workers_max: usize,
    stop: CancellationToken,
    live: BTreeMap<JobNumber, LiveJob>,
    started: JobNumber,
    queue: Queue,
    working: JoinSet<(Task, Event)>,
}

#[derive(Debug)]
struct LiveJob {
    job: Job,
    /// What the times of its statuses derive from.
    seed: Seed,
    work: Arc<Work>,
}

impl LiveJob {
    fn due(&self, pace: Pace) -> Option<Timestamp> {
        self.job.due(pace.dwell(self.job.status, &self.seed))
    }
}

impl Driver {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let stop = self.stop.clone();
        loop {
            self.employ_workers();
            let due = self.next_due();
            tokio::select! {
                () = stop.cancelled() => break,
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                Some(done) = self.working.join_next() => {
                    let (task, event) = done.expect(WORKERS_END_WELL);
                    self.take_in(task, event).await;
                }
                () = async { self.clock.wait_until(due.unwrap_or(Timestamp::MAX)).await }, if due.is_some() => {
                    self.tick().await;
                }
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Start(new) => {
                let NewJob { job, work } = *new;
                self.live.insert(
                    self.started,
                    LiveJob {
                        seed: self.seed.derive(job.id.as_str()),
                        work: Arc::new(Work::new(&job, work, &self.surroundings)),
                        job,
                    },
                );
                self.started += 1;
            }
            Command::Advance { by, done } => {
                self.advance(by).await;
                if !self.stop.is_cancelled() {
                    let _ = done.send(());
                }
            }
            Command::SetClock { now, pace, done } => {
                let by = now.duration_since(self.clock.now());
                for live in self.live.values_mut() {
                    live.job.shift(by);
                }
                self.clock.set(now, pace);
                let _ = done.send(());
            }
            Command::Forget { done } => {
                self.live.clear();
                self.queue.clear();
                self.working.shutdown().await;
                let _ = done.send(());
            }
        }
    }

    /// Stops at every instant at which a job is due, so that each is dated as if time had passed.
    async fn advance(&mut self, by: Duration) {
        let target = self.clock.now().checked_add(by).unwrap_or(Timestamp::MAX);
        while !self.stop.is_cancelled() {
            self.finish_work().await;
            match self.next_due() {
                Some(due) if due <= target => {
                    self.move_clock_to(due);
                    self.tick().await;
                }
                _ => break,
            }
        }
        self.move_clock_to(target);
    }

    /// Does nothing when a running clock has got there by itself.
    fn move_clock_to(&self, time: Timestamp) {
        if let Ok(by) = Duration::try_from(time.duration_since(self.clock.now())) {
            self.clock.advance(by);
        }
    }

    /// Waits for all workers, or until the emulator stops.
    async fn finish_work(&mut self) {
        let stop = self.stop.clone();
        loop {
            self.employ_workers();
            tokio::select! {
                () = stop.cancelled() => return,
                done = self.working.join_next() => match done {
                    Some(done) => {
                        let (task, event) = done.expect(WORKERS_END_WELL);
                        self.take_in(task, event).await;
                    }
                    None => return,
                },
            }
        }
    }

    /// Advances every job that is due, once.
    async fn tick(&mut self) {
        let (now, pace) = (self.clock.now(), self.clock.pace());
        let mut changed = Vec::new();
        for (number, live) in &mut self.live {
            if live.due(pace).is_some_and(|due| due <= now) {
                for action in live.job.advance(now) {
                    self.queue.push(Task {
                        job: *number,
                        action,
                        lane: live.work.lane(&live.job),
                    });
                }
                changed.push(*number);
            }
        }
        self.save(changed).await;
    }

    async fn take_in(&mut self, task: Task, event: Event) {
        self.queue.leave(&task);
        let Some(live) = self.live.get_mut(&task.job) else {
            return;
        };
        live.job.apply(event);
        self.save(vec![task.job]).await;
    }

    /// Makes changed jobs visible, and lets go of those that have ended or are gone.
    async fn save(&mut self, changed: Vec<JobNumber>) {
        let jobs: Vec<_> = changed
            .iter()
            .filter_map(|number| {
                let live = self.live.get(number)?;
                Some((*number, live.job.clone(), Arc::clone(&live.work)))
            })
            .collect();
        let saved = self
            .store
            .write(move |tx| {
                let mut gone = Vec::new();
                for (number, job, work) in &jobs {
                    let exists = work.save(tx, job)?;
                    if job.has_ended() || !exists {
                        gone.push(*number);
                    }
                }
                Ok::<_, StoreError>(gone)
            })
            .await;
        match saved {
            Ok(gone) => {
                for number in gone {
                    self.live.remove(&number);
                }
            }
            Err(error) => tracing::error!(%error, "the progress of jobs could not be saved"),
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        let pace = self.clock.pace();
        self.live.values().filter_map(|live| live.due(pace)).min()
    }

    fn employ_workers(&mut self) {
        while self.working.len() < self.workers_max {
            let Some(task) = self.queue.pop() else {
                return;
            };
            // The job may be gone, with its application.
            let Some(live) = self.live.get(&task.job) else {
                self.queue.leave(&task);
                continue;
            };
            let work = Arc::clone(&live.work);
            self.working.spawn(async move {
                let performed = AssertUnwindSafe(work.perform(task.action))
                    .catch_unwind()
                    .await;
                let event = performed.unwrap_or_else(|_| work.panicked(task.action));
                (task, event)
            });
        }
    }
}
