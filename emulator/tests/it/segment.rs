//! Segments over a population, by the SDK: what an export of one holds.

use std::collections::BTreeSet;

use aws_sdk_pinpoint::types::{
    AttributeDimension, AttributeType, DimensionType, ExportJobRequest, ExportJobResponse,
    JobStatus, MetricDimension, SegmentDemographics, SegmentDimensions, SegmentLocation,
    SetDimension, WriteSegmentRequest,
};
use pinpoint_emulator::{Emulator, Pace};
use serde_json::Value;

use crate::client::{APPLICATION, Clients, ROLE};
use crate::time::{advance, control};

fn set(kind: DimensionType, values: &[&str]) -> SetDimension {
    let values = values.iter().map(|value| (*value).to_owned());
    SetDimension::builder()
        .dimension_type(kind)
        .set_values(Some(values.collect()))
        .build()
}

/// Three dimensions that a good part of the population has.
fn three_dimensions() -> SegmentDimensions {
    let channels = set(DimensionType::Inclusive, &["EMAIL", "APNS", "GCM"]);
    let consent = AttributeDimension::builder()
        .attribute_type(AttributeType::Exclusive)
        .values("free")
        .values("premium")
        .build();
    SegmentDimensions::builder()
        .demographic(SegmentDemographics::builder().channel(channels).build())
        .location(
            SegmentLocation::builder()
                .country(set(DimensionType::Exclusive, &["US", "USA"]))
                .build(),
        )
        .attributes("Plan", consent)
        .build()
}

/// The same, read once more.
fn has_all_three(line: &str) -> bool {
    let endpoint: Value = serde_json::from_str(line).unwrap();
    let channel = endpoint["ChannelType"].as_str().unwrap();
    let country = endpoint["Location"]["Country"].as_str().unwrap_or("");
    let plans = endpoint["Attributes"]["Plan"].as_array();
    ["EMAIL", "APNS", "GCM"].contains(&channel)
        && country != "US"
        && country != "USA"
        && plans.is_none_or(|plans| plans.iter().all(|plan| plan != "free" && plan != "premium"))
}

async fn create_segment(clients: &Clients, dimensions: SegmentDimensions) -> String {
    let request = WriteSegmentRequest::builder()
        .name("of a test")
        .dimensions(dimensions)
        .build();
    let create = clients.pinpoint.create_segment();
    let created = create
        .application_id(APPLICATION)
        .write_segment_request(request);
    let created = created.send().await.unwrap().segment_response.unwrap();
    assert_eq!(created.version, Some(1));
    created.id.unwrap()
}

async fn export_segment(clients: &Clients, segment: &str, prefix: &str) -> ExportJobResponse {
    let request = ExportJobRequest::builder()
        .s3_url_prefix(format!("s3://exports/{prefix}"))
        .role_arn(ROLE)
        .segment_id(segment);
    let create = clients.pinpoint.create_export_job();
    let created = create
        .application_id(APPLICATION)
        .export_job_request(request.build());
    created.send().await.unwrap().export_job_response.unwrap()
}

async fn start(pace: Pace, count: u64, endpoints_per_piece: u64) -> Emulator {
    let builder = Emulator::builder()
        .seed(11)
        .clock_start("2026-01-01T00:00:00Z".parse().unwrap())
        .application(APPLICATION, count)
        .bucket("exports");
    let builder = builder.pace(pace).endpoints_per_piece(endpoints_per_piece);
    builder.start().await.unwrap()
}

#[tokio::test]
async fn a_segment_of_three_dimensions_is_the_population_filtered() {
    let emulator = start(Pace::Instant, 6000, 500).await;
    let clients = Clients::of(&emulator);
    let whole = clients.create_export_job("s3://exports/whole").await;
    clients.wait(whole.id().unwrap()).await;
    let segment = create_segment(&clients, three_dimensions()).await;
    let job = export_segment(&clients, &segment, "segment").await;
    let job = clients.wait(job.id().unwrap()).await;

    let lines = clients.lines("exports", "whole/").await;
    let expected: Vec<_> = lines
        .into_iter()
        .filter(|line| has_all_three(line))
        .collect();
    assert!((500..5500).contains(&expected.len()), "{}", expected.len());
    let found = clients.lines("exports", "segment/").await;
    assert!(
        found == expected,
        "{} lines, not {}",
        found.len(),
        expected.len()
    );

    let pieces = expected.len().div_ceil(500);
    let counters = (
        job.total_processed,
        job.total_pieces,
        job.completed_pieces,
        job.total_failures,
    );
    let (processed, pieces) = (
        i32::try_from(found.len()).unwrap(),
        i32::try_from(pieces).unwrap(),
    );
    assert_eq!(
        counters,
        (Some(processed), Some(pieces), Some(pieces), Some(0))
    );
    let shares: BTreeSet<_> = clients
        .objects("exports", "segment/")
        .await
        .into_iter()
        .filter(|(_, bytes)| !bytes.is_empty())
        .map(|(_, bytes)| crate::client::gunzip(&bytes).lines().count())
        .collect();
    let spread = shares.last().unwrap() - shares.first().unwrap();
    assert!(spread <= 1, "roughly equal shares: {shares:?}");
}

#[tokio::test]
async fn counters_of_a_segment_export_are_true_at_every_poll() {
    let emulator = start(Pace::Manual, 2000, 100).await;
    let clients = Clients::of(&emulator);
    let metric = MetricDimension::builder()
        .comparison_operator("GREATER_THAN_OR_EQUAL")
        .value(0.0);
    let dimensions = SegmentDimensions::builder()
        .metrics("Visits", metric.build())
        .build();
    let segment = create_segment(&clients, dimensions).await;
    let job = export_segment(&clients, &segment, "polled").await;
    let mut statuses = BTreeSet::new();
    for _ in 0..12 {
        let job = clients.get_export_job(job.id().unwrap()).await;
        let written = clients.lines("exports", "polled/").await.len();
        if let Some(processed) = job.total_processed {
            assert_eq!(usize::try_from(processed).unwrap(), written);
            assert!(job.completed_pieces <= job.total_pieces);
        } else {
            assert_eq!(written, 0);
        }
        statuses.insert(format!("{:?}", job.job_status.unwrap()));
        advance(&emulator, 50).await;
    }
    assert_eq!(statuses.len(), 6, "{statuses:?}");
}

#[tokio::test]
async fn equal_runs_export_segments_in_equal_bytes() {
    let run = async || {
        let emulator = start(Pace::Manual, 1500, 100).await;
        let clients = Clients::of(&emulator);
        let segment = create_segment(&clients, three_dimensions()).await;
        let job = export_segment(&clients, &segment, "same").await;
        advance(&emulator, 700).await;
        (segment, job.id, clients.objects("exports", "").await)
    };
    let first = run().await;
    assert!(first.2.len() > 4, "several pieces");
    assert_eq!(first, run().await);
}

#[tokio::test]
async fn a_segment_export_ends_with_its_application() {
    let emulator = start(Pace::Manual, 500, 100).await;
    let clients = Clients::of(&emulator);
    let segment = create_segment(&clients, three_dimensions()).await;
    export_segment(&clients, &segment, "gone").await;
    let deletion = clients.pinpoint.delete_app().application_id(APPLICATION);
    deletion.send().await.unwrap();
    advance(&emulator, 1000).await;
    assert!(clients.objects("exports", "").await.is_empty());
}

#[tokio::test]
async fn a_segment_that_is_deleted_while_its_job_runs_is_exported_all_the_same() {
    let emulator = start(Pace::Manual, 500, 100).await;
    let clients = Clients::of(&emulator);
    let segment = create_segment(&clients, three_dimensions()).await;
    let kept = export_segment(&clients, &segment, "kept").await;
    advance(&emulator, 1000).await;
    let job = export_segment(&clients, &segment, "deleted").await;
    advance(&emulator, 150).await;
    let deletion = clients
        .pinpoint
        .delete_segment()
        .application_id(APPLICATION);
    deletion.segment_id(&segment).send().await.unwrap();
    advance(&emulator, 1000).await;
    let job = clients.get_export_job(job.id().unwrap()).await;
    assert_eq!(job.job_status, Some(JobStatus::Completed));
    let kept = clients.get_export_job(kept.id().unwrap()).await;
    assert_eq!(job.total_processed, kept.total_processed);
    let lines = clients.lines("exports", "deleted/").await;
    assert_eq!(lines, clients.lines("exports", "kept/").await);
}

/// The runtime of a test ends when all its threads are done, which would be never.
#[tokio::test]
async fn a_count_without_end_ends_with_a_reset_and_with_the_emulator() {
    let emulator = start(Pace::Instant, 1 << 40, 500).await;
    let clients = Clients::of(&emulator);
    for end in ["reset", "drop"] {
        let segment = create_segment(&clients, three_dimensions()).await;
        let job = export_segment(&clients, &segment, "endless").await;
        loop {
            let get = clients.pinpoint.get_export_job();
            let get = get.application_id(APPLICATION).job_id(job.id().unwrap());
            let found = get.send().await.unwrap().export_job_response.unwrap();
            if found.job_status == Some(JobStatus::Initializing) {
                break;
            }
        }
        if end == "reset" {
            control(&emulator, "POST", "reset", &Value::Null).await;
        }
    }
    drop(emulator);
}
