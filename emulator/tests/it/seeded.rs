//! The same seed, start and requests give the same ids and bytes.

use aws_sdk_pinpoint::types::{ChannelType, CreateApplicationRequest, EndpointRequest};
use pinpoint_emulator::{Emulator, Pace};

use crate::client::{APPLICATION, Clients};
use crate::time::advance;

async fn run(seed: u64, disturbed: bool) -> (Vec<String>, Vec<(String, Vec<u8>)>) {
    let emulator = Emulator::builder()
        .seed(seed)
        .clock_start("2026-01-01T00:00:00Z".parse().unwrap())
        .pace(Pace::Manual)
        .application(APPLICATION, 300)
        .bucket("exports")
        .endpoints_per_piece(128)
        .start()
        .await
        .unwrap();
    let clients = Clients::of(&emulator);
    let mut ids = Vec::new();
    if disturbed {
        // Another application's jobs must not change the ids of this one's.
        let request = CreateApplicationRequest::builder().name("another").build();
        clients
            .pinpoint
            .create_app()
            .create_application_request(request)
            .send()
            .await
            .unwrap();
    }
    let endpoint = EndpointRequest::builder()
        .channel_type(ChannelType::Email)
        .address("a@example.com")
        .build();
    let update = clients
        .pinpoint
        .update_endpoint()
        .application_id(APPLICATION)
        .endpoint_id("own");
    update.endpoint_request(endpoint).send().await.unwrap();
    for prefix in ["s3://exports/one", "s3://exports/two/"] {
        ids.push(clients.create_export_job(prefix).await.id.unwrap());
        advance(&emulator, 700).await;
    }
    (ids, clients.objects("exports", "").await)
}

#[tokio::test]
async fn equal_runs_have_equal_ids_and_bytes() {
    let first = run(7, false).await;
    assert_eq!(first.1.len(), 10, "twice three pieces and two markers");
    assert_eq!(first, run(7, false).await);
}

#[tokio::test]
async fn applications_do_not_disturb_each_other() {
    assert_eq!(run(7, false).await, run(7, true).await);
}

#[tokio::test]
async fn another_seed_gives_other_ids_and_bytes() {
    let (first, second) = (run(7, false).await, run(8, false).await);
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
}
