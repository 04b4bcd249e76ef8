//! Blocking reads beside, within and on runtimes.

use massmap_async::{BlockingOptions, BlockingReader};
use massmap_io::MassMapReader;
use servers::TestServer;
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
