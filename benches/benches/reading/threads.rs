//! Compares lookups by two threads in the same map with one thread.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use massmap::MassMapReader;
use massmap_benches::{Contestant, Prepared, Target, report, take_turns};

use crate::ours::{DigestDataset, Map, POLICIES, open_mapped};
use crate::serial::{Keys, WARM_UP};
use crate::{PAGE, TURNS};

/// Required speedup of two threads.
const GAIN: f64 = 1.8;

pub(crate) fn bench<D>(title: &str, prepared: &Prepared<D>, keys: &Keys<D::Key>) -> io::Result<()>
where
    D: DigestDataset,
{
    // The speedup of bare reads by two threads, as a reference for lookups through system calls.
    let (map, file) = (prepared.open()?, Arc::new(File::open(prepared.path())?));
    let pages = file.metadata()?.len() / u64::from(PAGE);
    let (mut contestants, mut targets) = (Vec::new(), Vec::new());
    for threads in [1, 2] {
        let (file, map) = (Arc::clone(&file), map.inner());
        let read = move |key: &D::Key| {
            let page = (u128::from(map.hash(key)) * u128::from(pages)) >> 64;
            let read = file.read_exact_at(page as u64 * u64::from(PAGE), PAGE.into(), |bytes| {
                black_box(bytes);
                Ok(())
            });
            read.expect("the position is in the file");
            page as u64
        };
        let name = format!("pread 4 KiB, {}", named(threads));
        contestants.push(concurrent(name, threads, keys, false, read));
    }
    for policy in POLICIES {
        let mapped = Arc::new(open_mapped(prepared)?.with_checksum_policy(policy));
        let file = Arc::new(prepared.open()?.with_checksum_policy(policy));
        let names = ["mapped", "File"]
            .map(|backend| [1, 2].map(|threads| format!("v2, {backend}, {policy:?}, {}", named(threads))));
        for (index, threads) in [1, 2].into_iter().enumerate() {
            contestants.push(look_up::<D, _>(
                &names[0][index],
                threads,
                keys,
                Arc::clone(&mapped),
            ));
            contestants.push(look_up::<D, _>(
                &names[1][index],
                threads,
                keys,
                Arc::clone(&file),
            ));
        }
        targets.extend(names.map(|[one, two]| Target::faster(two, one, GAIN)));
    }
    report(title, &take_turns(TURNS, contestants), &[], &targets);
    Ok(())
}

fn named(threads: usize) -> &'static str {
    if threads == 1 { "one thread" } else { "two threads" }
}

/// A contestant of several threads that look up in the same map.
fn look_up<'a, D, R>(
    name: &str,
    threads: usize,
    keys: &'a Keys<D::Key>,
    map: Arc<Map<D, R>>,
) -> Contestant<'a>
where
    D: DigestDataset<Key: 'a, Value: 'a>,
    R: MassMapReader + Send + Sync + 'a,
{
    concurrent(name.to_owned(), threads, keys, true, move |key| {
        let value = map.get(key).expect("the file is undamaged");
        Keys::<D::Key>::answer(value.as_ref().map(D::digest))
    })
}

/// A contestant of several threads that run at the same time. `answers` is whether to check the sums of answers. The time of an
/// operation is the total time divided by the number of operations of all threads.
fn concurrent<'a, K: Sync>(
    name: String,
    threads: usize,
    keys: &'a Keys<K>,
    answers: bool,
    look_up: impl Fn(&K) -> u64 + Sync + 'a,
) -> Contestant<'a> {
    let mut chunks = keys.chunks(&name, 1);
    let mut run = move |count: usize| {
        let mut place = || [chunks.next(count / 2), chunks.next(count)];
        let places: Vec<_> = (0..threads).map(|_| place()).collect();
        let barrier = Barrier::new(threads);
        let look_up = |[key]: &[K; 1]| look_up(key);
        let work = |[(uncounted_at, uncounted), (at, count)]: [(usize, usize); 2]| {
            keys.run(uncounted_at, uncounted, &mut |keys| look_up(keys));
            // Starting threads is not measured.
            barrier.wait();
            let start = Instant::now();
            let sum = keys.run(at, count, &mut |keys| look_up(keys));
            let took = start.elapsed();
            assert!(!answers || sum == keys.sum(at, count), "wrong answers");
            took
        };
        let took: Vec<Duration> = thread::scope(|scope| {
            let running: Vec<_> = places.iter().map(|place| scope.spawn(|| work(*place))).collect();
            let ended = running.into_iter().map(|thread| thread.join());
            ended
                .map(|took| took.expect("the threads do not panic"))
                .collect()
        });
        let lookups: usize = places.iter().map(|[_, (_, count)]| count).sum();
        let longest = took.into_iter().max().unwrap_or_default();
        longest.mul_f64(count as f64 / lookups as f64)
    };
    run(WARM_UP);
    Contestant::new(name, move |pieces| run(pieces as usize))
}
