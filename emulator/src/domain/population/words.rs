//! Names and values of attributes and metrics: tables, and the drawing from them.

use super::stream::Stream;
use crate::domain::attribute::AttributeKind;
use crate::model::endpoint::{AttributeMap, MetricMap};

/// An attribute and the values it takes.
#[derive(Debug)]
pub(super) struct Attribute {
    name: &'static str,
    values: &'static [&'static str],
    /// How many values it has at once, except for empty lists.   (1..=5)
    values_max: usize,
}

const fn one_of(name: &'static str, values: &'static [&'static str]) -> Attribute {
    Attribute {
        name,
        values,
        values_max: 1,
    }
}

const fn some_of(name: &'static str, values: &'static [&'static str]) -> Attribute {
    Attribute {
        name,
        values,
        values_max: 5,
    }
}

const YES_NO: &[&str] = &["true", "false"];

/// How many attributes have one of the values below.   (percent)
const ODD_SHARE: u32 = 1;

/// Values that are legal and that a careless reader trips over: quotes, backslashes, control
/// characters, line ends of other alphabets, joined emoji, text from right to left, padding.
const ODD_VALUES: &[&str] = &[
    "Bob \"the Builder\"",
    "C:\\Users\\bob",
    "first line\nsecond line",
    "tab\there",
    "bell\u{7} and unit separator\u{1f}",
    "line separator\u{2028}end",
    "e\u{301}lan vital",
    "👩‍👩‍👧‍👦 family",
    "🇺🇳🏳️‍🌈",
    "שלום, world",
    "\u{202e}reversed",
    " padded ",
    "",
    "null",
    "{\"json\":[1,2]}",
    "a,b;c|d",
    "zero\u{200b}width",
    "100% <b>&amp;</b>",
    "Ａ full width",
    "𝒮cript 𐍈",
];

/// What an application may know of an endpoint.
#[rustfmt::skip]
pub(super) static ENDPOINT_ATTRIBUTES: [Attribute; 31] = [
    some_of("Interests", &["music", "running", "cooking", "travel", "photography", "board games", "Gardening", "sci-fi"]),
    some_of("team", &["Lakers", "Warriors", "Carp", "Real Madrid", "Sounders"]),
    some_of("favorite_categories", &["books", "shoes", "garden", "toys", "groceries", "electronics"]),
    one_of("Plan", &["free", "basic", "premium", "enterprise"]),
    one_of("loyaltyTier", &["bronze", "silver", "gold", "platinum"]),
    one_of("emailVerified", YES_NO),
    one_of("marketing_consent", YES_NO),
    one_of("SignupSource", &["web", "app", "store", "referral", "import"]),
    one_of("campaign", &["spring-sale", "summer-sale", "black friday", "welcome series"]),
    one_of("lastStore", &["Main Street ", "Airport", "Harbour Mall", "Bahnhofstraße"]),
    one_of("AppTheme", &["dark", "light", "system"]),
    some_of("push_topics", &["news", "offers", "orders", "live scores"]),
    one_of("Birthday", &["1987-02-05T00:00:00Z", "1990-11-30T00:00:00Z", "2001-07-14T00:00:00Z", "1968-05-01T00:00:00Z"]),
    one_of("preferredContactTime", &["morning", "afternoon", "evening"]),
    one_of("ab_group", &["A", "B", "control"]),
    one_of("coupon", &["WELCOME10", "FREESHIP", "VIP-2023"]),
    some_of("devices", &["phone", "tablet", "tv", "watch"]),
    one_of("subscription status", &["trialing", "active", "past due", "canceled"]),
    one_of("newsletter", &["daily", "weekly", "monthly", "never"]),
    one_of("churn_risk", &["low", "medium", "high"]),
    some_of("segments", &["new", "returning", "lapsed", "big spender"]),
    one_of("onboardingStep", &["1", "2", "3", "done"]),
    one_of("carrier", &["Carrier One", "Carrier Two", "unknown"]),
    one_of("referrer", &["https://www.example.com/?q=a&b=c", "https://shop.example.org/landing"]),
    one_of("currency", &["USD", "EUR", "JPY", "GBP"]),
    one_of("FirstPurchase", &["2019-12-24T18:30:00Z", "2022-04-01T09:00:00Z", "2024-02-29T23:59:59Z"]),
    one_of("delivery", &["standard", "express", "pick-up"]),
    one_of("größe", &["S", "M", "L", "XL"]),
    one_of("趣味", &["読書", "旅行", "料理"]),
    some_of("languages", &["English", "Español", "Français", "日本語", "العربية"]),
    one_of("notes", &["call back", "prefers e-mail", "met at the fair", "moved"]),
];

/// As above, for users. Given and family name come on top.
#[rustfmt::skip]
pub(super) static USER_ATTRIBUTES: [Attribute; 11] = [
    one_of("Gender", &["female", "male", "non-binary", "undisclosed"]),
    one_of("AgeGroup", &["18-24", "25-34", "35-49", "50-64", "65+"]),
    some_of("Hobbies", &["hiking", "chess", "painting", "yoga", "Fußball"]),
    one_of("Membership", &["standard", "plus", "pro"]),
    one_of("MemberSince", &["2016", "2018", "2019", "2021", "2023"]),
    one_of("Household", &["1", "2", "3", "4+"]),
    one_of("Company", &["Example Corp.", "AnyCompany", "Any Organization"]),
    one_of("Role", &["buyer", "admin", "viewer"]),
    some_of("Pets", &["dog", "cat", "fish", "bird"]),
    one_of("Nickname", &["Sunny", "Ace", "Momo", "Kiki"]),
    one_of("Title", &["Ms.", "Mr.", "Dr.", "Prof. Dr."]),
];

/// What kind of numbers a metric has.
#[derive(Debug, Clone, Copy)]
enum Numbers {
    /// Whole numbers up to a bound.
    Count(u32),
    /// Amounts with two decimals.
    Money,
    /// Amounts on both sides of zero.
    Balance,
    /// Shares between 0 and 1.
    Ratio,
    /// Large enough for an exponent.
    Bytes,
}

/// Metrics and their numbers.
const METRICS: [(&str, Numbers); 13] = [
    ("luck", Numbers::Count(101)),
    ("health", Numbers::Count(101)),
    ("sessions", Numbers::Count(500)),
    ("purchases", Numbers::Count(40)),
    ("cartItems", Numbers::Count(6)),
    ("LifetimeValue", Numbers::Money),
    ("lastOrderAmount", Numbers::Money),
    ("balance", Numbers::Balance),
    ("engagement_score", Numbers::Ratio),
    ("churnProbability", Numbers::Ratio),
    ("bytesDownloaded", Numbers::Bytes),
    ("level", Numbers::Count(60)),
    ("temperature °C", Numbers::Balance),
];

/// How many attributes an endpoint with attributes has.   (1..=8)
const ATTRIBUTE_COUNTS: [(u32, usize); 8] = [
    (8, 1),
    (12, 2),
    (18, 3),
    (20, 4),
    (16, 5),
    (12, 6),
    (8, 7),
    (6, 8),
];

/// All names in the tables.
pub(super) fn names() -> impl Iterator<Item = (AttributeKind, &'static str)> {
    let attributes = ENDPOINT_ATTRIBUTES.iter().map(|attribute| attribute.name);
    let metrics = METRICS.iter().map(|(name, _)| *name);
    let user_attributes = USER_ATTRIBUTES.iter().map(|attribute| attribute.name);
    attributes
        .map(|name| (AttributeKind::Attribute, name))
        .chain(metrics.map(|name| (AttributeKind::Metric, name)))
        .chain(user_attributes.map(|name| (AttributeKind::UserAttribute, name)))
}

/// Draws the attributes of an endpoint.
pub(super) fn draw_attributes(stream: &mut Stream) -> AttributeMap {
    let count = stream.pick_weighted(&ATTRIBUTE_COUNTS);
    let mut attributes = AttributeMap::with_capacity(count);
    add_attributes(stream, &ENDPOINT_ATTRIBUTES, count, &mut attributes);
    attributes
}

/// Draws `count` attributes of a user into `attributes`.
pub(super) fn add_user_attributes(
    stream: &mut Stream,
    count: usize,
    attributes: &mut AttributeMap,
) {
    add_attributes(stream, &USER_ATTRIBUTES, count, attributes);
}

/// Draws one to five metrics.
pub(super) fn draw_metrics(stream: &mut Stream) -> MetricMap {
    let count = 1 + stream.position(5);
    distinct_rows(stream, METRICS.len(), count)
        .map(|row| METRICS[row])
        .map(|(name, numbers)| (name.to_owned(), draw_number(stream, numbers)))
        .collect()
}

fn add_attributes(
    stream: &mut Stream,
    table: &[Attribute],
    count: usize,
    attributes: &mut AttributeMap,
) {
    for row in distinct_rows(stream, table.len(), count) {
        let attribute = &table[row];
        attributes.insert(attribute.name.to_owned(), draw_values(stream, attribute));
    }
}

fn draw_values(stream: &mut Stream, attribute: &Attribute) -> Vec<String> {
    let count = if stream.percent(4) {
        0
    } else {
        (1 + stream.position(attribute.values_max)).min(attribute.values.len())
    };
    let first = stream.position(attribute.values.len());
    let values = attribute.values.iter().cycle().skip(first).take(count);
    let mut values: Vec<String> = values.map(|value| (*value).to_owned()).collect();
    if stream.percent(ODD_SHARE)
        && let Some(value) = values.first_mut()
    {
        (*stream.pick(ODD_VALUES)).clone_into(value);
    }
    values
}

fn draw_number(stream: &mut Stream, numbers: Numbers) -> f64 {
    match numbers {
        Numbers::Count(bound) => f64::from(stream.below(bound)),
        Numbers::Money => f64::from(stream.below(1_000)) + *stream.pick(&[0.0, 0.5, 0.95, 0.99]),
        Numbers::Balance => (f64::from(stream.below(2_001)) - 1_000.0) / 2.0,
        Numbers::Ratio => f64::from(stream.below(101)) / 100.0,
        Numbers::Bytes => f64::from(stream.below(1 << 20)) * 4_096.0,
    }
}

/// `count` neighbouring rows of a table: an application writes its attributes in a certain order,
/// so names that come together and in that order are the rule in real lists.
fn distinct_rows(
    stream: &mut Stream,
    length: usize,
    count: usize,
) -> impl Iterator<Item = usize> + use<> {
    let first = stream.position(length);
    (0..count.min(length)).map(move |step| (first + step) % length)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::limits::{ATTRIBUTE_NAME_CHARS_MAX, ATTRIBUTE_VALUE_CHARS_MAX};

    #[test]
    fn tables_keep_the_limits_of_the_service() {
        let fits = |value: &str| value.chars().count() <= ATTRIBUTE_VALUE_CHARS_MAX;
        assert!(ODD_VALUES.iter().all(|value| fits(value)));
        let attributes = || ENDPOINT_ATTRIBUTES.iter().chain(&USER_ATTRIBUTES);
        let names: BTreeSet<&str> = attributes().map(|attribute| attribute.name).collect();
        assert_eq!(
            names.len(),
            ENDPOINT_ATTRIBUTES.len() + USER_ATTRIBUTES.len()
        );
        for attribute in attributes() {
            let name = attribute.name;
            assert!(name.chars().count() <= ATTRIBUTE_NAME_CHARS_MAX, "{name}");
            for value in attribute.values {
                assert!(fits(value), "{value}");
            }
        }
    }
}
