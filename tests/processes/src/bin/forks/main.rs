//! Uses massmap, forks, and uses it again in the child. The caller watches that both terminate.
//!
//! ```text
//! forks BEFORE
//! ```
//!
//! `BEFORE` says what the parent does before it forks. The child does everything that could wait for threads that it does not
//! have, and so does the child's child. A process that takes too long is killed by a signal.

#[cfg(unix)]
mod process;
#[cfg(unix)]
mod scenes;
#[cfg(unix)]
mod uses;

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    let before = std::env::args().nth(1).unwrap_or_default();
    scenes::play(&before)
}

#[cfg(not(unix))]
fn main() {}
