//! Tests of the suite itself and of what the project promises about its own text.
//!
//! `mutations` answers wrongly on purpose and expects the suite to notice, `command_line` runs the
//! binary, `tidy` reads the sources. Whether the emulator is right is `tests/suite.rs`'s question.

mod command_line;
mod mutations;
mod proxy;
mod tidy;
