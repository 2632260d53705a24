use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use serde_json::{Value, json};

use super::*;
use crate::facts::operations::Operation;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExportJobRequest {
    role_arn: String,
    s3_url_prefix: String,
    segment_id: Option<String>,
    segment_version: Option<i32>,
}

fn fault(shape: Shape, body: &str) -> String {
    check(body, shape).expect_err(body)
}

#[test]
fn the_body_is_one_json_object() {
    for (body, reason) in [
        (&b""[..], "it is empty"),
        (b" \r\n\t", "it is empty"),
        (b"{\"Id\":\"\xff\"}", "it is not UTF-8"),
        (b"{\"Unknown\":\"\xff\"}", "it is not UTF-8"),
        (b"\"text\"", "it is no JSON object"),
        (b"null", "it is no JSON object"),
        (b"[]", "it is no JSON object"),
        (b"5", "it is no JSON object"),
        (b"true", "it is no JSON object"),
        (b"{", "EOF while parsing an object at line 1 column 1"),
        (b"{} {}", "trailing characters at line 1 column 4"),
        (b"{}\0", "trailing characters at line 1 column 3"),
        (b"{\"Id\":'a'}", "expected value at line 1 column 7"),
        (
            b"{\"User\":{\"UserId\":me}}",
            "expected value at line 1 column 19, in User.UserId",
        ),
        (
            b"{\"Location\":{\"Latitude\":4O}}",
            "expected `,` or `}` at line 1 column 26, in Location",
        ),
        (
            b"{\"Metrics\":{\"luck\":1e999}}",
            "number out of range at line 1 column 24, in Metrics.luck \
             (a number may be from -1.7976931348623157e308 to 1.7976931348623157e308)",
        ),
        (b"{\"Id\":\"a\",}", "trailing comma at line 1 column 11"),
        (b"{\"Unknown\":NaN}", "expected value at line 1 column 12"),
        (
            b"{\"Unknown\":1e999}",
            "number out of range at line 1 column 16 \
             (a number may be from -1.7976931348623157e308 to 1.7976931348623157e308)",
        ),
    ] {
        let found = read::<Value>(body, Shape::EndpointRequest).unwrap_err();
        let body = body.escape_ascii();
        assert_eq!(found, messages::malformed_body(reason), "{body}");
    }
}

#[test]
fn a_fault_names_its_member() {
    use Shape as S;
    for (shape, body, message) in [
        (S::ExportJobRequest, "{}", "Missing RoleArn"),
        (
            S::ExportJobRequest,
            r#"{"S3UrlPrefix":"s3://b/","RoleArn":null}"#,
            "Missing RoleArn",
        ),
        (
            S::ExportJobRequest,
            r#"{"S3UrlPrefix":5,"RoleArn":[]}"#,
            "S3UrlPrefix must be a string, not a number",
        ),
        (
            S::EndpointRequest,
            r#"{"Attributes":{"Team":"Carp"}}"#,
            "Attributes.Team must be a list, not a string",
        ),
        (
            S::EndpointRequest,
            r#"{"Attributes":{"a b":["x",{"y":1}]}}"#,
            r#"Attributes["a b"][1] must be a string, not an object"#,
        ),
        (
            S::EndpointRequest,
            r#"{"User":{"UserAttributes":{"a":["x",null]}}}"#,
            "User.UserAttributes.a[1] must not be null",
        ),
        (
            S::EndpointRequest,
            r#"{"Metrics":{"a":"5"}}"#,
            "Metrics.a must be a number, not a string",
        ),
        (
            S::EndpointRequest,
            r#"{"OptOut":true}"#,
            "OptOut must be a string, not a boolean",
        ),
        (
            S::EndpointRequest,
            r#"{"OptOut":"MAYBE"}"#,
            "OptOut must be one of ALL, NONE, not MAYBE",
        ),
        (
            S::EndpointRequest,
            r#"{"ChannelType":"sms"}"#,
            "ChannelType must be one of PUSH, GCM, APNS, APNS_SANDBOX, APNS_VOIP, APNS_VOIP_SANDBOX, ADM, \
             SMS, VOICE, EMAIL, BAIDU, CUSTOM, IN_APP, not sms",
        ),
        (
            S::EndpointBatchRequest,
            r#"{"Item":[{},{"Location":{"Latitude":"x"}}]}"#,
            "Item[1].Location.Latitude must be a number, not a string",
        ),
        (
            S::WriteSegmentRequest,
            r#"{"Dimensions":{"Behavior":{"Recency":{"Duration":"DAY_7"}}}}"#,
            "Missing Dimensions.Behavior.Recency.RecencyType",
        ),
        (
            S::WriteJourneyRequest,
            r#"{"Name":"a","OpenHours":{"SMS":{"FUNDAY":[]}}}"#,
            "OpenHours.SMS.FUNDAY must be one of MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, \
             SUNDAY, not FUNDAY",
        ),
        (
            S::ExportJobRequest,
            r#"{"ExportJobRequest":{"RoleArn":"a","S3UrlPrefix":"b"}}"#,
            "The members of ExportJobRequest stand in the body by themselves, not in a member of this name",
        ),
    ] {
        assert_eq!(fault(shape, body), message, "{body}");
    }
}

#[test]
fn integers_are_whole_and_have_32_bits() {
    let body =
        |number: &str| format!(r#"{{"RoleArn":"a","S3UrlPrefix":"b","SegmentVersion":{number}}}"#);
    for number in ["2147483647", "-2147483648", "0", "-0", "null"] {
        let ok = check(&body(number), Shape::ExportJobRequest);
        // `-0` is read as a double.
        assert_eq!(ok.is_ok(), number != "-0", "{number}");
    }
    for number in [
        "2147483648",
        "-2147483649",
        "1e1",
        "1.0",
        "0.5",
        "18446744073709551616",
    ] {
        assert_eq!(
            fault(Shape::ExportJobRequest, &body(number)),
            "SegmentVersion must be a whole number from -2147483648 to 2147483647, not another number",
            "{number}"
        );
    }
}

#[test]
fn nesting_has_a_limit_known_or_not() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#"{{"Unknown":{open}{close}}}"#)
    };
    check(&nested(BODY_DEPTH_MAX), Shape::EndpointRequest).unwrap();
    let too_deep = messages::malformed_body(messages::TOO_DEEP);
    assert_eq!(
        fault(Shape::EndpointRequest, &nested(BODY_DEPTH_MAX + 1)),
        too_deep
    );
    assert_eq!(fault(Shape::EndpointRequest, &nested(1_000_000)), too_deep);
}

#[test]
fn of_a_member_written_twice_the_last_counts() {
    let read = |body: &str| read::<ExportJobRequest>(body.as_bytes(), Shape::ExportJobRequest);
    let twice = read(
        r#"{"RoleArn":"first","S3UrlPrefix":"b","SegmentId":"s","RoleArn":"last","SegmentId":null}"#,
    );
    assert_eq!(
        twice.unwrap(),
        ExportJobRequest {
            role_arn: "last".to_owned(),
            s3_url_prefix: "b".to_owned(),
            segment_id: None,
            segment_version: None,
        }
    );
    let taken_back = read(r#"{"RoleArn":"first","S3UrlPrefix":"b","RoleArn":null}"#);
    assert_eq!(taken_back.unwrap_err(), "Missing RoleArn");
    let wrong_first = read(r#"{"RoleArn":5,"S3UrlPrefix":"b","RoleArn":"last"}"#);
    assert_eq!(
        wrong_first.unwrap_err(),
        "RoleArn must be a string, not a number"
    );
}

#[test]
fn repetitions_and_nulls_fall_out_and_nothing_else_changes() {
    let text = r#"{"z":{"b":1,"a":[null,true,1.0,-5,"é\n"]},"a":18446744073709551615,"z2":{},"z":{"y":0.1}}"#;
    assert_eq!(
        tidied(text).unwrap(),
        r#"{"z":{"y":0.1},"a":18446744073709551615,"z2":{}}"#
    );
    let text = r#"{"z":{"b":1,"a":[null,true,1.0,-5,"é\n",{}]},"a":"x"}"#;
    assert_eq!(tidied(text).unwrap(), text);
    let text = r#"{"a":{"b":null,"c":[{"d":null}]},"e":1,"e":null}"#;
    assert_eq!(tidied(text).unwrap(), r#"{"a":{"c":[{}]}}"#);
}

#[test]
fn a_name_in_a_map_that_is_null_is_not_there() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct EndpointRequest {
        metrics: IndexMap<String, f64>,
    }
    let body = br#"{"Metrics":{"b":1.0,"a":null,"c":2.0}}"#;
    let read: EndpointRequest = read(body, Shape::EndpointRequest).unwrap();
    let names: Vec<&String> = read.metrics.keys().collect();
    assert_eq!(names, ["b", "c"]);
}

#[test]
fn long_names_and_values_are_cut_in_messages() {
    let long = "é".repeat(10_000);
    for body in [
        format!(r#"{{"ChannelType":"{long}"}}"#),
        format!(r#"{{"Metrics":{{"{long}":""}}}}"#),
    ] {
        let message = fault(Shape::EndpointRequest, &body);
        assert!(message.len() < 400 && message.contains('…'), "{message}");
    }
}

#[test]
fn the_table_fits_what_reads_by_it() {
    for shape in Shape::ALL {
        // One bit a member.
        assert!(shape.members().len() <= 64, "{}", shape.name());
    }
    for operation in Operation::ALL {
        if let Some(request) = operation.spec().request {
            // Else the wrapper could not be told from a member.
            let is_member = |member: &Member| member.name == request.name();
            assert!(
                !request.members().iter().any(is_member),
                "{}",
                request.name()
            );
        }
    }
}

fn requests() -> Vec<Shape> {
    Operation::ALL
        .iter()
        .filter_map(|operation| operation.spec().request)
        .collect()
}

/// A value that the model allows.
fn allowed(of: Type, depth: usize, rng: &mut ChaCha8Rng) -> Value {
    match of {
        Type::String | Type::Timestamp | Type::Blob => {
            json!(["", "a", "é\"\n"][rng.random_range(0..3)])
        }
        Type::OneOf(texts) => json!(texts[rng.random_range(0..texts.len())]),
        Type::Boolean => json!(rng.random::<bool>()),
        Type::Integer => json!(rng.random::<i32>()),
        Type::Double => json!(f64::from(rng.random::<i32>()) / 8.0),
        Type::List(item) => (0..rng.random_range(0..3))
            .map(|_| allowed(*item, depth + 1, rng))
            .collect(),
        Type::Map { key, value } => {
            let mut entries = BTreeMap::new();
            for name in ["a", "b", "c"].into_iter().take(rng.random_range(0..3)) {
                let name = match key {
                    Type::Shape(_) => allowed(*key, depth, rng).as_str().unwrap().to_owned(),
                    _ => name.to_owned(),
                };
                entries.insert(name, allowed(*value, depth + 1, rng));
            }
            json!(entries)
        }
        Type::Shape(shape) => match shape.spec() {
            ShapeSpec::Enumeration(texts) => json!(texts[rng.random_range(0..texts.len())]),
            ShapeSpec::Structure(members) => {
                let mut value = json!({});
                for member in members {
                    if member.required || rng.random_bool(if depth < 2 { 0.7 } else { 0.3 }) {
                        value[member.name] = allowed(member.value, depth + 1, rng);
                    }
                }
                value
            }
        },
    }
}

/// What can be done to a value so that the model does not allow it any more: where, what stands there
/// instead (nothing if it is taken out), and the beginning of the message.
fn spoilings(
    value: &Value,
    of: Type,
    pointer: &str,
    path: &str,
    out: &mut Vec<(String, Option<Value>, String)>,
) {
    let wrong = match of {
        Type::String | Type::Timestamp | Type::Blob => json!(5),
        Type::OneOf(_) => json!("NO_SUCH_VALUE"),
        Type::Boolean => json!("true"),
        Type::Integer => json!(0.5),
        Type::Double => json!([1]),
        Type::List(_) => json!({}),
        Type::Map { .. } => json!([]),
        Type::Shape(shape) => match shape.spec() {
            ShapeSpec::Structure(_) => json!("text"),
            ShapeSpec::Enumeration(_) => json!("NO_SUCH_VALUE"),
        },
    };
    if !path.is_empty() {
        out.push((pointer.to_owned(), Some(wrong), format!("{path} must be ")));
    }
    let inner = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match of {
        Type::List(item) => {
            for (index, value) in value.as_array().unwrap().iter().enumerate() {
                let (pointer, path) = (format!("{pointer}/{index}"), format!("{path}[{index}]"));
                out.push((
                    pointer.clone(),
                    Some(Value::Null),
                    format!("{path} must not be null"),
                ));
                spoilings(value, *item, &pointer, &path, out);
            }
        }
        Type::Map { value: entry, .. } => {
            for (name, value) in value.as_object().unwrap() {
                let (pointer, path) = (format!("{pointer}/{name}"), inner(name));
                spoilings(value, *entry, &pointer, &path, out);
            }
        }
        Type::Shape(shape) => {
            for member in shape.members() {
                let Some(value) = value.get(member.name) else {
                    continue;
                };
                let (pointer, path) = (format!("{pointer}/{}", member.name), inner(member.name));
                if member.required && !shape.is_answered_by_itself() {
                    out.push((pointer.clone(), None, messages::missing_member(&path)));
                    out.push((
                        pointer.clone(),
                        Some(Value::Null),
                        messages::missing_member(&path),
                    ));
                }
                spoilings(value, member.value, &pointer, &path, out);
            }
        }
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,5}".prop_map(Value::from),
    ];
    let names = prop_oneof![
        "[a-z]{0,3}",
        proptest::sample::select(vec!["Item", "Location", "Attributes", "Dimensions", "User"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(names.clone(), inner, 0..4)
                .prop_map(|entries| json!(entries)),
        ]
    })
}

proptest! {
    #[test]
    fn what_the_model_allows_passes(shape in proptest::sample::select(requests()), seed: u64) {
        let body = allowed(Type::Shape(shape), 0, &mut ChaCha8Rng::seed_from_u64(seed)).to_string();
        prop_assert_eq!(check(&body, shape).err(), None, "{}", body);
    }

    #[test]
    fn one_spoilt_member_is_named(
        shape in proptest::sample::select(requests()),
        seed: u64,
        choice: proptest::sample::Index,
    ) {
        let mut body = allowed(Type::Shape(shape), 0, &mut ChaCha8Rng::seed_from_u64(seed));
        let mut spoilings_of_it = Vec::new();
        spoilings(&body, Type::Shape(shape), "", "", &mut spoilings_of_it);
        prop_assume!(!spoilings_of_it.is_empty());
        let (pointer, instead, message) = choice.get(&spoilings_of_it);
        if let Some(wrong) = instead {
            *body.pointer_mut(pointer).unwrap() = wrong.clone();
        } else {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = body.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(name);
        }
        let found = check(&body.to_string(), shape).expect_err(pointer);
        prop_assert!(found.starts_with(message.as_str()), "{found} instead of {message}: {body}");
    }

    #[test]
    fn any_json_is_judged(shape in proptest::sample::select(requests()), body in any_json()) {
        let _ = read::<Value>(body.to_string().as_bytes(), shape);
    }

    #[test]
    fn any_bytes_are_judged(body in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = read::<Value>(&body, Shape::EndpointRequest);
    }
}
