//! The only place that reads the machine's clock or waits.
//!
//! A signature needs today's date, a report its duration, and a target whose time cannot be stepped
//! has to be waited for. Nothing else in the suite depends on time.

use std::time::{Duration, SystemTime};

/// The wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "a signature is judged against the wall clock, on every target"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Waits between two polls of a target whose time passes by itself.
#[expect(
    clippy::disallowed_methods,
    reason = "the job time of a remote target passes by itself, only waiting lets it pass"
)]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
