//! Actions that wait for a worker: some in lanes, where one waits for the other.
//!
//! Imports change the endpoints of their application, so what they leave behind depends on their
//! order. In a lane an action begins when the one before it is done; without one, when a worker is
//! free.

use std::collections::{BTreeMap, VecDeque};

use super::JobNumber;
use crate::domain::id::ApplicationId;
use crate::domain::job::Action;

/// An action that waits, or is being performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) job: JobNumber,
    pub(super) action: Action,
    /// The application whose imports it stands in line with.
    pub(super) lane: Option<ApplicationId>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: VecDeque<Task>,
    /// Of each lane with a task that is ready or at work: those behind it.
    lanes: BTreeMap<ApplicationId, VecDeque<Task>>,
}

impl Queue {
    /// Adds a task behind the others.
    pub(super) fn push(&mut self, task: Task) {
        if let Some(lane) = &task.lane {
            if let Some(waiting) = self.lanes.get_mut(lane) {
                waiting.push_back(task);
                return;
            }
            self.lanes.insert(lane.clone(), VecDeque::new());
        }
        self.ready.push_back(task);
    }

    /// Takes the next task that may begin.
    pub(super) fn pop(&mut self) -> Option<Task> {
        self.ready.pop_front()
    }

    /// Notes that a task has been performed or given up, so that the next of its lane may begin.
    pub(super) fn leave(&mut self, task: &Task) {
        let Some(lane) = &task.lane else {
            return;
        };
        match self.lanes.get_mut(lane).and_then(VecDeque::pop_front) {
            Some(next) => self.ready.push_back(next),
            None => {
                self.lanes.remove(lane);
            }
        }
    }

    /// Drops all tasks.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn task(job: JobNumber, lane: Option<&str>) -> Task {
        Task {
            job,
            action: Action::DoPiece { index: 0 },
            lane: lane.map(|lane| ApplicationId::parse(lane).unwrap()),
        }
    }

    proptest! {
        /// Tasks are the positions in `lanes`; `choices` says which of those at work ends next.
        #[test]
        fn a_lane_is_worked_off_in_order_and_one_at_a_time(
            lanes in prop::collection::vec(prop::option::of(0_usize..3), 0..40),
            choices in prop::collection::vec(any::<prop::sample::Index>(), 80),
            workers in 1_usize..5,
        ) {
            let names = ["a", "b", "c"];
            let mut queue = Queue::default();
            for (number, lane) in (0..).zip(&lanes) {
                queue.push(task(number, lane.map(|lane| names[lane])));
            }
            let (mut working, mut begun): (Vec<Task>, Vec<Task>) = (Vec::new(), Vec::new());
            for choice in choices {
                while working.len() < workers && let Some(task) = queue.pop() {
                    let alone = working.iter().all(|other| other.lane.is_none() || other.lane != task.lane);
                    prop_assert!(alone, "{task:?} beside {working:?}");
                    working.push(task.clone());
                    begun.push(task);
                }
                if working.is_empty() {
                    break;
                }
                let done = working.remove(choice.index(working.len()));
                queue.leave(&done);
            }
            prop_assert_eq!(begun.len(), lanes.len(), "nothing is left behind");
            for lane in names {
                let of_lane = begun.iter().filter(|task| task.lane == self::task(0, Some(lane)).lane);
                prop_assert!(of_lane.is_sorted_by_key(|task| task.job));
            }
        }
    }
}
