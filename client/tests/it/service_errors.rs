//! What the client makes of refusals and of answers that are none.

use std::time::Duration;

use pinpoint_export::{
    ClientError, Destination, Error, ExportClient, ExportJobRequest, PollSchedule,
};
use serde_json::json;

use crate::fake_aws::{APPLICATION_ID, Answer, BUCKET, FakeAws, JOB_ID, REQUEST_ID, ROLE_ARN};

async fn create(client: &ExportClient) -> Result<(), Error> {
    let request = ExportJobRequest {
        application_id: APPLICATION_ID.to_owned(),
        role_arn: ROLE_ARN.to_owned(),
        destination: Destination::new(BUCKET, "exports").unwrap(),
        segment: None,
    };
    client.create(&request).await.map(|_| ())
}

/// The error of a `CreateExportJob` that is answered with `answer`.
async fn refusal(answer: Answer) -> Error {
    let fake = FakeAws::with_states(&["CREATED"]);
    fake.script(
        &format!("POST /v1/apps/{APPLICATION_ID}/jobs/export"),
        answer,
    );
    create(&fake.client()).await.unwrap_err()
}

#[tokio::test]
async fn refusals_keep_status_code_message_and_request_id() {
    let capital = json!({"Message": "Application not found", "RequestID": "other"});
    let small = json!({"message": "User is not authorized"});
    for (answer, expected) in [
        (
            Answer::exception(404, "NotFoundException", &capital),
            (404, "NotFoundException", "Application not found"),
        ),
        (
            Answer::exception(403, "AccessDeniedException", &small),
            (403, "AccessDeniedException", "User is not authorized"),
        ),
        (
            Answer::json(429, &json!({"message": "Too Many Requests"})),
            (429, "Unknown", "Too Many Requests"),
        ),
        (
            Answer::xml(502, "<html>Bad Gateway</html>"),
            (502, "Unknown", "<html>Bad Gateway</html>"),
        ),
        (
            Answer::xml(500, ""),
            (500, "Unknown", "(the answer has no text)"),
        ),
    ] {
        let error = refusal(answer).await;
        let Error::Service {
            operation: "CreateExportJob",
            status,
            code,
            message,
            request_id: Some(request_id),
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!((*status, code.as_str(), message.as_str()), expected);
        assert_eq!(request_id, REQUEST_ID);
    }
}

#[tokio::test]
async fn answers_that_make_no_sense_are_no_refusals() {
    for answer in [
        Answer::xml(202, "<html>Welcome</html>"),
        Answer::json(202, &json!({"Id": JOB_ID})),
        Answer::json(202, &json!({"JobStatus": "CREATED"})),
    ] {
        let error = refusal(answer).await;
        assert!(
            matches!(error, Error::Client(ClientError::Senseless { .. })),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn refusals_of_s3_are_told_like_those_of_pinpoint() {
    let fake = FakeAws::with_states(&["CREATED"]);
    let missing = Answer::s3_error(404, "NoSuchBucket", "The specified bucket does not exist");
    fake.script("GET /my-bucket/", missing);
    let destination = Destination::new(BUCKET, "exports").unwrap();
    let error = fake.client().list(&destination).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ListObjectsV2 was refused with status 404: NoSuchBucket: The specified bucket does not exist"
    );
    assert!(error.is_not_found() && !error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn refusal_that_will_not_pass_ends_the_wait_at_once() {
    let unknown = json!({"Message": "Resource not found"});
    let fake = FakeAws::with_looks([Answer::exception(404, "NotFoundException", &unknown)]);
    let schedule = PollSchedule::new(Duration::from_secs(1), Duration::from_secs(1));
    let client = fake.client();
    let result = client.wait(APPLICATION_ID, JOB_ID, schedule, |_| {}).await;
    assert!(result.unwrap_err().is_not_found());
    assert_eq!(fake.take_requests().len(), 1);
}
