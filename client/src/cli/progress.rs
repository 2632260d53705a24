//! What people see while a run is at work: a line on the terminal that moves.
//!
//! Draws on stderr, and only if that is a terminal; in a pipe nothing is written. It also remembers the
//! job, for the words that end a run which did not come to its end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use pinpoint_export::{Destination, ExportJob, RunEvent};

const TICK: Duration = Duration::from_millis(100);
const WAITING: &str = "{spinner} {msg} ({elapsed})";
const DOWNLOADING: &str =
    "{spinner} {msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
const VERIFYING: &str = "{spinner} {msg} {bar:30} {pos}/{len} files";

/// The moving line of one run.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    job: Mutex<Option<StartedJob>>,
}

/// The job as last seen.
#[derive(Debug, Clone)]
pub(crate) struct StartedJob {
    pub(crate) job: ExportJob,
    pub(crate) destination: Destination,
    pub(crate) was_continued: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new_spinner()
            .with_style(style(WAITING))
            .with_message("creating the export job");
        // The steady tick is a thread; nobody would see what it draws.
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self {
            bar,
            job: Mutex::new(None),
        }
    }

    pub(crate) fn observe(&self, event: RunEvent<'_>) {
        match event {
            RunEvent::JobStarted {
                job,
                destination,
                was_continued,
            } => {
                let verb = if was_continued {
                    "continues"
                } else {
                    "started"
                };
                self.bar
                    .println(format!("job {} {verb}, it writes to {destination}", job.id));
                self.remember(|known| {
                    *known = Some(StartedJob {
                        job: job.clone(),
                        destination: destination.clone(),
                        was_continued,
                    });
                });
                self.bar.set_message(description(job));
            }
            RunEvent::JobPolled(job) => {
                self.remember(|known| {
                    if let Some(known) = known {
                        known.job = job.clone();
                    }
                });
                self.bar.set_message(description(job));
            }
            RunEvent::DownloadStarted { files, bytes } => {
                self.begin(
                    DOWNLOADING,
                    format!("downloading {}", counted(files)),
                    bytes,
                );
            }
            RunEvent::BytesReceived(bytes) => self.bar.inc(bytes),
            RunEvent::BytesDiscarded(bytes) => self.bar.dec(bytes),
            RunEvent::FileDownloaded(file) => self.bar.println(format!(
                "{} ({}{})",
                file.path.display(),
                HumanBytes(file.bytes),
                if file.was_there { ", was there" } else { "" },
            )),
            RunEvent::VerificationStarted { files } => {
                let length = u64::try_from(files).unwrap_or(u64::MAX);
                self.begin(VERIFYING, "verifying".to_owned(), length);
            }
            RunEvent::FileVerified => self.bar.inc(1),
            _ => {}
        }
    }

    /// Wipes the line away, and gives the job if there is one.
    pub(crate) fn finish(&self) -> Option<StartedJob> {
        self.bar.finish_and_clear();
        self.job
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn begin(&self, template: &str, message: String, length: u64) {
        self.bar.set_style(style(template));
        self.bar.set_message(message);
        self.bar.set_length(length);
        self.bar.set_position(0);
        self.bar.reset_eta();
    }

    fn remember(&self, change: impl FnOnce(&mut Option<StartedJob>)) {
        change(&mut self.job.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(files: usize) -> String {
    format!("{files} file{}", if files == 1 { "" } else { "s" })
}

fn description(job: &ExportJob) -> String {
    let status = job.status.as_str();
    match (job.completed_pieces, job.total_pieces) {
        (Some(completed), Some(total)) if total > 0 => {
            format!("{status}, {completed} of {total} pieces")
        }
        _ => status.to_owned(),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are constants")
}
