//! What belongs to one process, and is made anew in a process that was forked.
//!
//! A forked process has only the thread that has forked it. Threads of a runtime are gone there, locks may be held by nobody, and sockets
//! belong to the parent: they are neither used nor given back.

pub(crate) mod forks;
pub(crate) mod per_process;
pub(crate) mod runtime;
