//! What each thread keeps for decompressing, so that lookups allocate nothing.

use std::cell::Cell;

use zstd_safe::{DCtx, DParameter, FrameFormat};

use super::error::ValueError;
use crate::codec::OutOfMemory;

/// The largest buffer that a thread keeps, in bytes.
const LARGEST_KEPT: usize = 64 << 10;

/// Approximate size of a context, in bytes.
const CONTEXT_SIZE: u64 = 160 << 10;

/// A context of the library, and a buffer for a value.
pub(super) struct ThreadState {
    pub(super) context: DCtx<'static>,
    pub(super) buffer: Vec<u8>,
}

thread_local! {
    static KEPT: Cell<Option<Box<ThreadState>>> = const { Cell::new(None) };
}

impl ThreadState {
    fn new() -> Result<Self, ValueError> {
        let no_context = || OutOfMemory { wanted: CONTEXT_SIZE };
        let mut context = DCtx::try_create().ok_or_else(no_context)?;
        // Files leave out the magic number, which is the same for all frames.
        context
            .set_parameter(DParameter::Format(FrameFormat::Magicless))
            .map_err(|code| ValueError::damaged(zstd_safe::get_error_name(code)))?;
        Ok(Self {
            context,
            buffer: Vec::new(),
        })
    }
}

/// Calls `f` with what the thread keeps. The buffer may have any content.
pub(super) fn with_state<T>(
    f: impl FnOnce(&mut ThreadState) -> Result<T, ValueError>,
) -> Result<T, ValueError> {
    // Taken rather than borrowed: `f` may look up other keys. While the thread ends, it may be gone; then a new one is used.
    let mut state = match KEPT.try_with(Cell::take) {
        Ok(Some(state)) => state,
        _ => Box::new(ThreadState::new()?),
    };
    let result = f(&mut state);
    if state.buffer.capacity() > LARGEST_KEPT {
        state.buffer = Vec::new();
    }
    // While the thread ends, it is dropped here.
    _ = KEPT.try_with(|kept| kept.set(Some(state)));
    result
}
