//! Whether endpoints belong, by tables, by laws, and against a plain second reading of the rules.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::matcher::{Matcher, ResolvedVersion, VersionId};
use super::profile::{LineProfile, Profile};
use super::{Criteria, CriteriaError};
use crate::domain::id::SegmentId;
use crate::model::endpoint::EndpointResponse;
use crate::model::json as wire;
use crate::model::segment::SegmentType;

const NOW: &str = "2026-02-01T00:00:00Z";

fn criteria(body: &Value) -> Criteria {
    let member = |name: &str| body.get(name).cloned().unwrap_or_default();
    Criteria::of_request(
        serde_json::from_value(member("Dimensions")).unwrap(),
        serde_json::from_value(member("SegmentGroups")).unwrap(),
    )
    .unwrap()
    .unwrap_or(Criteria::Everybody)
}

/// The last of `segments` is asked; its sources are the ones before, named by their places.
fn matcher(segments: &[Value]) -> Matcher {
    let versions = segments.iter().enumerate().map(|(place, body)| {
        let criteria = criteria(body);
        let sources = criteria
            .sources()
            .map(|source| source.id.parse().ok())
            .collect();
        let version = VersionId {
            segment: SegmentId::parse(&place.to_string()).unwrap(),
            number: 1,
        };
        ResolvedVersion {
            version,
            criteria,
            sources,
        }
    });
    Matcher::compile(versions.collect(), NOW.parse().unwrap())
}

fn endpoint(members: &Value) -> EndpointResponse {
    let mut endpoint = json!({"Id": "e", "ApplicationId": "a"});
    endpoint
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    serde_json::from_value(endpoint).unwrap()
}

/// Asks for an endpoint and for its line, which must give the same answer.
fn belongs(segments: &[Value], members: &Value) -> bool {
    let (matcher, endpoint) = (matcher(segments), endpoint(members));
    let nobody = |_: &VersionId, _: &Profile<'_>| Ok::<_, ()>(false);
    let made = matcher.matches(&Profile::from(&endpoint), nobody).unwrap();
    let line = wire::to_vec(&endpoint);
    let line: LineProfile<'_> = serde_json::from_slice(&line).unwrap();
    assert_eq!(matcher.matches(&line.profile(), nobody).unwrap(), made);
    made
}

fn check(dimensions: &Value, cases: &[(Value, bool)]) {
    for (members, expected) in cases {
        let found = belongs(&[json!({"Dimensions": dimensions})], members);
        assert_eq!(found, *expected, "{dimensions} {members}");
    }
}

fn refused(body: &Value) -> CriteriaError {
    let member = |name: &str| body.get(name).cloned().unwrap_or_default();
    Criteria::of_request(
        serde_json::from_value(member("Dimensions")).unwrap(),
        serde_json::from_value(member("SegmentGroups")).unwrap(),
    )
    .unwrap_err()
}

#[test]
fn an_attribute_is_compared_as_its_type_says() {
    let with = |values: &[&str]| json!({"Attributes": {"a": values}});
    let check = |attribute: Value, cases: &[(&[&str], bool)]| {
        let cases: Vec<_> = cases
            .iter()
            .map(|(values, holds)| (with(values), *holds))
            .collect();
        check(&json!({"Attributes": {"a": attribute}}), &cases);
    };
    check(
        json!({"Values": ["x", "y"]}),
        &[
            (&["x"], true),
            (&["z", "y"], true),
            (&["X"], false),
            (&[], false),
            (&["xy"], false),
        ],
    );
    check(
        json!({"AttributeType": "INCLUSIVE", "Values": []}),
        &[(&["x"], false), (&[], false)],
    );
    check(
        json!({"AttributeType": "EXCLUSIVE", "Values": ["x", "y"]}),
        &[
            (&["x"], false),
            (&["z", "y"], false),
            (&["X"], true),
            (&[], true),
        ],
    );
    check(
        json!({"AttributeType": "EXCLUSIVE", "Values": []}),
        &[(&["x"], true), (&[], true)],
    );
    check(
        json!({"AttributeType": "CONTAINS", "Values": ["ß", "👩‍👧", "b"]}),
        &[
            (&["straße"], true),
            (&["STRASSE"], false),
            (&["👩‍👩‍👧"], true),
            (&["abc"], true),
            (&["B"], false),
        ],
    );
    check(
        json!({"AttributeType": "CONTAINS", "Values": [""]}),
        &[(&["x"], true), (&[""], true), (&[], false)],
    );
}

#[test]
fn a_date_is_compared_as_its_type_says() {
    let with = |value: &str| json!({"User": {"UserAttributes": {"a": ["no date", value]}}});
    let check = |attribute: Value, cases: &[(&str, bool)]| {
        let cases: Vec<_> = cases
            .iter()
            .map(|(value, holds)| (with(value), *holds))
            .collect();
        check(&json!({"UserAttributes": {"a": attribute}}), &cases);
    };
    let (one, two) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    check(
        json!({"AttributeType": "BEFORE", "Values": [two, one]}),
        &[
            ("2026-01-01T12:00:00Z", true),
            (two, false),
            ("2026-01-02T01:00:00+02:00", true),
            ("2026", false),
        ],
    );
    check(
        json!({"AttributeType": "AFTER", "Values": [two, one]}),
        &[
            ("2026-01-01T00:00:00.001Z", true),
            (one, false),
            ("9999-12-30T00:00:00Z", true),
            ("", false),
        ],
    );
    check(
        json!({"AttributeType": "BETWEEN", "Values": [one, two]}),
        &[
            (one, true),
            (two, true),
            ("2025-12-31T23:59:59.999Z", false),
            ("2026-01-02T00:00:00.001Z", false),
        ],
    );
    check(
        json!({"AttributeType": "BETWEEN", "Values": [two, one]}),
        &[(one, false), (two, false), ("2026-01-01T12:00:00Z", false)],
    );
    check(
        json!({"AttributeType": "ON", "Values": [one, "2026-03-01T23:00:00-05:00"]}),
        &[
            ("2026-01-01T23:59:59Z", true),
            ("2026-01-02T01:00:00+02:00", true),
            (two, false),
            ("2026-03-02T00:00:00Z", true),
        ],
    );
    for date_type in ["BEFORE", "AFTER", "ON"] {
        check(
            json!({"AttributeType": date_type, "Values": []}),
            &[(one, false)],
        );
    }
}

#[test]
fn a_metric_is_compared_as_its_operator_says() {
    let operators = [
        "GREATER_THAN",
        "LESS_THAN",
        "GREATER_THAN_OR_EQUAL",
        "LESS_THAN_OR_EQUAL",
        "EQUAL",
    ];
    for (metric, value, expected) in [
        (1.0, 1.0, [false, false, true, true, true]),
        (2.0, 1.0, [true, false, true, false, false]),
        (-1e308, 1e308, [false, true, false, true, false]),
        (0.0, -0.0, [false, false, true, true, true]),
        (5e-324, 0.0, [true, false, true, false, false]),
    ] {
        for (operator, expected) in operators.iter().zip(expected) {
            check(
                &json!({"Metrics": {"m": {"ComparisonOperator": operator, "Value": value}}}),
                &[
                    (json!({"Metrics": {"m": metric}}), expected),
                    (json!({"Metrics": {"n": metric}}), false),
                    (json!({}), false),
                ],
            );
        }
    }
}

#[test]
fn a_member_is_one_of_the_values_or_none() {
    for (dimension, member, endpoint_with) in [
        ("Demographic", "AppVersion", "/Demographic/AppVersion"),
        ("Demographic", "Channel", "/ChannelType"),
        ("Demographic", "Make", "/Demographic/Make"),
        ("Demographic", "Model", "/Demographic/Model"),
        ("Demographic", "Platform", "/Demographic/Platform"),
        ("Location", "Country", "/Location/Country"),
    ] {
        let with = |value: &str| match endpoint_with[1..].split_once('/') {
            Some((object, member)) => json!({object: {member: value}}),
            None => json!({&endpoint_with[1..]: value}),
        };
        let set = |kind: &str| json!({dimension: {member: {"DimensionType": kind, "Values": ["a", "b"]}}});
        let cases = [with("a"), with("b"), with("c"), with(""), json!({})];
        let holds = [true, true, false, false, false];
        let inclusive: Vec<_> = cases.iter().cloned().zip(holds).collect();
        let exclusive: Vec<_> = cases
            .iter()
            .cloned()
            .zip(holds.map(|holds| !holds))
            .collect();
        check(&set("INCLUSIVE"), &inclusive);
        check(&set("EXCLUSIVE"), &exclusive);
        check(
            &json!({dimension: {member: {"Values": ["a", "b"]}}}),
            &inclusive,
        );
    }
    check(
        &json!({"Demographic": {"Platform": {"Values": ["iOS"]}}}),
        &[(json!({"Demographic": {"Platform": "ios"}}), true)],
    );
    check(
        &json!({"Demographic": {"Make": {"Values": ["Apple"]}}}),
        &[(json!({"Demographic": {"Make": "apple"}}), false)],
    );
    for (kind, holds) in [("INCLUSIVE", false), ("EXCLUSIVE", true)] {
        check(
            &json!({"Demographic": {"DeviceType": {"DimensionType": kind, "Values": ["phone"]}}}),
            &[(json!({"Demographic": {"Make": "phone"}}), holds)],
        );
    }
}

#[test]
fn distances_follow_great_circles() {
    let near = |latitude: f64, longitude: f64, range: Value| {
        let coordinates = json!({"Latitude": latitude, "Longitude": longitude});
        json!({"Location": {"GPSPoint": {"Coordinates": coordinates, "RangeInKilometers": range}}})
    };
    let at = |latitude: f64, longitude: f64| json!({"Location": {"Latitude": latitude, "Longitude": longitude}});
    // Madrid to Barcelona is about 505 km, a degree along the equator 111.19 km.
    check(&near(40.4, -3.7, json!(510.0)), &[(at(41.4, 2.2), true)]);
    check(&near(40.4, -3.7, json!(500.0)), &[(at(41.4, 2.2), false)]);
    check(&near(0.0, 179.9, json!(23.0)), &[(at(0.0, -179.9), true)]);
    check(&near(0.0, 179.9, json!(22.0)), &[(at(0.0, -179.9), false)]);
    check(&near(12.3, 180.0, json!(0.0)), &[(at(12.3, -180.0), true)]);
    check(&near(90.0, 0.0, json!(0.001)), &[(at(90.0, 77.7), true)]);
    check(&near(-90.0, 0.0, json!(20_016.0)), &[(at(90.0, 0.0), true)]);
    check(
        &near(-90.0, 0.0, json!(20_015.0)),
        &[(at(90.0, 0.0), false)],
    );
    check(
        &near(5.5, 6.6, Value::Null),
        &[(at(5.5, 6.6), true), (at(5.5, 6.7), false)],
    );
    check(&near(5.5, 6.6, json!(-1.0)), &[(at(5.5, 6.6), false)]);
    check(&near(1e308, -1e308, json!(1e308)), &[(at(5.5, 6.6), true)]);
    check(
        &near(0.0, 0.0, json!(1e9)),
        &[
            (json!({"Location": {"Latitude": 0.0}}), false),
            (json!({"Location": {"Longitude": 0.0}}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn the_border_of_a_range_belongs_to_it() {
    // From pole to pole is half a turn, of which no bit is lost.
    let half_turn = 2.0 * 6371.0 * std::f64::consts::FRAC_PI_2;
    for (range, is_near) in [
        (half_turn, true),
        (half_turn.next_up(), true),
        (half_turn.next_down(), false),
    ] {
        let south = json!({"Latitude": -90.0, "Longitude": 0.0});
        let point = json!({"Coordinates": south, "RangeInKilometers": range});
        let north = json!({"Location": {"Latitude": 90.0, "Longitude": 0.0}});
        check(
            &json!({"Location": {"GPSPoint": point}}),
            &[(north, is_near)],
        );
    }
}

#[test]
fn recency_is_the_time_since_the_effective_date() {
    for (duration, last_active) in [
        ("HR_24", "2026-01-31T00:00:00Z"),
        ("DAY_7", "2026-01-25T00:00:00Z"),
        ("DAY_14", "2026-01-18T00:00:00Z"),
        ("DAY_30", "2026-01-02T00:00:00Z"),
    ] {
        let earlier: jiff::Timestamp = last_active.parse().unwrap();
        let earlier = (earlier - jiff::SignedDuration::from_millis(1)).to_string();
        for (date, is_active) in [
            (json!(last_active), true),
            (json!(earlier), false),
            (json!("2030-01-01T00:00:00Z"), true),
            (json!("1970-01-01T00:00:00Z"), false),
            (json!("last week"), false),
            (json!(""), false),
            (Value::Null, false),
        ] {
            for (kind, expected) in [("ACTIVE", is_active), ("INACTIVE", !is_active)] {
                check(
                    &json!({"Behavior": {"Recency": {"Duration": duration, "RecencyType": kind}}}),
                    &[(json!({"EffectiveDate": date}), expected)],
                );
            }
        }
    }
}

#[test]
fn lines_of_any_age_are_read() {
    let matcher =
        matcher(&[json!({"Dimensions": {"Attributes": {"Gender": {"Values": ["Female"]}}}})]);
    let line = br#"{"Odd":{"x":[1]},"Attributes":{"Gender":"Female","None":null},"Id":"e","Metrics":{"m":7},"Location":{"Odd":1}}"#;
    let line: LineProfile<'_> = serde_json::from_slice(line).unwrap();
    assert_eq!(
        matcher.matches(&line.profile(), |_, _| Ok::<_, ()>(false)),
        Ok(true)
    );
    assert_eq!(line.profile().metrics.get("m"), Some(7.0));
}

#[test]
fn lines_are_read_as_the_endpoints_they_stand_for() {
    let line = br#"{"Id":"\u0065","Attributes":{"a\u0062":["\"x\"","y"],"twice":["x"],"twice":["y"],"none":[]},"Metrics":{"m":1,"m":2.5},"User":{"UserId":"u","UserAttributes":{"t":"\u0041"}}}"#;
    let line: LineProfile<'_> = serde_json::from_slice(line).unwrap();
    let profile = line.profile();
    assert_eq!((profile.id, profile.user_id), ("e", Some("u")));
    assert_eq!(profile.metrics.get("m"), Some(2.5));
    assert_eq!(profile.metrics.get("n"), None);
    for (name, expected) in [
        ("ab", &["\"x\"", "y"][..]),
        ("twice", &["y"]),
        ("none", &[]),
        ("other", &[]),
    ] {
        assert!(profile.attributes.values(name).eq(expected.iter().copied()));
    }
    assert!(profile.user_attributes.values("t").eq(["A"]));
    for odd in [
        r#"{"Id":"e","Attributes":[]}"#,
        r#"{"Id":"e","Attributes":{"a":1}}"#,
        r#"{"Id":"e","Metrics":{"m":"1"}}"#,
    ] {
        assert!(
            serde_json::from_str::<LineProfile<'_>>(odd).is_err(),
            "{odd}"
        );
    }
}

#[test]
fn what_means_nothing_is_refused() {
    let attribute = |kind: &str, values: &[&str]| json!({"Dimensions": {"UserAttributes": {"a": {"AttributeType": kind, "Values": values}}}});
    let now = "2026-01-01T00:00:00Z";
    for (body, expected) in [
        (
            json!({"Dimensions": {}, "SegmentGroups": {}}),
            CriteriaError::DimensionsAndGroups,
        ),
        (
            attribute("BEFORE", &[now, "2026-01-01"]),
            CriteriaError::NotADateTime("2026-01-01".to_owned()),
        ),
        (
            attribute("AFTER", &["", now]),
            CriteriaError::NotADateTime(String::new()),
        ),
        (
            attribute("ON", &["yesterday"]),
            CriteriaError::NotADateTime("yesterday".to_owned()),
        ),
        (
            attribute("BETWEEN", &[now, "x"]),
            CriteriaError::NotADateTime("x".to_owned()),
        ),
        (
            json!({"Dimensions": {"Attributes": {"a": {"AttributeType": "ON", "Values": ["x"]}}}}),
            CriteriaError::NotADateTime("x".to_owned()),
        ),
        (
            json!({"Dimensions": {"Metrics": {"m": {"ComparisonOperator": "", "Value": 1}}}}),
            CriteriaError::UnknownOperator(String::new()),
        ),
        (attribute("BETWEEN", &[]), CriteriaError::NotTwoValues),
        (attribute("BETWEEN", &[now]), CriteriaError::NotTwoValues),
        (
            attribute("BETWEEN", &[now, now, now]),
            CriteriaError::NotTwoValues,
        ),
        (
            json!({"SegmentGroups": {"Groups": [{"Dimensions": [{"Metrics": {"m": {"ComparisonOperator": "equal", "Value": 1}}}]}]}}),
            CriteriaError::UnknownOperator("equal".to_owned()),
        ),
    ] {
        assert_eq!(refused(&body), expected, "{body}");
    }
}

#[test]
fn every_kind_of_dimension_counts() {
    let set = json!({"Values": []});
    let nine = json!({
        "Demographic": {"AppVersion": set, "Channel": set, "DeviceType": set, "Make": set, "Model": set, "Platform": set},
        "Location": {"Country": set, "GPSPoint": {"Coordinates": {"Latitude": 0.0, "Longitude": 0.0}}},
        "Behavior": {"Recency": {"Duration": "HR_24", "RecencyType": "ACTIVE"}},
    });
    let attributes = |count: usize| -> Value {
        (0..count)
            .map(|n| (n.to_string(), set.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let groups = |of_attributes: usize, of_users: usize| {
        json!({"SegmentGroups": {"Groups": [
            {"Dimensions": [nine, {"Attributes": attributes(of_attributes)}]},
            {"Dimensions": [{"UserAttributes": attributes(of_users)}, nine]},
        ]}})
    };
    criteria(&groups(41, 41));
    assert_eq!(refused(&groups(42, 41)), CriteriaError::TooManyDimensions);
    assert_eq!(refused(&groups(41, 42)), CriteriaError::TooManyDimensions);
}

#[test]
fn texts_need_not_be_dates_where_none_are_compared() {
    for attribute in [
        json!({"Values": ["x"]}),
        json!({"AttributeType": "INCLUSIVE", "Values": ["x"]}),
        json!({"AttributeType": "EXCLUSIVE", "Values": ["x"]}),
        json!({"AttributeType": "CONTAINS", "Values": ["x"]}),
        json!({"AttributeType": "BEFORE", "Values": []}),
    ] {
        criteria(&json!({"Dimensions": {"Attributes": {"a": attribute}}}));
    }
}

#[test]
fn a_segment_without_groups_may_have_as_many_dimensions() {
    let metric = json!({"ComparisonOperator": "EQUAL", "Value": 1.0});
    let with = |count: usize| {
        let metrics = (0..count).map(|n| (n.to_string(), metric.clone()));
        let metrics: serde_json::Map<_, _> = metrics.collect();
        json!({"Dimensions": {"Metrics": metrics}})
    };
    criteria(&with(100));
    assert_eq!(refused(&with(101)), CriteriaError::TooManyDimensions);
}

#[test]
fn groups_and_source_segments_are_bounded() {
    let groups = |groups: &[Value]| json!({"SegmentGroups": {"Groups": groups}});
    criteria(&groups(&vec![json!({}); 100]));
    let refused_groups = refused(&groups(&vec![json!({}); 101]));
    assert_eq!(refused_groups, CriteriaError::TooManyGroups);
    let sources = |count: usize| json!({"SourceSegments": vec![json!({"Id": "s"}); count]});
    criteria(&groups(&[sources(400), sources(600)]));
    let refused_sources = refused(&groups(&[sources(400), sources(601)]));
    assert_eq!(refused_sources, CriteriaError::TooManySources);
}

#[test]
fn only_imported_criteria_make_an_imported_segment() {
    let definition =
        json!({"ExternalId": "", "Format": "CSV", "RoleArn": "", "S3Url": "", "Size": 0});
    let imported = Criteria::Imported(serde_json::from_value(definition).unwrap());
    assert_eq!(imported.segment_type(), SegmentType::Import);
    assert_eq!(imported.groups(), []);
    for body in [
        json!({}),
        json!({"Dimensions": {}}),
        json!({"SegmentGroups": {}}),
    ] {
        let criteria = criteria(&body);
        assert_eq!(criteria.segment_type(), SegmentType::Dimensional, "{body}");
        assert_eq!(criteria.sources().count(), 0);
    }
    assert_eq!(Criteria::of_request(None, None), Ok(None));
}

#[test]
fn members_of_imported_segments_are_asked_for() {
    let imported = ResolvedVersion {
        version: VersionId {
            segment: SegmentId::parse("i").unwrap(),
            number: 3,
        },
        criteria: Criteria::Imported(
            serde_json::from_value(
                json!({"ExternalId": "", "Format": "CSV", "RoleArn": "", "S3Url": "", "Size": 0}),
            )
            .unwrap(),
        ),
        sources: Vec::new(),
    };
    let dynamic = ResolvedVersion {
        version: VersionId {
            segment: SegmentId::parse("d").unwrap(),
            number: 1,
        },
        criteria: criteria(
            &json!({"SegmentGroups": {"Groups": [{"SourceSegments": [{"Id": "i"}], "SourceType": "NONE"}]}}),
        ),
        sources: vec![Some(0)],
    };
    let alone = Matcher::compile(vec![imported.clone()], NOW.parse().unwrap());
    assert_eq!(alone.as_imported(), Some(&imported.version));
    let based_on_it = Matcher::compile(vec![imported.clone(), dynamic], NOW.parse().unwrap());
    assert_eq!(based_on_it.as_imported(), None);
    assert!(based_on_it.imported_sources().eq([&imported.version]));
    for is_member in [true, false] {
        let ask = |matcher: &Matcher| {
            matcher.matches(&Profile::default(), |version, _| {
                assert_eq!(*version, imported.version);
                Ok::<_, ()>(is_member)
            })
        };
        assert_eq!(
            (ask(&alone), ask(&based_on_it)),
            (Ok(is_member), Ok(!is_member))
        );
    }
    let failing = based_on_it.matches(&Profile::default(), |_, _| Err("gone"));
    assert_eq!(failing, Err("gone"));
}

// A plain second reading of the rules, on JSON.

fn naive(segments: &[Value], place: usize, endpoint: &Value) -> bool {
    let body = &segments[place];
    if let Some(dimensions) = body.get("Dimensions") {
        return naive_dimensions(dimensions, endpoint);
    }
    let Some(list) = body.get("SegmentGroups") else {
        return true;
    };
    let groups = list["Groups"].as_array().cloned().unwrap_or_default();
    let groups: Vec<bool> = groups
        .iter()
        .map(|group| {
            let sources = group["SourceSegments"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let sources: Vec<bool> = sources
                .iter()
                .map(|source| match source["Id"].as_str().unwrap().parse() {
                    Ok(place) => naive(segments, place, endpoint),
                    Err(_) => false,
                })
                .collect();
            let dimensions = group["Dimensions"].as_array().cloned().unwrap_or_default();
            let dimensions: Vec<bool> = dimensions
                .iter()
                .map(|one| naive_dimensions(one, endpoint))
                .collect();
            naive_quantity(&group["SourceType"], &sources)
                && naive_quantity(&group["Type"], &dimensions)
        })
        .collect();
    naive_quantity(&list["Include"], &groups)
}

fn naive_quantity(quantity: &Value, parts: &[bool]) -> bool {
    let holding = parts.iter().filter(|holds| **holds).count();
    if parts.is_empty() {
        return true;
    }
    match quantity.as_str() {
        Some("ANY") => holding > 0,
        Some("NONE") => holding == 0,
        _ => holding == parts.len(),
    }
}

fn naive_dimensions(dimensions: &Value, endpoint: &Value) -> bool {
    let empty = serde_json::Map::new();
    let object = |value: &Value| value.as_object().unwrap_or(&empty).clone();
    for (kind, attributes) in [
        ("Attributes", &endpoint["Attributes"]),
        ("UserAttributes", &endpoint["User"]["UserAttributes"]),
    ] {
        for (name, dimension) in object(&dimensions[kind]) {
            let values: Vec<String> =
                serde_json::from_value(attributes[&name].clone()).unwrap_or_default();
            if !naive_attribute(&dimension, &values) {
                return false;
            }
        }
    }
    for (name, dimension) in object(&dimensions["Metrics"]) {
        let Some(metric) = endpoint["Metrics"][&name].as_f64() else {
            return false;
        };
        let order = metric
            .partial_cmp(&dimension["Value"].as_f64().unwrap())
            .unwrap();
        let holds = match dimension["ComparisonOperator"].as_str().unwrap() {
            "GREATER_THAN" => order.is_gt(),
            "LESS_THAN" => order.is_lt(),
            "GREATER_THAN_OR_EQUAL" => order.is_ge(),
            "LESS_THAN_OR_EQUAL" => order.is_le(),
            _ => order.is_eq(),
        };
        if !holds {
            return false;
        }
    }
    let sets = [
        (
            &dimensions["Demographic"]["Channel"],
            &endpoint["ChannelType"],
        ),
        (
            &dimensions["Demographic"]["Platform"],
            &endpoint["Demographic"]["Platform"],
        ),
        (
            &dimensions["Location"]["Country"],
            &endpoint["Location"]["Country"],
        ),
    ];
    for (set, member) in sets {
        if let Some(values) = set["Values"].as_array() {
            let is_one = values.iter().any(|value| {
                let value = value.as_str().unwrap();
                let lower = set == &dimensions["Demographic"]["Platform"];
                let value = if lower {
                    value.to_lowercase()
                } else {
                    value.to_owned()
                };
                member.as_str() == Some(&value)
            });
            if is_one == (set["DimensionType"] == "EXCLUSIVE") {
                return false;
            }
        }
    }
    if let Some(place) = dimensions["Location"]["GPSPoint"].as_object() {
        let range = place.get("RangeInKilometers").and_then(Value::as_f64);
        let distance = naive_distance(&endpoint["Location"], &place["Coordinates"]);
        if distance.is_none_or(|distance| distance > range.unwrap_or(0.0)) {
            return false;
        }
    }
    if let Some(recency) = dimensions["Behavior"]["Recency"].as_object() {
        let hours = match recency["Duration"].as_str().unwrap() {
            "HR_24" => 24,
            "DAY_7" => 168,
            "DAY_14" => 336,
            _ => 720,
        };
        let now: jiff::Timestamp = NOW.parse().unwrap();
        let date: Option<jiff::Timestamp> = endpoint["EffectiveDate"]
            .as_str()
            .and_then(|date| date.parse().ok());
        let active = date.is_some_and(|date| now.as_second() - date.as_second() <= hours * 3600);
        if active != (recency["RecencyType"] == "ACTIVE") {
            return false;
        }
    }
    true
}

/// By the angle between two vectors.
fn naive_distance(there: &Value, here: &Value) -> Option<f64> {
    let vector = |place: &Value| {
        let latitude = place["Latitude"].as_f64()?.to_radians();
        let longitude = place["Longitude"].as_f64()?.to_radians();
        let around = latitude.cos();
        Some([
            around * longitude.cos(),
            around * longitude.sin(),
            latitude.sin(),
        ])
    };
    let (one, other) = (vector(there)?, vector(here)?);
    let crossed = |i: usize, j: usize| one[i] * other[j] - one[j] * other[i];
    let sine = crossed(1, 2).hypot(crossed(2, 0)).hypot(crossed(0, 1));
    let cosine: f64 = one.iter().zip(other).map(|(one, other)| one * other).sum();
    Some(sine.atan2(cosine) * 6371.0)
}

fn naive_attribute(dimension: &Value, values: &[String]) -> bool {
    let wanted: Vec<String> = serde_json::from_value(dimension["Values"].clone()).unwrap();
    let millis = |text: &String| {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(jiff::Timestamp::as_millisecond)
    };
    let dates: Vec<i64> = values.iter().filter_map(millis).collect();
    let limits: Vec<i64> = wanted.iter().filter_map(millis).collect();
    let any_pair = |holds: fn(i64, i64) -> bool| {
        dates
            .iter()
            .any(|date| limits.iter().any(|limit| holds(*date, *limit)))
    };
    match dimension["AttributeType"].as_str() {
        Some("EXCLUSIVE") => values.iter().all(|value| !wanted.contains(value)),
        Some("CONTAINS") => values
            .iter()
            .any(|value| wanted.iter().any(|text| value.contains(text.as_str()))),
        Some("BEFORE") => any_pair(|date, limit| date < limit),
        Some("AFTER") => any_pair(|date, limit| date > limit),
        Some("ON") => {
            any_pair(|date, limit| date.div_euclid(86_400_000) == limit.div_euclid(86_400_000))
        }
        Some("BETWEEN") => dates
            .iter()
            .any(|date| limits[0] <= *date && *date <= limits[1]),
        _ => values.iter().any(|value| wanted.contains(value)),
    }
}

// Small alphabets, so that things meet.

fn texts() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "x",
        "y",
        "xy",
        "",
        "X",
        "2026-01-30T12:00:00Z",
        "2026-01-31T01:00:00+02:00",
        "2026-02-01",
    ])
}

fn dates() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "2026-01-30T12:00:00Z",
        "2026-01-30T23:00:00Z",
        "2026-01-31T01:00:00+02:00",
        "2020-01-01T00:00:00Z",
    ])
}

fn attribute_dimension() -> impl Strategy<Value = Value> {
    let plain = (
        prop::sample::select(vec![
            None,
            Some("INCLUSIVE"),
            Some("EXCLUSIVE"),
            Some("CONTAINS"),
        ]),
        prop::collection::vec(texts(), 0..3),
    )
        .prop_map(|(kind, values)| json!({"AttributeType": kind, "Values": values}));
    let dated = (
        prop::sample::select(vec!["BEFORE", "AFTER", "ON"]),
        prop::collection::vec(dates(), 0..3),
    )
        .prop_map(|(kind, values)| json!({"AttributeType": kind, "Values": values}));
    let between = (dates(), dates())
        .prop_map(|(start, end)| json!({"AttributeType": "BETWEEN", "Values": [start, end]}));
    prop_oneof![plain, dated, between]
}

fn set_dimension(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    (
        prop::sample::select(vec![None, Some("INCLUSIVE"), Some("EXCLUSIVE")]),
        prop::collection::vec(prop::sample::select(values), 0..3),
    )
        .prop_map(|(kind, values)| json!({"DimensionType": kind, "Values": values}))
}

const CHANNELS: &[&str] = &["EMAIL", "SMS"];
const PLATFORMS: &[&str] = &["ios", "iOS", "android"];
const COUNTRIES: &[&str] = &["ES", "es"];

fn degrees(values: &'static [f64]) -> impl Strategy<Value = f64> {
    prop::sample::select(values)
}

const LATITUDES: &[f64] = &[-90.0, -0.1, 0.0, 40.4, 90.0];
const LONGITUDES: &[f64] = &[-180.0, -3.7, 0.0, 0.2, 179.9];

fn place() -> impl Strategy<Value = Value> {
    (
        degrees(LATITUDES),
        degrees(LONGITUDES),
        prop::option::of(prop::sample::select(vec![1.0, 30.0, 500.0, 9000.0])),
    )
        .prop_map(|(latitude, longitude, range)| {
            let coordinates = json!({"Latitude": latitude, "Longitude": longitude});
            json!({"Coordinates": coordinates, "RangeInKilometers": range.unwrap_or(0.5)})
        })
}

/// Dimensions of one criterion each.
fn one_dimension() -> impl Strategy<Value = Value> {
    prop_oneof![
        (prop::sample::select(vec!["a", "b"]), attribute_dimension())
            .prop_map(|(name, dimension)| json!({"Attributes": {name: dimension}})),
        attribute_dimension().prop_map(|dimension| json!({"UserAttributes": {"u": dimension}})),
        (
            prop::sample::select(vec!["GREATER_THAN", "LESS_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL", "EQUAL"]),
            prop::sample::select(vec![-1.0, 0.0, 1e308]),
        )
            .prop_map(|(operator, value)| json!({"Metrics": {"m": {"ComparisonOperator": operator, "Value": value}}})),
        set_dimension(CHANNELS).prop_map(|set| json!({"Demographic": {"Channel": set}})),
        set_dimension(PLATFORMS).prop_map(|set| json!({"Demographic": {"Platform": set}})),
        set_dimension(COUNTRIES).prop_map(|set| json!({"Location": {"Country": set}})),
        place().prop_map(|place| json!({"Location": {"GPSPoint": place}})),
        (prop::sample::select(vec!["HR_24", "DAY_7", "DAY_14", "DAY_30"]), prop::sample::select(vec!["ACTIVE", "INACTIVE"]))
            .prop_map(|(duration, kind)| json!({"Behavior": {"Recency": {"Duration": duration, "RecencyType": kind}}})),
    ]
}

/// Puts the members of objects together; the last of a name wins.
fn merged(parts: Vec<Value>) -> Value {
    fn merge(into: &mut Value, from: Value) {
        match (into, from) {
            (Value::Object(into), Value::Object(from)) => {
                for (name, value) in from {
                    let is_dimension = value.get("Values").is_some() || !value.is_object();
                    match into.get_mut(&name) {
                        Some(there) if !is_dimension => merge(there, value),
                        _ => {
                            into.insert(name, value);
                        }
                    }
                }
            }
            (into, from) => *into = from,
        }
    }
    let mut whole = json!({});
    for part in parts {
        merge(&mut whole, part);
    }
    whole
}

fn dimensions() -> impl Strategy<Value = Value> {
    prop::collection::vec(one_dimension(), 0..4).prop_map(merged)
}

fn quantity() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, Some("ALL"), Some("ANY"), Some("NONE")])
}

/// Groups over the segments that come before place `place`; `gone` is not there.
fn groups(place: usize) -> impl Strategy<Value = Value> {
    let sources: Vec<String> = (0..place)
        .map(|one| one.to_string())
        .chain(["gone".to_owned()])
        .collect();
    let group = (
        prop::collection::vec(dimensions(), 0..3),
        prop::collection::vec(prop::sample::select(sources), 0..3),
        quantity(),
        quantity(),
    )
        .prop_map(|(dimensions, sources, source_type, dimensions_type)| {
            let sources: Vec<Value> = sources.iter().map(|id| json!({"Id": id})).collect();
            json!({"Dimensions": dimensions, "SourceSegments": sources, "SourceType": source_type, "Type": dimensions_type})
        });
    (prop::collection::vec(group, 0..3), quantity()).prop_map(
        |(groups, include)| json!({"SegmentGroups": {"Groups": groups, "Include": include}}),
    )
}

fn segments() -> impl Strategy<Value = Vec<Value>> {
    let plain = || dimensions().prop_map(|dimensions| json!({"Dimensions": dimensions}));
    (
        plain(),
        prop_oneof![plain().boxed(), groups(1).boxed()],
        groups(2),
    )
        .prop_map(|(first, second, third)| vec![first, second, third])
}

fn endpoints() -> impl Strategy<Value = Value> {
    let attributes = || {
        prop::collection::btree_map(
            prop::sample::select(vec!["a", "b", "u"]),
            prop::collection::vec(texts(), 0..3),
            0..3,
        )
    };
    (
        (attributes(), attributes()),
        prop::option::of(prop::sample::select(vec![-1.0, 0.0, 0.5, 1e308])),
        prop::option::of(prop::sample::select(CHANNELS)),
        prop::option::of(prop::sample::select(vec!["ios", "android"])),
        prop::option::of(prop::sample::select(COUNTRIES)),
        (prop::option::of(degrees(LATITUDES)), prop::option::of(degrees(LONGITUDES))),
        prop::option::of(prop::sample::select(vec!["2026-01-31T12:00:00Z", "2026-01-20T00:00:00Z", "2025-01-01T00:00:00Z", "never"])),
    )
        .prop_map(|((attributes, of_user), metric, channel, platform, country, (latitude, longitude), date)| {
            let mut endpoint = json!({
                "Attributes": attributes, "User": {"UserAttributes": of_user}, "Metrics": {},
                "Location": {"Country": country, "Latitude": latitude, "Longitude": longitude},
                "Demographic": {"Platform": platform}, "ChannelType": channel, "EffectiveDate": date,
            });
            if let Some(metric) = metric {
                endpoint["Metrics"]["m"] = json!(metric);
            }
            endpoint
        })
}

fn any_of(dimensions: &[Value], quantity: &str) -> [Value; 1] {
    [json!({"SegmentGroups": {"Groups": [{"Dimensions": dimensions, "Type": quantity}]}})]
}

proptest! {
    #[test]
    fn the_compiled_form_agrees_with_a_plain_reading(segments in segments(), endpoint in endpoints()) {
        prop_assert_eq!(belongs(&segments, &endpoint), naive(&segments, segments.len() - 1, &endpoint));
    }

    #[test]
    fn one_more_dimension_never_enlarges(parts in prop::collection::vec(one_dimension(), 0..3), more in one_dimension(), endpoint in endpoints()) {
        let less = merged(parts.clone());
        let more = merged(vec![more, less.clone()]);
        let [more, less] = [more, less].map(|dimensions| belongs(&[json!({"Dimensions": dimensions})], &endpoint));
        prop_assert!(less || !more);
    }

    #[test]
    fn none_is_the_complement_of_any(parts in prop::collection::vec(dimensions(), 1..4), endpoint in endpoints()) {
        prop_assert_eq!(belongs(&any_of(&parts, "NONE"), &endpoint), !belongs(&any_of(&parts, "ANY"), &endpoint));
    }

    #[test]
    fn all_who_are_excluded_are_none_who_is_included(sets in prop::collection::vec(prop::collection::vec(texts(), 0..3), 1..4), endpoint in endpoints()) {
        let parts = |kind: &str| -> Vec<Value> {
            sets.iter().map(|values| json!({"Attributes": {"a": {"AttributeType": kind, "Values": values}}})).collect()
        };
        let excluded = belongs(&any_of(&parts("EXCLUSIVE"), "ALL"), &endpoint);
        prop_assert_eq!(excluded, !belongs(&any_of(&parts("INCLUSIVE"), "ANY"), &endpoint));
    }

    #[test]
    fn no_criteria_select_everybody(endpoint in endpoints()) {
        for body in [json!({}), json!({"Dimensions": {}}), json!({"SegmentGroups": {}}), json!({"SegmentGroups": {"Groups": [{}], "Include": "ANY"}})] {
            let found = belongs(std::slice::from_ref(&body), &endpoint);
            prop_assert!(found, "{}", body);
        }
    }
}
