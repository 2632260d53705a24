//! The signatures inside an `aws-chunked` body: each chunk's goes on from the one before, the first
//! from that of the request, and the trailers' from that of the last chunk.
//!
//! Used by `chunked`, which finds the chunks. It remembers the running signature and nothing of the
//! payload.

use sha2::{Digest as _, Sha256};

use super::keys::{self, SigningKey};
use super::scope::Scope;
use crate::facts::answer::ErrorAnswer;
use crate::facts::signatures as facts;

/// Judges the signatures of one body, in order.
#[derive(Debug)]
pub(super) struct ChunkSignatures {
    key: SigningKey,
    date: String,
    scope: String,
    access_key_id: String,
    /// The signature that the next one goes on from.
    previous: String,
    /// Over the payload of the chunk at hand.
    payload: Sha256,
}

impl ChunkSignatures {
    /// What goes on from a request's signature.
    pub(super) fn new(key: SigningKey, date: String, scope: &Scope, seed: String) -> Self {
        Self {
            key,
            date,
            scope: scope.path(),
            access_key_id: scope.access_key_id.clone(),
            previous: seed,
            payload: Sha256::new(),
        }
    }

    /// Takes a piece of the chunk at hand.
    pub(super) fn update(&mut self, payload: &[u8]) {
        self.payload.update(payload);
    }

    /// Judges the chunk at hand, now that it is whole, and begins the next.
    pub(super) fn end_chunk(&mut self, given: &str) -> Result<(), ErrorAnswer> {
        let nothing = keys::sha256_hex(b"");
        let payload = hex::encode(self.payload.finalize_reset());
        self.check(
            "AWS4-HMAC-SHA256-PAYLOAD",
            &format!("{nothing}\n{payload}"),
            given,
        )
    }

    /// Judges the trailers, given in their order, names in lower case.
    pub(super) fn end_trailers<'t>(
        &mut self,
        trailers: impl Iterator<Item = (&'t str, &'t str)>,
        given: &str,
    ) -> Result<(), ErrorAnswer> {
        let mut lines: Vec<String> = trailers
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        lines.sort_unstable();
        let hash = keys::sha256_hex(lines.concat().as_bytes());
        self.check("AWS4-HMAC-SHA256-TRAILER", &hash, given)
    }

    fn check(&mut self, algorithm: &str, hashes: &str, given: &str) -> Result<(), ErrorAnswer> {
        let Self {
            date,
            scope,
            previous,
            ..
        } = &*self;
        let text = format!("{algorithm}\n{date}\n{scope}\n{previous}\n{hashes}");
        let ours = self.key.sign(text.as_bytes());
        if keys::is_same(&ours, given) {
            self.previous = ours;
            Ok(())
        } else {
            Err(facts::s3_mismatch(&self.access_key_id, given, &text, None))
        }
    }
}
