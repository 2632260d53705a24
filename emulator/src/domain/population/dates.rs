//! When synthetic endpoints were made and last changed: in a fixed span, so that no clock matters.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use super::stream::Stream;
use crate::domain::timestamp;

/// The first moment of the span, 2018-01-01T00:00:00Z.   (milliseconds since 1970)
const FIRST_MS: u64 = 1_514_764_800_000;
/// The last moment of the span, 2026-09-30T23:59:59.999Z.   (milliseconds since 1970)
const LAST_MS: u64 = 1_790_812_799_999;

/// Endpoints that never changed, so that both dates are equal.   (percent)
const UNCHANGED_SHARE: u32 = 40;

/// The two dates of an endpoint, in the form of its first write.
#[derive(Debug)]
pub(super) struct Dates {
    pub(super) creation: String,
    /// Never earlier than the creation.
    pub(super) effective: String,
}

/// How a date is written.
#[derive(Debug, Clone, Copy)]
enum DateForm {
    /// As the service writes its own time: `2025-02-12T11:20:13.627Z`.
    Server,
    /// As a client may have sent it: `2020-03-10T11:00Z`.
    Minutes,
    /// As a client may have sent it: `2020-03-10T11:00:21Z`.
    Seconds,
}

/// # Source
/// Both dates verbatim if the client sent one, else the service's time: two real export objects;
/// recorded. The shares: assumed.
const DATE_FORMS: [(u32, DateForm); 3] = [
    (90, DateForm::Server),
    (7, DateForm::Minutes),
    (3, DateForm::Seconds),
];

/// Draws both dates.
pub(super) fn draw(stream: &mut Stream) -> Dates {
    let form = stream.pick_weighted(&DATE_FORMS);
    let creation_ms = FIRST_MS + stream.word() % (LAST_MS - FIRST_MS + 1);
    let creation = print(creation_ms, form);
    let effective = if stream.percent(UNCHANGED_SHARE) {
        creation.clone()
    } else {
        print(
            creation_ms + stream.word() % (LAST_MS - creation_ms + 1),
            form,
        )
    };
    Dates {
        creation,
        effective,
    }
}

fn print(moment_ms: u64, form: DateForm) -> String {
    const SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
    let moment_ms = i64::try_from(moment_ms).expect("the span ends long before 2^63");
    let moment = Timestamp::from_millisecond(moment_ms).expect("the span is a valid one");
    match form {
        DateForm::Server => timestamp::to_wire(moment),
        DateForm::Seconds => SECONDS.timestamp_to_string(&moment),
        DateForm::Minutes => {
            let mut text = SECONDS.timestamp_to_string(&moment);
            text.truncate("2020-03-10T11:00".len());
            text.push('Z');
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn the_span_is_the_one_named() {
        assert_eq!(
            print(FIRST_MS, DateForm::Server),
            "2018-01-01T00:00:00.000Z"
        );
        assert_eq!(print(LAST_MS, DateForm::Server), "2026-09-30T23:59:59.999Z");
        assert_eq!(print(LAST_MS, DateForm::Seconds), "2026-09-30T23:59:59Z");
        assert_eq!(print(LAST_MS, DateForm::Minutes), "2026-09-30T23:59Z");
    }

    #[test]
    fn nothing_changes_before_it_is_made() {
        let mut equal = 0;
        for number in 0..2_000 {
            let Dates {
                creation,
                effective,
            } = draw(&mut Stream::new(&Seed::new(2), number));
            assert_eq!(creation.len(), effective.len(), "one form for both");
            assert!(creation <= effective, "{creation} {effective}");
            equal += u32::from(creation == effective);
        }
        assert!((400..1_600).contains(&equal));
    }
}
