//! Naive models of what the service keeps, one a resource group.
//!
//! A model is plain maps and loops, written from the facts and not from any emulator's code; it
//! recomputes what it needs and is as slow as it likes. It is pure: a transition goes in, the model
//! changes, and the calls to make come out with the answers they must get. The same function moves
//! the model while sequences are generated and while they are played, so there is one definition of
//! what is right.

pub(crate) mod audience;
pub(crate) mod endpoint;
pub(crate) mod endpoints;
pub(crate) mod jobs;
pub(crate) mod membership;
pub(crate) mod pages;
pub(crate) mod segments;

use std::future::Future;

use jiff::Timestamp;
use proptest_state_machine::ReferenceStateMachine;

use super::call::Call;
use super::subject::Subject;

/// A model that a target can be held against.
pub(crate) trait Machine: ReferenceStateMachine {
    /// Name of the resource group.
    const GROUP: &'static str;

    /// Applies the transition and says what to send and what must come back.
    fn calls(state: &mut Self::State, transition: &Self::Transition) -> Vec<Call>;

    /// Last calls of a sequence, for instance an export that shows everything.
    fn last_calls(state: &mut Self::State) -> Vec<Call>;

    /// The same state without what it starts from, if it starts from anything.
    fn without_start(_: &Self::State) -> Option<Self::State> {
        None
    }

    /// Brings the target into the state the sequence starts from, and takes from the target what no
    /// model can know beforehand. What it calls is added to `calls`.
    fn begin(
        state: &mut Self::State,
        subject: &mut Subject,
        calls: &mut Vec<String>,
    ) -> impl Future<Output = Result<(), Vec<String>>>;
}

/// A moment as answers show it: `2018-06-06T00:12:43.271Z`.
pub(crate) fn wire_date(millis: i64) -> String {
    let moment = Timestamp::from_millisecond(millis).expect("the clock stays within the calendar");
    format!("{moment:.3}")
}

/// A text as a JSON string, escaped as Java's Jackson does it.
pub(crate) fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|character| match character {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            _ if character < ' ' => format!("\\u{:04X}", u32::from(character)),
            _ => character.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// `{"name":value,…}` of values that are JSON already.
pub(crate) fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members
        .into_iter()
        .map(|(name, value)| format!("{}:{value}", quoted(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// `[value,…]` of values that are JSON already.
pub(crate) fn array(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<String> = values.into_iter().collect();
    format!("[{}]", values.join(","))
}
