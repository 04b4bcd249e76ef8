//! Performs one task of a run, in a process of its own.

use std::io::{self, Write};

use serde::Serialize;

use super::{build, cold, describe, limits, warm};
use crate::data::field::Field;
use crate::data::{Entries, Visitor};
use crate::measure::protocol::{Answer, Task, Work};
use crate::stores::store;
use crate::system;

/// Performs a task of the parent process with this ID, and prints the answer.
pub(crate) fn work(parent: u32, task: &str) -> io::Result<()> {
    system::exit_with_parent(parent)?;
    let task: Task = serde_json::from_str(task)?;
    let done = task.data.visit(task.count, task.file.as_deref(), Worker(&task));
    done.or_else(|error| print_answer(&Answer::<()>::Err(error.to_string())))
}

struct Worker<'a>(&'a Task);

impl Visitor for Worker<'_> {
    type Output = ();

    fn visit<K: Field, V: Field>(self, entries: Entries<K, V>) -> io::Result<()> {
        let task = self.0;
        let store = |id: &str| store(id, &entries).ok_or_else(|| io::Error::other("there is no such store"));
        match &task.work {
            Work::Describe => print(describe::describe(&entries, task)?),
            Work::Build(id) => print(build::measure(&*store(id)?, &entries, task)?),
            Work::Warm(id) => print(warm::measure(&*store(id)?, &entries, task)?),
            Work::Cold(id) => print(cold::measure(&*store(id)?, &entries, task)?),
            Work::Limits(file) => print(limits::measure(file, task)?),
        }
    }
}

fn print(result: impl Serialize) -> io::Result<()> {
    print_answer(&Answer::Ok(result))
}

fn print_answer(answer: &Answer<impl Serialize>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, answer)?;
    output.flush()
}
