//! What the log tells whoever wonders about an answer.

use std::io::Write;
use std::sync::{Arc, Mutex};

use pinpoint_emulator::Emulator;
use tracing_subscriber::filter::LevelFilter;

use crate::client::{APPLICATION, Clients};

/// What was logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The lines about refusals since the last call.
    fn refusals(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.lines().filter(|line| line.contains("refused"));
        lines.map(str::to_owned).collect()
    }
}

/// AWS answers `Resource not found` whatever it is that is not there.
#[tokio::test]
async fn a_404_names_in_the_log_what_was_not_found() {
    let log = Log::default();
    let writer = log.clone();
    // For this thread alone, on which all of this test's tasks run.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let emulator = Emulator::builder()
        .application(APPLICATION, 0)
        .start()
        .await
        .unwrap();
    let pinpoint = Clients::of(&emulator).pinpoint;

    let endpoint = pinpoint
        .get_endpoint()
        .application_id(APPLICATION)
        .endpoint_id("nobody");
    endpoint.send().await.unwrap_err();
    let [line] = log.refusals().try_into().unwrap();
    assert!(
        line.contains("NotFoundException: Resource not found"),
        "{line}"
    );
    assert!(line.contains(r#"endpoint "nobody""#), "{line}");

    let channel = |application: &str| pinpoint.get_sms_channel().application_id(application);
    channel(APPLICATION).send().await.unwrap_err();
    let [line] = log.refusals().try_into().unwrap();
    assert!(line.contains(r#"channel "sms""#), "{line}");

    channel("another").send().await.unwrap_err();
    let [line] = log.refusals().try_into().unwrap();
    assert!(
        line.contains(r#"application "another" of account 000000000000 in us-east-1"#),
        "{line}"
    );
}
