//! Drives a target through the calls of a model and holds the answers against the predictions.
//!
//! One subject lives as long as one sequence: it has an application and a bucket of its own, a
//! connection that is kept, and the names that answers bound. It judges nothing but what a call says.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::call::{Answer, Call, EXPORT_MS, ExportCall, FilesCall, JobAnswer, RequestCall};
use super::reference::endpoint::Endpoint;
use crate::check;
use crate::exchange::{Connection, Exchange, Reply, Request};
use crate::export_file;
use crate::json::{self, Members};
use crate::pattern::{self, References};
use crate::run::{ROLE, content_type, signing};
use crate::target::{Site, Target};
use crate::xml;

/// Seed of the synthetic endpoints, so that they are the same in every run.
const POPULATION_SEED: u64 = 11;
/// Members that a job has once its counters are known.
const COUNTERS: [&str; 5] = [
    "CompletedPieces",
    "FailedPieces",
    "TotalPieces",
    "TotalFailures",
    "TotalProcessed",
];

/// A target with everything one sequence needs.
#[derive(Debug)]
pub(crate) struct Subject {
    site: Site,
    connection: Connection,
    references: References,
    /// Operations that the target says it has written.
    written: BTreeSet<String>,
    /// What the call played last exchanged.
    pub exchanges: Vec<Exchange>,
}

impl Subject {
    /// Opens the target for the sequence with this number, with a fresh application and bucket.
    pub(crate) async fn open(target: &Target, ordinal: usize) -> Result<Self, String> {
        let site = target
            .site(&[], ordinal, true)
            .await
            .map_err(|error| error.to_string())?;
        let mut subject = Self {
            connection: site.caller.connection(),
            references: References::from([
                ("region".to_owned(), site.caller.region.clone()),
                ("role".to_owned(), ROLE.to_owned()),
                ("bucket".to_owned(), site.unique.clone()),
            ]),
            site,
            written: BTreeSet::new(),
            exchanges: Vec::new(),
        };
        let info = subject.json("GET", "/_emulator/info", "").await?;
        let operations = info["operations"].as_array();
        subject.written = operations
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let name = format!(r#"{{"Name":"{}"}}"#, subject.site.unique);
        let app = subject.json("POST", "/v1/apps", &name).await?;
        let id = app["Id"].as_str().ok_or("CreateApp answered no Id")?;
        subject
            .references
            .insert("application".to_owned(), id.to_owned());
        subject.send("PUT", "/{bucket}", "").await?;
        Ok(subject)
    }

    /// Removes what a sequence left on a shared target.
    pub(crate) async fn close(mut self) {
        if self.site.shared {
            self.send("DELETE", "/v1/apps/{application}", "").await.ok();
            self.remove_bucket().await.ok();
        }
    }

    /// Whether the target has what the call needs.
    pub(crate) fn can_play(&self, call: &Call) -> bool {
        call.operation()
            .is_none_or(|operation| self.written.contains(operation))
    }

    /// What the target's clock shows, in milliseconds.
    pub(crate) async fn now(&mut self) -> Result<i64, String> {
        let clock = self.json("GET", "/_emulator/clock", "").await?;
        let now: Option<Timestamp> = clock["now"].as_str().and_then(|now| now.parse().ok());
        Ok(now.ok_or("the clock shows no date")?.as_millisecond())
    }

    /// Gives the application synthetic endpoints and learns them: their members from an export, what
    /// an export does not show from GetEndpoint.
    pub(crate) async fn populate(
        &mut self,
        count: usize,
    ) -> Result<BTreeMap<String, Endpoint>, String> {
        let body = format!(r#"{{"population":{{"count":{count},"seed":{POPULATION_SEED}}}}}"#);
        self.json("PUT", "/_emulator/applications/{application}", &body)
            .await?;
        let lines = self.export_lines("", "population").await?;
        if lines.len() != count {
            return Err(format!(
                "{} lines of {count} synthetic endpoints",
                lines.len()
            ));
        }
        let mut endpoints = BTreeMap::new();
        for line in lines {
            let line = line.replace(&self.references["application"], "{application}");
            let mut endpoint: Endpoint = serde_json::from_str(&line)
                .map_err(|error| format!("{error} in the line {line}"))?;
            if endpoint.line() != line {
                return Err(format!("members are in no known order in the line {line}"));
            }
            let references = References::from([("id".to_owned(), endpoint.id.clone())]);
            let label = pattern::fill("{id:label}", &references)?;
            let path = format!("/v1/apps/{{application}}/endpoints/{label}");
            let response = self.json("GET", &path, "").await?;
            endpoint.cohort_id = response["CohortId"].as_str().map(str::to_owned);
            endpoints.insert(endpoint.id.clone(), endpoint);
        }
        Ok(endpoints)
    }

    /// Makes the call and returns all differences from what was predicted.
    pub(crate) async fn play(&mut self, call: &Call) -> Result<(), Vec<String>> {
        self.exchanges.clear();
        let differences = match call {
            Call::Request(call) => self.request(call).await,
            Call::Advance(millis) => self.advance(*millis).await.map(|()| Vec::new()),
            Call::Export(call) => self.export(call).await,
            Call::ReadFiles(call) => self.read_files(call).await,
            Call::RemoveBucket => self.remove_bucket().await.map(|()| Vec::new()),
        };
        match differences {
            Ok(differences) if differences.is_empty() => Ok(()),
            Ok(differences) => Err(differences),
            Err(reason) => Err(vec![reason]),
        }
    }

    async fn request(&mut self, call: &RequestCall) -> Result<Vec<String>, String> {
        let (method, path) = call
            .line
            .split_once(' ')
            .expect("models write request lines");
        let reply = self.send(method, path, &call.body).await?;
        Ok(self.differences(&call.answer, &reply))
    }

    fn differences(&mut self, answer: &Answer, reply: &Reply) -> Vec<String> {
        let status = match answer {
            Answer::Status(status) | Answer::Json(status, _) | Answer::Items(status, _) => *status,
            Answer::Accepted => 202,
            Answer::Job(_) => 200,
            Answer::BadRequest(_) => 400,
            Answer::NotFound(_) => 404,
        };
        let text = reply.text();
        if reply.status != status {
            return vec![format!(
                "the status is {}, expected {status}: {text}",
                reply.status
            )];
        }
        let mut found = Vec::new();
        let references = &mut self.references;
        match answer {
            Answer::Status(_) => {}
            Answer::Accepted => {
                let accepted = r#"{"RequestID":"{any:uuid}","Message":"Accepted"}"#;
                check::exact_json(accepted, &text, references, &mut found);
            }
            Answer::Json(_, expected) => {
                check::exact_json(expected, &text, references, &mut found);
            }
            Answer::Items(_, expected) => items(expected, &text, references, &mut found),
            Answer::Job(expected) => job(expected, &text, references, &mut found),
            Answer::BadRequest(message) => {
                refusal(
                    "BadRequestException",
                    message.as_deref(),
                    reply,
                    references,
                    &mut found,
                );
            }
            Answer::NotFound(message) => {
                refusal("NotFoundException", *message, reply, references, &mut found);
            }
        }
        found
    }

    async fn export(&mut self, call: &ExportCall) -> Result<Vec<String>, String> {
        let actual = self.export_lines(&call.members, &call.folder).await?;
        self.compare_lines(&call.lines, actual)
    }

    async fn read_files(&mut self, call: &FilesCall) -> Result<Vec<String>, String> {
        let (actual, _) = self.lines_under(&call.folder).await?;
        self.compare_lines(&call.lines, actual)
    }

    fn compare_lines(
        &self,
        lines: &[String],
        mut actual: Vec<String>,
    ) -> Result<Vec<String>, String> {
        let mut expected = Vec::with_capacity(lines.len());
        for line in lines {
            expected.push(pattern::fill(line, &self.references)?);
        }
        actual.sort_unstable();
        expected.sort_unstable();
        if actual == expected {
            return Ok(Vec::new());
        }
        let missing = without(&expected, &actual);
        let more = without(&actual, &expected);
        if let ([line], [found]) = (missing.as_slice(), more.as_slice()) {
            let mut differences =
                json::differences(line, found, Members::Exact, &mut self.references.clone());
            differences.push(format!("line {found}\n  expected {line}"));
            return Ok(differences);
        }
        let missing = missing.iter().map(|line| format!("no line is {line}"));
        let more = more.iter().map(|line| format!("not expected: line {line}"));
        Ok(missing.chain(more).collect())
    }

    /// Runs an export job to its end and reads all lines.
    async fn export_lines(&mut self, members: &str, folder: &str) -> Result<Vec<String>, String> {
        let body = format!(
            r#"{{{members}"RoleArn":"{{role}}","S3UrlPrefix":"s3://{{bucket}}/{folder}/"}}"#
        );
        let created = self
            .json("POST", "/v1/apps/{application}/jobs/export", &body)
            .await?;
        let id = created["Id"]
            .as_str()
            .ok_or("CreateExportJob answered no Id")?;
        let path = format!("/v1/apps/{{application}}/jobs/export/{id}");
        self.advance(EXPORT_MS).await?;
        let job = self.json("GET", &path, "").await?;
        if job["JobStatus"] != "COMPLETED" {
            return Err(format!("the job is not COMPLETED: {job}"));
        }
        let (lines, pieces) = self.lines_under(&format!("{folder}/")).await?;
        let counted = |name: &str| job[name].as_u64().and_then(|n| usize::try_from(n).ok());
        if counted("TotalProcessed") != Some(lines.len())
            || counted("TotalPieces") != Some(pieces)
            || counted("CompletedPieces") != Some(pieces)
            || counted("FailedPieces") != Some(0)
            || counted("TotalFailures") != Some(0)
        {
            let count = lines.len();
            return Err(format!(
                "{pieces} objects hold {count} lines, the job says {job}"
            ));
        }
        Ok(lines)
    }

    /// The lines of all pieces in a folder where a job completed, and how many pieces there are.
    async fn lines_under(&mut self, folder: &str) -> Result<(Vec<String>, usize), String> {
        let keys = self.keys(folder).await?;
        let (pieces, markers): (Vec<_>, Vec<_>) =
            keys.into_iter().partition(|key| export_file::is_piece(key));
        if markers
            != [
                format!("{folder}COMPLETED"),
                format!("{folder}EXPORT_VALIDATED"),
            ]
        {
            return Err(format!("the markers under {folder} are {markers:?}"));
        }
        let mut lines = Vec::new();
        for key in &pieces {
            let reply = self.send("GET", &format!("/{{bucket}}/{key}"), "").await?;
            let found = export_file::lines(&reply.body).map_err(|broken| broken.join("; "))?;
            lines.extend(found);
        }
        Ok((lines, pieces.len()))
    }

    async fn keys(&mut self, prefix: &str) -> Result<Vec<String>, String> {
        let path = format!(
            "/{{bucket}}?list-type=2&prefix={}",
            prefix.replace('/', "%2F")
        );
        let reply = self.send("GET", &path, "").await?;
        let elements = xml::elements(&reply.text())?;
        let keys = xml::texts(&elements, "ListBucketResult/Contents/Key");
        Ok(keys.into_iter().map(str::to_owned).collect())
    }

    async fn remove_bucket(&mut self) -> Result<(), String> {
        for key in self.keys("").await? {
            self.send("DELETE", &format!("/{{bucket}}/{key}"), "")
                .await?;
        }
        let reply = self.send("DELETE", "/{bucket}", "").await?;
        match reply.status {
            204 => Ok(()),
            status => Err(format!("DeleteBucket answered {status}")),
        }
    }

    async fn advance(&mut self, millis: u64) -> Result<(), String> {
        let body = format!(r#"{{"millis":{millis}}}"#);
        self.json("POST", "/_emulator/clock/advance", &body)
            .await
            .map(|_| ())
    }

    /// Sends a request that must succeed and reads its body.
    async fn json(&mut self, method: &str, path: &str, body: &str) -> Result<Value, String> {
        let reply = self.send(method, path, body).await?;
        if !(200..300).contains(&reply.status) {
            return Err(format!(
                "{method} {path} was answered {}: {}",
                reply.status,
                reply.text()
            ));
        }
        serde_json::from_slice(&reply.body).map_err(|error| format!("{method} {path}: {error}"))
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Reply, String> {
        let path = pattern::fill(path, &self.references)?;
        let request = Request {
            method: method.to_owned(),
            headers: content_type(&path, !body.is_empty()),
            body: Bytes::from(pattern::fill(body, &self.references)?),
            path,
        };
        let signing = signing(None, &request.path)?;
        let exchange = self.connection.exchange(request, &signing).await;
        let exchange = exchange.map_err(|error| error.to_string())?;
        let reply = exchange.reply.clone();
        self.exchanges.push(exchange);
        reply
    }
}

/// What a sorted list has more than another.
fn without(list: &[String], other: &[String]) -> Vec<String> {
    let mut left = other.to_vec();
    let mut more = Vec::new();
    for item in list {
        match left.iter().position(|known| known == item) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => more.push(item.clone()),
        }
    }
    more
}

fn items(expected: &[String], text: &str, references: &mut References, found: &mut Vec<String>) {
    // By Id, so that the order of the answer does not matter and a difference is told of one item.
    let id = |item: &str| {
        let value: Option<Value> = serde_json::from_str(item).ok();
        value.and_then(|value| value["Id"].as_str().map(str::to_owned))
    };
    let answer: Result<BTreeMap<String, Vec<&serde_json::value::RawValue>>, _> =
        serde_json::from_str(text);
    let Ok(mut answer) = answer else {
        found.push(format!("the body is no list: {text}"));
        return;
    };
    let mut actual: Vec<&str> = answer
        .remove("Item")
        .into_iter()
        .flatten()
        .map(serde_json::value::RawValue::get)
        .collect();
    if !answer.is_empty() {
        found.push(format!("members beside Item: {:?}", answer.keys()));
    }
    actual.sort_by_key(|item| id(item));
    let mut expected = expected.to_vec();
    expected.sort_by_key(|item| id(item));
    let actual_ids: Vec<_> = actual.iter().map(|item| id(item)).collect();
    let expected_ids: Vec<_> = expected.iter().map(|item| id(item)).collect();
    if actual_ids != expected_ids {
        found.push(format!(
            "the items are {actual_ids:?}, expected {expected_ids:?}"
        ));
        return;
    }
    for (expected, actual) in expected.iter().zip(actual) {
        check::exact_json(expected, actual, references, found);
    }
}

fn refusal(
    exception: &str,
    message: Option<&str>,
    reply: &Reply,
    references: &mut References,
    found: &mut Vec<String>,
) {
    let kind = reply.header("x-amzn-errortype").unwrap_or_default();
    if kind != exception {
        found.push(format!(
            "x-amzn-ErrorType is {kind:?}, expected {exception}"
        ));
    }
    let message = message.unwrap_or("{any:text}");
    let expected = format!(r#"{{"Message":"{message}"}}"#);
    found.extend(json::differences(
        &expected,
        &reply.text(),
        Members::AtLeast,
        references,
    ));
}

/// A job that something broke under: its status may only go along allowed edges, and its counters
/// must agree with each other.
fn job(expected: &JobAnswer, text: &str, references: &mut References, found: &mut Vec<String>) {
    let Ok(job) = serde_json::from_str::<Value>(text) else {
        found.push(format!("the body is not JSON: {text}"));
        return;
    };
    let status = job["JobStatus"].as_str().unwrap_or_default().to_owned();
    let before = references.insert(expected.name.clone(), status.clone());
    let before = before.as_deref().unwrap_or("CREATED");
    if !follows(before, &status) {
        found.push(format!("the job went from {before} to {status}"));
    }
    if expected.ended && !matches!(status.as_str(), "COMPLETED" | "FAILED") {
        found.push(format!("the job should have ended and is {status}"));
    }
    if status == "COMPLETED" && !expected.may_complete {
        found.push("the job is COMPLETED without its bucket".to_owned());
    }
    let counted = |name: &str| job[name].as_u64();
    if let Some(total) = counted("TotalPieces") {
        let done = counted("CompletedPieces").unwrap_or(0) + counted("FailedPieces").unwrap_or(0);
        if done > total {
            found.push(format!("{done} of {total} pieces are done"));
        }
    }
    if status == "COMPLETED" && COUNTERS.iter().any(|name| counted(name).is_none()) {
        found.push(format!("a finished job has all counters: {text}"));
    }
}

/// Whether a job may be seen in one status after the other; several may lie between.
fn follows(before: &str, after: &str) -> bool {
    const ORDER: [&str; 7] = [
        "CREATED",
        "PREPARING_FOR_INITIALIZATION",
        "INITIALIZING",
        "PROCESSING",
        "PENDING_JOB",
        "COMPLETING",
        "COMPLETED",
    ];
    let rank = |status: &str| ORDER.iter().position(|known| *known == status);
    match (before, after) {
        _ if before == after => true,
        ("COMPLETED" | "FAILED", _) => false,
        ("FAILING", after) => after == "FAILED",
        (_, "FAILING" | "FAILED") => true,
        _ => rank(before) < rank(after),
    }
}
