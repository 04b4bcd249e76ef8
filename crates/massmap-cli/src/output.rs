//! What the user gets to see.

pub(crate) mod console;
pub(crate) mod describe;
pub(crate) mod escape;
pub(crate) mod excerpt;
pub(crate) mod progress;
pub(crate) mod show;
