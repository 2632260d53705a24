//! Pure rules of the emulation: no I/O, no async, no clock, no randomness but a [`Seed`] argument.
//!
//! Everything here can be tested without a runtime. What is stored where, and who calls, is not
//! known here.
//!
//! [`Seed`]: crate::seed::Seed

pub(crate) mod id;
pub(crate) mod population;
