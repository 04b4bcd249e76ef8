//! Readers, each by itself.

mod cached;
mod conformance;
mod fake;
mod hedged;
mod local;
mod time_limit;

/// A runtime whose time passes when all wait for it.
fn paused() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap()
}
