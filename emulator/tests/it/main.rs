//! The library from outside: emulators started in-process and used by AWS's own SDK and by raw
//! bytes.

#![expect(clippy::unwrap_used, reason = "what is wrong in a test ends it")]

mod archive;
mod client;
mod export;
mod imports;
mod log;
mod many;
mod program;
mod quotas;
mod rough;
mod seeded;
mod segment;
mod strict;
mod time;
