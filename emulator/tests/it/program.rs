//! The program as it is typed: what its environment and its flags come to.

use std::process::{Command, Output};

use pinpoint_emulator::Emulator;

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pinpoint-emulator"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_environment_variable_is_not_set() {
    let emulator = Emulator::builder().start().await.unwrap();
    let health = ["health", &emulator.endpoint_url()];
    for name in ["LISTEN", "DATA_DIR", "SEED", "PACE", "AUTH"] {
        let name = format!("PINPOINT_EMULATOR_{name}");
        let output = run(&health, &[(&name, "")]);
        assert_eq!(output.status.code(), Some(0), "{name}: {output:?}");
    }
    let output = run(&health, &[("PINPOINT_EMULATOR_PACE", " ")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn flags_that_contradict_each_other_or_the_rules_are_refused_by_name() {
    const DEMO: &str = "0123456789abcdef0123456789abcdef";
    let demo = |count: &str| format!("{DEMO}={count}");
    for (arguments, expected) in [
        (
            &[
                "--application",
                "a=5",
                "--application",
                "a",
                "--application",
                "a=6",
            ][..],
            "pinpoint-emulator: --application cannot be `a=6`: it is given 5 endpoints too\n",
        ),
        (
            &["--demo", "--application", &demo("50")],
            "pinpoint-emulator: --application 0123456789abcdef0123456789abcdef must have 1000 endpoints with --demo\n",
        ),
        (
            &["--account-id", "12"],
            "pinpoint-emulator: --account-id cannot be `12`: an account id has 12 digits\n",
        ),
        (
            &["--gzip-level", "10"],
            "pinpoint-emulator: --gzip-level cannot be `10`: levels are 0 to 9\n",
        ),
        (
            &["--endpoints-per-piece", "0"],
            "pinpoint-emulator: --endpoints-per-piece cannot be `0`: a piece holds at least one endpoint\n",
        ),
    ] {
        let output = run(&[&["--listen", "127.0.0.1:0"], arguments].concat(), &[]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[tokio::test]
async fn an_application_that_is_named_again_keeps_the_one_count_it_is_given() {
    let named = |counts: [Option<u64>; 3]| {
        let builder = counts
            .into_iter()
            .fold(Emulator::builder(), |builder, count| {
                builder.application("a", count)
            });
        async move { builder.start().await.map(|_| ()) }
    };
    named([None, Some(5), Some(5)]).await.unwrap();
    named([Some(5), None, None]).await.unwrap();
    let error = named([Some(5), None, Some(0)]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "application cannot be `a=0`: it is given 5 endpoints too"
    );
}
