//! The program as scripts see it: exit codes, what stands on stdout and stderr, signals.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::fake_aws::{
    APPLICATION_ID, Answer, BUCKET, FakeAws, JOB_ID, REQUEST_ID, ROLE_ARN, gzip, job, lines,
};

struct Finished {
    exit_code: i32,
    stdout: String,
    stderr: String,
}

/// The program with nothing in its environment but keys that no service knows.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinpoint-export"));
    command
        .args(arguments)
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn run_command(folder: &Path, more: &[&str]) -> Command {
    let mut command = program(&["run"]);
    command
        .args(["--application-id", APPLICATION_ID, "--bucket", BUCKET])
        .args(["--role-arn", ROLE_ARN, "--prefix", "exports"])
        .arg("--download-dir")
        .arg(folder)
        .args(more);
    command
}

async fn finish(mut command: Command) -> Finished {
    let output = command.output().await.unwrap();
    Finished {
        exit_code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `run` against `fake`, with these flags more.
async fn run(fake: &FakeAws, folder: &TempDir, more: &[&str]) -> Finished {
    let url = format!("http://{}", fake.serve().await);
    let mut command = run_command(folder.path(), more);
    command.args(["--endpoint-url", &url]);
    finish(command).await
}

#[tokio::test]
async fn export_ends_with_one_line_on_stdout_and_silence_on_stderr() {
    let fake = FakeAws::completed(
        &[&["1", "2"]],
        &json!({"TotalPieces": 1, "TotalProcessed": 2}),
    );
    let folder = tempfile::tempdir().unwrap();
    let finished = run(&fake, &folder, &[]).await;
    assert_eq!(finished.stderr, "");
    let size = gzip(&lines(&["1", "2"])).len();
    let place = folder.path().display();
    assert_eq!(
        finished.stdout,
        format!("job {JOB_ID} COMPLETED: 2 endpoints in 1 file ({size} B) in {place}\n")
    );
    assert_eq!(finished.exit_code, 0);
}

#[tokio::test]
async fn json_is_one_object_with_stable_members() {
    let fake = FakeAws::completed(
        &[&["1", "2"]],
        &json!({"TotalPieces": 1, "TotalProcessed": 2}),
    );
    let folder = tempfile::tempdir().unwrap();
    let finished = run(&fake, &folder, &["--json"]).await;
    assert_eq!((finished.exit_code, finished.stderr.as_str()), (0, ""));
    assert_eq!(
        serde_json::from_str::<Value>(&finished.stdout).unwrap(),
        json!({
            "outcome": "completed",
            "exit_code": 0,
            "application_id": APPLICATION_ID,
            "url": "s3://my-bucket/exports/",
            "was_continued": false,
            "job": {
                "id": JOB_ID,
                "status": "COMPLETED",
                "creation_date": "2026-01-02T03:04:05.678Z",
                "completion_date": null,
                "total_pieces": 1,
                "completed_pieces": null,
                "failed_pieces": null,
                "total_processed": 2,
                "total_failures": null,
                "failures": [],
            },
            "files": [{
                "key": "exports/0.gz",
                "path": folder.path().join("0.gz"),
                "bytes": gzip(&lines(&["1", "2"])).len(),
                "endpoints": 2,
                "was_there": false,
            }],
            "failed_files": [],
            "endpoints": 2,
            "duplicates": 0,
            "problems": [],
            "problem_count": 0,
            "error": null,
        })
    );
}

#[tokio::test]
async fn exit_code_tells_how_the_run_ended() {
    let mut failed = job("FAILED");
    failed["Failures"] = json!(["no such bucket"]);
    let damaged = FakeAws::completed(&[], &json!({}));
    damaged.put("exports/x.gz", "no gzip");
    let denied = FakeAws::completed(&[&["1"]], &json!({}));
    // Once for the words and once for JSON.
    for _ in 0..2 {
        denied.script(
            "GET /my-bucket/exports/0.gz",
            Answer::s3_error(403, "AccessDenied", "Access Denied"),
        );
    }
    for (fake, exit_code, outcome, said) in [
        (
            FakeAws::with_looks([Answer::json(200, &failed)]),
            1,
            "failed",
            "no such bucket",
        ),
        (FakeAws::with_states(&["CANCELLED"]), 1, "failed", ""),
        (
            FakeAws::completed(&[&["1"]], &json!({"TotalFailures": 3})),
            1,
            "failed",
            "3 endpoints failed",
        ),
        (denied, 3, "refused", REQUEST_ID),
        (damaged, 5, "damaged", "exports/x.gz is damaged"),
        (
            FakeAws::completed(&[&["1", "1"]], &json!({})),
            5,
            "damaged",
            "is there twice",
        ),
        (
            FakeAws::completed(&[&["1"]], &json!({"TotalProcessed": 2})),
            5,
            "damaged",
            "processed 2 endpoints",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let words = run(&fake, &folder, &[]).await;
        assert_eq!(words.exit_code, exit_code, "{}", words.stderr);
        assert!(words.stderr.contains(said), "{}", words.stderr);
        let machine = run(&fake, &folder, &["--json"]).await;
        assert_eq!(machine.exit_code, exit_code);
        let document: Value = serde_json::from_str(&machine.stdout).unwrap();
        assert_eq!(document["outcome"], outcome);
        assert_eq!(document["exit_code"], exit_code);
    }
}

#[tokio::test]
async fn refusal_shows_message_and_request_id() {
    let refuse = |fake: &FakeAws| {
        fake.script(
            &format!("POST /v1/apps/{APPLICATION_ID}/jobs/export"),
            Answer::exception(
                404,
                "NotFoundException",
                &json!({"Message": "Application not found"}),
            ),
        );
    };
    let fake = FakeAws::with_states(&["CREATED"]);
    let folder = tempfile::tempdir().unwrap();
    refuse(&fake);
    let words = run(&fake, &folder, &[]).await;
    assert_eq!((words.exit_code, words.stdout.as_str()), (3, ""));
    assert_eq!(
        words.stderr,
        format!(
            "pinpoint-export: CreateExportJob was refused with status 404: NotFoundException: \
             Application not found\n  request id: {REQUEST_ID}\n"
        )
    );
    refuse(&fake);
    let machine = run(&fake, &folder, &["--json"]).await;
    assert_eq!((machine.exit_code, machine.stderr.as_str()), (3, ""));
    let document: Value = serde_json::from_str(&machine.stdout).unwrap();
    assert_eq!(
        document["error"],
        json!({
            "message": "Application not found",
            "causes": [],
            "operation": "CreateExportJob",
            "status": 404,
            "code": "NotFoundException",
            "request_id": REQUEST_ID,
        })
    );
}

#[tokio::test]
async fn system_without_root_certificates_still_reaches_plain_http() {
    let folder = tempfile::tempdir().unwrap();
    let without_roots = |mut command: Command| {
        command.env("SSL_CERT_FILE", folder.path().join("none"));
        command.env("SSL_CERT_DIR", folder.path().join("none"));
        command
    };
    let fake = FakeAws::completed(&[&["1"]], &json!({}));
    let url = format!("http://{}", fake.serve().await);
    let plain = without_roots(run_command(folder.path(), &["--endpoint-url", &url]));
    assert_eq!(finish(plain).await.exit_code, 0);
    for more in [
        ["--region", "eu-west-1"],
        ["--endpoint-url", "https://127.0.0.1:9"],
    ] {
        let tls = finish(without_roots(run_command(folder.path(), &more))).await;
        assert_eq!(tls.exit_code, 2);
        assert!(
            tls.stderr.contains("cannot be reached over HTTPS"),
            "{}",
            tls.stderr
        );
    }
}

#[tokio::test]
async fn service_that_is_not_there_is_exit_4() {
    // A port that was free a moment ago and that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let finished = finish(run_command(folder.path(), &["--endpoint-url", &url])).await;
    assert_eq!(finished.exit_code, 4, "{}", finished.stderr);
    assert!(
        finished
            .stderr
            .starts_with("pinpoint-export: CreateExportJob could not reach the service\n"),
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn each_service_can_have_an_endpoint_url_of_its_own() {
    let pinpoint = FakeAws::completed(&[], &json!({"TotalPieces": 1}));
    let s3 = FakeAws::completed(&[&["1"]], &json!({}));
    let folder = tempfile::tempdir().unwrap();
    let mut command = run_command(folder.path(), &["--region", "eu-west-1"]);
    let url = |listen_addr| format!("http://{listen_addr}");
    command.env("AWS_ENDPOINT_URL_PINPOINT", url(pinpoint.serve().await));
    command.env("AWS_ENDPOINT_URL_S3", url(s3.serve().await));
    let finished = finish(command).await;
    assert_eq!(finished.exit_code, 0, "{}", finished.stderr);
    assert_eq!(
        s3.take_requests(),
        ["GET /my-bucket/", "GET /my-bucket/exports/0.gz"]
    );
}

#[tokio::test]
async fn what_cannot_work_is_exit_2_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let no_keys = |mut command: Command| {
        command.env_remove("AWS_ACCESS_KEY_ID");
        command.env("HOME", folder.path());
        command
    };
    let url = ["--endpoint-url", "http://127.0.0.1:9"];
    let with_url_in_environment = |mut command: Command| {
        command.env("AWS_ENDPOINT_URL", "localhost:4566");
        command
    };
    let with_empty = |name: &str| {
        let mut command = run_command(folder.path(), &[]);
        command.env(name, "");
        command
    };
    for (command, reason) in [
        (
            program(&["summary", "archive", "--json"]),
            "summary is not built yet",
        ),
        (program(&["diff", "--help"]), "diff is not built yet"),
        (program(&["run"]), "--application-id <ID>"),
        (
            run_command(folder.path(), &["--timeout", "soon"]),
            "--timeout",
        ),
        (
            run_command(folder.path(), &["--segment-version", "2"]),
            "--segment-id",
        ),
        (
            run_command(folder.path(), &[]),
            "no AWS region is configured",
        ),
        (with_empty("AWS_REGION"), "no AWS region is configured"),
        (
            with_empty("AWS_ENDPOINT_URL"),
            "no AWS region is configured",
        ),
        (
            no_keys(run_command(folder.path(), &url)),
            "no AWS credentials can be had",
        ),
        (
            run_command(folder.path(), &["--endpoint-url", "localhost:4566"]),
            "is no URL",
        ),
        (
            run_command(folder.path(), &["--endpoint-url", ""]),
            "is no URL",
        ),
        (
            with_url_in_environment(run_command(folder.path(), &[])),
            "is no URL",
        ),
        (
            program(
                &[
                    &[
                        "run",
                        "--application-id",
                        "a",
                        "--role-arn",
                        "r",
                        "--download-dir",
                        "d",
                    ][..],
                    &["--bucket", "s3://b/c"],
                    &url,
                ]
                .concat(),
            ),
            "\"s3://b/c\" cannot be a bucket",
        ),
        (
            run_command(Path::new("/dev/null/x"), &url),
            "could not create /dev/null/x",
        ),
    ] {
        let finished = finish(command).await;
        assert_eq!(finished.exit_code, 2, "{reason}: {}", finished.stderr);
        assert!(
            finished.stderr.contains(reason),
            "{reason}: {}",
            finished.stderr
        );
        assert_eq!(finished.stdout, "");
    }
}

#[tokio::test]
async fn job_that_takes_too_long_is_exit_6_and_can_be_continued() {
    let fake = FakeAws::with_states(&["PROCESSING"]);
    let folder = tempfile::tempdir().unwrap();
    let finished = run(&fake, &folder, &["--timeout", "3s"]).await;
    assert_eq!(finished.exit_code, 6);
    assert_eq!(
        finished.stderr,
        format!("pinpoint-export: out of time\n  the same command continues with job {JOB_ID}\n")
    );
    assert!(folder.path().join(".pinpoint-export.json").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn interrupted_run_is_exit_130_and_the_next_one_continues() {
    for signal in ["-INT", "-TERM"] {
        let fake = FakeAws::completed(&[&["1"]], &json!({}));
        let stalled = Answer::object(gzip(&lines(&["1"]))).stall_after(7);
        fake.script("GET /my-bucket/exports/0.gz", stalled);
        let url = format!("http://{}", fake.serve().await);
        let folder = tempfile::tempdir().unwrap();
        let mut command = run_command(folder.path(), &["--json", "--endpoint-url", &url]);
        let child = command.spawn().unwrap();
        fake.object_was_asked_for().await;
        let id = child.id().unwrap().to_string();
        let kill = Command::new("kill").args([signal, &id]).status().await;
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(130));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["outcome"], "interrupted");
        assert_eq!(document["job"]["id"], JOB_ID);
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [".pinpoint-export.json"]);

        let finished = finish(run_command(
            folder.path(),
            &["--json", "--endpoint-url", &url],
        ))
        .await;
        assert_eq!(finished.exit_code, 0, "{}", finished.stdout);
        let document: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert_eq!(document["was_continued"], true);
    }
}
