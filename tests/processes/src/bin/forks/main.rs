//! Uses massmap, forks, and uses it again in the child, for whoever watches that both come to an end.
//!
//! ```text
//! forks BEFORE
//! ```
//!
//! `BEFORE` is what the parent does before it forks. The child does everything that could be waiting for threads that it does
//! not have, and so does its own child. A process that takes longer than it may is killed by a signal.

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
