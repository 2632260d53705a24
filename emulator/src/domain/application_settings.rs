//! What UpdateApplicationSettings makes of an application's settings.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::application_settings::{
    JOURNEY_CAP, JOURNEY_DAYS, MAXIMUM_DURATION_MIN, MESSAGES, MESSAGES_PER_SECOND,
};
use crate::model::application_settings::{
    ApplicationSettingsJourneyLimits, CampaignHook, CampaignLimits, QuietTime,
    WriteApplicationSettingsRequest,
};

/// Settings that were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ApplicationSettings {
    /// When no messages would be sent.
    pub(crate) quiet_time: QuietTime,
    /// Default limits of campaigns.
    pub(crate) limits: CampaignLimits,
    /// Default limits of journeys.
    pub(crate) journey_limits: ApplicationSettingsJourneyLimits,
    /// Default hook of campaigns.
    pub(crate) campaign_hook: CampaignHook,
    /// When they were written.
    pub(crate) modified: Timestamp,
}

/// Why settings cannot be written; each names the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
    #[error("{0} is no time of the day")]
    NotATime(&'static str),
}

impl ApplicationSettings {
    /// The settings of an application made at `created`, before any are written.
    ///
    /// # Source
    /// That they count as modified when the application was made: assumed;
    /// case: settings/new-application
    pub(crate) fn new(created: Timestamp) -> Self {
        Self {
            quiet_time: QuietTime::default(),
            limits: CampaignLimits::default(),
            journey_limits: ApplicationSettingsJourneyLimits::default(),
            campaign_hook: CampaignHook::default(),
            modified: created,
        }
    }

    /// These settings after `request`.
    ///
    /// # Errors
    /// A limit out of its range, or a quiet time that is no time.
    ///
    /// # Source
    /// That a member left out stays: hashicorp/terraform-provider-aws, app, sends only the members
    /// that changed; assumed; case: settings/members-left-out-stay. That one given replaces its whole
    /// object: assumed, since the same program always sends it whole; case: settings/member-given-is-replaced
    pub(crate) fn update(
        self,
        request: WriteApplicationSettingsRequest,
        now: Timestamp,
    ) -> Result<Self, SettingsError> {
        let updated = Self {
            quiet_time: request.quiet_time.unwrap_or(self.quiet_time),
            limits: request.limits.unwrap_or(self.limits),
            journey_limits: request.journey_limits.unwrap_or(self.journey_limits),
            campaign_hook: request.campaign_hook.unwrap_or(self.campaign_hook),
            modified: now,
        };
        check_times(&updated.quiet_time)?;
        check_limits(&updated.limits)?;
        check_journey_limits(&updated.journey_limits)?;
        Ok(updated)
    }
}

/// # Source
/// API reference, QuietTime (`HH:MM`, 24 hours); documented; case: settings/quiet-time-is-no-time.
/// That an empty text passes: hashicorp/terraform-provider-aws, app, sends one for what a user leaves
/// out; assumed; case: settings/limits-as-terraform-sends-them
fn check_times(quiet_time: &QuietTime) -> Result<(), SettingsError> {
    for (member, value) in [
        ("QuietTime.Start", &quiet_time.start),
        ("QuietTime.End", &quiet_time.end),
    ] {
        let value = value.as_deref().unwrap_or_default();
        if !value.is_empty() && !is_time(value) {
            return Err(SettingsError::NotATime(member));
        }
    }
    Ok(())
}

/// `HH:MM`, from 00:00 to 23:59.
fn is_time(text: &str) -> bool {
    let two_digits = |part: &str| match part.as_bytes() {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    };
    text.split_once(':')
        .and_then(|(hour, minute)| Some((two_digits(hour)?, two_digits(minute)?)))
        .is_some_and(|(hour, minute)| hour < 24 && minute < 60)
}

fn check_limits(limits: &CampaignLimits) -> Result<(), SettingsError> {
    check("Limits.Daily", limits.daily, MESSAGES)?;
    check("Limits.Total", limits.total, MESSAGES)?;
    check("Limits.Session", limits.session, 0..=i32::MAX)?;
    check(
        "Limits.MessagesPerSecond",
        limits.messages_per_second,
        MESSAGES_PER_SECOND,
    )?;
    let duration = limits.maximum_duration.filter(|duration| *duration != 0);
    check(
        "Limits.MaximumDuration",
        duration,
        MAXIMUM_DURATION_MIN..=i32::MAX,
    )
}

fn check_journey_limits(limits: &ApplicationSettingsJourneyLimits) -> Result<(), SettingsError> {
    check("JourneyLimits.DailyCap", limits.daily_cap, JOURNEY_CAP)?;
    check("JourneyLimits.TotalCap", limits.total_cap, JOURNEY_CAP)?;
    let Some(timeframe) = &limits.timeframe_cap else {
        return Ok(());
    };
    check(
        "JourneyLimits.TimeframeCap.Days",
        timeframe.days,
        JOURNEY_DAYS,
    )?;
    check("JourneyLimits.TimeframeCap.Cap", timeframe.cap, JOURNEY_CAP)
}

fn check(
    member: &'static str,
    value: Option<i32>,
    range: RangeInclusive<i32>,
) -> Result<(), SettingsError> {
    match value {
        Some(value) if !range.contains(&value) => Err(SettingsError::OutOfRange(member)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CREATED: Timestamp = Timestamp::UNIX_EPOCH;

    fn request(json: serde_json::Value) -> WriteApplicationSettingsRequest {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn limits_are_held_to_their_ranges() {
        for (limits, expected) in [
            (
                json!({"Daily": 100, "Total": 0, "Session": 1_000_000}),
                None,
            ),
            (
                json!({"MessagesPerSecond": 20_000, "MaximumDuration": 60}),
                None,
            ),
            (json!({"MessagesPerSecond": 0, "MaximumDuration": 0}), None),
            (json!({"Daily": 101}), Some("Limits.Daily")),
            (json!({"Total": -1}), Some("Limits.Total")),
            (json!({"Session": -1}), Some("Limits.Session")),
            (
                json!({"MessagesPerSecond": 20_001}),
                Some("Limits.MessagesPerSecond"),
            ),
            (
                json!({"MaximumDuration": 59}),
                Some("Limits.MaximumDuration"),
            ),
        ] {
            let outcome = ApplicationSettings::new(CREATED)
                .update(request(json!({"Limits": limits})), CREATED);
            assert_eq!(
                outcome.err(),
                expected.map(SettingsError::OutOfRange),
                "{limits}"
            );
        }
    }

    /// The member that settings are refused for, by the beginning of what is said.
    fn refused(json: serde_json::Value) -> Option<String> {
        let outcome = ApplicationSettings::new(CREATED).update(request(json), CREATED);
        let text = outcome.err()?.to_string();
        text.split(' ').next().map(str::to_owned)
    }

    #[test]
    fn caps_of_journeys_are_held_to_their_ranges() {
        for (limits, expected) in [
            (json!({"DailyCap": 0, "TotalCap": 100}), None),
            (json!({"DailyCap": 101}), Some("JourneyLimits.DailyCap")),
            (json!({"TotalCap": -1}), Some("JourneyLimits.TotalCap")),
            (json!({"TimeframeCap": {"Days": 30, "Cap": 100}}), None),
            (
                json!({"TimeframeCap": {"Days": 31}}),
                Some("JourneyLimits.TimeframeCap.Days"),
            ),
            (
                json!({"TimeframeCap": {"Cap": 101}}),
                Some("JourneyLimits.TimeframeCap.Cap"),
            ),
        ] {
            let told = refused(json!({"JourneyLimits": limits}));
            assert_eq!(told.as_deref(), expected, "{limits}");
        }
    }

    #[test]
    fn quiet_time_is_of_two_times_of_the_day_or_empty() {
        for (quiet_time, expected) in [
            (json!({"Start": "22:00", "End": "06:30"}), None),
            (json!({"Start": "", "End": ""}), None),
            (json!({"Start": "22"}), Some("QuietTime.Start")),
            (json!({"End": "24:00"}), Some("QuietTime.End")),
        ] {
            let told = refused(json!({"QuietTime": quiet_time}));
            assert_eq!(told.as_deref(), expected, "{quiet_time}");
        }
    }

    #[test]
    fn times_of_the_day_are_recognized() {
        for (text, expected) in [
            ("00:00", true),
            ("23:59", true),
            ("24:00", false),
            ("12:60", false),
            ("7:00", false),
            ("07:0", false),
            ("0700", false),
            ("07:00:00", false),
            ("+7:00", false),
        ] {
            assert_eq!(is_time(text), expected, "{text}");
        }
    }
}
