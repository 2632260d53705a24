//! The reference models against an emulator in this process: the short form of
//! `pinpoint-conformance model`, and whether a wrong answer is found, shrunk and replayed.

use pinpoint_conformance::{Group, ModelFailure, ModelRun, ModelSettings, Target, model};
use pinpoint_emulator::Emulator;
use tokio::runtime::Runtime;

use crate::proxy::{Mutation, Proxy};

/// Steps of each group in an ordinary test run; by hand it is a hundred thousand.
const STEPS: usize = 2000;

fn settings(target: &str, steps: usize, seed: u64) -> ModelSettings {
    ModelSettings {
        target: target.to_owned(),
        steps,
        seed,
    }
}

#[track_caller]
fn check(group: Group) {
    let runtime = Runtime::new().unwrap();
    let target = Target::Embedded { seed: 7 };
    let settings = settings("embedded", STEPS, 7);
    match model(group, &target, &settings, runtime.handle()) {
        Ok(run) => assert_eq!((run.steps, run.skipped), (STEPS, 0)),
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn endpoints_and_users_answer_as_the_model_predicts() {
    check(Group::Endpoints);
}

#[test]
fn segments_have_the_members_the_model_predicts() {
    check(Group::Segments);
}

#[test]
fn jobs_answer_as_the_model_predicts() {
    check(Group::Jobs);
}

/// Plays the group against an emulator behind a proxy with this mutation.
fn play(
    group: Group,
    mutation: Mutation,
    steps: usize,
    seed: u64,
) -> Result<ModelRun, Box<ModelFailure>> {
    let runtime = Runtime::new().unwrap();
    let (emulator, proxy) = runtime.block_on(async {
        let emulator = Emulator::builder().seed(7).start().await.unwrap();
        let proxy = Proxy::start(emulator.listen_addr(), mutation).await;
        (emulator, proxy)
    });
    let target = runtime.block_on(Target::at_url(&proxy.url)).unwrap();
    let settings = settings(&proxy.url, steps, seed);
    let outcome = model(group, &target, &settings, runtime.handle());
    runtime.block_on(emulator.shutdown());
    outcome
}

#[test]
fn a_wrong_answer_is_shrunk_to_few_calls_and_replayed() {
    let one_more: Mutation = |asked, answer| {
        if asked.method == "GET" && asked.path.contains("/jobs/export/") {
            let text = String::from_utf8(std::mem::take(&mut answer.body)).unwrap();
            answer.body = text
                .replace(r#""TotalProcessed":1,"#, r#""TotalProcessed":2,"#)
                .into_bytes();
        }
    };
    let failure = play(Group::Jobs, one_more, 1000, 7).unwrap_err();
    // An endpoint, a job of it, time, a look.
    assert_eq!(failure.calls.len(), 4, "{failure}");
    assert!(failure.to_string().contains("expected 1"), "{failure}");
    let (command, seed) = failure.command.rsplit_once(" --seed ").unwrap();
    assert!(command.ends_with("--group jobs --steps 100"), "{failure}");
    let again = play(Group::Jobs, one_more, 100, seed.parse().unwrap()).unwrap_err();
    assert_eq!(again.calls, failure.calls);
}
