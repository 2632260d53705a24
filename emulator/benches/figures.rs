//! The emulator's figures, each as a ratio to something bare in the same run, since machines differ:
//!
//! - GetExportJob per second, to a hyper server that answers the same bytes without looking;
//! - UpdateEndpoint per second, on one endpoint of a user with three, to the same;
//! - endpoints exported per second and core, to a loop that only serialises and compresses the same lines;
//! - endpoints imported per second, to a loop that only parses the same lines;
//! - the time that a segment of a million endpoints takes to export, to that of the million.
//!
//! Run by hand: `cargo bench -p pinpoint-emulator`, with `-- imports` for one of them. Takes about three
//! minutes; loopback only.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that fails has nothing to say"
)]
#![expect(clippy::print_stdout, reason = "the figures are for people")]
#![expect(clippy::disallowed_methods, reason = "this measures real time")]

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use pinpoint_emulator::{Emulator, Pace};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const APPLICATION: &str = "0123456789abcdef0123456789abcdef";
const ENDPOINTS: u64 = 200_000;
const POPULATION: u64 = 1_000_000;
const THREE_DIMENSIONS: &str = r#"{"Dimensions":{
    "Demographic":{"Channel":{"DimensionType":"INCLUSIVE","Values":["EMAIL","SMS"]}},
    "Location":{"Country":{"DimensionType":"EXCLUSIVE","Values":["US","USA"]}},
    "Attributes":{"Plan":{"AttributeType":"INCLUSIVE","Values":["free","premium"]}}}}"#;
const THREE_FOR_EVERYBODY: &str = r#"{"Dimensions":{
    "Demographic":{"Channel":{"DimensionType":"EXCLUSIVE","Values":["none"]}},
    "Behavior":{"Recency":{"Duration":"HR_24","RecencyType":"INACTIVE"}},
    "Attributes":{"Plan":{"AttributeType":"EXCLUSIVE","Values":["none"]}}}}"#;
const CONNECTIONS: usize = 16;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Cargo passes flags of its own.
    let names = std::env::args().skip(1);
    let asked: Vec<String> = names.filter(|name| !name.starts_with('-')).collect();
    let is_asked = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    runtime.block_on(async {
        if is_asked("requests") {
            requests().await;
        }
        if is_asked("updates") {
            updates().await;
        }
        if is_asked("exports") {
            exports().await;
        }
        if is_asked("imports") {
            imports().await;
        }
        if is_asked("segments") {
            segments().await;
        }
    });
}

/// GetExportJob against a bare hyper server, in turns.
async fn requests() {
    let emulator = start(10).await;
    let job = create_job(&emulator, "s3://exports/requests", None).await;
    let path = format!("/v1/apps/{APPLICATION}/jobs/export/{job}");
    let request = signed("GET", &path, "");
    compare("GetExportJob", &emulator, &request).await;
}

/// UpdateEndpoint as an app sends it when it starts, against a bare hyper server, in turns.
async fn updates() {
    let emulator = start(0).await;
    let endpoint = |id: &str, address: &str| {
        let body = format!(
            r#"{{"ChannelType":"GCM","Address":"{address}","Location":{{"City":"Toyama","Country":"JP"}},"Demographic":{{"Make":"OnePlus","Platform":"Android","AppVersion":"1.2.3"}},"Attributes":{{"team":["Carp"],"interests":["tea","chess"],"plan":["free"]}},"Metrics":{{"sessions":12.0}},"User":{{"UserId":"user-1","UserAttributes":{{"FirstName":["Alice"],"Hobbies":["hiking"]}}}}}}"#
        );
        signed(
            "PUT",
            &format!("/v1/apps/{APPLICATION}/endpoints/{id}"),
            &body,
        )
    };
    for id in ["two", "three"] {
        exchange(emulator.listen_addr(), &endpoint(id, id)).await;
    }
    compare("UpdateEndpoint", &emulator, &endpoint("one", "one")).await;
}

/// A request against a bare hyper server that gives the same answer, in turns.
async fn compare(name: &str, emulator: &Emulator, request: &str) {
    let (head, body) = exchange(emulator.listen_addr(), request).await;
    assert!(head.starts_with("HTTP/1.1 20"), "{head}");
    let bare = bare_server(body).await;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let emulated = load(emulator.listen_addr(), request).await;
        let ceiling = load(bare, request).await;
        println!(
            "{name}: {emulated:.0}/s, bare hyper: {ceiling:.0}/s, ratio {:.2}",
            emulated / ceiling
        );
        ratios.push(emulated / ceiling);
    }
    println!(
        "{name} to bare hyper, median of {ROUNDS}: {:.2}\n",
        median(ratios)
    );
}

/// An export against a loop over its own lines, in turns.
async fn exports() {
    let emulator = start(ENDPOINTS).await;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let prefix = format!("round-{round}");
        let started = Instant::now();
        let job = create_job(&emulator, &format!("s3://exports/{prefix}"), None).await;
        let pieces = wait(&emulator, &job).await["TotalPieces"].as_u64().unwrap();
        let busy = usize::try_from(pieces).unwrap().min(cores);
        let exported = rate(started.elapsed()) / as_f64(busy);

        let mut lines = Vec::new();
        for piece in 0..pieces {
            let path = format!("/exports/{prefix}/{APPLICATION}_{job}_{piece:05}.gz");
            let (_, bytes) =
                exchange(emulator.listen_addr(), &signed_for_s3("GET", &path, "")).await;
            let mut text = String::new();
            MultiGzDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .unwrap();
            lines.extend(
                text.lines()
                    .map(|line| serde_json::from_str::<Value>(line).unwrap()),
            );
        }
        let started = Instant::now();
        let mut gzip = GzEncoder::new(std::io::sink(), Compression::new(6));
        let mut text = Vec::with_capacity(1024);
        for line in &lines {
            // A line at a time: the compressor is slow on the many small writes of a serialiser.
            text.clear();
            serde_json::to_writer(&mut text, line).unwrap();
            text.push(b'\n');
            gzip.write_all(&text).unwrap();
        }
        gzip.finish().unwrap();
        let bare = rate(started.elapsed());
        println!(
            "export: {exported:.0} endpoints/s and core ({busy} busy), bare loop: {bare:.0}, ratio {:.2}",
            exported / bare
        );
        ratios.push(exported / bare);
    }
    println!(
        "export to bare loop, median of {ROUNDS}: {:.2}",
        median(ratios)
    );
}

/// An import of an export's lines into an application of its own, against a loop that parses them.
async fn imports() {
    const OTHER: &str = "fedcba9876543210fedcba9876543210";
    let emulator = start(ENDPOINTS).await;
    let addr = emulator.listen_addr();
    let job = create_job(&emulator, "s3://exports/out", None).await;
    let mut text = String::new();
    let pieces = wait(&emulator, &job).await["TotalPieces"].as_u64().unwrap();
    for piece in 0..pieces {
        let path = format!("/exports/out/{APPLICATION}_{job}_{piece:05}.gz");
        let (_, bytes) = exchange(addr, &signed_for_s3("GET", &path, "")).await;
        MultiGzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .unwrap();
    }
    exchange(addr, &signed_for_s3("PUT", "/exports/in.json", &text)).await;
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let application = format!("{round}{}", &OTHER[1..]);
        let path = format!("/_emulator/applications/{application}");
        exchange(addr, &signed("PUT", &path, "{}")).await;
        let before = resident_bytes();
        let started = Instant::now();
        let path = format!("/v1/apps/{application}/jobs/import");
        let body = r#"{"S3Url":"s3://exports/in.json","RoleArn":"arn:aws:iam::000000000000:role/r","Format":"JSON","RegisterEndpoints":true}"#;
        let (_, created) = exchange(addr, &signed("POST", &path, body)).await;
        let created: Value = serde_json::from_slice(&created).unwrap();
        let path = format!("{path}/{}", created["Id"].as_str().unwrap());
        let job = ended(addr, &signed("GET", &path, "")).await;
        let imported = rate(started.elapsed());
        assert_eq!(job["TotalProcessed"].as_u64(), Some(ENDPOINTS), "{job}");
        let grown = resident_bytes().saturating_sub(before);

        let started = Instant::now();
        for line in text.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        let bare = rate(started.elapsed());
        println!(
            "import: {imported:.0} endpoints/s, bare parse: {bare:.0}, ratio {:.3}; {} bytes an endpoint more in memory, {} in the file",
            imported / bare,
            grown / ENDPOINTS,
            text.len() / usize::try_from(ENDPOINTS).unwrap()
        );
        ratios.push(imported / bare);
    }
    println!(
        "import to bare parse, median of {ROUNDS}: {:.3}",
        median(ratios)
    );
}

/// What the process has in memory, where the system tells it.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0_u64) * 1024
}

/// Exports of segments against the export of everybody, in turns.
async fn segments() {
    let emulator = start(POPULATION).await;
    let bodies = [
        ("three dimensions", THREE_DIMENSIONS),
        ("three dimensions that everybody has", THREE_FOR_EVERYBODY),
    ];
    let mut segments = Vec::new();
    for (name, body) in bodies {
        let path = format!("/v1/apps/{APPLICATION}/segments");
        let (_, answer) = exchange(emulator.listen_addr(), &signed("POST", &path, body)).await;
        let segment: Value = serde_json::from_slice(&answer).unwrap();
        segments.push((name, segment["Id"].as_str().unwrap().to_owned(), Vec::new()));
    }
    for round in 0..ROUNDS {
        let whole = time_export(&emulator, &format!("whole-{round}"), None).await;
        for (name, segment, ratios) in &mut segments {
            let prefix = format!("segment-{segment}-{round}");
            let (taken, endpoints) = time_export(&emulator, &prefix, Some(segment)).await;
            let ratio = taken.as_secs_f64() / whole.0.as_secs_f64();
            println!(
                "{name}: {endpoints} of {} endpoints in {:.1} s, all in {:.1} s, ratio {ratio:.2}",
                whole.1,
                taken.as_secs_f64(),
                whole.0.as_secs_f64()
            );
            ratios.push(ratio);
        }
    }
    for (name, _, ratios) in segments {
        println!(
            "segment of {name} to everybody, median of {ROUNDS}: {:.2}",
            median(ratios)
        );
    }
}

/// How long an export takes, and how many endpoints it has.
async fn time_export(emulator: &Emulator, prefix: &str, segment: Option<&str>) -> (Duration, u64) {
    let started = Instant::now();
    let job = create_job(emulator, &format!("s3://exports/{prefix}"), segment).await;
    let job = wait(emulator, &job).await;
    (started.elapsed(), job["TotalProcessed"].as_u64().unwrap())
}

async fn start(count: u64) -> Emulator {
    let builder = Emulator::builder()
        .application(APPLICATION, count)
        .bucket("exports");
    builder
        .pace(Pace::Instant)
        .seed(1)
        .endpoints_per_piece(ENDPOINTS / 4)
        .start()
        .await
        .unwrap()
}

async fn create_job(emulator: &Emulator, s3_url_prefix: &str, segment: Option<&str>) -> String {
    let segment = segment.map_or_else(String::new, |id| format!(r#","SegmentId":"{id}""#));
    let body = format!(
        r#"{{"S3UrlPrefix":"{s3_url_prefix}","RoleArn":"arn:aws:iam::000000000000:role/r"{segment}}}"#
    );
    let request = signed(
        "POST",
        &format!("/v1/apps/{APPLICATION}/jobs/export"),
        &body,
    );
    let (_, body) = exchange(emulator.listen_addr(), &request).await;
    let job: Value = serde_json::from_slice(&body).unwrap();
    job["Id"].as_str().unwrap().to_owned()
}

/// Waits for an export job.
async fn wait(emulator: &Emulator, job: &str) -> Value {
    let request = signed(
        "GET",
        &format!("/v1/apps/{APPLICATION}/jobs/export/{job}"),
        "",
    );
    ended(emulator.listen_addr(), &request).await
}

/// Polls a hundred times a second until a job has completed.
async fn ended(addr: SocketAddr, request: &str) -> Value {
    loop {
        let (_, body) = exchange(addr, request).await;
        let job: Value = serde_json::from_slice(&body).unwrap();
        if job["JobStatus"] == "COMPLETED" {
            return job;
        }
        assert_ne!(job["JobStatus"], "FAILED", "{job}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Requests per second over some connections for one round.
async fn load(addr: SocketAddr, request: &str) -> f64 {
    let mut connections = JoinSet::new();
    let started = Instant::now();
    for _ in 0..CONNECTIONS {
        let request = request.to_owned();
        connections.spawn(async move {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut answered = 0_u32;
            while started.elapsed() < ROUND {
                answer(&mut stream, &request).await;
                answered += 1;
            }
            answered
        });
    }
    let answered: u32 = connections.join_all().await.iter().sum();
    f64::from(answered) / started.elapsed().as_secs_f64()
}

async fn exchange(addr: SocketAddr, request: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    answer(&mut stream, request).await
}

/// Sends a request and reads its answer by its length.
async fn answer(stream: &mut TcpStream, request: &str) -> (String, Vec<u8>) {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::with_capacity(4096);
    loop {
        assert_ne!(
            stream.read_buf(&mut received).await.unwrap(),
            0,
            "the connection stays open"
        );
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        let length: usize = length.unwrap_or(0);
        let mut body = received.split_off(end + 4);
        while body.len() < length {
            assert_ne!(
                stream.read_buf(&mut body).await.unwrap(),
                0,
                "the body is whole"
            );
        }
        return (head, body);
    }
}

async fn bare_server(body: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let body = Bytes::from(body);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let body = body.clone();
            let service = service_fn(move |_: Request<Incoming>| {
                let body = body.clone();
                async move { Ok::<_, Infallible>(Response::new(Full::new(body))) }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    addr
}

fn signed(method: &str, path: &str, body: &str) -> String {
    head(method, path, "mobiletargeting", "", body)
}

fn signed_for_s3(method: &str, path: &str, body: &str) -> String {
    let headers = "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n";
    head(method, path, "s3", headers, body)
}

/// A request that passes `lenient`: the form of the signature is right.
fn head(method: &str, path: &str, service: &str, headers: &str, body: &str) -> String {
    let (signature, length) = ("0".repeat(64), body.len());
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {length}\r\nx-amz-date: 20260101T000000Z\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature={signature}\r\n{headers}\r\n{body}"
    )
}

fn rate(elapsed: Duration) -> f64 {
    let endpoints = u32::try_from(ENDPOINTS).unwrap();
    f64::from(endpoints) / elapsed.as_secs_f64()
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}
