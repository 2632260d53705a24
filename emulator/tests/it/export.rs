//! Export jobs from the first call to the last byte.

use std::collections::BTreeSet;

use aws_sdk_pinpoint::types::JobStatus;
use pinpoint_emulator::{Emulator, Pace};
use serde_json::Value;

use crate::client::{APPLICATION, Clients};
use crate::time::advance;

#[tokio::test]
async fn a_completed_job_has_written_every_endpoint_once() {
    let emulator = Emulator::builder()
        .application(APPLICATION, 2500)
        .bucket("exports")
        .pace(Pace::Instant)
        .endpoints_per_piece(1000)
        .start()
        .await
        .unwrap();
    let clients = Clients::of(&emulator);
    let created = clients.create_export_job("s3://exports/all").await;
    assert_eq!(created.job_status, Some(JobStatus::Created));
    let job = clients.wait(created.id().unwrap()).await;
    assert_eq!(
        (
            job.job_status,
            job.total_pieces,
            job.completed_pieces,
            job.total_processed,
            job.total_failures
        ),
        (
            Some(JobStatus::Completed),
            Some(3),
            Some(3),
            Some(2500),
            Some(0)
        )
    );

    let keys: Vec<_> = clients
        .objects("exports", "all/")
        .await
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(keys.len(), 5, "three pieces and two markers: {keys:?}");
    let lines = clients.lines("exports", "all/").await;
    let ids: BTreeSet<_> = lines.iter().map(|line| member(line, "Id")).collect();
    assert_eq!((lines.len(), ids.len()), (2500, 2500));

    for line in lines.iter().step_by(97) {
        let got = clients
            .pinpoint
            .get_endpoint()
            .application_id(APPLICATION)
            .endpoint_id(member(line, "Id"));
        let endpoint = got.send().await.unwrap().endpoint_response.unwrap();
        assert_eq!(endpoint.address, Some(member(line, "Address")));
        assert_eq!(endpoint.effective_date, Some(member(line, "EffectiveDate")));
        assert!(
            endpoint.cohort_id.is_some(),
            "shown by GetEndpoint, but not in the line"
        );
        assert!(!line.contains("CohortId"));
    }
}

#[tokio::test]
async fn a_job_without_its_bucket_fails_and_says_why() {
    let emulator = Emulator::builder()
        .application(APPLICATION, 10)
        .pace(Pace::Instant)
        .start()
        .await
        .unwrap();
    let clients = Clients::of(&emulator);
    let created = clients.create_export_job("s3://no-such-bucket/x/").await;
    let job = clients.wait(created.id().unwrap()).await;
    assert_eq!(job.job_status, Some(JobStatus::Failed));
    let failures = job.failures();
    assert!(
        failures.len() == 1 && failures[0].contains("no-such-bucket"),
        "{failures:?}"
    );
}

async fn standing() -> Emulator {
    let builder = Emulator::builder()
        .application(APPLICATION, 5)
        .bucket("exports");
    builder.pace(Pace::Manual).start().await.unwrap()
}

#[tokio::test]
async fn a_job_exports_what_was_there_when_it_was_created() {
    let emulator = standing().await;
    let clients = Clients::of(&emulator);
    let before = clients.create_export_job("s3://exports/before").await;
    let first = clients.create_export_job("s3://exports/first").await;
    advance(&emulator, 1000).await;
    let lines = clients.lines("exports", "first/").await;

    let pending = clients.create_export_job("s3://exports/pending").await;
    let deletion = clients
        .pinpoint
        .delete_endpoint()
        .application_id(APPLICATION);
    deletion
        .endpoint_id(member(&lines[0], "Id"))
        .send()
        .await
        .unwrap();
    let after = clients.create_export_job("s3://exports/after").await;
    advance(&emulator, 1000).await;
    for (job, endpoints) in [(before, 5), (first, 5), (pending, 5), (after, 4)] {
        let job = clients.get_export_job(job.id().unwrap()).await;
        assert_eq!(job.total_processed, Some(endpoints));
    }
    assert_eq!(clients.lines("exports", "pending/").await, lines);
    assert_eq!(clients.lines("exports", "after/").await, lines[1..]);
}

#[tokio::test]
async fn the_jobs_of_an_application_go_with_it() {
    let emulator = standing().await;
    let clients = Clients::of(&emulator);
    clients.create_export_job("s3://exports/a").await;
    let deletion = clients.pinpoint.delete_app().application_id(APPLICATION);
    deletion.send().await.unwrap();
    advance(&emulator, 1000).await;
    assert!(clients.objects("exports", "").await.is_empty());
}

fn member(line: &str, name: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    line[name].as_str().unwrap().to_owned()
}
