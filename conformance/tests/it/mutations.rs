//! The suite must notice answers that are made wrong on purpose, and name the case.

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use pinpoint_conformance::{Case, KnownFailing, Library, Report, Target, run};
use pinpoint_emulator::{AuthMode, Emulator, Pace};

use crate::proxy::{Answer, Asked, Mutation, Proxy};

/// Runs the suites with these names through a proxy with this mutation.
async fn report(suites: &[&str], mutation: Mutation) -> Report {
    // Strict, so that all cases can run but those that need quotas.
    let emulator = Emulator::builder()
        .auth(AuthMode::Strict)
        .access_key("test:test")
        .access_key("444455556666:secret")
        .seed(7)
        .pace(Pace::Manual)
        .start()
        .await
        .unwrap();
    let proxy = Proxy::start(emulator.listen_addr(), mutation).await;
    let library = Library::embedded().unwrap();
    let target = Arc::new(Target::at_url(&proxy.url).await.unwrap());
    let cases: Vec<&Case> = library
        .cases()
        .iter()
        .filter(|case| suites.contains(&case.suite()) && !target.leaves_out(case))
        // Its hundred thousand lines teach nothing here and take seconds in a debug build.
        .filter(|case| case.name != "file-format/pieces-share-the-endpoints")
        .collect();
    let known = KnownFailing::of_target(target.name(), &library).unwrap();
    let results = run(&cases, &target, &known).await;
    emulator.shutdown().await;
    Report {
        target: proxy.url.clone(),
        results,
    }
}

/// The suites of the named cases must fail, and among what fails must be these cases.
async fn check(mutation: Mutation, cases: &[&str]) {
    let suites: Vec<&str> = cases
        .iter()
        .filter_map(|case| case.split('/').next())
        .collect();
    let report = report(&suites, mutation).await;
    let text = report.to_text();
    assert!(!report.is_success());
    for case in cases {
        assert!(
            text.contains(&format!("FAILED {case}\n")),
            "{case} did not fail:\n{text}"
        );
    }
}

#[tokio::test]
async fn unchanged_answers_pass() {
    let library = Library::embedded().unwrap();
    let suites: Vec<&str> = library.cases().iter().map(Case::suite).collect();
    let report = report(&suites, |_, _| {}).await;
    assert!(report.is_success(), "{}", report.to_text());
}

#[tokio::test]
async fn accepted_turned_into_ok() {
    check(
        |_, answer| {
            if answer.status == 202 {
                answer.status = 200;
            }
        },
        &[
            "guide/create-export-job-over-raw-http",
            "endpoints/delete-answers-the-endpoint",
        ],
    )
    .await;
}

#[tokio::test]
async fn error_type_header_missing() {
    check(
        |_, answer| {
            answer.headers.remove("x-amzn-errortype");
        },
        &[
            "endpoints/missing-address",
            "apps/unknown-application",
            "protocol/error-shape",
        ],
    )
    .await;
}

#[tokio::test]
async fn line_dropped_from_a_piece() {
    check(
        |asked, answer| {
            rewrite_piece(asked, answer, |text| {
                let end = text.find('\n').map_or(0, |at| at + 1);
                text[end..].to_owned()
            });
        },
        &[
            "file-format/one-line-per-endpoint",
            "file-format/one-piece-for-few-endpoints",
            "population/synthetic-endpoints-are-exported",
        ],
    )
    .await;
}

#[tokio::test]
async fn completed_before_the_object_can_be_listed() {
    check(
        |asked, answer| {
            if asked.path.contains("/jobs/export/") {
                replace_all(
                    answer,
                    &[
                        "CREATED",
                        "PREPARING_FOR_INITIALIZATION",
                        "INITIALIZING",
                        "PROCESSING",
                        "COMPLETING",
                    ],
                    "COMPLETED",
                );
            }
        },
        &[
            "guide/files-are-there-when-completed-shows",
            "file-format/markers",
            "export-jobs/states-in-order",
        ],
    )
    .await;
}

#[tokio::test]
async fn page_that_repeats_an_item() {
    check(
        |asked, answer| {
            if asked.path.ends_with("/jobs/export") && asked.method == "GET" {
                change_json(answer, |body| {
                    if let Some(items) = body["Item"].as_array_mut()
                        && let Some(first) = items.first().cloned()
                    {
                        items.push(first);
                    }
                });
            }
        },
        &[
            "export-jobs/pages-show-every-job-once",
            "guide/get-export-jobs-of-a-project",
        ],
    )
    .await;
}

#[tokio::test]
async fn cohort_id_leaked_into_the_export() {
    check(
        |asked, answer| {
            rewrite_piece(asked, answer, |text| {
                text.replace(r#","CreationDate""#, r#","CohortId":"7","CreationDate""#)
            });
        },
        &["file-format/no-cohort-id"],
    )
    .await;
}

#[tokio::test]
async fn members_in_another_order() {
    check(
        |asked, answer| {
            if asked.path.starts_with("/v1") {
                // Through a map that sorts, as a careless implementation would.
                change_json(answer, |_| {});
            }
        },
        &[
            "guide/create-export-job-over-raw-http",
            "guide/get-export-job-when-finished",
            "endpoints/get-answers-members-in-order",
        ],
    )
    .await;
}

#[tokio::test]
async fn content_encoding_added_to_pieces() {
    check(
        |asked, answer| {
            if is_piece(asked, answer) {
                answer
                    .headers
                    .insert("content-encoding", "gzip".parse().unwrap());
            }
        },
        &["file-format/object-metadata"],
    )
    .await;
}

#[tokio::test]
async fn milliseconds_dropped_from_dates() {
    check(
        |asked, answer| {
            if asked.path.starts_with("/v1") {
                change_json(answer, |body| {
                    for name in ["CreationDate", "CompletionDate"] {
                        if let Some(date) = body[name].as_str() {
                            let short = format!("{}Z", date.split('.').next().unwrap());
                            body[name] = short.into();
                        }
                    }
                });
            }
        },
        &["protocol/dates-have-three-millisecond-digits"],
    )
    .await;
}

#[tokio::test]
async fn marker_missing_from_the_listing() {
    check(
        |asked, answer| {
            if asked.query.contains("list-type=2") {
                let text = String::from_utf8(answer.body.clone()).unwrap();
                if let Some(key) = text.find("/EXPORT_VALIDATED</Key>") {
                    let start = text[..key].rfind("<Contents>").unwrap();
                    let end = key + text[key..].find("</Contents>").unwrap() + "</Contents>".len();
                    answer.body = [&text[..start], &text[end..]].concat().into_bytes();
                }
            }
        },
        &[
            "file-format/markers",
            "export-jobs/validation-marker-comes-before-any-piece",
        ],
    )
    .await;
}

#[tokio::test]
async fn gzip_header_of_another_system() {
    check(
        |asked, answer| {
            if is_piece(asked, answer) && answer.body.len() > 9 {
                answer.body[9] = 3;
            }
        },
        &[
            "file-format/gzip-header",
            "file-format/one-line-per-endpoint",
        ],
    )
    .await;
}

#[tokio::test]
async fn last_line_without_line_break() {
    check(
        |asked, answer| {
            rewrite_piece(asked, answer, |text| text.trim_end().to_owned());
        },
        &["file-format/one-line-per-endpoint"],
    )
    .await;
}

#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "keys are case sensitive"
)]
fn is_piece(asked: &Asked, answer: &Answer) -> bool {
    asked.method == "GET" && asked.path.ends_with(".gz") && matches!(answer.status, 200 | 206)
}

/// Unpacks a piece, changes its text and packs it again under the same header.
fn rewrite_piece(asked: &Asked, answer: &mut Answer, change: impl FnOnce(&str) -> String) {
    // A range is not a whole file and cannot be unpacked.
    if !is_piece(asked, answer) || answer.status != 200 {
        return;
    }
    let mut text = String::new();
    GzDecoder::new(answer.body.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    let mut encoder = GzBuilder::new()
        .operating_system(0)
        .write(Vec::new(), Compression::default());
    encoder.write_all(change(&text).as_bytes()).unwrap();
    answer.body = encoder.finish().unwrap();
    // The extra flags tell the level, which the service leaves at zero.
    answer.body[8] = 0;
}

fn replace_all(answer: &mut Answer, words: &[&str], by: &str) {
    let mut text = String::from_utf8(answer.body.clone()).unwrap();
    for word in words {
        text = text.replace(&format!("\"{word}\""), &format!("\"{by}\""));
    }
    answer.body = text.into_bytes();
}

/// Reads the body as JSON, changes it, and writes it with sorted members.
fn change_json(answer: &mut Answer, change: impl FnOnce(&mut serde_json::Value)) {
    if let Ok(mut body) = serde_json::from_slice(&answer.body) {
        change(&mut body);
        answer.body = serde_json::to_vec(&body).unwrap();
    }
}
