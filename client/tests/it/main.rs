//! Tests of the client through its two faces, the library and the program, against answers written by hand.
//!
//! The client knows no emulator, and neither do its tests: `fake_aws` holds what the service is known to
//! answer, in-process for the library and on a loopback port for the program.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and clippy takes the functions beside it for none"
)]

mod cli;
mod export_run;
mod fake_aws;
mod service_errors;
