//! `pinpoint-emulator health`: asks a running emulator whether it is ready, for container health
//! checks.

use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an emulator may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Exit code 0 when the emulator at `url` is ready, 1 when it is not, 2 when `url` is none.
pub(crate) async fn ask(url: &str) -> ExitCode {
    let Some(authority) = url
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'))
    else {
        eprintln!("pinpoint-emulator: `{url}` is no URL of the form http://127.0.0.1:4566");
        return ExitCode::from(2);
    };
    let asked = tokio::time::timeout(TIMEOUT, status_line(authority)).await;
    match asked {
        Ok(Ok(line)) if line.starts_with("HTTP/1.1 200") => {
            println!("ready");
            ExitCode::SUCCESS
        }
        Ok(Ok(line)) => not_ready(url, &format!("it answered `{line}`")),
        Ok(Err(error)) => not_ready(url, &error.to_string()),
        Err(_) => not_ready(url, "it did not answer in time"),
    }
}

async fn status_line(authority: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(authority).await?;
    let request =
        format!("GET /_emulator/health HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

fn not_ready(url: &str, reason: &str) -> ExitCode {
    eprintln!("pinpoint-emulator: {url} is not ready: {reason}");
    ExitCode::FAILURE
}
