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
