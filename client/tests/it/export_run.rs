//! Whole exports through the library: what comes home, what is reported, and what a next run continues.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use pinpoint_export::{
    ClientError, Ending, EndpointReader, Error, ExportClient, RunEvent, RunReport, RunRequest,
    SegmentRef,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::fake_aws::{
    APPLICATION_ID, Answer, BUCKET, FakeAws, JOB_ID, ROLE_ARN, gzip, job, lines,
};

type Change = fn(&mut RunRequest);

fn request(folder: &Path) -> RunRequest {
    let started = "2026-01-02T03:04:05.678Z".parse().unwrap();
    let mut request = RunRequest::new(APPLICATION_ID, ROLE_ARN, BUCKET, folder, started);
    request.prefix = Some("exports".to_owned());
    request
}

async fn run(client: &ExportClient, folder: &TempDir) -> Result<RunReport, Error> {
    client.run(&request(folder.path()), &|_| {}).await
}

/// Names of everything in `folder`.
fn names_in(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Makes the note of an interrupted run older than the files of that run, which a test brings home within
/// one tick of the file system's clock.
fn backdate_note(folder: &TempDir) {
    let note = fs::File::options()
        .write(true)
        .open(folder.path().join(".pinpoint-export.json"))
        .unwrap();
    let written = note.metadata().unwrap().modified().unwrap();
    note.set_modified(written - Duration::from_secs(1)).unwrap();
}

fn problems_of(report: &RunReport) -> Vec<String> {
    report
        .census
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn count(fake: &FakeAws, request: &str) -> usize {
    fake.take_requests()
        .iter()
        .filter(|made| *made == request)
        .count()
}

#[tokio::test(start_paused = true)]
async fn export_comes_home_through_all_states() {
    let fake = FakeAws::with_looks(
        [
            "CREATED",
            "PREPARING_FOR_INITIALIZATION",
            "INITIALIZING",
            "PENDING_JOB",
            "COMPLETING",
        ]
        .map(|state| Answer::json(200, &job(state)))
        .into_iter()
        .chain([Answer::json(
            200,
            &json!({"Id": JOB_ID, "JobStatus": "COMPLETED", "TotalPieces": 3, "TotalProcessed": 4}),
        )]),
    )
    .page_size(2);
    fake.put("exports/EXPORT_VALIDATED", "");
    fake.put("exports/COMPLETED", "");
    fake.put("exports/a.gz", gzip(&lines(&["1", "2"])));
    fake.put(
        "exports/b/c.gz",
        [gzip(&lines(&["3"])), gzip(&lines(&["4"]))].concat(),
    );
    fake.put("exports/d.gz", gzip(b""));
    fake.put("exports-old/e.gz", gzip(&lines(&["5"])));
    let folder = tempfile::tempdir().unwrap();

    let mut request = request(folder.path());
    request.segment = Some(SegmentRef {
        id: "s".to_owned(),
        version: Some(3),
    });
    let seen = Mutex::new(Vec::new());
    let observer = |event: RunEvent<'_>| {
        if let RunEvent::JobPolled(job) = event {
            seen.lock().unwrap().push(job.status.as_str().to_owned());
        }
    };
    let report = fake.client().run(&request, &observer).await.unwrap();

    assert_eq!(
        fake.job_request(),
        json!({
            "S3UrlPrefix": "s3://my-bucket/exports/",
            "RoleArn": ROLE_ARN,
            "SegmentId": "s",
            "SegmentVersion": 3,
        })
    );
    assert_eq!(seen.lock().unwrap().last().unwrap(), "COMPLETED");
    assert_eq!(seen.lock().unwrap().len(), 6);
    assert_eq!(report.job.ending(), Some(Ending::Completed));
    assert_eq!(problems_of(&report), Vec::<String>::new());
    assert!(report.failed_files.is_empty() && !report.was_continued);
    let ids: BTreeMap<&str, Vec<String>> = report
        .files
        .iter()
        .map(|file| {
            let reader = EndpointReader::open(&file.path).unwrap();
            (
                file.key.as_str(),
                reader.map(|line| line.unwrap().endpoint.id).collect(),
            )
        })
        .collect();
    assert_eq!(
        serde_json::to_value(ids).unwrap(),
        json!({"exports/a.gz": ["1", "2"], "exports/b/c.gz": ["3", "4"], "exports/d.gz": []})
    );
    assert_eq!(report.census.endpoints, 4);
    assert_eq!(names_in(&folder), ["a.gz", "b", "d.gz"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_export_is_an_export_without_files() {
    let fake = FakeAws::completed(&[], &json!({"TotalPieces": 0, "TotalProcessed": 0}));
    fake.put("exports/COMPLETED", "");
    let folder = tempfile::tempdir().unwrap();
    let report = run(&fake.client(), &folder).await.unwrap();
    assert!(report.files.is_empty() && report.census.is_whole());
}

#[tokio::test(start_paused = true)]
async fn prefix_is_made_of_application_and_time_unless_given() {
    let fake = FakeAws::with_states(&["FAILED"]);
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(folder.path());
    request.prefix = None;
    fake.client().run(&request, &|_| {}).await.unwrap();
    assert_eq!(
        fake.job_request()["S3UrlPrefix"],
        format!("s3://my-bucket/exports/{APPLICATION_ID}_20260102T030405678Z/")
    );
}

#[tokio::test(start_paused = true)]
async fn failed_job_is_a_result_with_its_failures() {
    let mut failed = job("FAILED");
    failed["Failures"] = json!(["piece 2: access denied"]);
    failed["TotalFailures"] = json!(7);
    let fake = FakeAws::with_looks([
        Answer::json(200, &job("FAILING")),
        Answer::json(200, &failed),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let report = run(&fake.client(), &folder).await.unwrap();
    assert_eq!(report.job.ending(), Some(Ending::Failed));
    assert_eq!(report.job.failures, ["piece 2: access denied"]);
    assert_eq!(report.job.total_failures, Some(7));
    assert_eq!(names_in(&folder), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn cancelled_is_an_end_and_unheard_of_states_are_not() {
    let fake = FakeAws::with_states(&["CANCELLING", "DAYDREAMING", "CANCELLED"]);
    let folder = tempfile::tempdir().unwrap();
    let report = run(&fake.client(), &folder).await.unwrap();
    assert_eq!(report.job.ending(), Some(Ending::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn passing_trouble_does_not_end_the_wait_and_lasting_trouble_does() {
    let throttled = || Answer::json(429, &json!({"message": "Too Many Requests"}));
    let completed = || Answer::json(200, &job("COMPLETED"));
    let looks = |failed: usize| {
        let failed = std::iter::repeat_with(throttled).take(failed);
        FakeAws::with_looks(failed.chain([completed()]))
    };
    let folder = tempfile::tempdir().unwrap();
    assert!(run(&looks(4).client(), &folder).await.is_ok());
    let error = run(&looks(5).client(), &folder).await.unwrap_err();
    assert!(
        matches!(error, Error::Service { status: 429, .. }),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn damaged_object_fails_alone_and_leaves_no_file() {
    let whole = gzip(&lines(&["1"]));
    let mut wrong_checksum = whole.clone();
    let at = whole.len() - 8;
    wrong_checksum[at] ^= 1;
    for damaged in [
        wrong_checksum,
        whole[..whole.len() - 1].to_vec(),
        [&whole[..], &whole[..9]].concat(),
        [&whole[..], b"garbage"].concat(),
        lines(&["1"]),
        Vec::new(),
    ] {
        let fake = FakeAws::completed(&[&["2"]], &json!({"TotalPieces": 2, "TotalProcessed": 2}));
        fake.put("exports/x.gz", damaged.clone());
        let folder = tempfile::tempdir().unwrap();
        let report = run(&fake.client(), &folder).await.unwrap();
        assert_eq!(report.failed_files.len(), 1, "{damaged:?}");
        let failure = &report.failed_files[0];
        assert_eq!(failure.key, "exports/x.gz");
        assert!(matches!(
            failure.error,
            Error::Client(ClientError::Damaged { .. })
        ));
        assert_eq!(names_in(&folder), ["0.gz"]);
        assert_eq!(count(&fake, "GET /my-bucket/exports/x.gz"), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn object_that_arrives_wrong_once_is_fetched_again() {
    let whole = gzip(&lines(&["1", "2", "3"]));
    for wrong in [
        Answer::object(whole.clone()).cut_after(11),
        Answer::object(&whole[1..]),
        Answer::object([&whole[..], b"x"].concat()),
        Answer::object(vec![0; whole.len()]),
        Answer::object(whole.clone()).header("x-amz-checksum-crc32", "AAAAAA=="),
        Answer::s3_error(503, "SlowDown", "Please reduce your request rate."),
    ] {
        let fake = FakeAws::completed(&[&["1", "2", "3"]], &json!({"TotalPieces": 1}));
        fake.script("GET /my-bucket/exports/0.gz", wrong.clone());
        let folder = tempfile::tempdir().unwrap();
        let balance = Mutex::new(0_i128);
        let observer = |event: RunEvent<'_>| match event {
            RunEvent::BytesReceived(bytes) => *balance.lock().unwrap() += i128::from(bytes),
            RunEvent::BytesDiscarded(bytes) => *balance.lock().unwrap() -= i128::from(bytes),
            _ => {}
        };
        let request = request(folder.path());
        let report = fake.client().run(&request, &observer).await.unwrap();
        assert!(report.failed_files.is_empty(), "{wrong:?}: {report:?}");
        assert_eq!(
            *balance.lock().unwrap(),
            i128::try_from(whole.len()).unwrap()
        );
        assert_eq!(count(&fake, "GET /my-bucket/exports/0.gz"), 2);
        assert_eq!(fs::read(folder.path().join("0.gz")).unwrap(), whole);
    }
}

#[tokio::test(start_paused = true)]
async fn transfer_that_keeps_breaking_is_told_as_such() {
    let fake = FakeAws::completed(&[&["1"]], &json!({}));
    let whole = gzip(&lines(&["1"]));
    for _ in 0..3 {
        let cut = Answer::object(whole.clone()).cut_after(5);
        fake.script("GET /my-bucket/exports/0.gz", cut);
    }
    let folder = tempfile::tempdir().unwrap();
    let report = run(&fake.client(), &folder).await.unwrap();
    assert_eq!(
        report.failed_files[0].error.to_string(),
        format!(
            "the transfer of exports/0.gz broke off after 5 of {} bytes",
            whole.len()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn export_that_does_not_add_up_is_told() {
    let counters = json!({"TotalPieces": 2, "TotalProcessed": 3});
    let mismatches: [(&[&[&str]], &[&str]); 4] = [
        (&[&["1", "2"], &["3"]], &[]),
        (&[&["1", "2"], &["1"]], &["is there twice"]),
        (
            &[&["1"], &["2"]],
            &["processed 3 endpoints, but the files hold 2"],
        ),
        (
            &[&["1", "2", "3"]],
            &["has 2 pieces, but there are 1 .gz objects"],
        ),
    ];
    for (files, expected) in mismatches {
        let fake = FakeAws::completed(files, &counters);
        let folder = tempfile::tempdir().unwrap();
        let problems = problems_of(&run(&fake.client(), &folder).await.unwrap());
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.contains(expected), "{problem}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn endpoints_that_failed_may_be_missing_from_the_files() {
    let counters = json!({"TotalProcessed": 3, "TotalFailures": 1});
    for ids in [&["1", "2"][..], &["1", "2", "3"]] {
        let fake = FakeAws::completed(&[ids], &counters);
        let folder = tempfile::tempdir().unwrap();
        let report = run(&fake.client(), &folder).await.unwrap();
        assert!(report.census.is_whole() && report.job.has_failures());
    }
}

#[tokio::test(start_paused = true)]
async fn next_run_continues_with_the_job_and_fetches_only_what_is_missing() {
    let create = format!("POST /v1/apps/{APPLICATION_ID}/jobs/export");
    let fake = FakeAws::completed(
        &[&["1"], &["2"]],
        &json!({"TotalPieces": 2, "TotalProcessed": 2}),
    );
    let denied = Answer::s3_error(403, "AccessDenied", "Access Denied");
    fake.script("GET /my-bucket/exports/1.gz", denied);
    let folder = tempfile::tempdir().unwrap();
    let report = run(&fake.client(), &folder).await.unwrap();
    assert_eq!(report.failed_files.len(), 1);
    assert_eq!(names_in(&folder), [".pinpoint-export.json", "0.gz"]);
    assert!(fake.take_requests().contains(&create));
    backdate_note(&folder);

    let report = run(&fake.client(), &folder).await.unwrap();
    assert!(report.was_continued && report.census.is_whole());
    let was_there: Vec<bool> = report.files.iter().map(|file| file.was_there).collect();
    assert_eq!(was_there, [true, false]);
    assert_eq!(names_in(&folder), ["0.gz", "1.gz"]);
    let requests = fake.take_requests();
    assert!(!requests.contains(&create), "{requests:?}");
    assert!(
        !requests.contains(&"GET /my-bucket/exports/0.gz".to_owned()),
        "{requests:?}"
    );

    let report = run(&fake.client(), &folder).await.unwrap();
    assert!(!report.was_continued, "a finished export is not continued");
}

#[tokio::test(start_paused = true)]
async fn file_of_an_earlier_export_is_never_taken_for_the_new_one() {
    let fake = FakeAws::completed(&[&["1"]], &json!({"TotalPieces": 1}));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("0.gz"), gzip(&lines(&["2"]))).unwrap();
    let denied = Answer::s3_error(403, "AccessDenied", "Access Denied");
    fake.script("GET /my-bucket/", denied);
    run(&fake.client(), &folder).await.unwrap_err();

    let report = run(&fake.client(), &folder).await.unwrap();
    assert!(report.was_continued && !report.files[0].was_there);
    assert_eq!(
        fs::read(folder.path().join("0.gz")).unwrap(),
        gzip(&lines(&["1"]))
    );
}

#[tokio::test(start_paused = true)]
async fn only_the_same_export_is_continued_and_only_if_the_job_is_known() {
    let create = format!("POST /v1/apps/{APPLICATION_ID}/jobs/export");
    let look = format!("GET /v1/apps/{APPLICATION_ID}/jobs/export/{JOB_ID}");
    let other_prefix = |request: &mut RunRequest| request.prefix = Some("other".to_owned());
    let any_prefix = |request: &mut RunRequest| request.prefix = None;
    let other_segment = |request: &mut RunRequest| {
        request.segment = Some(SegmentRef {
            id: "s".to_owned(),
            version: None,
        });
    };
    let same = |_: &mut RunRequest| {};
    // What changes from one run to the next, whether the service still knows the job, what follows.
    let changes: [(Change, bool, bool); 5] = [
        (same, true, true),
        (any_prefix, true, true),
        (same, false, false),
        (other_prefix, true, false),
        (other_segment, true, false),
    ];
    for (index, (change, is_known, is_continued)) in changes.into_iter().enumerate() {
        let fake = FakeAws::completed(&[&["1"]], &json!({}));
        let folder = tempfile::tempdir().unwrap();
        fake.script(
            "GET /my-bucket/",
            Answer::s3_error(403, "AccessDenied", "Access Denied"),
        );
        run(&fake.client(), &folder).await.unwrap_err();
        fake.take_requests();
        if !is_known {
            let unknown = json!({"Message": "Resource not found"});
            fake.script(&look, Answer::exception(404, "NotFoundException", &unknown));
        }
        let mut request = request(folder.path());
        change(&mut request);
        let report = fake.client().run(&request, &|_| {}).await.unwrap();
        assert_eq!(report.was_continued, is_continued, "change {index}");
        assert_eq!(report.lost_job.is_some(), !is_known, "change {index}");
        assert_eq!(
            count(&fake, &create),
            usize::from(!is_continued),
            "change {index}"
        );
    }
}

#[tokio::test]
async fn run_can_be_spawned() {
    let fake = FakeAws::with_states(&["FAILED"]);
    let folder = tempfile::tempdir().unwrap();
    let (client, request) = (fake.client(), request(folder.path()));
    let spawned = tokio::spawn(async move { client.run(&request, &|_| {}).await.is_ok() });
    assert!(spawned.await.unwrap());
}

#[test]
fn dropped_run_leaves_nothing_half_written() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fake = FakeAws::completed(&[&["1"]], &json!({}));
    let stalled = Answer::object(gzip(&lines(&["1"]))).stall_after(14);
    fake.script("GET /my-bucket/exports/0.gz", stalled);
    let folder = tempfile::tempdir().unwrap();
    let received = Notify::new();
    let observer = |event: RunEvent<'_>| {
        if matches!(event, RunEvent::BytesReceived(_)) {
            received.notify_one();
        }
    };
    let (client, request) = (fake.client(), request(folder.path()));
    runtime.block_on(async {
        tokio::select! {
            _ = client.run(&request, &observer) => unreachable!("it stalls"),
            () = received.notified() => {}
        }
    });
    // Waits for the thread that was writing.
    drop(runtime);
    assert_eq!(names_in(&folder), [".pinpoint-export.json"]);
}

#[tokio::test(start_paused = true)]
async fn attempt_after_a_lost_answer_never_shares_its_prefix() {
    let create = format!("POST /v1/apps/{APPLICATION_ID}/jobs/export");
    let lost = || Answer::json(202, &job("CREATED")).cut_after(10);
    let throttled = || Answer::json(429, &json!({"message": "Too Many Requests"}));
    let gave_up = || Answer::xml(504, "<html>Gateway Timeout</html>");
    let own = format!("s3://my-bucket/exports/{APPLICATION_ID}_20260102T030405678Z-3/");
    for (prefix, answers, attempts, last_prefix, is_started) in [
        (None, [lost(), throttled()], 3, own.as_str(), true),
        (
            Some("p"),
            [throttled(), throttled()],
            3,
            "s3://my-bucket/p/",
            true,
        ),
        (
            Some("p"),
            [throttled(), lost()],
            2,
            "s3://my-bucket/p/",
            false,
        ),
        (
            Some("p"),
            [gave_up(), throttled()],
            1,
            "s3://my-bucket/p/",
            false,
        ),
        (None, [gave_up(), gave_up()], 3, own.as_str(), true),
    ] {
        let fake = FakeAws::with_states(&["FAILED"]);
        for answer in answers {
            fake.script(&create, answer);
        }
        let folder = tempfile::tempdir().unwrap();
        let mut request = request(folder.path());
        request.prefix = prefix.map(str::to_owned);
        let result = fake.client_that_repeats().run(&request, &|_| {}).await;
        assert_eq!(result.is_ok(), is_started, "{result:?}");
        assert_eq!(count(&fake, &create), attempts);
        assert_eq!(fake.job_request()["S3UrlPrefix"], last_prefix);
    }
}

#[tokio::test(start_paused = true)]
async fn folder_that_takes_no_files_is_found_out_before_a_job_is_started() {
    let fake = FakeAws::with_states(&["COMPLETED"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = fake
        .client()
        .run(&request(file.path()), &|_| {})
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Client(ClientError::File { .. })),
        "{error}"
    );
    assert_eq!(fake.take_requests(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn bucket_is_made_in_the_region_of_the_client() {
    for (region, constraint) in [
        ("us-east-1", None),
        (
            "eu-west-1",
            Some("<LocationConstraint>eu-west-1</LocationConstraint>"),
        ),
    ] {
        let fake = FakeAws::with_states(&["FAILED"]);
        let folder = tempfile::tempdir().unwrap();
        let mut request = request(folder.path());
        request.create_bucket = true;
        fake.client_in(region).run(&request, &|_| {}).await.unwrap();
        match constraint {
            Some(constraint) => assert!(fake.bucket_request().contains(constraint)),
            None => assert_eq!(fake.bucket_request(), ""),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn bucket_of_ones_own_is_as_good_as_a_new_one() {
    for (code, is_fine) in [
        ("BucketAlreadyOwnedByYou", true),
        ("BucketAlreadyExists", false),
    ] {
        let fake = FakeAws::with_states(&["FAILED"]);
        for path in ["/my-bucket", "/my-bucket/"] {
            fake.script(
                &format!("PUT {path}"),
                Answer::s3_error(409, code, "It is there."),
            );
        }
        let folder = tempfile::tempdir().unwrap();
        let mut request = request(folder.path());
        request.create_bucket = true;
        let result = fake.client().run(&request, &|_| {}).await;
        assert_eq!(result.is_ok(), is_fine, "{code}");
    }
}
