//! Both formats through their common front.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::endpoint::{EndpointDemographic, EndpointLocation, EndpointUser};
use crate::model::json as wire;

fn read(format: Format, text: impl AsRef<[u8]>) -> Result<Vec<Row>, FileFault> {
    Rows::open(format, text.as_ref())?.collect()
}

/// Lines and what is said of them: `Ok` of an endpoint's id or address or of users, or the fault.
fn told(format: Format, text: impl AsRef<[u8]>) -> Vec<(u64, String)> {
    let rows = read(format, text).unwrap();
    rows.into_iter()
        .map(|row| {
            let said = match row.content {
                Ok(RowContent::Endpoint(request)) => request.id.unwrap(),
                Ok(RowContent::Users(users)) => format!("users {}", users.join("|")),
                Err(fault) => fault.to_string(),
            };
            (row.line, said)
        })
        .collect()
}

fn first_request(format: Format, text: &str) -> EndpointRequest {
    let rows = read(format, text).unwrap();
    match &rows[0].content {
        Ok(RowContent::Endpoint(request)) => EndpointRequest::clone(request),
        other => panic!("{other:?}"),
    }
}

#[test]
fn columns_are_dot_paths_and_repeat_for_more_values() {
    let csv = "Id,ChannelType,Address,Location.Country,Location.Latitude,Demographic.Platform,Attributes.team,\
        Attributes.team,Metrics.age,User.UserId,User.UserAttributes.Name,OptOut\r\n\
        one,EMAIL,a@example.com,NO,59.91,iOS,red,blue,41,u 1,\"Ann, \"\"A\"\"\",ALL\r\n";
    let expected = json!({"Id": "one", "ChannelType": "EMAIL", "Address": "a@example.com", "OptOut": "ALL",
        "Location": {"Country": "NO", "Latitude": 59.91}, "Demographic": {"Platform": "iOS"},
        "Attributes": {"team": ["red", "blue"]}, "Metrics": {"age": 41.0},
        "User": {"UserId": "u 1", "UserAttributes": {"Name": ["Ann, \"A\""]}}});
    let expected: EndpointRequest = serde_json::from_value(expected).unwrap();
    assert_eq!(first_request(Format::Csv, csv), expected);
}

#[test]
fn faults_of_csv_rows_name_their_lines() {
    let csv = "\u{feff}Id,Metrics.m,ChannelType\n\
        one,1,EMAIL\n\
        \n\
        two,x,EMAIL\n\
        three,1\n\
        \"fo\nur\",1,EMAIL\n\
        fi\tve,1,EMAIL\n\
        six,NaN,EMAIL\n\
        seven,,FAX\n\
        ,,\n\
        eight,,";
    assert_eq!(
        told(Format::Csv, csv),
        [
            (2, "one"),
            (4, "the value of Metrics.m is no number"),
            (5, "2 values under 3 column names"),
            (6, "the value of Id has a line break or a tab in it"),
            (8, "the value of Id has a line break or a tab in it"),
            (9, "the value of Metrics.m is no number"),
            (10, "`FAX` is no value of ChannelType"),
            (11, messages::MISSING_ADDRESS),
            (12, "eight"),
        ]
        .map(|(line, said)| (line, said.to_owned()))
    );
}

#[test]
fn faults_of_json_rows_name_their_lines() {
    let json = "{\"Id\":\"one\"}\r\n\n[\"Id\"]\n{\"Id\":1}\n{\"Id\":\"a\",\"Colour\":1}\n\
        {\"Id\":\"a\",\"Location\":{\"Planet\":\"x\"}}\n{\"User\":{\"UserId\":\"u 1\"}}\n\
        {\"Attributes\":{\"a\":[]},\"User\":{\"UserId\":\"u\"}}\n{\"Id\":\"b\",\"EndpointStatus\":7}";
    let told = told(Format::Json, json);
    let starts = [
        (1, "one"),
        (3, "not an endpoint: it is no JSON object"),
        (4, "not an endpoint: invalid type: integer `1`"),
        (5, "not an endpoint: unknown field `Colour`"),
        (6, "not an endpoint: unknown member `Location.Planet`"),
        (7, "users u 1"),
        (8, messages::MISSING_ADDRESS),
        (9, "b"),
    ];
    assert_eq!(told.len(), starts.len(), "{told:?}");
    for ((line, said), (expected_line, start)) in told.into_iter().zip(starts) {
        assert_eq!(line, expected_line);
        assert!(said.starts_with(start), "{said}");
    }
}

#[test]
fn a_carriage_return_alone_ends_a_line() {
    let expected = [(2, "one"), (4, "two")].map(|(line, said)| (line, said.to_owned()));
    assert_eq!(told(Format::Csv, "Id\rone\r\rtwo\r"), expected);
    assert_eq!(
        told(Format::Json, "\r{\"Id\":\"one\"}\r\r{\"Id\":\"two\"}"),
        expected
    );
}

#[test]
fn users_stand_on_a_csv_line_apart_by_spaces() {
    let csv = "User.UserId\nu1 u2  u3\n\"u4\"\n";
    let expected = [(2, "users u1|u2|u3".to_owned()), (3, "users u4".to_owned())];
    assert_eq!(told(Format::Csv, csv), expected);
}

#[test]
fn what_is_no_file_of_the_format_is_refused() {
    for (format, bytes, expected) in [
        (Format::Csv, &b""[..], "the file is empty"),
        (Format::Csv, b"\n\n", "the file is empty"),
        (Format::Json, b"\n \n", "the file is empty"),
        (
            Format::Csv,
            b"Id,Colour\n",
            "`Colour` is no attribute of an endpoint that can be imported",
        ),
        (
            Format::Csv,
            b"Attributes.\n",
            "`Attributes.` is no attribute of an endpoint that can be imported",
        ),
        (
            Format::Csv,
            b"Id,Address,Id\n",
            "the column Id occurs twice",
        ),
        (Format::Json, b"\x1f\x8b\x08\0", "the file is compressed"),
        (Format::Csv, b"Id\xff\n", "line 1: not UTF-8"),
        (Format::Json, b"{\0}\0", "line 1: not UTF-8"),
        (
            Format::Json,
            b"\n{\"Id\":1}\n",
            "line 2: not an endpoint: invalid type: integer `1`, expected a string at column 7",
        ),
    ] {
        let fault = check_beginning(format, bytes).unwrap_err();
        assert_eq!(fault.to_string(), expected);
    }
}

#[test]
fn a_line_that_does_not_end_is_found_in_bounded_memory() {
    let long = "x".repeat(3 * lines::LINE_BYTES_MAX);
    let fault = check(long.as_bytes()).unwrap_err();
    assert_eq!(fault.to_string(), "line 1: longer than 1048576 bytes");
    let quoted = format!("Id\na\n\"{}", "x\n".repeat(lines::LINE_BYTES_MAX));
    check(quoted.as_bytes()).unwrap();
    let fault = read(Format::Csv, quoted).unwrap_err();
    assert_eq!(fault.to_string(), "line 3: longer than 1048576 bytes");
}

/// What imports take of an endpoint, with texts that make quoting hard.
fn requests() -> impl Strategy<Value = EndpointRequest> {
    let text = || "[a-zA-Z\u{e9}\u{4e16}',;\" .#]{1,12}";
    let names = || "[a-c,\"\u{e9} ]{1,3}";
    let lists = move || {
        prop::collection::vec((names(), prop::collection::vec(text(), 1..4)), 0..4)
            .prop_map(|entries| (!entries.is_empty()).then(|| entries.into_iter().collect()))
    };
    let metrics = prop::collection::vec((names(), -1e9..1e9), 0..3)
        .prop_map(|entries| (!entries.is_empty()).then(|| entries.into_iter().collect()));
    let optional = move || prop::option::of(text());
    let location = (prop::option::of(-90.0..90.0), optional(), optional()).prop_map(
        |(latitude, city, country)| EndpointLocation {
            latitude,
            city,
            country,
            ..EndpointLocation::default()
        },
    );
    let demographic = (optional(), optional()).prop_map(|(make, platform)| EndpointDemographic {
        make,
        platform,
        ..EndpointDemographic::default()
    });
    let user = (optional(), lists()).prop_map(|(user_id, user_attributes)| EndpointUser {
        user_id,
        user_attributes,
        ..EndpointUser::default()
    });
    (
        text(),
        optional(),
        lists(),
        metrics,
        location,
        demographic,
        user,
    )
        .prop_map(
            |(id, address, attributes, metrics, location, demographic, user)| EndpointRequest {
                id: Some(id),
                address,
                attributes,
                metrics,
                // An object without members cannot be told from one that is not there.
                location: Some(location).filter(|object| *object != EndpointLocation::default()),
                demographic: Some(demographic)
                    .filter(|object| *object != EndpointDemographic::default()),
                user: Some(user).filter(|object| *object != EndpointUser::default()),
                ..EndpointRequest::default()
            },
        )
}

/// Dot paths and values of a request.
fn cells(request: &EndpointRequest) -> Vec<(String, String)> {
    fn walk(path: &str, value: &Value, cells: &mut Vec<(String, String)>) {
        match value {
            Value::Null => {}
            Value::String(text) => cells.push((path.to_owned(), text.clone())),
            Value::Array(values) => values.iter().for_each(|value| walk(path, value, cells)),
            Value::Object(members) => {
                for (name, value) in members {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    walk(&path, value, cells);
                }
            }
            number => cells.push((path.to_owned(), number.to_string())),
        }
    }
    let mut cells = Vec::new();
    walk("", &as_json(request), &mut cells);
    cells
}

fn as_json(request: &EndpointRequest) -> Value {
    json!({"Id": request.id, "Address": request.address, "Attributes": request.attributes, "Metrics": request.metrics,
        "Location": request.location, "Demographic": request.demographic, "User": request.user})
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn an_endpoint_written_as_csv_is_read_back(request in requests(), crlf: bool) {
        let cells = cells(&request);
        let line = |texts: Vec<String>| texts.join(",") + if crlf { "\r\n" } else { "\n" };
        let header = line(cells.iter().map(|(name, _)| quoted(name)).collect());
        let values = line(cells.iter().map(|(_, value)| quoted(value)).collect());
        let read = first_request(Format::Csv, &format!("{header}{values}"));
        prop_assert_eq!(as_json(&read), as_json(&request));
    }

    #[test]
    fn an_endpoint_written_as_json_is_read_back(request in requests()) {
        let line = wire::to_vec(&as_json(&request));
        let read = first_request(Format::Json, std::str::from_utf8(&line).unwrap());
        prop_assert_eq!(read, request);
    }

    #[test]
    fn any_bytes_are_rows_or_faults(bytes: Vec<u8>, text in "[\"\\n\\r,a{}:\\[\\]\u{feff}\\t]{0,40}") {
        for bytes in [&bytes, text.as_bytes(), format!("Id,Attributes.a\n{text}").as_bytes()] {
            for format in [Format::Csv, Format::Json] {
                let _ = check_beginning(format, bytes);
                let _ = check(bytes);
                if let Ok(rows) = read(format, bytes) {
                    let ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
                    let lines = u64::try_from(ends.count()).unwrap() + 1;
                    prop_assert!(rows.iter().all(|row| (1..=lines).contains(&row.line)));
                    prop_assert!(rows.is_sorted_by_key(|row| row.line));
                }
            }
        }
    }
}
