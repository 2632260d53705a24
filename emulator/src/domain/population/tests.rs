//! What users of a population rely on: inverses, agreement, safety, limits, variety, stability.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::domain::attribute;
use crate::facts::limits;
use crate::model::endpoint::AttributeMap;
use crate::model::json;

/// Enough for every kind to occur.
const SAMPLE: u64 = 20_000;

fn population_of(seed: u64, application_id: &str, count: u64) -> Population {
    let application_id = ApplicationId::parse(application_id).unwrap();
    Population::new(Seed::new(seed), &application_id, count)
}

fn population(seed: u64) -> Population {
    population_of(seed, "0123456789abcdef0123456789abcdef", SAMPLE)
}

fn sample() -> impl Iterator<Item = EndpointResponse> {
    let population = population(7);
    (0..population.count()).map(move |index| population.endpoint(index))
}

/// Indexes of all magnitudes, since some forms hold for small ones only.
fn any_index() -> impl Strategy<Value = u64> {
    (0..=40_u32, 0..COUNT_MAX).prop_map(|(bits, index)| index & ((1 << bits) - 1))
}

#[test]
fn indexes_end_below_the_greatest_count() {
    let max = u128::from(COUNT_MAX);
    let told = [0, max - 1, max, u128::MAX].map(index_below_max);
    assert_eq!(told, [Some(0), Some(COUNT_MAX - 1), None, None]);
}

proptest! {
    #[test]
    fn every_function_has_its_inverse(seed: u64, index in any_index()) {
        let population = population(seed);
        let endpoint = population.endpoint(index);
        prop_assert_eq!(&endpoint.id, &population.endpoint_id(index));
        prop_assert_eq!(population.index_of_endpoint_id(&endpoint.id), Some(index));
        let address = endpoint.address.unwrap();
        prop_assert!(is_safe(&address), "{}", address);
        prop_assert_eq!(population.index_of_address(&address), Some(index), "{}", address);
        let everybody = Population { count: COUNT_MAX, ..population };
        if let Some(user) = endpoint.user {
            let indexes = everybody.indexes_of_user(&user.user_id.unwrap()).unwrap();
            prop_assert!(indexes.contains(&index));
        }
    }

    #[test]
    fn a_changed_address_belongs_to_nobody(seed: u64, index in any_index(), position: prop::sample::Index) {
        let population = population(seed);
        let mut address = population.endpoint(index).address.unwrap();
        let position = position.index(address.len());
        let other = if &address[position..=position] == "Z" { "Y" } else { "Z" };
        address.replace_range(position..=position, other);
        prop_assert_ne!(population.index_of_address(&address), Some(index), "{}", address);
    }

    #[test]
    fn foreign_texts_belong_to_nobody(text in ".*", uuid_bits in 0_u128..1 << uuid_text::BITS) {
        let population = population(7);
        for text in [text, uuid_text::format(uuid_bits)] {
            prop_assert_eq!(population.index_of_endpoint_id(&text), None);
            prop_assert_eq!(population.index_of_address(&text), None);
            prop_assert_eq!(population.indexes_of_user(&text), None);
        }
    }
}

#[test]
fn texts_of_nearly_the_right_form_belong_to_nobody() {
    let population = population(7);
    for address in [
        "",
        "@",
        "alice@example.com",
        "maria.garcia1@example.com",
        "a99999999999999999999999@example.com",
        "+1",
        "+12065550100x",
        "+12065559100",
        "+15555550100",
        "+999",
        "+9991",
        "+999999999999999999999999999999999999999999999999999",
        ":APA91b",
        "amzn1.adm-registration.v3.",
        "https://hooks.example.net/pinpoint/00",
        "00000000000000000000",
        "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ",
    ] {
        assert_eq!(population.index_of_address(address), None, "{address}");
    }
    for user_id in [
        "customer-",
        "customer-+000000000",
        "customer-00000000000",
        "customer-é",
    ] {
        assert_eq!(population.indexes_of_user(user_id), None, "{user_id}");
    }
}

#[test]
fn users_own_exactly_the_endpoints_that_name_them() {
    let population = population(7);
    let mut owned: BTreeMap<String, (Vec<u64>, Option<AttributeMap>)> = BTreeMap::new();
    for (index, endpoint) in (0..).zip(sample()) {
        if let Some(user) = endpoint.user {
            let entry = owned
                .entry(user.user_id.unwrap())
                .or_insert_with(|| (Vec::new(), user.user_attributes.clone()));
            entry.0.push(index);
            assert_eq!(entry.1, user.user_attributes, "the same on all endpoints");
        }
    }
    for (user_id, (indexes, _)) in &owned {
        let range = population.indexes_of_user(user_id).unwrap();
        assert_eq!(range.collect::<Vec<_>>(), *indexes);
        assert!(
            indexes.len() as u64 <= limits::ENDPOINTS_PER_USER_MAX,
            "a limit of the service"
        );
    }
    let with_user: usize = owned.values().map(|(indexes, _)| indexes.len()).sum();
    assert!((15_000..19_000).contains(&with_user), "{with_user}");
}

#[test]
fn a_count_cuts_users_and_changes_no_endpoint() {
    let large = population(7);
    for count in 0..200 {
        let small = population_of(7, "0123456789abcdef0123456789abcdef", count);
        assert_eq!(small.endpoint(150), large.endpoint(150));
        let user_id = |index| large.endpoint(index).user.and_then(|user| user.user_id);
        for user_id in (0..200).filter_map(user_id) {
            let whole = large.indexes_of_user(&user_id).unwrap();
            let expected = (whole.start < count).then(|| whole.start..whole.end.min(count));
            assert_eq!(small.indexes_of_user(&user_id), expected);
        }
    }
}

#[test]
fn seeds_and_applications_have_nothing_in_common() {
    let origin = population(7).endpoint(3);
    let others = [
        population(8),
        population_of(7, "fedcba9876543210fedcba9876543210", SAMPLE),
    ];
    for other in others {
        assert_eq!(other.index_of_endpoint_id(&origin.id), None);
        assert_ne!(other.endpoint(3).effective_date, origin.effective_date);
    }
}

#[test]
fn ids_and_addresses_are_unique_and_safe() {
    let mut texts = BTreeSet::new();
    for endpoint in sample() {
        let address = endpoint.address.unwrap();
        assert!(is_safe(&address), "{address}");
        if endpoint.channel_type.as_deref() != Some("IN_APP") {
            assert!(texts.insert(address));
        }
        assert!(texts.insert(endpoint.id));
    }
}

/// Whether nobody can be reached: reserved domains, fictional or unassigned numbers, and tokens of
/// a form that belongs to no provider's real device but by a chance of one in 2^64.
fn is_safe(address: &str) -> bool {
    let made_of = |text: &str, accepts: fn(&u8) -> bool| text.bytes().all(|byte| accepts(&byte));
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if let Some((local, domain)) = address.split_once('@') {
        let reserved = [
            "example.com",
            "example.org",
            "example.net",
            "example",
            "test",
            "invalid",
        ];
        return !local.is_empty()
            && reserved
                .iter()
                .any(|name| domain == *name || domain.ends_with(&format!(".{name}")));
    }
    if let Some(digits) = address.strip_prefix('+') {
        let fictional = digits.len() == 11 && &digits[..1] == "1" && &digits[4..9] == "55501";
        let unassigned = digits.len() == 15 && &digits[..3] == "999";
        return made_of(digits, u8::is_ascii_digit) && (fictional || unassigned);
    }
    if let Some((first, rest)) = address.split_once(":APA91b") {
        return first.len() == 11
            && rest.len() == 134
            && made_of(first, token)
            && made_of(rest, token);
    }
    if let Some(rest) = address.strip_prefix("amzn1.adm-registration.v3.") {
        return rest.len() == 112 && made_of(rest, token);
    }
    if let Some(rest) = address.strip_prefix("https://hooks.example.net/pinpoint/") {
        return rest.len() == 16 && made_of(rest, u8::is_ascii_hexdigit);
    }
    match address.len() {
        20 => made_of(address, u8::is_ascii_digit),
        22 => made_of(address, token),
        36 => uuid_text::parse(address).is_some(),
        64 => made_of(address, u8::is_ascii_hexdigit),
        _ => false,
    }
}

#[test]
fn the_limits_of_the_service_are_kept() {
    let mut names = BTreeSet::new();
    for endpoint in sample() {
        assert!(json::to_vec(&endpoint).len() <= limits::ENDPOINT_BYTES_MAX);
        names.extend(attribute::names(&endpoint).map(|(kind, name)| (kind, name.to_owned())));
        let user_attributes = endpoint.user.and_then(|user| user.user_attributes);
        for (name, values) in endpoint
            .attributes
            .into_iter()
            .chain(user_attributes)
            .flatten()
        {
            assert!(values.len() <= limits::ATTRIBUTE_VALUES_MAX);
            let mut lengths = values.iter().map(|value| value.chars().count());
            assert!(
                lengths.all(|length| length <= limits::ATTRIBUTE_VALUE_CHARS_MAX),
                "{name}"
            );
        }
        assert!(
            endpoint
                .metrics
                .into_iter()
                .flatten()
                .all(|(_, value)| value.is_finite())
        );
    }
    let listed = attribute_names().map(|(kind, name)| (kind, name.to_owned()));
    assert_eq!(names, listed.collect());
    assert!(names.len() as u64 <= limits::ATTRIBUTE_NAMES_MAX);
    let mut lengths = names.iter().map(|(_, name)| name.chars().count());
    assert!(lengths.all(|length| length <= limits::ATTRIBUTE_NAME_CHARS_MAX));
}

#[test]
fn all_channels_occur_in_plausible_shares() {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for endpoint in sample() {
        *counts.entry(endpoint.channel_type.unwrap()).or_default() += 1;
    }
    let expected = [
        ("ADM", 100..500),
        ("APNS", 3_000..4_600),
        ("APNS_SANDBOX", 200..700),
        ("APNS_VOIP", 80..300),
        ("APNS_VOIP_SANDBOX", 40..200),
        ("BAIDU", 50..300),
        ("CUSTOM", 200..700),
        ("EMAIL", 6_500..8_500),
        ("GCM", 2_200..3_500),
        ("IN_APP", 300..900),
        ("PUSH", 150..500),
        ("SMS", 2_500..3_700),
        ("VOICE", 300..800),
    ];
    assert_eq!(counts.len(), expected.len());
    for (channel, range) in expected {
        assert!(
            range.contains(&counts[channel]),
            "{channel}: {}",
            counts[channel]
        );
    }
}

/// What it is called, and whether it holds for an endpoint and its line.
type Claim = (&'static str, fn(&EndpointResponse, &str) -> bool);

#[test]
fn the_oddities_of_real_lists_occur_but_do_not_rule() {
    let claims: [Claim; 19] = [
        ("inactive", |e, _| {
            e.endpoint_status.as_deref() == Some("INACTIVE")
        }),
        ("opted out", |e, _| e.opt_out.as_deref() == Some("ALL")),
        ("request id", |e, _| e.request_id.is_some()),
        ("no location", |e, _| e.location.is_none()),
        ("country only", |_, line| {
            line.contains(r#""Location":{"Country":"#)
        }),
        ("three-letter country", |e, _| {
            let country = e
                .location
                .as_ref()
                .and_then(|location| location.country.as_ref());
            country.is_some_and(|country| country.len() == 3)
        }),
        ("no demographic", |e, _| e.demographic.is_none()),
        ("no attributes", |e, _| e.attributes.is_none()),
        ("no metrics", |e, _| e.metrics.is_none()),
        ("no user", |e, _| e.user.is_none()),
        ("user alone", |e, _| {
            e.user
                .as_ref()
                .is_some_and(|user| user.user_attributes.is_none())
        }),
        ("empty list", |_, line| line.contains(":[]")),
        ("exponent", |_, line| line.contains("E9")),
        ("negative", |e, _| {
            e.metrics.iter().flatten().any(|(_, number)| *number < 0.0)
        }),
        ("date of a client", |e, _| {
            e.effective_date
                .as_ref()
                .is_some_and(|date| date.len() < 24)
        }),
        ("quote", |_, line| line.contains(r#"\""#)),
        ("backslash", |_, line| line.contains(r"\\")),
        ("control character", |_, line| line.contains(r"\u00")),
        ("right to left", |_, line| line.contains('ש')),
    ];
    let mut counts = [0_u32; 19];
    let mut not_ascii = 0;
    for endpoint in sample() {
        let line = String::from_utf8(json::to_vec(&endpoint)).unwrap();
        for (count, (_, holds)) in counts.iter_mut().zip(claims) {
            *count += u32::from(holds(&endpoint, &line));
        }
        not_ascii += u32::from(!line.is_ascii());
        assert!(endpoint.creation_date <= endpoint.effective_date);
    }
    for (count, (what, _)) in counts.iter().zip(claims) {
        assert!((20..14_000).contains(count), "{what}: {count}");
    }
    assert!((5_000..19_000).contains(&not_ascii), "{not_ascii}");
}

#[test]
fn lines_are_as_long_and_as_compressible_as_real_ones() {
    let mut lines = Vec::new();
    for endpoint in sample() {
        lines.extend(json::to_vec(&endpoint));
        lines.push(b'\n');
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&lines).unwrap();
    let compressed = encoder.finish().unwrap();
    let average = lines.len() / usize::try_from(SAMPLE).unwrap();
    assert!((700..=900).contains(&average), "{average} bytes a line");
    let tenths = lines.len() * 10 / compressed.len();
    assert!(
        (50..=70).contains(&tenths),
        "shrinks {tenths} tenths: {average}"
    );
}

#[test]
fn populations_of_written_down_seeds_stay_the_same() {
    // A change here breaks every seed that users have written down: name it in the change log.
    let population = population(7);
    let lines = |indexes: &[u64]| {
        let lines = indexes.iter().flat_map(|index| {
            let mut line = json::to_vec(&population.endpoint(*index));
            line.push(b'\n');
            line
        });
        String::from_utf8(lines.collect()).unwrap()
    };
    assert_eq!(
        lines(&[0, 1, 2, 65_535, 65_536, COUNT_MAX - 1]),
        include_str!("pinned.ndjson")
    );
    let digest = Sha256::digest(lines(&(0..1_000).collect::<Vec<u64>>()));
    assert_eq!(
        hex::encode(digest),
        "1523e446e41c4ec3b1ae1a3a93c699e41cb4e8a2f7abba6407da18608dd73e91"
    );
    let cohorts: Vec<u8> = (0..8).map(|index| population.cohort_id(index)).collect();
    assert_eq!(cohorts, [73, 12, 92, 92, 96, 56, 0, 75]);
}
