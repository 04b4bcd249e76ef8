//! What is measured in a process of its own.

mod build;
mod cold;
mod describe;
mod limits;
mod warm;

use std::io::{self, Write};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::data::{Entries, Visitor};
use crate::field::Field;
use crate::protocol::{Answer, Task, Work};
use crate::results::Latency;
use crate::stores::store;
use crate::system;

/// Keys of a batch.
pub(crate) const BATCH: usize = 128;

/// Does a task of the process with this number and prints what came of it.
pub(crate) fn work(parent: u32, task: &str) -> io::Result<()> {
    system::die_with(parent)?;
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

/// Times of lookups in nanoseconds, to three digits.
fn histogram() -> Histogram<u64> {
    // A minute is longer than any lookup may take.
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("the bounds are in order")
}

fn latency(times: &Histogram<u64>) -> Latency {
    Latency {
        lookups: times.len(),
        mean: times.mean(),
        p50: times.value_at_quantile(0.5) as f64,
        p99: times.value_at_quantile(0.99) as f64,
        p999: times.value_at_quantile(0.999) as f64,
    }
}
