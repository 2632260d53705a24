//! The binary as users run it: exit codes, reports, and what is not built yet.

use std::fs;
use std::process::{Command, Output};

fn conformance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pinpoint-conformance"))
        .args(arguments)
        // From anywhere: the cases are in the binary.
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap()
}

#[track_caller]
fn check(arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = conformance(arguments);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}\n{out}\n{err}"
    );
    assert!(out.contains(stdout), "{arguments:?}\n{out}");
    assert!(err.contains(stderr), "{arguments:?}\n{err}");
}

#[test]
fn what_cannot_work_is_usage() {
    for (arguments, complaint) in [
        (&[][..], "Usage"),
        (&["run", "--nonsense"], "unexpected argument"),
        (&["run", "--select", "nobody/*"], "no case fits `nobody/*`"),
        (
            &["run", "--target", "https://127.0.0.1:1"],
            "must begin with http://",
        ),
        (
            &["run", "--target", "aws"],
            "`--target aws` is not built yet",
        ),
        (
            &["model", "--group", "campaigns"],
            "the groups are endpoints, ",
        ),
        (
            &["model", "--target", "aws"],
            "`--target aws` is not built yet",
        ),
        (
            &["client", "--scenario", "all", "--", "true"],
            "`client` is not built yet",
        ),
        (&["record"], "`record` is not built yet"),
        (&["replay"], "`replay` is not built yet"),
        (
            &["explain", "nobody/knows"],
            "no case is called `nobody/knows`",
        ),
        (
            &["list", "--cases", "/nonexistent"],
            "could not read /nonexistent",
        ),
    ] {
        check(arguments, 2, "", complaint);
    }
}

#[test]
fn cases_can_be_listed_and_explained() {
    check(&["list"], 0, "guide/create-export-job-over-raw-http", "");
    check(&["list", "--select", "guide"], 0, "recorded", "");
    check(
        &["explain", "endpoints/missing-address"],
        0,
        "aws-sdk-ios/issues/861",
        "",
    );
    check(
        &["explain", "file-format/markers-have-zero-bytes"],
        0,
        "why       Only the names were seen",
        "",
    );
}

#[test]
fn a_passing_run_writes_its_reports() {
    let dir = tempfile::tempdir().unwrap();
    let (junit, json) = (dir.path().join("junit.xml"), dir.path().join("report.json"));
    check(
        &[
            "run",
            "--select",
            "guide/create-*",
            "--seed",
            "3",
            "--junit",
            junit.to_str().unwrap(),
            "--json",
            json.to_str().unwrap(),
        ],
        0,
        "4 cases: 4 passed, 0 failed, 0 known failing, 0 could not run",
        "",
    );
    let junit = fs::read_to_string(junit).unwrap();
    assert!(
        junit.contains(r#"<testsuite name="guide" tests="4""#),
        "{junit}"
    );
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(json["counts"]["passed"], 4);
}

#[test]
fn a_failing_case_is_told_with_its_exchange() {
    let dir = tempfile::tempdir().unwrap();
    let suite = r#"
        suite = "wrong"
        about = "Claims that no service fulfils."
        [[case]]
        name = "wrong/teapot"
        about = "GetApps answers 418."
        source = "RFC 2324"
        read = "2026-11-23"
        evidence = "assumed"
        why = "It is the first of April somewhere."
        [[case.step]]
        request = "GET /v1/apps"
        expect.status = 418
        expect.headers = { content-type = "text/plain" }
    "#;
    fs::write(dir.path().join("wrong.toml"), suite).unwrap();
    let known_failing = dir.path().join("known-failing.txt");
    let dir = dir.path().to_str().unwrap();
    let run = ["run", "--cases", dir];
    check(&run, 1, "FAILED wrong/teapot", "");
    check(&run, 1, "- the status is 200, expected 418", "");
    check(
        &run,
        1,
        "- header content-type: is \"application/json\"",
        "",
    );
    check(&run, 1, "> GET /v1/apps\n", "");
    fs::write(&known_failing, "wrong/teapot   it is not a teapot\n").unwrap();
    let known_failing = ["--known-failing", known_failing.to_str().unwrap()];
    check(
        &[&run[..], &known_failing].concat(),
        0,
        "known failing wrong/teapot: it is not a teapot",
        "",
    );
}

#[test]
fn a_model_counts_what_it_did() {
    let model = ["model", "--group", "jobs", "--steps", "150", "--seed", "1"];
    check(&model, 0, "jobs: 150 steps in 2 sequences, ", "");
}

#[test]
fn a_target_that_does_not_answer_is_a_failure() {
    // Nothing listens on port 1 of the loopback.
    for command in ["run", "model"] {
        check(
            &[command, "--target", "http://127.0.0.1:1"],
            1,
            "",
            "could not reach http://127.0.0.1:1",
        );
    }
}
