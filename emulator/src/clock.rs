//! The emulator's clock: everything it dates or lets pass runs on it.
//!
//! Only here is the system's clock read and waited for. A signature's date is judged against the wall
//! clock, since clients sign with theirs; [`Clock::wall_now`] is for that alone.

use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::pace::Pace;

/// A clock that runs from a chosen start or, at the manual pace, stands still until it is moved.
#[derive(Debug)]
pub(crate) struct Clock {
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Debug, Clone, Copy)]
struct State {
    face: Face,
    pace: Pace,
    /// How far `advance` has moved the clock in all.
    advanced: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Face {
    /// Shows the wall clock plus an offset.
    Running(SignedDuration),
    /// Shows one instant.
    Standing(Timestamp),
}

impl Clock {
    /// A clock that shows `start` (the wall clock's time if `None`) and goes on from there.
    pub(crate) fn new(start: Option<Timestamp>, pace: Pace) -> Self {
        Self {
            state: Mutex::new(State::new(start, pace)),
            moved: Notify::new(),
        }
    }

    /// What the clock shows, cut to whole milliseconds, the finest the service writes.
    pub(crate) fn now(&self) -> Timestamp {
        shown(self.state().face)
    }

    /// What the system's clock shows.
    #[expect(
        clippy::unused_self,
        reason = "whoever judges signatures gets its time from the same place"
    )]
    pub(crate) fn wall_now(&self) -> Timestamp {
        wall_now()
    }

    /// The pace of job time.
    pub(crate) fn pace(&self) -> Pace {
        self.state().pace
    }

    /// How far [`Self::advance`] has moved the clock in all.
    pub(crate) fn advanced(&self) -> Duration {
        self.state().advanced
    }

    /// Moves the clock on.
    pub(crate) fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.advanced = state.advanced.saturating_add(by);
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        state.face = match state.face {
            Face::Running(offset) => Face::Running(offset.saturating_add(by)),
            Face::Standing(now) => Face::Standing(saturating_add(now, by)),
        };
        drop(state);
        self.moved.notify_waiters();
    }

    /// Makes the clock show `now` and go on from there at `pace`.
    pub(crate) fn set(&self, now: Timestamp, pace: Pace) {
        let advanced = self.advanced();
        *self.state() = State {
            advanced,
            ..State::new(Some(now), pace)
        };
        self.moved.notify_waiters();
    }

    /// Starts afresh, as [`Self::new`] does.
    pub(crate) fn restart(&self, start: Option<Timestamp>, pace: Pace) {
        *self.state() = State::new(start, pace);
        self.moved.notify_waiters();
    }

    /// Waits until the clock shows `due`, or somebody has moved or set it: then what was due may be
    /// due at another time.
    pub(crate) async fn wait_until(&self, due: Timestamp) {
        let moved = self.moved.notified();
        let face = self.state().face;
        let left = due.duration_since(shown(face));
        match (face, Duration::try_from(left)) {
            (_, Err(_) | Ok(Duration::ZERO)) => {}
            (Face::Standing(_), Ok(_)) => moved.await,
            (Face::Running(_), Ok(left)) => tokio::select! {
                () = moved => {}
                () = sleep(left) => {}
            },
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the clock panics")
    }
}

impl State {
    fn new(start: Option<Timestamp>, pace: Pace) -> Self {
        let wall = wall_now();
        let start = start.unwrap_or(wall);
        let face = match pace {
            Pace::Manual => Face::Standing(start),
            Pace::Instant | Pace::Fast | Pace::Realistic => {
                Face::Running(start.duration_since(wall))
            }
        };
        Self {
            face,
            pace,
            advanced: Duration::ZERO,
        }
    }
}

fn shown(face: Face) -> Timestamp {
    let exact = match face {
        Face::Running(offset) => saturating_add(wall_now(), offset),
        Face::Standing(now) => now,
    };
    // Only the last instant there is has no whole millisecond.
    Timestamp::from_millisecond(exact.as_millisecond()).unwrap_or(exact)
}

fn saturating_add(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(if by.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the system's clock is read"
)]
fn wall_now() -> Timestamp {
    Timestamp::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the system's clock is waited for"
)]
async fn sleep(left: Duration) {
    tokio::time::sleep(left).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "2026-01-01T00:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_standing_clock_moves_only_when_advanced() {
        let clock = Clock::new(Some(at(START)), Pace::Manual);
        assert_eq!(clock.now(), at(START));
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.now(), at("2026-01-01T00:00:01.5Z"));
        assert_eq!(clock.advanced(), Duration::from_millis(1500));
    }

    #[test]
    fn a_running_clock_starts_where_it_is_told() {
        let clock = Clock::new(Some(at(START)), Pace::Fast);
        let shown = clock.now();
        assert!(
            shown >= at(START) && shown < at("2026-01-01T00:10:00Z"),
            "{shown}"
        );
    }

    #[test]
    fn the_clock_stops_at_the_end_of_time() {
        let clock = Clock::new(Some(at(START)), Pace::Manual);
        clock.advance(Duration::MAX);
        assert!(clock.now() > at("9999-12-30T00:00:00Z"));
    }

    #[tokio::test]
    async fn waiting_ends_when_the_clock_is_moved() {
        let clock = Clock::new(Some(at(START)), Pace::Manual);
        let waiting = clock.wait_until(at("2026-01-01T00:00:01Z"));
        tokio::pin!(waiting);
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        clock.advance(Duration::from_millis(500));
        waiting.await;
    }

    #[tokio::test]
    async fn what_is_due_already_is_not_waited_for() {
        let clock = Clock::new(Some(at(START)), Pace::Manual);
        clock.wait_until(at(START)).await;
        clock.wait_until(at("2025-01-01T00:00:00Z")).await;
    }
}
