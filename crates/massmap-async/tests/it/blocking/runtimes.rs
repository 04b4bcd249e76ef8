//! Blocking reads beside, within and on runtimes.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use massmap_async::{BlockingOptions, BlockingReader};
use massmap_io::MassMapReader;
use servers::{Fault, TestServer};
use tokio::runtime::Builder;

use crate::remote::{http, sample, server};

/// More reads than tokio lets a task make before it yields.
const MANY: u64 = 500;

fn read_many(server: &TestServer) {
    let reader = BlockingReader::open(http(server)).unwrap();
    let sample = sample();
    for number in 0..MANY {
        let read = reader.read_exact_at(number * 10, 10, |bytes| Ok(bytes.to_vec()));
        let start = usize::try_from(number * 10).unwrap();
        assert_eq!(read.unwrap(), sample[start..start + 10]);
    }
    let ranges = (0..MANY).map(|number| ((), number * 20, 10));
    let read = reader.batch_read_at::<(), _, _>(ranges, |(), bytes| Ok(bytes.len()));
    assert_eq!(read.unwrap(), vec![10; usize::try_from(MANY).unwrap()]);
}

#[tokio::test]
async fn reads_work_in_a_runtime_of_one_thread() {
    read_many(&server());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_work_in_tasks_of_a_runtime_with_many_threads() {
    let tasks: Vec<_> = (0..4)
        .map(|_| tokio::spawn(async { read_many(&server()) }))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn reads_work_in_a_local_set() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        tokio::task::spawn_local(async { read_many(&server()) })
            .await
            .unwrap();
    });
}

#[test]
fn a_reader_outlives_the_runtime_in_which_it_was_opened() {
    let server = server();
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let reader = runtime.block_on(async { BlockingReader::open(http(&server)).unwrap() });
    drop(runtime);
    assert_eq!(
        reader.read_exact_at(0, 1, |bytes| Ok(bytes[0])).unwrap(),
        sample()[0]
    );
}

#[test]
fn a_runtime_that_is_given_is_used() {
    let server = server();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let tasks = || runtime.metrics().num_alive_tasks();
    assert_eq!(tasks(), 0);
    let options = BlockingOptions::new().runtime(runtime.handle().clone());
    let reader = options.open(http(&server)).unwrap();
    assert!(tasks() > 0, "of the connection");
    assert_eq!(
        reader.read_exact_at(0, 1, |bytes| Ok(bytes[0])).unwrap(),
        sample()[0]
    );
}

#[test]
fn a_function_that_gives_the_runtime_is_asked_at_each_read() {
    let server = server();
    let runtimes: Vec<_> = (0..2)
        .map(|_| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(1).enable_all().build().unwrap()
        })
        .collect();
    let handles: Vec<_> = runtimes.iter().map(|runtime| runtime.handle().clone()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let options = BlockingOptions::new()
        .runtime_of_process(move || Ok(handles[count.fetch_add(1, Ordering::Relaxed) % 2].clone()));
    let reader = options.open(http(&server)).unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(
        reader.read_exact_at(0, 1, |bytes| Ok(bytes[0])).unwrap(),
        sample()[0]
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2);

    let options = BlockingOptions::new().runtime_of_process(|| Err(Error::other("none today")));
    let error = options.open(http(&server)).unwrap_err();
    assert_eq!(error.to_string(), "none today");
}

#[test]
fn an_interruption_ends_a_wait_and_others_do_not() {
    let server = server();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let options =
        BlockingOptions::new().interrupted_by(move || match count.fetch_add(1, Ordering::Relaxed) {
            2 => Err(Error::new(ErrorKind::Interrupted, "enough")),
            _ => Ok(()),
        });
    let reader = options.open(http(&server)).unwrap();
    calls.store(0, Ordering::Relaxed);
    server.set_rule(|_| Fault::Stall);
    let error = reader.read_exact_at(0, 1, |_| Ok(())).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Interrupted, "enough")
    );
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    server.set_rule(|_| Fault::None);
    assert!(reader.read_exact_at(0, 1, |_| Ok(())).is_ok());
}
