//! Cases that drive the client library against the target: the suite `client`.
//!
//! They are functions and not data, since what they check is a Rust interface; beside the data cases
//! they have the same names, sources and outcomes. The client speaks through the AWS SDK, so these
//! cases also say that a target can be used by it. The command line of the client is left to the
//! client's own tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use pinpoint_export::{
    Destination, Ending, EndpointReader, Error, ExportClient, ExportJobRequest, PollSchedule,
    RunReport, RunRequest, SdkConfig,
};
use tempfile::TempDir;

use crate::case::Evidence;
use crate::clock;
use crate::exchange::display_chain;
use crate::export_file::is_piece;
use crate::library::{Action, Case};
use crate::run::{Program, Stage};

/// Longest time a run of the client may take; one that hangs fails the case and not the suite.
const RUN_TIME_MAX: Duration = Duration::from_mins(1);
/// Pause between two steps of a stepped clock while the client polls.
const STEP_DELAY: Duration = Duration::from_millis(2);

const JAVA_EXAMPLE: &str = "Developer Guide, audience-data-export, Java example: create, poll, list, \
                            keep keys that end in .gz, download, print failures";

/// All cases of the suite.
pub(crate) fn all() -> Vec<Case> {
    vec![
        case(
            "client/run-brings-an-export-home",
            "One call creates the job, waits, downloads and verifies: all endpoints, each once.",
            JAVA_EXAMPLE,
            Evidence::Recorded,
            |stage| Box::pin(run_brings_an_export_home(stage)),
        ),
        case(
            "client/markers-stay-behind",
            "Only pieces are downloaded; the two markers beside them are not.",
            "AWS sample app generative-ai-marketing-portal, s3_fetch.py: drops exactly these two keys",
            Evidence::Recorded,
            |stage| Box::pin(markers_stay_behind(stage)),
        ),
        case(
            "client/prefix-of-the-java-example",
            "A prefix with colons and without final slash leads to the same files.",
            JAVA_EXAMPLE,
            Evidence::Recorded,
            |stage| Box::pin(prefix_of_the_java_example(stage)),
        ),
        case(
            "client/members-survive-the-way",
            "What UpdateEndpoint was told comes out of the typed reader.",
            "Two real export objects in the history of awsdocs/aws-doc-sdk-examples",
            Evidence::Recorded,
            |stage| Box::pin(members_survive_the_way(stage)),
        ),
        case(
            "client/each-step-alone",
            "Create, wait and list one by one see the states from CREATED to COMPLETED.",
            JAVA_EXAMPLE,
            Evidence::Recorded,
            |stage| Box::pin(each_step_alone(stage)),
        ),
        case(
            "client/unknown-application-is-refused",
            "Create for an unknown application is an error of the service with its code and text.",
            "https://github.com/aws-amplify/amplify-cli/issues/910 (2019)",
            Evidence::Recorded,
            |stage| Box::pin(unknown_application_is_refused(stage)),
        ),
        Case {
            why: Some("Whether create already refuses is unknown; see export-jobs.".to_owned()),
            ..case(
                "client/failed-job-is-a-result",
                "A job that ends FAILED is a report with its failures and no files, not an error.",
                "API model, ExportJobResponse: Failures",
                Evidence::Assumed,
                |stage| Box::pin(failed_job_is_a_result(stage)),
            )
        },
    ]
}

fn case(name: &str, about: &str, source: &str, evidence: Evidence, program: Program) -> Case {
    Case {
        name: name.to_owned(),
        about: about.to_owned(),
        source: source.to_owned(),
        read: "2026-11-23".to_owned(),
        evidence,
        why: None,
        features: Vec::new(),
        action: Action::Program(program),
    }
}

async fn run_brings_an_export_home(stage: &Stage) -> Result<(), Vec<String>> {
    let ids = ["one", "a/b+c", "zoë"];
    for id in ids {
        put_email(stage, id).await?;
    }
    let folder = new_folder()?;
    let report = run(stage, folder.path(), |_| {}).await?;
    let mut found = Vec::new();
    expect(
        &mut found,
        "ending",
        &report.job.ending(),
        &Some(Ending::Completed),
    );
    expect(
        &mut found,
        "total processed",
        &report.job.total_processed,
        &Some(3),
    );
    expect(&mut found, "files", &report.files.len(), &1);
    expect(&mut found, "failed files", &report.failed_files.len(), &0);
    expect(&mut found, "endpoints", &report.census.endpoints, &3);
    expect(&mut found, "duplicates", &report.census.duplicates, &0);
    expect(&mut found, "problems", &report.census.problem_count, &0);
    let read: BTreeSet<String> = read_endpoints(&report)?.into_keys().collect();
    expect(&mut found, "ids", &read, &ids.map(str::to_owned).into());
    differences(found)
}

async fn markers_stay_behind(stage: &Stage) -> Result<(), Vec<String>> {
    put_email(stage, "one").await?;
    let folder = new_folder()?;
    let report = run(stage, folder.path(), |_| {}).await?;
    let mut found = Vec::new();
    let listed = client(stage)
        .list(&report.destination)
        .await
        .map_err(|error| told(&error))?;
    for marker in ["COMPLETED", "EXPORT_VALIDATED"] {
        let key = format!("{}{marker}", report.destination.prefix());
        if report.files.iter().any(|file| file.key == key) {
            found.push(format!("{key} was downloaded"));
        }
    }
    for file in &report.files {
        if !is_piece(&file.key) || !listed.iter().any(|object| object.key == file.key) {
            found.push(format!("{} is no listed piece", file.key));
        }
    }
    expect(&mut found, "files", &report.files.len(), &1);
    differences(found)
}

async fn prefix_of_the_java_example(stage: &Stage) -> Result<(), Vec<String>> {
    put_email(stage, "one").await?;
    let folder = new_folder()?;
    let report = run(stage, folder.path(), |request| {
        request.prefix = Some("exports/2018-06-06-00_12:43.271_UTC".to_owned());
    })
    .await?;
    let mut found = Vec::new();
    expect(&mut found, "files", &report.files.len(), &1);
    expect(&mut found, "endpoints", &report.census.endpoints, &1);
    for file in &report.files {
        if !file.key.starts_with("exports/2018-06-06-00_12:43.271_UTC/") {
            found.push(format!("{} is not under the prefix", file.key));
        }
    }
    differences(found)
}

async fn members_survive_the_way(stage: &Stage) -> Result<(), Vec<String>> {
    let body = r#"{"ChannelType":"APNS","Address":"token-1","EffectiveDate":"2020-03-10T11:00Z",
        "Location":{"Latitude":34.04,"City":"Los Angeles"},"Metrics":{"luck":75},
        "Attributes":{"name":["Mary ","王芳"],"team":[]},"User":{"UserId":"user-1"}}"#;
    stage
        .put_endpoint("one", body)
        .await
        .map_err(|reason| vec![reason])?;
    let folder = new_folder()?;
    let report = run(stage, folder.path(), |_| {}).await?;
    let endpoints = read_endpoints(&report)?;
    let endpoint = endpoints
        .get("one")
        .ok_or(["the endpoint is not in the export".to_owned()])?;
    let mut found = Vec::new();
    let text = |text: &str| Some(text.to_owned());
    expect(
        &mut found,
        "channel type",
        &endpoint.channel_type,
        &text("APNS"),
    );
    expect(&mut found, "address", &endpoint.address, &text("token-1"));
    expect(
        &mut found,
        "effective date",
        &endpoint.effective_date,
        &text("2020-03-10T11:00Z"),
    );
    expect(
        &mut found,
        "status",
        &endpoint.endpoint_status,
        &text("ACTIVE"),
    );
    expect(&mut found, "opt-out", &endpoint.opt_out, &text("NONE"));
    expect(&mut found, "cohort id", &endpoint.cohort_id, &None);
    let luck = endpoint.metrics.get("luck").copied();
    expect(&mut found, "metric", &luck, &Some(75.0));
    let names = endpoint.attributes.get("name").cloned();
    expect(
        &mut found,
        "attribute",
        &names,
        &Some(vec!["Mary ".to_owned(), "王芳".to_owned()]),
    );
    let team = endpoint.attributes.get("team").cloned();
    expect(&mut found, "empty attribute", &team, &Some(Vec::new()));
    differences(found)
}

async fn each_step_alone(stage: &Stage) -> Result<(), Vec<String>> {
    put_email(stage, "one").await?;
    let client = client(stage);
    let destination = Destination::new(name(stage, "bucket"), name(stage, "prefix"))
        .map_err(|error| vec![error.to_string()])?;
    let request = ExportJobRequest {
        application_id: name(stage, "application"),
        role_arn: name(stage, "role"),
        destination: destination.clone(),
        segment: None,
    };
    let created = client
        .create(&request)
        .await
        .map_err(|error| told(&error))?;
    let mut found = Vec::new();
    expect(
        &mut found,
        "status after create",
        &created.status.as_str(),
        &"CREATED",
    );
    let mut polled = 0;
    let job = while_time_passes(
        stage,
        client.wait(&request.application_id, &created.id, schedule(), |_| {
            polled += 1;
        }),
    )
    .await?
    .map_err(|error| told(&error))?;
    expect(&mut found, "id", &job.id, &created.id);
    expect(
        &mut found,
        "ending",
        &job.ending(),
        &Some(Ending::Completed),
    );
    expect(
        &mut found,
        "creation date",
        &job.creation_date,
        &created.creation_date,
    );
    expect(&mut found, "total pieces", &job.total_pieces, &Some(1));
    if polled == 0 {
        found.push("the observer saw no poll".to_owned());
    }
    let listed = client
        .list(&destination)
        .await
        .map_err(|error| told(&error))?;
    let pieces = listed.iter().filter(|object| is_piece(&object.key)).count();
    expect(&mut found, "pieces listed", &pieces, &1);
    differences(found)
}

async fn unknown_application_is_refused(stage: &Stage) -> Result<(), Vec<String>> {
    let request = ExportJobRequest {
        application_id: "f".repeat(32),
        role_arn: name(stage, "role"),
        destination: Destination::new(name(stage, "bucket"), name(stage, "prefix"))
            .map_err(|error| vec![error.to_string()])?,
        segment: None,
    };
    match client(stage).create(&request).await {
        Ok(job) => Err(vec![format!("the service made the job {}", job.id)]),
        Err(Error::Service {
            status,
            code,
            message,
            request_id,
            ..
        }) => {
            let mut found = Vec::new();
            expect(&mut found, "status", &status, &404);
            expect(&mut found, "code", &code.as_str(), &"NotFoundException");
            expect(
                &mut found,
                "message",
                &message.as_str(),
                &"Application not found",
            );
            if request_id.is_none() {
                found.push("the error has no request id".to_owned());
            }
            differences(found)
        }
        Err(other) => Err(told(&other)),
    }
}

async fn failed_job_is_a_result(stage: &Stage) -> Result<(), Vec<String>> {
    let folder = new_folder()?;
    let report = run(stage, folder.path(), |request| {
        request.bucket.push_str("-nobody-has-it");
    })
    .await?;
    let mut found = Vec::new();
    expect(
        &mut found,
        "ending",
        &report.job.ending(),
        &Some(Ending::Failed),
    );
    expect(&mut found, "files", &report.files.len(), &0);
    if report.job.failures.is_empty() {
        found.push("the job has no failures".to_owned());
    }
    differences(found)
}

/// A client as a user would make it, told to repeat nothing: an answer that is only sometimes right
/// is wrong.
fn client(stage: &Stage) -> ExportClient {
    let caller = &stage.site.caller;
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(caller.region.clone()))
        .endpoint_url(stage.site.endpoint_url())
        .credentials_provider(SharedCredentialsProvider::new(caller.credentials.clone()))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    ExportClient::new(&config)
}

/// Runs a whole export of the case's application into `folder`.
async fn run(
    stage: &Stage,
    folder: &Path,
    change: fn(&mut RunRequest),
) -> Result<RunReport, Vec<String>> {
    let started = clock::now()
        .try_into()
        .map_err(|error| vec![format!("{error}")])?;
    let mut request = RunRequest::new(
        name(stage, "application"),
        name(stage, "role"),
        name(stage, "bucket"),
        folder,
        started,
    );
    request.schedule = schedule();
    change(&mut request);
    let client = client(stage);
    while_time_passes(stage, client.run(&request, &|_| {}))
        .await?
        .map_err(|error| told(&error))
}

/// Waits for the client and lets the target's time pass meanwhile.
async fn while_time_passes<T>(
    stage: &Stage,
    client: impl Future<Output = T>,
) -> Result<T, Vec<String>> {
    let passing = async {
        loop {
            if let Err(reason) = stage.site.wait().await {
                return reason;
            }
            clock::pause(STEP_DELAY).await;
        }
    };
    tokio::select! {
        outcome = tokio::time::timeout(RUN_TIME_MAX, client) => {
            outcome.map_err(|_| vec![format!("the client was not done within {RUN_TIME_MAX:?}")])
        }
        reason = passing => Err(vec![reason]),
    }
}

/// Short delays: a target whose clock is stepped makes its job as fast as it is asked.
fn schedule() -> PollSchedule {
    PollSchedule::new(Duration::from_millis(5), Duration::from_millis(200))
}

fn read_endpoints(
    report: &RunReport,
) -> Result<BTreeMap<String, pinpoint_export::Endpoint>, Vec<String>> {
    let mut endpoints = BTreeMap::new();
    for file in &report.files {
        let reader = EndpointReader::open(&file.path).map_err(|error| vec![error.to_string()])?;
        for line in reader {
            let endpoint = line.map_err(|error| vec![display_chain(&error)])?.endpoint;
            endpoints.insert(endpoint.id.clone(), endpoint);
        }
    }
    Ok(endpoints)
}

async fn put_email(stage: &Stage, id: &str) -> Result<(), Vec<String>> {
    let body = r#"{"ChannelType":"EMAIL","Address":"somebody@example.com"}"#;
    stage
        .put_endpoint(id, body)
        .await
        .map_err(|reason| vec![reason])
}

fn new_folder() -> Result<TempDir, Vec<String>> {
    tempfile::tempdir().map_err(|error| vec![format!("could not make a folder: {error}")])
}

fn name(stage: &Stage, name: &str) -> String {
    stage.references[name].clone()
}

fn told(error: &Error) -> Vec<String> {
    vec![display_chain(error)]
}

fn expect<T: PartialEq + Debug>(found: &mut Vec<String>, what: &str, actual: &T, expected: &T) {
    if actual != expected {
        found.push(format!("{what}: is {actual:?}, expected {expected:?}"));
    }
}

fn differences(found: Vec<String>) -> Result<(), Vec<String>> {
    if found.is_empty() { Ok(()) } else { Err(found) }
}
