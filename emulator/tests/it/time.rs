//! The clock and the control interface.

use aws_sdk_pinpoint::types::JobStatus;
use pinpoint_emulator::{Emulator, Pace};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{APPLICATION, Clients};

/// Sends a control request; status and body of the answer.
pub(crate) async fn control(
    emulator: &Emulator,
    method: &str,
    route: &str,
    body: &Value,
) -> (u16, Value) {
    let mut stream = TcpStream::connect(emulator.listen_addr()).await.unwrap();
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "{method} /_emulator/{route} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head[9..12].parse().unwrap(),
        serde_json::from_str(body).unwrap(),
    )
}

/// Moves the clock on.
pub(crate) async fn advance(emulator: &Emulator, millis: u32) {
    let (status, _) = control(
        emulator,
        "POST",
        "clock/advance",
        &json!({ "millis": millis }),
    )
    .await;
    assert_eq!(status, 200);
}

async fn standing() -> Emulator {
    let builder = Emulator::builder()
        .application(APPLICATION, 7)
        .bucket("exports")
        .pace(Pace::Manual);
    builder
        .clock_start("2026-01-01T00:00:00Z".parse().unwrap())
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn each_state_lasts_a_hundred_milliseconds_of_manual_time() {
    let emulator = standing().await;
    let clients = Clients::of(&emulator);
    let job = clients.create_export_job("s3://exports/a").await;
    for (at, status) in [
        (99, JobStatus::Created),
        (100, JobStatus::PreparingForInitialization),
        (199, JobStatus::PreparingForInitialization),
        (200, JobStatus::Initializing),
        (300, JobStatus::Processing),
        (400, JobStatus::Completing),
        (499, JobStatus::Completing),
        (500, JobStatus::Completed),
    ] {
        let (_, clock) = control(&emulator, "GET", "clock", &Value::Null).await;
        let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
        let passed = now.as_millisecond() - 1_767_225_600_000;
        advance(&emulator, u32::try_from(at - passed).unwrap()).await;
        let job = clients.get_export_job(job.id().unwrap()).await;
        assert_eq!(job.job_status, Some(status), "at {at} ms");
        assert_eq!(job.total_pieces.is_some(), at >= 300, "counters at {at} ms");
    }
}

#[tokio::test]
async fn one_advance_crosses_all_states_and_dates_each() {
    let emulator = standing().await;
    let clients = Clients::of(&emulator);
    let job = clients.create_export_job("s3://exports/a").await;
    advance(&emulator, 60_000).await;
    let job = clients.get_export_job(job.id().unwrap()).await;
    assert_eq!(job.creation_date(), Some("2026-01-01T00:00:00.000Z"));
    assert_eq!(job.completion_date(), Some("2026-01-01T00:00:00.500Z"));
    assert_eq!(clients.lines("exports", "a/").await.len(), 7);
}

#[tokio::test]
async fn a_job_under_way_takes_the_new_pace() {
    let emulator = standing().await;
    let clients = Clients::of(&emulator);
    let job = clients.create_export_job("s3://exports/a").await;
    let (status, clock) = control(&emulator, "PUT", "clock", &json!({ "pace": "instant" })).await;
    assert_eq!((status, &clock["pace"]), (200, &json!("instant")));
    let job = clients.wait(job.id().unwrap()).await;
    assert_eq!(job.job_status, Some(JobStatus::Completed));
}

#[tokio::test]
async fn reset_goes_back_to_the_start() {
    let emulator = standing().await;
    let clients = Clients::of(&emulator);
    let first = clients.create_export_job("s3://exports/a").await;
    advance(&emulator, 1000).await;
    clients
        .s3
        .create_bucket()
        .bucket("another")
        .send()
        .await
        .unwrap();
    assert_eq!(
        control(&emulator, "POST", "reset", &Value::Null).await.0,
        200
    );

    assert!(clients.objects("exports", "").await.is_empty());
    assert_eq!(
        clients
            .s3
            .list_buckets()
            .send()
            .await
            .unwrap()
            .buckets()
            .len(),
        1
    );
    let (_, clock) = control(&emulator, "GET", "clock", &Value::Null).await;
    assert_eq!(
        clock,
        json!({ "now": "2026-01-01T00:00:00.000Z", "pace": "manual" })
    );
    let again = clients.create_export_job("s3://exports/a").await;
    assert_eq!(again.id(), first.id(), "ordinals start afresh");
}

#[tokio::test]
async fn applications_are_made_and_changed_under_chosen_ids() {
    let emulator = standing().await;
    let clients = Clients::of(&emulator);
    let population = json!({ "name": "Mine", "population": { "count": 3, "seed": 9 } });
    let (status, made) = control(&emulator, "PUT", "applications/mine-1", &population).await;
    assert_eq!(
        (status, &made["population"]),
        (200, &json!({ "count": 3, "seed": 9 }))
    );
    let got = clients
        .pinpoint
        .get_app()
        .application_id("mine-1")
        .send()
        .await
        .unwrap();
    assert_eq!(got.application_response.unwrap().name(), Some("Mine"));
    let (_, renamed) = control(
        &emulator,
        "PUT",
        "applications/mine-1",
        &json!({ "name": "Yours" }),
    )
    .await;
    assert_eq!(
        (&renamed["name"], &renamed["population"]["count"]),
        (&json!("Yours"), &json!(3))
    );
}

#[tokio::test]
async fn wrong_control_requests_are_told_what_is_wrong() {
    let emulator = standing().await;
    for (method, route, body, status, text) in [
        ("GET", "nothing", Value::Null, 404, "there is no"),
        ("GET", "faults", Value::Null, 501, "not built yet"),
        ("DELETE", "clock", Value::Null, 405, "DELETE"),
        (
            "POST",
            "clock/advance",
            json!({ "seconds": 1 }),
            400,
            "unknown field",
        ),
        ("PUT", "clock", json!({ "pace": "quick" }), 400, "quick"),
        (
            "PUT",
            "applications/a",
            json!({ "population": { "count": u64::MAX } }),
            400,
            "at most",
        ),
        (
            "PUT",
            "applications/a%20b",
            json!({}),
            400,
            "application id",
        ),
    ] {
        let (got, answer) = control(&emulator, method, route, &body).await;
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(
            got == status && message.contains(text),
            "{method} {route}: {got} {answer}"
        );
    }
}
