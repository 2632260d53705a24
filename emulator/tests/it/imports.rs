//! Import jobs: what an export brings back, and what goes on beside them.

use aws_sdk_pinpoint::types::{
    Format, ImportJobRequest, ImportJobResponse, JobStatus, SegmentType,
};
use aws_sdk_s3::primitives::ByteStream;
use pinpoint_emulator::{Emulator, Pace};
use serde_json::json;

use crate::client::{APPLICATION, Clients, ROLE};
use crate::time::{advance, control};

const OTHER: &str = "fedcba9876543210fedcba9876543210";

async fn start(endpoints: u64, pace: Pace) -> (Emulator, Clients) {
    let emulator = Emulator::builder()
        .application(APPLICATION, endpoints)
        .application(OTHER, 0)
        .bucket("exports")
        .pace(pace)
        .seed(7)
        .clock_start("2026-01-01T00:00:00Z".parse().unwrap())
        .endpoints_per_piece(500)
        .start()
        .await
        .unwrap();
    let clients = Clients::of(&emulator);
    (emulator, clients)
}

async fn put(clients: &Clients, key: &str, text: impl Into<Vec<u8>>) {
    let object = clients.s3.put_object().bucket("exports").key(key);
    let sent = object.body(ByteStream::from(text.into())).send().await;
    sent.unwrap();
}

/// A job that registers the endpoints of a file or a folder; with `segment` it makes one too.
async fn create(
    clients: &Clients,
    application: &str,
    key: &str,
    format: Format,
    segment: bool,
) -> ImportJobResponse {
    let request = ImportJobRequest::builder()
        .s3_url(format!("s3://exports/{key}"))
        .role_arn(ROLE)
        .format(format)
        .register_endpoints(true)
        .define_segment(segment)
        .build();
    let create = clients.pinpoint.create_import_job();
    let created = create
        .application_id(application)
        .import_job_request(request)
        .send()
        .await;
    created.unwrap().import_job_response.unwrap()
}

async fn get(clients: &Clients, application: &str, job: &str) -> ImportJobResponse {
    let get = clients.pinpoint.get_import_job();
    let got = get.application_id(application).job_id(job).send().await;
    got.unwrap().import_job_response.unwrap()
}

/// Asks until the job has ended; its time passes by itself at the pace `instant`.
async fn wait(clients: &Clients, application: &str, job: &str) -> ImportJobResponse {
    loop {
        let job = get(clients, application, job).await;
        if matches!(
            job.job_status,
            Some(JobStatus::Completed | JobStatus::Failed)
        ) {
            return job;
        }
        tokio::task::yield_now().await;
    }
}

/// The lines of an export of an application, by the order of their text.
async fn export(clients: &Clients, application: &str, prefix: &str) -> Vec<String> {
    let request = aws_sdk_pinpoint::types::ExportJobRequest::builder()
        .s3_url_prefix(format!("s3://exports/{prefix}/"))
        .role_arn(ROLE)
        .build();
    let create = clients.pinpoint.create_export_job();
    let created = create
        .application_id(application)
        .export_job_request(request)
        .send()
        .await;
    let id = created.unwrap().export_job_response.unwrap().id.unwrap();
    loop {
        let get = clients.pinpoint.get_export_job();
        let got = get.application_id(application).job_id(&id).send().await;
        let job = got.unwrap().export_job_response.unwrap();
        if job.job_status == Some(JobStatus::Completed) {
            break;
        }
        assert_ne!(job.job_status, Some(JobStatus::Failed));
        tokio::task::yield_now().await;
    }
    let mut lines = clients.lines("exports", &format!("{prefix}/")).await;
    lines.sort();
    lines
}

/// The line without the members that `docs/imports.md` names.
fn as_far_as_imported(line: &str) -> String {
    let mut line = line.to_owned();
    for member in [
        "EndpointStatus",
        "RequestId",
        "EffectiveDate",
        "ApplicationId",
        "CreationDate",
    ] {
        let Some(start) = line.find(&format!("\"{member}\":\"")) else {
            continue;
        };
        let value = start + member.len() + 4;
        let end = value + line[value..].find('"').unwrap() + 1;
        let comma = usize::from(line[end..].starts_with(','));
        line.replace_range(start..end + comma, "");
    }
    line
}

#[tokio::test]
async fn an_unpacked_export_makes_an_equal_audience_as_far_as_imports_take_it() {
    let (_emulator, clients) = start(1200, Pace::Instant).await;
    let exported = export(&clients, APPLICATION, "out").await;
    for (number, lines) in exported.chunks(400).enumerate() {
        put(&clients, &format!("in/{number}.json"), lines.join("\n")).await;
    }
    let job = create(&clients, OTHER, "in/", Format::Json, false).await;
    let job = wait(&clients, OTHER, job.id().unwrap()).await;
    assert_eq!(job.failures(), [] as [String; 0]);
    assert_eq!(
        (job.job_status, job.total_pieces, job.total_processed),
        (Some(JobStatus::Completed), Some(3), Some(1200))
    );
    let again = export(&clients, OTHER, "again").await;
    let mut expected: Vec<_> = exported.iter().map(|l| as_far_as_imported(l)).collect();
    let mut imported: Vec<_> = again.iter().map(|l| as_far_as_imported(l)).collect();
    expected.sort();
    imported.sort();
    for (expected, imported) in expected.iter().zip(&imported) {
        assert_eq!(imported, expected);
    }
    assert_eq!(imported.len(), 1200);
    assert!(exported.iter().any(|line| line.contains("INACTIVE")));
    for line in &again {
        assert!(line.contains("\"EndpointStatus\":\"ACTIVE\""), "{line}");
        assert!(line.contains(&format!("\"ApplicationId\":\"{OTHER}\"")));
    }
}

/// Two imports over the same endpoints and an export, under way at once at a standing clock.
async fn imports_at_once() -> (Vec<String>, Vec<(String, Vec<u8>)>) {
    let (emulator, clients) = start(300, Pace::Manual).await;
    let row = |number: usize, job: &str| {
        format!(
            "{{\"Id\":\"imported-{number}\",\"ChannelType\":\"EMAIL\",\"Address\":\"e{number}@example.com\",\
            \"Attributes\":{{\"{job}\":[\"{number}\"],\"last\":[\"{job}\"]}},\"User\":{{\"UserId\":\"u{}\"}}}}\n",
            number / 4
        )
    };
    for job in ["a", "b"] {
        for file in 0..4 {
            let rows: String = (0..250).rev().map(|number| row(number, job)).collect();
            put(&clients, &format!("in-{job}/{file}.json"), rows).await;
        }
    }
    let mut ids = Vec::new();
    for job in ["a", "b"] {
        let key = format!("in-{job}/");
        let created = create(&clients, APPLICATION, &key, Format::Json, true).await;
        let definition = created.definition.unwrap();
        ids.extend([created.id.unwrap(), definition.segment_id.unwrap()]);
    }
    clients.create_export_job("s3://exports/before/").await;
    advance(&emulator, 1000).await;
    for job in [&ids[0], &ids[2]] {
        let job = get(&clients, APPLICATION, job).await;
        assert_eq!(
            (job.total_pieces, job.total_processed),
            (Some(4), Some(1000))
        );
        assert_eq!(job.job_status, Some(JobStatus::Completed));
    }
    clients.create_export_job("s3://exports/after/").await;
    advance(&emulator, 1000).await;
    assert_eq!(clients.lines("exports", "before/").await.len(), 300);
    let after = clients.lines("exports", "after/").await;
    assert_eq!(after.len(), 550);
    for line in after
        .iter()
        .filter(|line| line.contains("\"Id\":\"imported-"))
    {
        assert!(
            line.contains("\"last\":[\"b\"]"),
            "the later job came last: {line}"
        );
    }
    (ids, clients.objects("exports", "").await)
}

#[tokio::test]
async fn jobs_at_once_leave_the_same_behind_in_every_run() {
    let (first, second) = (imports_at_once().await, imports_at_once().await);
    assert_eq!(first, second);
}

#[tokio::test]
async fn an_import_ends_with_its_application() {
    let (emulator, clients) = start(0, Pace::Manual).await;
    put(
        &clients,
        "a.csv",
        "Id,ChannelType,Address\none,EMAIL,one@example.com\n",
    )
    .await;
    let job = create(&clients, OTHER, "a.csv", Format::Csv, true).await;
    advance(&emulator, 250).await;
    let delete = clients.pinpoint.delete_app().application_id(OTHER);
    delete.send().await.unwrap();
    let route = format!("applications/{OTHER}");
    let (status, _) = control(&emulator, "PUT", &route, &json!({})).await;
    assert!(status < 300);
    advance(&emulator, 1000).await;
    let get = clients.pinpoint.get_import_job().application_id(OTHER);
    let error = get.job_id(job.id().unwrap()).send().await.unwrap_err();
    assert!(error.into_service_error().is_not_found_exception());
    let get = clients.pinpoint.get_endpoint().application_id(OTHER);
    let error = get.endpoint_id("one").send().await.unwrap_err();
    assert!(error.into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn an_import_without_its_bucket_fails_and_says_why() {
    let (emulator, clients) = start(0, Pace::Manual).await;
    put(
        &clients,
        "a.csv",
        "Id,ChannelType,Address\none,EMAIL,one@example.com\n",
    )
    .await;
    let job = create(&clients, OTHER, "a.csv", Format::Csv, false).await;
    let delete = clients.s3.delete_object().bucket("exports").key("a.csv");
    delete.send().await.unwrap();
    let delete = clients.s3.delete_bucket().bucket("exports");
    delete.send().await.unwrap();
    advance(&emulator, 1000).await;
    let job = get(&clients, OTHER, job.id().unwrap()).await;
    assert_eq!(job.job_status, Some(JobStatus::Failed));
    assert_eq!(
        job.failures(),
        ["Failed to read s3://exports/: no such bucket"]
    );
    assert_eq!(job.total_pieces, None);
}

#[tokio::test]
async fn a_reset_leaves_nothing_of_a_running_import() {
    let (emulator, clients) = start(0, Pace::Instant).await;
    let rows: Vec<_> = (0..5000)
        .map(|number| format!("EMAIL,e{number}@example.com\n"))
        .collect();
    put(
        &clients,
        "a.csv",
        format!("ChannelType,Address\n{}", rows.concat()),
    )
    .await;
    create(&clients, OTHER, "a.csv", Format::Csv, true).await;
    let (status, _) = control(&emulator, "POST", "reset", &json!({})).await;
    assert_eq!(status, 200);
    let jobs = clients.pinpoint.get_import_jobs().application_id(OTHER);
    let jobs = jobs.send().await.unwrap().import_jobs_response.unwrap();
    assert!(jobs.item().is_empty());
    assert_eq!(export(&clients, OTHER, "after").await, [] as [String; 0]);
}

#[tokio::test]
async fn many_imports_and_exports_run_at_once() {
    let (_emulator, clients) = start(1000, Pace::Instant).await;
    let mut jobs = Vec::new();
    for number in 0..12 {
        let rows: Vec<_> = (0..300)
            .map(|row| format!("j{number}-{row},SMS,+1206555{number:02}{row:02}\n"))
            .collect();
        let key = format!("many/{number}.csv");
        put(
            &clients,
            &key,
            format!("Id,ChannelType,Address\n{}", rows.concat()),
        )
        .await;
        let application = if number % 3 == 0 { APPLICATION } else { OTHER };
        let job = create(&clients, application, &key, Format::Csv, true).await;
        clients
            .create_export_job(&format!("s3://exports/many-{number}/"))
            .await;
        jobs.push((application, job));
    }
    for (application, job) in jobs {
        let job = wait(&clients, application, job.id().unwrap()).await;
        assert_eq!(
            (job.job_status, job.total_processed),
            (Some(JobStatus::Completed), Some(300))
        );
        let segment = job.definition.unwrap().segment_id.unwrap();
        let get = clients.pinpoint.get_segment().application_id(application);
        let segment = get.segment_id(segment).send().await.unwrap();
        let segment = segment.segment_response.unwrap();
        assert_eq!(segment.segment_type, Some(SegmentType::Import));
        assert_eq!(segment.import_definition.unwrap().size, Some(300));
    }
    assert_eq!(export(&clients, OTHER, "end").await.len(), 8 * 300);
}
