//! What may happen next: generators with alphabets so small that everything collides.
//!
//! Transitions name things by small numbers, which the models take modulo what exists; a sequence
//! stays meaningful while shrinking takes transitions out of it.

pub(crate) mod endpoints;
pub(crate) mod jobs;
pub(crate) mod segments;
