//! Tests of the suite itself and of what the project promises about its own text.
//!
//! `mutations` answers wrongly on purpose and expects the suite to notice, `command_line` runs the
//! binary, `planted_bugs` holds patches against the tree, `state_machine` plays random sequences, `tidy` reads the sources. Whether the emulator is right is `tests/suite.rs`'s question.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and clippy takes the functions beside it for none"
)]

mod command_line;
mod mutations;
mod planted_bugs;
mod proxy;
mod state_machine;
mod tidy;
