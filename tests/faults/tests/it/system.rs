//! System calls that tests see, and make fail.

mod calls;
mod interception;
pub(crate) mod watch;
