//! `--load`: archives come out as they went in.

use std::collections::BTreeSet;
use std::io::Write as _;

use aws_sdk_pinpoint::types::EndpointRequest;
use flate2::Compression;
use flate2::write::GzEncoder;
use pinpoint_emulator::{Emulator, Pace};

use crate::client::{APPLICATION, Clients};

/// Lines of the shape of real exports, with what readers trip over: odd order, unknown members,
/// numbers that are not doubles, escapes, spaces, empty lists, a missing channel.
fn archived_lines() -> Vec<String> {
    [
        r#""ChannelType":"APNS","Address":"00aa","EndpointStatus":"ACTIVE","OptOut":"NONE","RequestId":"r-1","Location":{"Latitude":34.0,"Longitude":-118.2,"City":"Los Angeles","Region":"CA","Country":"USA"},"EffectiveDate":"2020-03-10T11:00Z","Metrics":{"luck":75.0,"big":1.0E7},"User":{"UserId":"u-1"}"#,
        r#""ChannelType":"SMS","Address":"2065550199","EndpointStatus":"ACTIVE","OptOut":"ALL","EffectiveDate":"2024-01-01T00:00:00.000Z","Attributes":{"name":[],"who":["Mary "]},"User":{"UserId":"u-1","UserAttributes":{"name":[]}}"#,
        r#""Address":"a@example.com","Novel":{"x":[1,2.50,null]},"Attributes":{"text":["\u00e9 \ud83d\ude00 é \" \\ \/"]},"Metrics":{"whole":6}"#,
    ]
    .iter()
    .enumerate()
    .map(|(index, members)| format!(r#"{{{members},"ApplicationId":"{APPLICATION}","Id":"id/{index}+","CreationDate":"2020-01-01T00:00Z"}}"#))
    .collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

#[tokio::test]
async fn an_export_of_a_loaded_archive_has_the_same_lines() {
    let lines = archived_lines();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("nested")).unwrap();
    // Two gzip members in one file, and a plain file without a last newline.
    let members = [
        gzip(&format!("{}\n", lines[0])),
        gzip(&format!("{}\n", lines[1])),
    ]
    .concat();
    std::fs::write(folder.path().join("a.gz"), members).unwrap();
    std::fs::write(folder.path().join("nested/b.ndjson"), &lines[2]).unwrap();
    std::fs::write(folder.path().join("COMPLETED"), "").unwrap();

    let builder = Emulator::builder()
        .load(folder.path())
        .load(folder.path().join("a.gz"))
        .bucket("exports");
    let emulator = builder.pace(Pace::Instant).start().await.unwrap();
    let clients = Clients::of(&emulator);
    let job = clients.create_export_job("s3://exports/a").await;
    let job = clients.wait(job.id().unwrap()).await;
    assert_eq!(job.total_processed, Some(3));
    let exported: BTreeSet<String> = clients.lines("exports", "a/").await.into_iter().collect();
    assert_eq!(exported, lines.into_iter().collect());

    let user = clients
        .pinpoint
        .get_user_endpoints()
        .application_id(APPLICATION)
        .user_id("u-1");
    let user = user.send().await.unwrap().endpoints_response.unwrap();
    assert_eq!(user.item().len(), 2);
}

#[tokio::test]
async fn a_bad_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        (
            "{\"Id\":\"a\"}\n",
            "line 1: not an endpoint: missing field `ApplicationId`",
        ),
        (
            "\n{\"Id\":\"a\",\"ApplicationId\":\"b\"}\n{\n",
            "line 3: not an endpoint",
        ),
        (
            "{\"Id\":\"a\",\"ApplicationId\":\"b c\"}",
            "`b c` is no application id",
        ),
        (
            r#"{"Id":"","ApplicationId":"b"}"#,
            "line 1: the endpoint's Id is empty",
        ),
        (
            r#"{"Id":"a","ApplicationId":"b","Metrics":{"m":"six"}}"#,
            "line 1: not an endpoint: invalid type",
        ),
    ] {
        let path = folder.path().join("bad.json");
        std::fs::write(&path, text).unwrap();
        let error = Emulator::builder()
            .load(&path)
            .start()
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected) && error.contains("bad.json"),
            "{error}"
        );
    }
    let error = Emulator::builder()
        .load(folder.path().join("none.gz"))
        .start()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("none.gz could not be read"),
        "{error}"
    );
}

#[tokio::test]
async fn endpoints_of_old_archives_can_be_read_and_changed() {
    let lines = [
        r#"{"Address":"a@example.com","User":{"UserId":"u","UserAttributes":{"Gender":"Female"}}"#,
        r#"{"Address":"a@example.com","Attributes":{"x":null,"y":["1"]}"#,
    ];
    let lines: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| format!(r#"{line},"ApplicationId":"{APPLICATION}","Id":"{index}"}}"#))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.json");
    std::fs::write(&path, format!("\u{feff}{}\n", lines.join("\n"))).unwrap();
    let twice = Emulator::builder()
        .load(&path)
        .load(&path)
        .bucket("exports");
    let emulator = twice.pace(Pace::Instant).start().await.unwrap();
    let clients = Clients::of(&emulator);
    let job = clients.create_export_job("s3://exports/a").await;
    clients.wait(job.id().unwrap()).await;
    assert_eq!(clients.lines("exports", "a/").await, lines);

    let got = clients
        .pinpoint
        .get_endpoint()
        .application_id(APPLICATION)
        .endpoint_id("0");
    let user = got
        .send()
        .await
        .unwrap()
        .endpoint_response
        .unwrap()
        .user
        .unwrap();
    assert_eq!(user.user_attributes.unwrap()["Gender"], ["Female"]);
    let change = EndpointRequest::builder().opt_out("ALL").build();
    let update = clients
        .pinpoint
        .update_endpoint()
        .application_id(APPLICATION)
        .endpoint_id("0");
    update.endpoint_request(change).send().await.unwrap();
    let other = clients
        .pinpoint
        .get_endpoint()
        .application_id(APPLICATION)
        .endpoint_id("1");
    let other = other.send().await.unwrap().endpoint_response.unwrap();
    assert_eq!(
        other.endpoint_status(),
        Some("INACTIVE"),
        "it has the same address"
    );
}

#[tokio::test]
async fn unknown_members_of_a_changed_endpoint_are_exported_as_they_came() {
    let before = r#"{"Address":"a@example.com","OptOut":"NONE","Location":{"City":"Oslo","Grid":{"y":2.50,"x":1e2}}"#;
    let novel = r#""Novel":{"z":[1,{"q":null,"b":"\u00e9"}],"a":{}},"Later":7}"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("novel.json");
    let line = format!(r#"{before},"ApplicationId":"{APPLICATION}","Id":"a",{novel}"#);
    std::fs::write(&path, line).unwrap();
    let builder = Emulator::builder().load(&path).bucket("exports");
    let emulator = builder.pace(Pace::Instant).start().await.unwrap();
    let clients = Clients::of(&emulator);
    let update = clients
        .pinpoint
        .update_endpoint()
        .application_id(APPLICATION)
        .endpoint_id("a");
    let change = EndpointRequest::builder()
        .channel_type("EMAIL".into())
        .opt_out("ALL");
    update
        .endpoint_request(change.build())
        .send()
        .await
        .unwrap();
    let job = clients.create_export_job("s3://exports/a").await;
    clients.wait(job.id().unwrap()).await;
    let [exported] = clients.lines("exports", "a/").await.try_into().unwrap();
    assert!(exported.contains(r#""OptOut":"ALL","#), "{exported}");
    assert!(
        exported.contains(r#""Grid":{"y":2.50,"x":1e2}"#),
        "{exported}"
    );
    assert!(exported.ends_with(&format!(",{novel}")), "{exported}");
}
