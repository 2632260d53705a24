//! Quotas, at the manual pace: what is too much stays too much until time is advanced.

use aws_sdk_pinpoint::Client;
use aws_sdk_pinpoint::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_pinpoint::types::{
    ChannelType, CreateApplicationRequest, EndpointRequest, ExportJobRequest,
};
use pinpoint_emulator::{Emulator, Pace, Quotas};
use serde_json::json;

use crate::client::{APPLICATION, Clients, ROLE};
use crate::time::{advance, control};

async fn with_quotas(quotas: Quotas) -> Emulator {
    Emulator::builder()
        .application(APPLICATION, 7)
        .bucket("exports")
        .pace(Pace::Manual)
        .quotas(quotas)
        .start()
        .await
        .unwrap()
}

/// Status, code and message of a refusal; nothing for a success.
fn refusal<T, E: ProvideErrorMetadata>(
    outcome: Result<T, SdkError<E>>,
) -> Option<(u16, String, String)> {
    let error = outcome.err()?;
    let status = error.raw_response().unwrap().status().as_u16();
    Some((
        status,
        error.code().unwrap_or_default().to_owned(),
        error.message().unwrap_or_default().to_owned(),
    ))
}

async fn update(client: &Client, id: u32) -> Option<(u16, String, String)> {
    let request = EndpointRequest::builder()
        .channel_type(ChannelType::Email)
        .address("one@example.com")
        .build();
    let sent = client
        .update_endpoint()
        .application_id(APPLICATION)
        .endpoint_id(id.to_string())
        .endpoint_request(request)
        .send()
        .await;
    refusal(sent)
}

#[tokio::test]
async fn requests_beyond_the_burst_wait_for_the_clock() {
    let emulator = with_quotas(Quotas::Of2026).await;
    let client = Clients::of(&emulator).pinpoint;
    let too_many = Some((
        429,
        "TooManyRequestsException".to_owned(),
        "Too Many Requests".to_owned(),
    ));
    for id in 0..10 {
        assert_eq!(update(&client, id).await, None);
    }
    assert_eq!(update(&client, 10).await, too_many);
    // Another operation has a bucket of its own.
    let got = client.get_app().application_id(APPLICATION).send().await;
    assert_eq!(refusal(got), None);

    advance(&emulator, 250).await;
    assert_eq!(update(&client, 10).await, None);
    assert_eq!(update(&client, 11).await, None);
    assert_eq!(update(&client, 12).await, too_many);

    let (status, _) = control(&emulator, "POST", "reset", &json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(update(&client, 12).await, None);
}

#[tokio::test]
async fn quotas_of_another_year_have_other_rates() {
    let emulator = with_quotas(Quotas::Of2023).await;
    let client = Clients::of(&emulator).pinpoint;
    for id in 0..12 {
        assert_eq!(update(&client, id).await, None);
    }
}

#[tokio::test]
async fn an_eleventh_export_job_waits_until_one_has_ended() {
    let emulator = with_quotas(Quotas::Of2026).await;
    let clients = Clients::of(&emulator);
    for number in 0..10 {
        clients
            .create_export_job(&format!("s3://exports/{number}/"))
            .await;
    }
    let eleventh = async || {
        let request = ExportJobRequest::builder()
            .s3_url_prefix("s3://exports/11/")
            .role_arn(ROLE)
            .build();
        let created = clients
            .pinpoint
            .create_export_job()
            .application_id(APPLICATION)
            .export_job_request(request)
            .send()
            .await;
        refusal(created)
    };
    assert_eq!(
        eleventh().await,
        Some((
            429,
            "TooManyRequestsException".to_owned(),
            "Maximum concurrent exports limit exceeded".to_owned(),
        ))
    );
    advance(&emulator, 1000).await;
    assert_eq!(eleventh().await, None);
}

#[tokio::test]
async fn a_hundred_applications_are_all() {
    let emulator = with_quotas(Quotas::Of2026).await;
    let client = Clients::of(&emulator).pinpoint;
    let create = async || {
        let request = CreateApplicationRequest::builder().name("one").build();
        let created = client
            .create_app()
            .create_application_request(request)
            .send()
            .await;
        refusal(created)
    };
    // The emulator began with one.
    for _ in 1..100 {
        assert_eq!(create().await, None);
    }
    let (status, code, message) = create().await.unwrap();
    assert_eq!((status, code.as_str()), (400, "BadRequestException"));
    assert_eq!(message, "Exceeded maximum application count: 100");
    let deleted = client.delete_app().application_id(APPLICATION).send().await;
    assert_eq!(refusal(deleted), None);
    assert_eq!(create().await, None);
}

#[tokio::test]
async fn without_quotas_nothing_is_too_much() {
    let emulator = Emulator::builder()
        .application(APPLICATION, 7)
        .pace(Pace::Manual)
        .start()
        .await
        .unwrap();
    let client = Clients::of(&emulator).pinpoint;
    for id in 0..12 {
        assert_eq!(update(&client, id).await, None);
    }
}
