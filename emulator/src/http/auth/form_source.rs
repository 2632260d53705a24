//! The bytes of a multipart form, given to the parser only as it runs out of them.
//!
//! Used by `post_form` for the fields and by `body` for the file. The parser by itself swallows
//! whatever is ready before it looks at it; a gate in its source keeps its buffer to one piece, and
//! lets an endless beginning of a form be refused before it fills the memory. What the fields mean
//! is not its business.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use http_body::Body;
use multer::{Field, Multipart};

use crate::facts::auth::FORM_FIELDS_BYTES_MAX;

/// A form that is being read.
pub(super) struct FormSource {
    multipart: Multipart<'static>,
    gate: Arc<Gate>,
}

impl FormSource {
    pub(super) fn new<B>(body: B, boundary: String) -> Self
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let gate = Arc::new(Gate::default());
        let gated = Gated {
            body,
            frame: Bytes::new(),
            bytes: 0,
            gate: Arc::clone(&gate),
        };
        Self {
            multipart: Multipart::new(gated, boundary),
            gate,
        }
    }

    /// The next field, which has to be read to its end before the one after it.
    pub(super) async fn next_field(&mut self) -> Result<Option<FormField>, multer::Error> {
        let Self { multipart, gate } = self;
        let field = poll_fn(|context| gate.feed(|| multipart.poll_next_field(context))).await?;
        Ok(field.map(|field| FormField {
            field,
            gate: Arc::clone(gate),
        }))
    }
}

/// One field of a form.
#[derive(Debug)]
pub(super) struct FormField {
    field: Field<'static>,
    gate: Arc<Gate>,
}

impl FormField {
    /// Its name; empty if it has none.
    pub(super) fn name(&self) -> &str {
        self.field.name().unwrap_or("")
    }

    /// The name of the file in it; empty if it has none.
    pub(super) fn file_name(&self) -> &str {
        self.field.file_name().unwrap_or("")
    }

    /// The length of its own headers.   (bytes)
    pub(super) fn header_bytes(&self) -> usize {
        self.field
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum()
    }

    /// The next piece of its value.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, multer::Error> {
        poll_fn(|context| self.poll_piece(context))
            .await
            .transpose()
    }

    pub(super) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, multer::Error>>> {
        let Self { field, gate } = self;
        gate.feed(|| Pin::new(&mut *field).poll_next(context))
    }

    /// Marks this field as the file: from here on bytes are no longer counted.
    pub(super) fn into_file(self) -> Self {
        self.gate.is_at_file.store(true, Ordering::Relaxed);
        self
    }
}

/// How much the parser is given at a time before the file.
const PIECE_BYTES: usize = 4 * 1024;

/// What the parser is given before the file at most: the fields, with generous room for boundaries.
const BYTES_BEFORE_FILE_MAX: usize = 4 * FORM_FIELDS_BYTES_MAX;

/// Between the parser and its source; only ever touched by the task that polls both.
#[derive(Debug, Default)]
struct Gate {
    is_open: AtomicBool,
    /// The parser asked while the gate was shut.
    has_knocked: AtomicBool,
    is_at_file: AtomicBool,
}

impl Gate {
    /// Polls the parser, and opens the gate for one piece each time it cannot go on with what it
    /// has.
    fn feed<T>(&self, mut poll: impl FnMut() -> Poll<T>) -> Poll<T> {
        loop {
            self.has_knocked.store(false, Ordering::Relaxed);
            let polled = poll();
            if polled.is_ready() || !self.has_knocked.load(Ordering::Relaxed) {
                return polled;
            }
            self.is_open.store(true, Ordering::Relaxed);
        }
    }
}

struct Gated<B> {
    body: B,
    frame: Bytes,
    bytes: usize,
    gate: Arc<Gate>,
}

impl<B> Stream for Gated<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if !this.gate.is_open.load(Ordering::Relaxed) {
            this.gate.has_knocked.store(true, Ordering::Relaxed);
            return Poll::Pending;
        }
        while this.frame.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(frame)) => this.frame = frame.into_data().unwrap_or_default(),
            }
        }
        this.gate.is_open.store(false, Ordering::Relaxed);
        if this.gate.is_at_file.load(Ordering::Relaxed) {
            return Poll::Ready(Some(Ok(std::mem::take(&mut this.frame))));
        }
        let piece = this.frame.split_to(this.frame.len().min(PIECE_BYTES));
        this.bytes += piece.len();
        if this.bytes > BYTES_BEFORE_FILE_MAX {
            return Poll::Ready(Some(Err("the form has no file where one must be".into())));
        }
        Poll::Ready(Some(Ok(piece)))
    }
}
