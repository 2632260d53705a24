//! The machine of jobs: states by the clock alone, counters, files, and lists that are walked while
//! jobs are being added. Imports change the endpoints when they come to process them; exports show
//! the endpoints as they were when the job was created.
//!
//! What a job answers follows from when it was created, unless its bucket went away under it; then the
//! model knows less and says so: allowed edges only, and whether it may still complete.

use proptest::strategy::{BoxedStrategy, Just, Strategy as _};
use proptest_state_machine::ReferenceStateMachine;

use super::audience::Audience;
use super::endpoints::{endpoint, update_endpoint};
use super::pages::Pages;
use super::{Machine, array, object, quoted, wire_date};
use crate::state_machine::call::{Answer, Call, EXPORT_MS, FilesCall, JobAnswer, S3};
use crate::state_machine::subject::Subject;
use crate::state_machine::transition::jobs::{Create, NewImport, Row, Transition, transition};

/// Time a job spends in each state.   (ms)
const STATE_MS: i64 = 100;
/// The states of a job that nothing disturbs.
const STATES: [&str; 6] = [
    "CREATED",
    "PREPARING_FOR_INITIALIZATION",
    "INITIALIZING",
    "PROCESSING",
    "COMPLETING",
    "COMPLETED",
];
/// Position of PROCESSING in [`STATES`].
const PROCESSING: usize = 3;
/// Position of COMPLETED in [`STATES`].
const COMPLETED: usize = 5;
const IMPORT_JOBS: &str = "/v1/apps/{application}/jobs/import";
const JOBS: &str = "/v1/apps/{application}/jobs/export";

/// The model of one application's jobs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jobs {
    audience: Audience,
    created: Vec<Job>,
    imports: Vec<Import>,
    pages: Pages,
    pages_of_imports: Pages,
    bucket_is_gone: bool,
    application_is_gone: bool,
}

#[derive(Debug, Clone)]
struct Job {
    created: i64,
    prefix: String,
    /// The lines of the moment it was created.
    lines: Vec<String>,
    fate: Fate,
    /// Whether somebody deleted what it wrote.
    files_are_gone: bool,
}

#[derive(Debug, Clone)]
struct Import {
    created: i64,
    what: NewImport,
    is_done: bool,
    /// Whether its file went away before it was read.
    fails: bool,
}

/// What can be said about a job's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It completes, on time.
    Completes,
    /// It fails at some time.
    Fails,
    /// Its bucket came and went, so nothing is certain but the edges.
    Unknown,
}

impl ReferenceStateMachine for Jobs {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            pages_of_imports: Pages::named("import-"),
            ..Self::default()
        })
        .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Transition> {
        transition()
    }

    fn apply(mut state: Self, transition: &Transition) -> Self {
        Self::calls(&mut state, transition);
        state
    }
}

impl Machine for Jobs {
    const GROUP: &'static str = "jobs";

    async fn begin(
        state: &mut Self,
        subject: &mut Subject,
        _: &mut Vec<String>,
    ) -> Result<(), Vec<String>> {
        state.audience.now = subject.now().await.map_err(|reason| vec![reason])?;
        Ok(())
    }

    fn calls(state: &mut Self, transition: &Transition) -> Vec<Call> {
        if let Transition::Advance(millis) = transition {
            return vec![state.advance(*millis)];
        }
        let mut calls = state.while_it_stands(transition);
        if state.application_is_gone {
            for call in &mut calls {
                if let Call::Request(call) = call
                    && call.operation != S3
                    && !matches!(transition, Transition::DeleteApplication)
                {
                    call.answer = Answer::NotFound(Some("Application not found"));
                }
            }
        }
        calls
    }

    fn last_calls(state: &mut Self) -> Vec<Call> {
        let mut calls = vec![state.advance(EXPORT_MS)];
        for number in 0..state.imports.len() {
            if !state.application_is_gone {
                calls.push(state.get_import(number));
            }
        }
        for number in 0..state.created.len() {
            if !state.application_is_gone {
                calls.push(state.get(number));
                calls.extend(state.read_files(number));
            }
        }
        calls
    }
}

impl Jobs {
    /// The calls of a transition; once the application is gone only what is sent counts.
    fn while_it_stands(&mut self, transition: &Transition) -> Vec<Call> {
        match transition {
            Transition::PutEndpoint(number) => self.put_endpoint(*number),
            Transition::DeleteEndpoint(number) => self.delete_endpoint(*number),
            Transition::Create(create) => vec![self.create(*create)],
            Transition::Get(at) => match self.created.len() {
                0 => Vec::new(),
                count => vec![self.get(usize::from(*at) % count)],
            },
            Transition::GetUnknown => vec![Call::request(
                "GetExportJob",
                format!("GET {JOBS}/00000000000000000000000000000000"),
                "",
                Answer::NotFound(Some("Resource not found")),
            )],
            Transition::Page { size, anew } => vec![self.page(*size, *anew)],
            Transition::BadPage(query) => vec![Call::request(
                "GetExportJobs",
                format!("GET {JOBS}?{query}"),
                "",
                Answer::BadRequest(None),
            )],
            Transition::ReadFiles(at) => match self.created.len() {
                0 => Vec::new(),
                count => self.read_files(usize::from(*at) % count),
            },
            Transition::CreateImport(import) => self.create_import(import),
            Transition::BadImport(body) => vec![Call::request(
                "CreateImportJob",
                format!("POST {IMPORT_JOBS}"),
                *body,
                Answer::BadRequest(None),
            )],
            Transition::ImportIntoUnknownSegment => vec![Call::request(
                "CreateImportJob",
                format!("POST {IMPORT_JOBS}"),
                r#"{"RoleArn":"{role}","S3Url":"s3://{bucket}/x","Format":"JSON","DefineSegment":true,"SegmentId":"00000000000000000000000000000000"}"#,
                Answer::NotFound(Some("Resource not found")),
            )],
            Transition::GetImport(at) => match self.imports.len() {
                0 => Vec::new(),
                count => vec![self.get_import(usize::from(*at) % count)],
            },
            Transition::PageOfImports { size, anew } => vec![self.page_of_imports(*size, *anew)],
            Transition::JobsOfSegment(at) => match self.imports.len() {
                0 => Vec::new(),
                count => self.jobs_of_segment(usize::from(*at) % count),
            },
            Transition::Advance(_) => Vec::new(),
            Transition::RemoveBucket => self.remove_bucket(),
            Transition::MakeBucket => self.make_bucket(),
            Transition::DeleteApplication => self.delete_application(),
        }
    }

    /// Lets time pass; imports that come to process their rows meanwhile write them at that moment.
    fn advance(&mut self, millis: u64) -> Call {
        let until = self.audience.now + i64::try_from(millis).expect("seconds at most");
        loop {
            let processed_at = |import: &Import| import.created + 3 * STATE_MS;
            let due = self
                .imports
                .iter_mut()
                .filter(|import| !import.is_done && !import.fails)
                .filter(|import| processed_at(import) <= until)
                .min_by_key(|import| processed_at(import));
            let Some(import) = due.filter(|_| !self.application_is_gone) else {
                break;
            };
            import.is_done = true;
            self.audience.now = processed_at(import);
            let rows = [import.what.rows.as_slice(), second_file(&import.what)].concat();
            for row in rows {
                if let Row::Whole(number) = row {
                    self.audience.import(number);
                }
            }
        }
        self.audience.now = until;
        Call::Advance(millis)
    }

    /// Puts files and imports them.
    fn create_import(&mut self, import: &NewImport) -> Vec<Call> {
        let number = self.imports.len();
        let put = |key: String, body: String| {
            let status = if self.bucket_is_gone { 404 } else { 200 };
            let line = format!("PUT /{{bucket}}/{key}");
            Call::request(S3, line, body, Answer::Status(status))
        };
        let files = files(number, import).into_iter();
        let mut calls: Vec<Call> = files
            .map(|(key, rows)| put(key, file(import.is_csv, rows)))
            .collect();
        if import.by_prefix {
            let key = format!("import-{number}/another.txt");
            calls.push(put(key, "not to be read".to_owned()));
        }
        let body = object([
            ("S3Url", s3_url(number, import)),
            ("RoleArn", quoted("{role}")),
            ("Format", quoted(format(import))),
            ("RegisterEndpoints", "true".to_owned()),
            ("DefineSegment", import.defines_segment.to_string()),
        ]);
        let answer = if self.bucket_is_gone {
            Answer::BadRequest(None)
        } else {
            let segment = format!("{{segment-{number}:id}}");
            let created = object([
                ("Id", quoted(&format!("{{import-{number}:id}}"))),
                ("JobStatus", quoted("CREATED")),
                ("CreationDate", quoted(&wire_date(self.audience.now))),
                ("Type", quoted("IMPORT")),
                ("Definition", import_definition(number, import, &segment)),
            ]);
            if !self.application_is_gone {
                self.imports.push(Import {
                    created: self.audience.now,
                    what: import.clone(),
                    is_done: false,
                    fails: false,
                });
            }
            Answer::Json(201, created)
        };
        let line = format!("POST {IMPORT_JOBS}");
        calls.push(Call::request("CreateImportJob", line, body, answer));
        calls
    }

    fn get_import(&self, number: usize) -> Call {
        let import = &self.imports[number];
        let answer = if import.fails {
            Answer::Job(JobAnswer {
                name: format!("import-status-{number}"),
                ended: self.audience.now >= import.created + 10 * STATE_MS,
                may_complete: false,
            })
        } else {
            Answer::Json(200, self.import_json(number))
        };
        let line = format!("GET {IMPORT_JOBS}/{{import-{number}}}");
        Call::request("GetImportJob", line, "", answer)
    }

    fn page_of_imports(&mut self, size: Option<u8>, anew: bool) -> Call {
        let anew = anew || self.application_is_gone;
        let count = self.imports.len();
        let page = self.pages_of_imports.turn(size, anew, count, |_| true);
        let items = page.items.iter().map(|number| self.listed_import(*number));
        let line = page.line(IMPORT_JOBS);
        Call::request("GetImportJobs", line, "", page.answer(items))
    }

    /// The lists of a segment that an import has made: of imports that one, of exports none.
    fn jobs_of_segment(&self, number: usize) -> Vec<Call> {
        if !self.imports[number].what.defines_segment {
            return Vec::new();
        }
        let segment = format!("GET /v1/apps/{{application}}/segments/{{segment-{number}}}/jobs");
        let list = |operation, kind, items: Vec<String>| {
            let answer = Answer::Json(200, object([("Item", array(items))]));
            Call::request(operation, format!("{segment}/{kind}"), "", answer)
        };
        let import = self.listed_import(number);
        vec![
            list("GetSegmentImportJobs", "import", vec![import]),
            list("GetSegmentExportJobs", "export", Vec::new()),
        ]
    }

    fn listed_import(&self, number: usize) -> String {
        if self.imports[number].fails {
            return format!(
                r#"{{"ApplicationId":"{{application}}","Id":"{{import-{number}}}",{{any:text}}}}"#
            );
        }
        self.import_json(number)
    }

    /// An import whose file is there, as it is shown now.
    fn import_json(&self, number: usize) -> String {
        let import = &self.imports[number];
        let state = state_of(import.created, self.audience.now);
        let counted = state >= PROCESSING;
        // While it is processing, whatever has been done so far may show.
        let count = |all: usize| match state {
            PROCESSING => "{any:integer}".to_owned(),
            _ => all.to_string(),
        };
        // Above the rows of CSV stands a header.
        let first_line = 1 + usize::from(import.what.is_csv);
        let files = files(number, &import.what);
        let rows: usize = files.iter().map(|(_, rows)| rows.len()).sum();
        let failures: Vec<String> = files
            .iter()
            .flat_map(|(key, rows)| (first_line..).zip(*rows).map(move |row| (key, row)))
            .filter(|(_, (_, row))| !matches!(row, Row::Whole(_)))
            .map(|(key, (line, _))| quoted(&format!("{key}, line {line}: {{any:text}}")))
            .collect();
        let good = rows - failures.len();
        let failed = failures.len();
        let pieces = files.len();
        let segment = format!("{{segment-{number}}}");
        let definition = import_definition(number, &import.what, &segment);
        let completed = import.created + 5 * STATE_MS;
        let members = [
            ("ApplicationId", Some(quoted("{application}"))),
            ("Id", Some(quoted(&format!("{{import-{number}}}")))),
            ("JobStatus", Some(quoted(STATES[state]))),
            ("CompletedPieces", counted.then(|| count(pieces))),
            ("FailedPieces", counted.then(|| "0".to_owned())),
            ("TotalPieces", counted.then(|| pieces.to_string())),
            ("CreationDate", Some(quoted(&wire_date(import.created)))),
            (
                "CompletionDate",
                (state == COMPLETED).then(|| quoted(&wire_date(completed))),
            ),
            ("Type", Some(quoted("IMPORT"))),
            ("TotalFailures", counted.then(|| count(failed))),
            ("TotalProcessed", counted.then(|| count(good))),
            ("Failures", (counted && failed > 0).then(|| array(failures))),
            ("Definition", Some(definition)),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        object(present)
    }

    fn put_endpoint(&mut self, number: u8) -> Vec<Call> {
        let update = endpoint("EMAIL", &format!("e{number}@example.com"));
        let before = self.audience.clone();
        let call = update_endpoint(&mut self.audience, format!("e{number}"), &update);
        if self.application_is_gone {
            self.audience = before;
        }
        vec![call]
    }

    fn delete_endpoint(&mut self, number: u8) -> Vec<Call> {
        let id = format!("e{number}");
        let line = format!("DELETE /v1/apps/{{application}}/endpoints/{id}");
        let answer = match self.audience.endpoints.remove(&id) {
            Some(endpoint) => Answer::Json(202, endpoint.response()),
            None => Answer::NotFound(Some("Resource not found")),
        };
        vec![Call::request("DeleteEndpoint", line, "", answer)]
    }

    fn create(&mut self, create: Create) -> Call {
        let number = self.created.len();
        let call = |body: String, answer| {
            Call::request("CreateExportJob", format!("POST {JOBS}"), body, answer)
        };
        let (prefix, fate) = match create {
            Create::Good { slash } => {
                let slash = if slash { "/" } else { "" };
                let fate = if self.bucket_is_gone {
                    Fate::Fails
                } else {
                    Fate::Completes
                };
                (format!("s3://{{bucket}}/job-{number}{slash}"), fate)
            }
            Create::MissingBucket => ("s3://{bucket}-nobody-has-it/x/".to_owned(), Fate::Fails),
            Create::BadBody(body) => return call(body.to_owned(), Answer::BadRequest(None)),
            Create::UnknownSegment => {
                let body = object([
                    ("RoleArn", quoted("{role}")),
                    ("S3UrlPrefix", quoted("s3://{bucket}/x/")),
                    ("SegmentId", quoted("00000000000000000000000000000000")),
                ]);
                return call(body, Answer::NotFound(Some("Resource not found")));
            }
        };
        let definition = definition(&prefix);
        let body = object([
            ("RoleArn", quoted("{role}")),
            ("S3UrlPrefix", quoted(&prefix)),
        ]);
        let answer = object([
            ("Id", quoted(&format!("{{job-{number}:id}}"))),
            ("JobStatus", quoted("CREATED")),
            ("CreationDate", quoted(&wire_date(self.audience.now))),
            ("Type", quoted("EXPORT")),
            ("Definition", definition),
        ]);
        if !self.application_is_gone {
            self.created.push(Job {
                created: self.audience.now,
                prefix,
                lines: self.audience.lines(),
                fate,
                files_are_gone: false,
            });
        }
        call(body, Answer::Json(202, answer))
    }

    fn get(&self, number: usize) -> Call {
        let answer = match self.json(number) {
            Some(json) => Answer::Json(200, json),
            None => Answer::Job(JobAnswer {
                name: format!("status-{number}"),
                ended: self.audience.now >= self.created[number].created + 10 * STATE_MS,
                may_complete: self.created[number].fate != Fate::Fails,
            }),
        };
        Call::request(
            "GetExportJob",
            format!("GET {JOBS}/{{job-{number}}}"),
            "",
            answer,
        )
    }

    /// Position in [`STATES`] of a job that nothing disturbs.
    fn state(&self, job: &Job) -> usize {
        state_of(job.created, self.audience.now)
    }

    /// The job as it is shown now, unless that is uncertain.
    fn json(&self, number: usize) -> Option<String> {
        let job = &self.created[number];
        let state = self.state(job);
        if job.fate != Fate::Completes {
            return None;
        }
        let pieces = usize::from(!job.lines.is_empty()).to_string();
        let lines = job.lines.len().to_string();
        // While it is processing, whatever has been done so far may show.
        let so_far = |all: String| match state {
            PROCESSING => "{any:integer}".to_owned(),
            _ => all,
        };
        let counted = state >= PROCESSING;
        let completed = job.created + 5 * STATE_MS;
        let completed = (state == COMPLETED).then(|| quoted(&wire_date(completed)));
        let zero = || Some("0".to_owned()).filter(|_| counted);
        let members = [
            ("ApplicationId", Some(quoted("{application}"))),
            ("Id", Some(quoted(&format!("{{job-{number}}}")))),
            ("JobStatus", Some(quoted(STATES[state]))),
            ("CompletedPieces", counted.then(|| so_far(pieces.clone()))),
            ("FailedPieces", zero()),
            ("TotalPieces", counted.then_some(pieces)),
            ("CreationDate", Some(quoted(&wire_date(job.created)))),
            ("CompletionDate", completed),
            ("Type", Some(quoted("EXPORT"))),
            ("TotalFailures", zero()),
            ("TotalProcessed", counted.then(|| so_far(lines))),
            ("Definition", Some(definition(&job.prefix))),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        Some(object(present))
    }

    fn page(&mut self, size: Option<u8>, anew: bool) -> Call {
        let anew = anew || self.application_is_gone;
        let page = self.pages.turn(size, anew, self.created.len(), |_| true);
        let items = page.items.iter().map(|number| {
            self.json(*number).unwrap_or_else(|| {
                format!(
                    r#"{{"ApplicationId":"{{application}}","Id":"{{job-{number}}}",{{any:text}}}}"#
                )
            })
        });
        Call::request("GetExportJobs", page.line(JOBS), "", page.answer(items))
    }

    fn read_files(&self, number: usize) -> Vec<Call> {
        let job = &self.created[number];
        if job.fate != Fate::Completes || self.state(job) < COMPLETED || job.files_are_gone {
            return Vec::new();
        }
        vec![Call::ReadFiles(FilesCall {
            folder: format!("job-{number}/"),
            lines: job.lines.clone(),
        })]
    }

    fn remove_bucket(&mut self) -> Vec<Call> {
        if self.bucket_is_gone {
            return Vec::new();
        }
        self.bucket_is_gone = true;
        for import in &mut self.imports {
            import.fails |= !import.is_done;
        }
        for number in 0..self.created.len() {
            let state = self.state(&self.created[number]);
            let job = &mut self.created[number];
            job.files_are_gone = true;
            if job.fate == Fate::Completes && state < PROCESSING {
                job.fate = Fate::Fails;
            } else if job.fate == Fate::Completes && state < COMPLETED {
                job.fate = Fate::Unknown;
            }
        }
        vec![Call::RemoveBucket]
    }

    fn make_bucket(&mut self) -> Vec<Call> {
        if !self.bucket_is_gone {
            return Vec::new();
        }
        self.bucket_is_gone = false;
        let now = self.audience.now;
        for job in &mut self.created {
            let goes_on = now < job.created + 10 * STATE_MS;
            if goes_on && job.fate == Fate::Fails && !job.prefix.contains("nobody") {
                job.fate = Fate::Unknown;
            }
        }
        vec![Call::request(S3, "PUT /{bucket}", "", Answer::Status(200))]
    }

    fn delete_application(&mut self) -> Vec<Call> {
        let answer = if self.application_is_gone {
            Answer::NotFound(Some("Application not found"))
        } else {
            Answer::Status(200)
        };
        self.application_is_gone = true;
        // What becomes of jobs that were running is not known, but their bucket must stay sound.
        for job in &mut self.created {
            job.files_are_gone = true;
        }
        vec![Call::request(
            "DeleteApp",
            "DELETE /v1/apps/{application}",
            "",
            answer,
        )]
    }
}

/// Position in [`STATES`] of a job that nothing disturbs.
fn state_of(created: i64, now: i64) -> usize {
    let states = (now - created) / STATE_MS;
    usize::try_from(states).map_or(0, |states| states.min(COMPLETED))
}

fn format(import: &NewImport) -> &'static str {
    if import.is_csv { "CSV" } else { "JSON" }
}

fn file_key(number: usize, import: &NewImport) -> String {
    let extension = format(import).to_lowercase();
    if import.by_prefix {
        format!("import-{number}/file.{extension}")
    } else {
        format!("import-{number}.{extension}")
    }
}

/// The keys and the rows of the files, in the order in which they are worked off.
fn files(number: usize, import: &NewImport) -> Vec<(String, &[Row])> {
    let mut files = vec![(file_key(number, import), import.rows.as_slice())];
    let second = second_file(import);
    if !second.is_empty() {
        let extension = format(import).to_lowercase();
        files.push((format!("import-{number}/second.{extension}"), second));
    }
    files
}

fn second_file(import: &NewImport) -> &[Row] {
    if import.by_prefix {
        &import.more_rows
    } else {
        &[]
    }
}

fn s3_url(number: usize, import: &NewImport) -> String {
    let key = if import.by_prefix {
        format!("import-{number}/")
    } else {
        file_key(number, import)
    };
    quoted(&format!("s3://{{bucket}}/{key}"))
}

fn file(is_csv: bool, rows: &[Row]) -> String {
    let header = is_csv.then(|| "Id,ChannelType,Address".to_owned());
    let rows = rows.iter().map(|row| match (row, is_csv) {
        (Row::Whole(number), false) => format!(
            r#"{{"Id":"e{number}","ChannelType":"EMAIL","Address":"e{number}@example.com"}}"#
        ),
        (Row::NoAddress, false) => r#"{"Id":"nowhere"}"#.to_owned(),
        (Row::Unreadable, false) => "no JSON".to_owned(),
        (Row::Whole(number), true) => format!("e{number},EMAIL,e{number}@example.com"),
        (Row::NoAddress, true) => "nowhere,,".to_owned(),
        (Row::Unreadable, true) => "too,few".to_owned(),
    });
    header
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

fn import_definition(number: usize, import: &NewImport, segment: &str) -> String {
    let segment = import.defines_segment.then(|| quoted(segment));
    let members = [
        ("S3Url", Some(s3_url(number, import))),
        ("RoleArn", Some(quoted("{role}"))),
        ("ExternalId", Some(quoted("{account:account}"))),
        ("Format", Some(quoted(format(import)))),
        ("RegisterEndpoints", Some("true".to_owned())),
        ("DefineSegment", Some(import.defines_segment.to_string())),
        ("SegmentId", segment),
    ];
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    object(present)
}

fn definition(prefix: &str) -> String {
    object([
        ("S3UrlPrefix", quoted(prefix)),
        ("RoleArn", quoted("{role}")),
    ])
}
