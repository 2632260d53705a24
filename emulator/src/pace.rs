//! How long a job stays in each status.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

use crate::model::job::JobStatus;
use crate::seed::Seed;

/// The pace of job time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// Never waits between statuses.
    Instant,
    /// About 100 ms in each status, so that a poller sees them.
    #[default]
    Fast,
    /// 3 to 18 s in all, as observed on AWS.
    Realistic,
    /// The clock stands still until it is advanced; each status lasts 100 ms of it.
    Manual,
}

impl Pace {
    /// How long a job stays in `status`; `seed` is the job's own.
    ///
    /// # Source
    /// Realistic: 215 endpoints took 3.4 s, 217 took 17.9 s (Developer Guide,
    /// audience-data-export); recorded. How that splits over the statuses is unknown: each gets an
    /// equal share, assumed; no case, since AWS promises no times.
    pub(crate) fn dwell(self, status: JobStatus, seed: &Seed) -> SignedDuration {
        const STATUSES_WITH_DWELL: u64 = 5;
        const REALISTIC_MS: std::ops::Range<u64> = 3_000..18_000;
        match status {
            JobStatus::Completed | JobStatus::Failed => SignedDuration::ZERO,
            JobStatus::Created
            | JobStatus::PreparingForInitialization
            | JobStatus::Initializing
            | JobStatus::Processing
            | JobStatus::Completing
            | JobStatus::Failing => match self {
                Self::Instant => SignedDuration::ZERO,
                Self::Fast | Self::Manual => SignedDuration::from_millis(100),
                Self::Realistic => {
                    let total_ms = REALISTIC_MS.start
                        + seed
                            .derive("duration")
                            .below(REALISTIC_MS.end - REALISTIC_MS.start);
                    let share_ms = total_ms / STATUSES_WITH_DWELL;
                    SignedDuration::from_millis(i64::try_from(share_ms).expect("a few thousand"))
                }
            },
        }
    }
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Instant, Self::Fast, Self::Realistic, Self::Manual]
            .into_iter()
            .find(|pace| pace.to_string() == text)
            .ok_or_else(|| format!("`{text}` is not one of instant, fast, realistic, manual"))
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instant => "instant",
            Self::Fast => "fast",
            Self::Realistic => "realistic",
            Self::Manual => "manual",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATUSES: [JobStatus; 6] = [
        JobStatus::Created,
        JobStatus::PreparingForInitialization,
        JobStatus::Initializing,
        JobStatus::Processing,
        JobStatus::Completing,
        JobStatus::Completed,
    ];

    proptest! {
        #[test]
        fn realistic_jobs_take_three_to_eighteen_seconds(number: u64) {
            let seed = Seed::new(number);
            let total: SignedDuration = STATUSES.iter().map(|status| Pace::Realistic.dwell(*status, &seed)).sum();
            prop_assert!((2_995..18_000).contains(&total.as_millis()), "{total:?}");
        }
    }

    #[test]
    fn paces_are_read_by_their_names() {
        for pace in [Pace::Instant, Pace::Fast, Pace::Realistic, Pace::Manual] {
            assert_eq!(pace.to_string().parse(), Ok(pace));
        }
        assert!("quick".parse::<Pace>().is_err());
    }
}
