//! What AWS says of an application's settings.

use std::ops::RangeInclusive;

/// Values of `Limits.Daily` and `Limits.Total`.   (messages; 0: no limit)
///
/// # Source
/// API reference, CampaignLimits; documented; case: settings/limits-out-of-range
pub(crate) const MESSAGES: RangeInclusive<i32> = 0..=100;

/// Values of `Limits.MessagesPerSecond`.   (messages per second; 0: not set)
///
/// # Source
/// API reference, CampaignLimits (1 to 20,000); documented; case: settings/limits-out-of-range.
/// That 0 passes: hashicorp/terraform-provider-aws, app, sends 0 for what a user leaves out; assumed;
/// case: settings/limits-as-terraform-sends-them
pub(crate) const MESSAGES_PER_SECOND: RangeInclusive<i32> = 0..=20_000;

/// Least value of `Limits.MaximumDuration` but 0, which means: not set.   (seconds)
///
/// # Source
/// API reference, CampaignLimits; documented; case: settings/limits-out-of-range. 0: as for
/// [`MESSAGES_PER_SECOND`]
pub(crate) const MAXIMUM_DURATION_MIN: i32 = 60;

/// Values of the caps of `JourneyLimits`.   (messages; 0: no limit)
///
/// # Source
/// API reference, ApplicationSettingsJourneyLimits; documented; case: settings/limits-out-of-range
pub(crate) const JOURNEY_CAP: RangeInclusive<i32> = 0..=100;

/// Values of `JourneyLimits.TimeframeCap.Days`.   (days; 0: no limit)
///
/// # Source
/// API reference, JourneyTimeframeCap; documented; case: settings/limits-out-of-range
pub(crate) const JOURNEY_DAYS: RangeInclusive<i32> = 0..=30;

/// # Source
/// Assumed; case: settings/limits-out-of-range
pub(crate) fn out_of_range(member: &str) -> String {
    format!("{member} is out of range")
}

/// # Source
/// Assumed; case: settings/quiet-time-is-no-time
pub(crate) fn not_a_time(member: &str) -> String {
    format!("{member} must be a time of the form HH:MM")
}
