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
    let csv = "\u{feff}Id,Metrics.m,OptOut\n\
        one,1,ALL\n\
        \n\
        two,x,ALL\n\
        three,1\n\
        \"fo\nur\",1,ALL\n\
        fi\tve,1,ALL\n\
        six,NaN,ALL\n\
        seven,,FEW\n\
        ,,\n\
        eight,,";
    assert_eq!(
        told(Format::Csv, csv),
        [
            (2, "one"),
            (4, "not an endpoint: Metrics.m must be a number, not x"),
            (5, "2 values under 3 column names"),
            (6, "the value of Id has a line break or a tab in it"),
            (8, "the value of Id has a line break or a tab in it"),
            (9, "not an endpoint: Metrics.m must be a number, not NaN"),
            (
                10,
                "not an endpoint: OptOut must be one of ALL, NONE, not FEW"
            ),
            (11, messages::MISSING_ADDRESS),
            (12, "eight"),
        ]
        .map(|(line, said)| (line, said.to_owned()))
    );
}

#[test]
fn the_same_fault_has_the_same_words_in_both_formats() {
    for (csv, json) in [
        ("Id,ChannelType\na,FAX", r#"{"Id":"a","ChannelType":"FAX"}"#),
        ("Id,OptOut\na,none", r#"{"Id":"a","OptOut":"none"}"#),
        ("Id,OptOut\n,NONE", r#"{"OptOut":"NONE"}"#),
    ] {
        let said = |format, text: &str| told(format, text).remove(0).1;
        assert_eq!(said(Format::Csv, csv), said(Format::Json, json));
    }
    // All values of CSV are texts, so that it says which one is no number.
    let csv = told(Format::Csv, "Id,Location.Latitude\na,north").remove(0);
    let json = told(
        Format::Json,
        r#"{"Id":"a","Location":{"Latitude":"north"}}"#,
    )
    .remove(0);
    assert_eq!(csv.1.replace("north", "a string"), json.1);
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
        (4, "not an endpoint: Id must be a string, not a number"),
        (5, "not an endpoint: unknown member `Colour`"),
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
fn faults_of_json_rows_speak_of_members_and_of_json() {
    for (row, expected) in [
        ("[]", "it is no JSON object"),
        (r#"{"Id":1}"#, "Id must be a string, not a number"),
        (r#"{"Id":["a"]}"#, "Id must be a string, not a list"),
        (
            r#"{"Address":true}"#,
            "Address must be a string, not true or false",
        ),
        (
            r#"{"OptOut":"SOME"}"#,
            "OptOut must be one of ALL, NONE, not SOME",
        ),
        (
            r#"{"ChannelType":"FAX"}"#,
            "ChannelType must be one of PUSH, GCM, APNS, APNS_SANDBOX, APNS_VOIP, APNS_VOIP_SANDBOX, \
             ADM, SMS, VOICE, EMAIL, BAIDU, CUSTOM, IN_APP, not FAX",
        ),
        (r#"{"OptOut":{}}"#, "OptOut must be a string, not an object"),
        (
            r#"{"ChannelType":7}"#,
            "ChannelType must be a string, not a number",
        ),
        (
            r#"{"Location":[]}"#,
            "Location must be an object, not a list",
        ),
        (
            r#"{"Location":{"Latitude":"1"}}"#,
            "Location.Latitude must be a number, not a string",
        ),
        (
            r#"{"Attributes":{"a":"b"}}"#,
            "Attributes.a must be a list, not a string",
        ),
        (
            r#"{"Attributes":{"a":null}}"#,
            "Attributes.a must be a list, not null",
        ),
        (
            r#"{"Attributes":{"a":["b",null]}}"#,
            "Attributes.a[1] must be a string, not null",
        ),
        (
            r#"{"Attributes":{"a b":0}}"#,
            r#"Attributes["a b"] must be a list, not a number"#,
        ),
        (
            r#"{"Metrics":{"m":"1"}}"#,
            "Metrics.m must be a number, not a string",
        ),
        (
            r#"{"User":{"UserAttributes":{"x":{}}}}"#,
            "User.UserAttributes.x must be a list, not an object",
        ),
        (r#"{"Colour":null}"#, "unknown member `Colour`"),
        (r#"{"User":{"Name":1}}"#, "unknown member `User.Name`"),
        (r#"{"Id":"a","Id":"b"}"#, "the member `Id` occurs twice"),
        (
            r#"{"User":{"UserId":"a","UserId":"b"}}"#,
            "the member `UserId` occurs twice",
        ),
        (r#"{"Id":"a""#, "EOF while parsing an object at column 9"),
        (r#"{"Id":"a"} x"#, "trailing characters at column 12"),
        (
            r#"{"Metrics":{"m":1e999}}"#,
            "number out of range at column 21",
        ),
    ] {
        let expected = (1, format!("not an endpoint: {expected}"));
        assert_eq!(told(Format::Json, row), [expected], "{row}");
    }
}

#[test]
fn members_that_are_not_taken_may_hold_anything_and_null_is_nothing() {
    let row = r#"{"Id":"a","EndpointStatus":[],"EffectiveDate":1,"RequestId":{},"ApplicationId":1,"CohortId":2,
        "CreationDate":true,"Location":null,"User":{"UserId":null}}"#;
    assert_eq!(
        told(Format::Json, row.replace('\n', "")),
        [(1, "a".to_owned())]
    );
}

#[test]
fn long_texts_of_clients_are_quoted_by_their_beginnings() {
    // Characters of three bytes, so that a cut between bytes would be seen.
    let long = "\u{4e16}".repeat(150_000);
    let faults_of_rows = [
        (Format::Csv, format!("Id,ChannelType\na,{long}")),
        (Format::Csv, format!("Attributes.{long}\na\tb")),
        (Format::Csv, format!("Metrics.{long}\nx")),
        (Format::Json, format!(r#"{{"{long}":1}}"#)),
        (Format::Json, format!(r#"{{"OptOut":"{long}"}}"#)),
        (Format::Json, format!(r#"{{"Metrics":"{long}"}}"#)),
        (Format::Json, format!(r#"{{"Attributes":{{"{long}":1}}}}"#)),
        (Format::Json, format!(r#"{{"User":{{"{long}":1}}}}"#)),
        (Format::Json, format!(r#"{{"Id":"{long}","Id":1}}"#)),
        (Format::Json, long.clone()),
        (
            Format::Json,
            format!(r#"{{"Location":{{"Latitude":"{long}"}}, broken"#),
        ),
        (Format::Json, format!(r#"{{"{long}":1}}, broken"#)),
        (Format::Json, format!(r#"{{"OptOut":"{long}", broken"#)),
    ];
    for (format, text) in faults_of_rows {
        let said = &told(format, &text)[0].1;
        assert!(said.chars().count() < 250, "{text:.40}: {said:.300}");
    }
    let faults_of_files = [
        (Format::Csv, long.clone()),
        (Format::Csv, format!("Id,{long}")),
        (Format::Csv, format!(" Attributes.{long}")),
        (Format::Csv, format!("{long};{long}")),
        (Format::Csv, format!("Metrics.{long},Metrics.{long}")),
        (Format::Json, long.clone()),
        (Format::Json, format!(r#"{{"{long}":1}}"#)),
        (Format::Json, format!(r#"{{"a":"{long}"#)),
        (Format::Json, format!("[{long}")),
    ];
    for (format, text) in faults_of_files {
        let said = check_beginning(format, text.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(said.chars().count() < 1500, "{text:.40}: {said:.300}");
    }
}

#[test]
fn headers_that_are_none_say_what_may_have_been_meant() {
    for (header, expected) in [
        ("Id,Colour", "`Colour` {}"),
        (
            "Id;Address",
            "`Id;Address` {}; names and values have to be separated by commas, not by ';'",
        ),
        (
            "Id; Address",
            "`Id; Address` {}; names and values have to be separated by commas, not by ';'",
        ),
        (
            "Id\tAddress",
            "`Id\tAddress` {}; names and values have to be separated by commas, not by '\\t'",
        ),
        (
            "Id|Address",
            "`Id|Address` {}; names and values have to be separated by commas, not by '|'",
        ),
        ("Id;Colour", "`Id;Colour` {}"),
        (
            "Id, Address",
            "` Address` {}; the column is called `Address`",
        ),
        ("id", "`id` {}; the column is called `Id`"),
        (
            "Country",
            "`Country` {}; the column is called `Location.Country`",
        ),
        ("UserId", "`UserId` {}; the column is called `User.UserId`"),
        (
            "demographic.platform",
            "`demographic.platform` {}; the column is called `Demographic.Platform`",
        ),
        (
            " attributes.Team",
            "` attributes.Team` {}; the column is called `Attributes.Team`",
        ),
        (
            "endpointstatus ",
            "`endpointstatus ` {}; imports take no EndpointStatus, leave the column out",
        ),
        ("UserAttributes.x", "`UserAttributes.x` {}"),
        ("attributes.", "`attributes.` {}"),
        ("", "the file is empty"),
        ("\"\"", "`` {}"),
        (
            r#"{"Id":"a","Address":"b"}"#,
            "`{\"Id\":\"a\"` {}; the file looks like JSON, but Format is CSV",
        ),
        (
            " [1]",
            "` [1]` {}; the file looks like JSON, but Format is CSV",
        ),
    ] {
        let fault = check_beginning(Format::Csv, header.as_bytes()).unwrap_err();
        let expected =
            expected.replace("{}", "is no attribute of an endpoint that can be imported");
        assert_eq!(fault.to_string(), expected, "{header}");
    }
    for (first_line, is_told) in [
        ("Id,Address", true),
        ("\"Id\",Attributes.a b", true),
        ("Id;Address", false),
        ("Id,x", false),
    ] {
        let fault = check_beginning(Format::Json, first_line.as_bytes())
            .unwrap_err()
            .to_string();
        let hint = " (the file looks like CSV, but Format is JSON)";
        assert_eq!(fault.ends_with(hint), is_told, "{fault}");
    }
}

#[test]
fn what_the_service_says_is_told_from_what_we_say() {
    for (format, text, is_of_the_service) in [
        (Format::Json, "{ Id: 1 }", true),
        (Format::Json, "Id,Address", true),
        (Format::Json, "[]", false),
        (Format::Csv, "Colour", false),
        (Format::Csv, "", false),
    ] {
        let fault = check_beginning(format, text.as_bytes()).unwrap_err();
        assert_eq!(fault.is_of_the_service(), is_of_the_service, "{fault}");
    }
}

#[test]
fn ids_come_from_the_row_or_from_its_address() {
    let of_address = endpoint::id_of_address("+12065550100");
    let of_address = of_address.as_str();
    for (id, address, expected) in [
        (Some("a"), Some("+12065550100"), Some("a")),
        (Some("a"), None, Some("a")),
        (Some(""), Some("+12065550100"), Some(of_address)),
        (None, Some("+12065550100"), Some(of_address)),
        (Some(""), Some(""), None),
    ] {
        let row = json!({"Id": id, "Address": address, "ChannelType": "SMS", "OptOut": "ALL"})
            .to_string();
        let content = read(Format::Json, row).unwrap().remove(0).content;
        let expected = expected
            .map(|id| {
                let request =
                    json!({"Id": id, "Address": address, "ChannelType": "SMS", "OptOut": "ALL"});
                let request = serde_json::from_value(request).unwrap();
                RowContent::Endpoint(Box::new(request))
            })
            .ok_or(RowFault::Nobody);
        assert_eq!(content, expected);
    }
}

#[test]
fn rows_are_as_long_as_what_they_hold() {
    let bytes = |format, text: &str| -> Vec<_> {
        let rows = read(format, text).unwrap();
        rows.into_iter().map(|row| row.bytes).collect()
    };
    let json = [r#"{"Id":"one"}"#, r#"{"Id":"two"}"#, "[1]"];
    assert_eq!(
        bytes(Format::Json, &json.join("\r\n\n")),
        json.map(str::len)
    );
    // Of CSV the values count, as they are without quotes.
    let csv = "Id,Address\none,+1\n\"a\"\"b\",\n,\nä,\n";
    assert_eq!(bytes(Format::Csv, csv), [5, 3, 0, 2]);
}

#[test]
fn a_row_of_too_many_values_is_told_as_one() {
    for (commas, expected) in [(16 * 1024, "line 1: more than 16384 values"), (9, "`` ")] {
        let header = format!("Id{}", ",".repeat(commas));
        let fault = check_beginning(Format::Csv, header.as_bytes()).unwrap_err();
        assert!(fault.to_string().starts_with(expected), "{fault}");
    }
}

#[test]
fn a_line_of_the_greatest_length_is_taken() {
    let line = |bytes: usize| format!(r#"{{"Id":"{}"}}"#, "a".repeat(bytes - 9));
    for (text, is_taken) in [
        (line(lines::LINE_BYTES_MAX), true),
        (line(lines::LINE_BYTES_MAX - 1) + "\n", true),
        (line(lines::LINE_BYTES_MAX + 1), false),
        (line(lines::LINE_BYTES_MAX) + "\n", false),
    ] {
        assert_eq!(check(text.as_bytes()).is_ok(), is_taken, "{}", text.len());
        assert_eq!(
            read(Format::Json, &text).is_ok(),
            is_taken,
            "{}",
            text.len()
        );
    }
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
            "the column `Id` occurs twice",
        ),
        (Format::Json, b"\x1f\x8b\x08\0", "the file is compressed"),
        (Format::Csv, b"Id\xff\n", "line 1: not UTF-8"),
        (Format::Json, b"{\0}\0", "line 1: not UTF-8"),
        (
            Format::Json,
            b"\n{\"Id\":1}\n",
            "line 2: not an endpoint: Id must be a string, not a number",
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
