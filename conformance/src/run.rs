//! Runs cases against a target: sets the stage, takes the steps, judges.
//!
//! Called by the binary and by tests. Cases run in parallel, each with an application, a bucket and
//! a prefix of its own. Nothing is retried: an answer that is only sometimes right is wrong.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::future::Future;
use std::num::{NonZeroU32, NonZeroUsize};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::case::{
    Feature, ListStep, ReadExportStep, RequestBody, RequestStep, SegmentStep, Step, Wrong,
};
use crate::check;
use crate::clock;
use crate::exchange::{Caller, Deviation, Exchange, Reply, Request, Signing};
use crate::export_file;
use crate::json::{self, Members};
use crate::known_failing::KnownFailing;
use crate::library::{self, Action, Case};
use crate::pattern::{self, References};
use crate::target::{Site, Target};
use crate::xml;

/// Polls of one job before the case gives up: a job of minutes at the delay of [`Site::wait`].
const POLLS_MAX: usize = 600;
/// Job states that never change again.
const FINAL_STATES: [&str; 3] = ["COMPLETED", "FAILED", "CANCELLED"];
/// Role that export jobs are given, the one of the Developer Guide's examples.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/ExportRole";

/// A case that is a function, because it drives a library and not the wire.
pub type Program =
    for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Result<(), Vec<String>>> + Send + 'a>>;

/// What a case finds when it begins.
#[derive(Debug)]
pub struct Stage {
    /// The target.
    pub site: Site,
    /// `application`, `bucket`, `prefix`, `host`, `region`, `role`, and what steps bind.
    pub references: References,
}

/// What became of one case.
#[derive(Debug)]
pub struct CaseResult {
    /// The case.
    pub case: Case,
    /// The judgement.
    pub verdict: Verdict,
    /// Wall clock time it took.
    pub duration: Duration,
}

/// The four outcomes.
#[derive(Debug)]
pub enum Verdict {
    /// Everything was as expected.
    Passed,
    /// Something was not, or a case that is known to fail did not.
    Failed(Failure),
    /// It failed, and the list of known failures says why.
    KnownFailing {
        /// The reason in the list.
        reason: String,
        /// How it failed this time.
        failure: Failure,
    },
    /// The target lacks what the case needs.
    CouldNotRun {
        /// What is missing.
        reason: String,
    },
}

impl Verdict {
    /// The outcome in kebab case, as reports for machines name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::KnownFailing { .. } => "known-failing",
            Self::CouldNotRun { .. } => "could-not-run",
        }
    }
}

/// How a case failed.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// At which step, in words.
    pub at: String,
    /// Everything that differed there.
    pub differences: Vec<String>,
    /// What was exchanged at that step, in order.
    pub exchanges: Vec<Exchange>,
    /// Whether the stage could not even be set, which no list of known failures excuses.
    pub is_setup: bool,
}

/// Runs the cases and judges them, in the order given.
pub async fn run(cases: &[&Case], target: &Arc<Target>, known: &KnownFailing) -> Vec<CaseResult> {
    let parallel = std::thread::available_parallelism().map_or(4, NonZeroUsize::get) * 4;
    let free = Arc::new(Semaphore::new(parallel));
    let mut running = JoinSet::new();
    let mut alone = Vec::new();
    for (ordinal, &case) in cases.iter().enumerate() {
        if target.is_shared() && case.features.contains(&Feature::SteppedTime) {
            alone.push((ordinal, case));
            continue;
        }
        let (case, target, free) = (case.clone(), Arc::clone(target), Arc::clone(&free));
        running.spawn(async move {
            let _permit = free.acquire().await.expect("nobody closes the semaphore");
            (ordinal, run_case(case, &target, ordinal, false).await)
        });
    }
    let mut results = Vec::with_capacity(cases.len());
    while let Some(joined) = running.join_next().await {
        match joined {
            Ok(result) => results.push(result),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    if !alone.is_empty() {
        target.stop_clock().await;
        for (ordinal, case) in alone {
            results.push((ordinal, run_case(case.clone(), target, ordinal, true).await));
        }
        target.restore_clock().await;
    }
    results.sort_by_key(|(ordinal, _)| *ordinal);
    results
        .into_iter()
        .map(|(_, result)| known.judge(result))
        .collect()
}

async fn run_case(case: Case, target: &Target, ordinal: usize, alone: bool) -> CaseResult {
    let begin = clock::now();
    let features = target.features();
    let missing: Vec<String> = case
        .features
        .iter()
        .filter(|feature| !features.contains(feature))
        .map(Feature::to_string)
        .collect();
    let verdict = if missing.is_empty() {
        match play(&case, target, ordinal, alone).await {
            Ok(()) => Verdict::Passed,
            Err(failure) => Verdict::Failed(failure),
        }
    } else {
        Verdict::CouldNotRun {
            reason: format!("the target lacks {}", missing.join(", ")),
        }
    };
    CaseResult {
        case,
        verdict,
        duration: clock::now().duration_since(begin).unwrap_or_default(),
    }
}

async fn play(case: &Case, target: &Target, ordinal: usize, alone: bool) -> Result<(), Failure> {
    let site = target
        .site(&case.features, ordinal, alone)
        .await
        .map_err(|error| Failure::setup(vec![error.to_string()], Vec::new()))?;
    let mut stage = Stage::set(case, site).await?;
    let mut outcome = Ok(());
    match &case.action {
        Action::Program(program) => {
            outcome = program(&stage).await.map_err(|differences| Failure {
                at: "the program".to_owned(),
                differences,
                ..Failure::default()
            });
        }
        Action::Steps(steps) => {
            for (index, step) in steps.iter().enumerate() {
                let mut differences = Vec::new();
                let mut exchanges = Vec::new();
                if let Err(reason) = stage.take(step, &mut differences, &mut exchanges).await {
                    differences.push(reason);
                }
                if !differences.is_empty() {
                    outcome = Err(Failure {
                        at: format!("step {}: {}", index + 1, describe(step)),
                        differences,
                        exchanges,
                        is_setup: false,
                    });
                    break;
                }
            }
        }
    }
    if stage.site.shared {
        stage.clear().await;
    }
    outcome
}

impl Failure {
    fn setup(differences: Vec<String>, exchanges: Vec<Exchange>) -> Self {
        Self {
            at: "setting the stage".to_owned(),
            differences,
            exchanges,
            is_setup: true,
        }
    }
}

impl Stage {
    /// Makes the application and the bucket the case speaks of.
    async fn set(case: &Case, site: Site) -> Result<Self, Failure> {
        let unique = site.unique.clone();
        let short_name = case.name.split_once('/').map_or("", |(_, name)| name);
        let mut stage = Self {
            references: References::from([
                ("host".to_owned(), site.caller.authority.clone()),
                ("region".to_owned(), site.caller.region.clone()),
                ("role".to_owned(), ROLE.to_owned()),
                ("bucket".to_owned(), unique.clone()),
                ("prefix".to_owned(), format!("exports/{short_name}")),
            ]),
            site,
        };
        if needs(case, "application") {
            let body = format!(r#"{{"Name":"{unique}"}}"#);
            let exchange = stage.set_up("POST", "/v1/apps", body, 201).await?;
            let id = string_member(&exchange, "Id").ok_or_else(|| {
                let reason = "CreateApp answered no Id".to_owned();
                Failure::setup(vec![reason], vec![exchange])
            })?;
            stage.references.insert("application".to_owned(), id);
        }
        if needs(case, "bucket") {
            let region = stage.site.caller.region.clone();
            let body = if region == "us-east-1" {
                String::new()
            } else {
                format!(
                    "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint>\
                     </CreateBucketConfiguration>"
                )
            };
            stage
                .set_up("PUT", &format!("/{unique}"), body, 200)
                .await?;
        }
        Ok(stage)
    }

    async fn set_up(
        &self,
        method: &str,
        path: &str,
        body: String,
        status: u16,
    ) -> Result<Exchange, Failure> {
        let exchange = self
            .send(method, path, body)
            .await
            .map_err(|reason| Failure::setup(vec![reason], Vec::new()))?;
        match &exchange.reply {
            Ok(reply) if reply.status == status => Ok(exchange),
            _ => Err(Failure::setup(
                vec![format!("{method} {path} was not answered {status}")],
                vec![exchange],
            )),
        }
    }

    /// Removes what the case left on a shared target; what cannot be removed stays.
    async fn clear(&self) {
        if let Some(application) = self.references.get("application") {
            let path = format!("/v1/apps/{application}");
            self.send("DELETE", &path, String::new()).await.ok();
        }
        let bucket = &self.references["bucket"];
        let mut exchanges = Vec::new();
        if let Ok(keys) = self.keys("", &mut exchanges).await {
            for key in keys {
                let references = References::from([("key".to_owned(), key)]);
                if let Ok(path) = pattern::fill(&format!("/{bucket}/{{key:path}}"), &references) {
                    self.send("DELETE", &path, String::new()).await.ok();
                }
            }
            self.send("DELETE", &format!("/{bucket}"), String::new())
                .await
                .ok();
        }
    }

    async fn send(&self, method: &str, path: &str, body: String) -> Result<Exchange, String> {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: content_type(path, !body.is_empty()),
            body: Bytes::from(body),
        };
        self.site
            .caller
            .exchange(request, &signing(None, path)?)
            .await
            .map_err(|error| error.to_string())
    }

    /// Stores an endpoint of the case's application.
    pub(crate) async fn put_endpoint(&self, id: &str, body: &str) -> Result<(), String> {
        let references = References::from([("id".to_owned(), id.to_owned())]);
        let label = pattern::fill("{id:label}", &references)?;
        let path = format!(
            "/v1/apps/{}/endpoints/{label}",
            self.references["application"]
        );
        let exchange = self.send("PUT", &path, body.to_owned()).await?;
        match &exchange.reply {
            Ok(reply) if reply.status == 202 => Ok(()),
            _ => Err(format!(
                "the endpoint {id} was not answered 202:\n{exchange}"
            )),
        }
    }

    /// Takes one step; every exchange and every difference is kept.
    async fn take(
        &mut self,
        step: &Step,
        differences: &mut Vec<String>,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<(), String> {
        match step {
            Step::Request(step) => {
                for _ in 0..step.times.map_or(1, NonZeroU32::get) {
                    let reply = self.request(step, exchanges).await?;
                    differences.extend(check::reply(&step.expect, &reply, &mut self.references));
                    if !differences.is_empty() {
                        break;
                    }
                }
            }
            Step::PutEndpoints(endpoints) => {
                for (id, body) in endpoints {
                    let body = pattern::fill(body, &self.references)?;
                    self.put_endpoint(id, &body).await?;
                }
            }
            Step::Export(prefix) => self.export(prefix, None, exchanges).await?,
            Step::Segment(step) => self.segment(step, differences, exchanges).await?,
            Step::List(step) => self.list(step, differences, exchanges).await?,
            Step::ReadExport(step) => self.read_export(step, differences, exchanges).await?,
            Step::AdvanceMs(millis) => exchanges.push(self.site.advance(*millis).await?),
        }
        Ok(())
    }

    async fn request(
        &mut self,
        step: &RequestStep,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<Reply, String> {
        let line = pattern::fill(&step.line, &self.references)?;
        let (method, path) = line
            .split_once(' ')
            .expect("the library checked the request line");
        let body = match &step.body {
            None => Bytes::new(),
            Some(RequestBody::Text(text)) => Bytes::from(pattern::fill(text, &self.references)?),
            Some(RequestBody::Hex(text)) => {
                Bytes::from(hex::decode(text).map_err(|error| error.to_string())?)
            }
            Some(RequestBody::Repeat { text, times }) => {
                Bytes::from(pattern::fill(text, &self.references)?.repeat(*times))
            }
        };
        let mut headers = content_type(path, !body.is_empty());
        for (name, value) in &step.headers {
            let name = name.to_ascii_lowercase();
            headers.retain(|(known, _)| *known != name);
            headers.push((name, pattern::fill(value, &self.references)?));
        }
        let signing = signing(step.sign.as_deref(), path)?;
        let mut caller = self.site.caller.clone();
        if let Some(access_key_id) = &step.access_key_id {
            caller.credentials = Credentials::from_keys(access_key_id, "secret", None);
        }
        let deviation = self.deviate(&step.wrong, &mut caller)?;
        for _ in 0..POLLS_MAX {
            let request = Request {
                method: method.to_owned(),
                path: path.to_owned(),
                headers: headers.clone(),
                body: body.clone(),
            };
            let exchange = caller
                .exchange_but(request, &signing, &deviation)
                .await
                .map_err(|error| error.to_string())?;
            let status = string_member(&exchange, "JobStatus");
            let reply = exchange.reply.clone();
            // Of a poll only the last exchange is worth printing.
            exchanges.clear();
            exchanges.push(exchange);
            let reply = reply?;
            match (&step.until, status) {
                (Some(wanted), Some(status))
                    if status != *wanted && !FINAL_STATES.contains(&status.as_str()) =>
                {
                    self.site.wait().await?;
                }
                (Some(wanted), Some(status)) if status != *wanted => {
                    return Err(format!("the job ended {status}, expected {wanted}"));
                }
                _ => return Ok(reply),
            }
        }
        Err(format!("the job was still running after {POLLS_MAX} polls"))
    }

    /// Makes a caller wrong, and tells how the request is.
    fn deviate(&self, wrong: &Wrong, caller: &mut Caller) -> Result<Deviation, String> {
        let own = &caller.credentials;
        caller.credentials = Credentials::from_keys(
            own.access_key_id(),
            wrong
                .secret_access_key
                .as_deref()
                .unwrap_or(own.secret_access_key()),
            wrong
                .session_token
                .as_deref()
                .or(own.session_token())
                .map(str::to_owned),
        );
        if let Some(region) = &wrong.region {
            caller.region.clone_from(region);
        }
        let signed_body = wrong
            .signed_body
            .as_ref()
            .map(|body| pattern::fill(body, &self.references))
            .transpose()?;
        Ok(Deviation {
            seconds_ago: wrong.signed_seconds_ago,
            unsigned_headers: wrong.unsigned_headers.clone().into_iter().collect(),
            signed_body: signed_body.map(Bytes::from),
        })
    }

    async fn export(
        &mut self,
        prefix: &str,
        segment: Option<&str>,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<(), String> {
        let segment = segment.map_or_else(String::new, |id| format!(r#","SegmentId":"{id}""#));
        let create = RequestStep {
            line: "POST /v1/apps/{application}/jobs/export".to_owned(),
            body: Some(RequestBody::Text(format!(
                r#"{{"RoleArn":"{{role}}","S3UrlPrefix":"s3://{{bucket}}/{prefix}"{segment}}}"#
            ))),
            ..RequestStep::default()
        };
        self.request(&create, exchanges).await?;
        let id = exchanges
            .last()
            .and_then(|exchange| string_member(exchange, "Id"))
            .ok_or("CreateExportJob answered no Id")?;
        self.references.insert("job".to_owned(), id);
        let get = RequestStep {
            line: "GET /v1/apps/{application}/jobs/export/{job}".to_owned(),
            until: Some("COMPLETED".to_owned()),
            ..RequestStep::default()
        };
        let reply = self.request(&get, exchanges).await?;
        match reply.status {
            200 => Ok(()),
            status => Err(format!("GetExportJob answered {status}, expected 200")),
        }
    }

    async fn segment(
        &mut self,
        step: &SegmentStep,
        differences: &mut Vec<String>,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<(), String> {
        let create = RequestStep {
            line: "POST /v1/apps/{application}/segments".to_owned(),
            body: Some(RequestBody::Text(step.body.clone())),
            ..RequestStep::default()
        };
        let reply = self.request(&create, exchanges).await?;
        if reply.status != 201 {
            return Err(format!(
                "CreateSegment answered {}, expected 201",
                reply.status
            ));
        }
        let id = exchanges
            .last()
            .and_then(|exchange| string_member(exchange, "Id"))
            .ok_or("CreateSegment answered no Id")?;
        self.references.insert("segment".to_owned(), id.clone());
        let prefix = format!("{{prefix}}/{id}/");
        self.export(&prefix, Some(&id), exchanges).await?;

        let prefix = pattern::fill(&prefix, &self.references)?;
        let (_, lines) = self.lines(&prefix, differences, exchanges).await?;
        let mut selected: Vec<String> = lines.iter().filter_map(|line| id_of(line)).collect();
        let mut expected = step.selects.clone();
        selected.sort_unstable();
        expected.sort_unstable();
        if selected != expected {
            differences.push(format!("selects {selected:?}, expected {expected:?}"));
        }
        Ok(())
    }

    async fn list(
        &mut self,
        step: &ListStep,
        differences: &mut Vec<String>,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<(), String> {
        let prefix = pattern::fill(&step.prefix, &self.references)?;
        let keys = self.keys(&prefix, exchanges).await?;
        let names = keys
            .iter()
            .map(|key| key.strip_prefix(&prefix).unwrap_or(key).to_owned())
            .collect();
        let (missing, more) = pair(&step.names, names, &mut self.references);
        differences.extend(
            missing
                .iter()
                .map(|name| format!("no object is {prefix}{name}")),
        );
        differences.extend(
            more.iter()
                .map(|name| format!("not expected: object {prefix}{name}")),
        );
        Ok(())
    }

    /// The keys of the `.gz` objects under a prefix, and the lines in them, which must be sound.
    async fn lines(
        &mut self,
        prefix: &str,
        differences: &mut Vec<String>,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<(Vec<String>, Vec<String>), String> {
        let mut keys = self.keys(prefix, exchanges).await?;
        keys.retain(|key| export_file::is_piece(key));
        let mut lines = Vec::new();
        for key in &keys {
            let references = References::from([("key".to_owned(), key.clone())]);
            let path = pattern::fill("/{key:path}", &references)?;
            let path = format!("/{}{path}", self.references["bucket"]);
            let exchange = self.send("GET", &path, String::new()).await?;
            let reply = exchange.reply.clone();
            exchanges.push(exchange);
            let reply = reply?;
            if reply.status != 200 {
                differences.push(format!("GetObject of {key} answered {}", reply.status));
                continue;
            }
            match export_file::lines(&reply.body) {
                Ok(found) => lines.extend(found),
                Err(broken) => {
                    differences.extend(broken.iter().map(|rule| format!("{key}: {rule}")));
                }
            }
        }
        let distinct = lines.iter().collect::<BTreeSet<_>>().len();
        if distinct != lines.len() {
            differences.push(format!(
                "{} of the lines occur twice",
                lines.len() - distinct
            ));
        }
        Ok((keys, lines))
    }

    async fn read_export(
        &mut self,
        step: &ReadExportStep,
        differences: &mut Vec<String>,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<(), String> {
        let prefix = pattern::fill(&step.prefix, &self.references)?;
        let (keys, lines) = self.lines(&prefix, differences, exchanges).await?;
        if let Some(pieces) = step.pieces
            && keys.len() != pieces
        {
            differences.push(format!(
                "{} .gz objects, expected {pieces}: {keys:?}",
                keys.len()
            ));
        }
        if let Some(count) = step.line_count
            && lines.len() != count
        {
            differences.push(format!("{} lines, expected {count}", lines.len()));
        }
        if let Some(expected) = &step.lines {
            let expected: Vec<String> = expected
                .iter()
                .map(|line| pattern::join_lines(line))
                .collect();
            differences.extend(line_differences(&expected, lines, &mut self.references));
        }
        Ok(())
    }

    /// Keys of all objects under a prefix, in order.
    async fn keys(
        &self,
        prefix: &str,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<Vec<String>, String> {
        let references = References::from([("prefix".to_owned(), prefix.to_owned())]);
        let query = pattern::fill("list-type=2&prefix={prefix:label}", &references)?;
        let path = format!("/{}?{query}", self.references["bucket"]);
        let exchange = self.send("GET", &path, String::new()).await?;
        let reply = exchange.reply.clone();
        exchanges.push(exchange);
        let reply = reply?;
        if reply.status != 200 {
            return Err(format!(
                "ListObjectsV2 answered {}, expected 200",
                reply.status
            ));
        }
        let elements = xml::elements(&reply.text())?;
        if xml::texts(&elements, "ListBucketResult/IsTruncated") != ["false"] {
            return Err("the listing does not say that it is whole".to_owned());
        }
        let keys = xml::texts(&elements, "ListBucketResult/Contents/Key");
        Ok(keys.into_iter().map(str::to_owned).collect())
    }
}

/// Pairs every pattern with a text that fits it, and returns the patterns and texts left over.
fn pair(
    patterns: &[String],
    mut texts: Vec<String>,
    references: &mut References,
) -> (Vec<String>, Vec<String>) {
    let mut missing = Vec::new();
    for pattern in patterns {
        let fitting = texts
            .iter()
            .position(|text| pattern::compare(pattern, text, references).is_ok());
        match fitting {
            Some(index) => {
                texts.remove(index);
            }
            None => missing.push(pattern.clone()),
        }
    }
    (missing, texts)
}

fn line_differences(
    expected: &[String],
    actual: Vec<String>,
    references: &mut References,
) -> Vec<String> {
    let (missing, more) = pair(expected, actual, references);
    match (missing.as_slice(), more.as_slice()) {
        // One line for another is most likely the same endpoint, so tell what is wrong with it.
        ([pattern], [line]) => {
            let mut found =
                json::differences(pattern, line, Members::Exact, &mut references.clone());
            found.push(format!("line {line}\n  expected {pattern}"));
            found
        }
        _ => missing
            .iter()
            .map(|pattern| format!("no line is {pattern}"))
            .chain(more.iter().map(|line| format!("not expected: line {line}")))
            .collect(),
    }
}

/// Pinpoint's requests are JSON; S3's and the control interface's need no type.
pub(crate) fn content_type(path: &str, has_body: bool) -> Vec<(String, String)> {
    if has_body && path.starts_with("/v1") {
        vec![("content-type".to_owned(), "application/json".to_owned())]
    } else {
        Vec::new()
    }
}

/// The service follows from the path unless the case names one.
pub(crate) fn signing(sign: Option<&str>, path: &str) -> Result<Signing, String> {
    Ok(match sign {
        Some("none") => Signing::None,
        Some("presigned") => Signing::Presigned { expired: false },
        Some("presigned-expired") => Signing::Presigned { expired: true },
        Some(service)
            if service
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) =>
        {
            Signing::Header(service.to_owned())
        }
        Some(other) => return Err(format!("`{other}` is no way to sign")),
        None if path.starts_with("/_emulator") => Signing::None,
        None if path.starts_with("/v1") => Signing::Header("mobiletargeting".to_owned()),
        None => Signing::Header("s3".to_owned()),
    })
}

fn needs(case: &Case, name: &str) -> bool {
    match &case.action {
        Action::Program(_) => true,
        Action::Steps(steps) => steps.iter().any(|step| {
            let (sent, expected) = library::texts(step);
            let implied = match step {
                Step::Export(_) | Step::Segment(_) => true,
                Step::PutEndpoints(_) => name == "application",
                Step::List(_) | Step::ReadExport(_) => name == "bucket",
                Step::Request(_) | Step::AdvanceMs(_) => false,
            };
            implied
                || sent
                    .iter()
                    .chain(&expected)
                    .any(|text| pattern::names(text).any(|n| n == name))
        }),
    }
}

fn id_of(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line.get("Id")?.as_str().map(str::to_owned)
}

fn string_member(exchange: &Exchange, name: &str) -> Option<String> {
    let body = &exchange.reply.as_ref().ok()?.body;
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    value.get(name)?.as_str().map(str::to_owned)
}

/// A step in a few words, for reports and `explain`.
pub(crate) fn describe(step: &Step) -> String {
    match step {
        Step::Request(step) => {
            let mut text = step.line.clone();
            if let Some(until) = &step.until {
                write!(text, " until {until}").expect("a string takes all writes");
            }
            if let Some(times) = step.times {
                write!(text, " {times} times").expect("a string takes all writes");
            }
            text
        }
        Step::PutEndpoints(endpoints) => {
            let ids: Vec<&str> = endpoints.keys().map(String::as_str).collect();
            format!("put the endpoints {}", ids.join(", "))
        }
        Step::Export(prefix) => format!("export to {prefix}"),
        Step::Segment(step) => format!("export the segment {}", step.body),
        Step::List(step) => format!("list {}", step.prefix),
        Step::ReadExport(step) => format!("read the export under {}", step.prefix),
        Step::AdvanceMs(millis) => format!("advance the clock by {millis} ms"),
    }
}
