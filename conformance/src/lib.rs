//! What Amazon Pinpoint does on the wire, as cases with sources, and a runner for them.
//!
//! Cases are data (`cases/*.toml`): exchanges as written, with the document or recording each claim
//! comes from and how strong that evidence is. [`Library`] reads them, [`run()`] takes them to a
//! [`Target`], [`Report`] says what became of them. The suite shares no type with the emulator or
//! the client: it signs and sends raw HTTP, so a misspelt field cannot be wrong on both sides and
//! pass. It deliberately does not retry, and it knows nothing of how a target works inside.

mod case;
mod check;
mod client_cases;
mod clock;
mod exchange;
mod explain;
mod export_file;
mod json;
mod known_failing;
mod library;
mod pattern;
mod report;
mod run;
mod state_machine;
mod target;
mod xml;

pub use case::{
    DataCase, Evidence, Expect, Feature, ListStep, ReadExportStep, RequestBody, RequestStep, Step,
    Suite, Texts,
};
pub use exchange::{Caller, Connection, Exchange, Reply, Request, SignError, Signing};
pub use explain::{explain, list};
pub use known_failing::{KnownFailing, KnownFailingError};
pub use library::{Action, Case, Library, LibraryError};
pub use pattern::References;
pub use report::{Counts, Report};
pub use run::{CaseResult, Failure, Program, Stage, Verdict, run};
pub use state_machine::{Group, ModelFailure, ModelRun, ModelSettings, model};
pub use target::{Remote, Site, Target, TargetError};
