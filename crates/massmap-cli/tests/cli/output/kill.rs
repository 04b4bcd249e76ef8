//! Builds that are killed at any moment, while readers use the file that they were to replace.

#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use massmap::{KnownHashLoader, MassMap};

use crate::harness::{Directory, PROGRAM};

/// Number of builds that are killed before they end.
const HITS: u32 = 200;

/// Most builds to start for that.
const MOST_BUILDS: u32 = 800;

const OUTPUT: &str = "out";

/// Content of a file. The two have different values, and each has keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Content {
    input: &'static str,
    count: u64,
    /// The difference between the value of key `n` and `n`.
    more: u64,
}

const CONTENTS: [Content; 2] = [
    Content {
        input: "a.json",
        count: 3000,
        more: 0,
    },
    Content {
        input: "b.json",
        count: 4000,
        more: 1_000_000,
    },
];

impl Content {
    fn json(&self) -> String {
        let entries = (0..self.count).map(|n| format!(r#""key {n}": {}"#, n + self.more));
        format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
    }

    fn value(&self, n: u64) -> Option<u64> {
        (n < self.count).then_some(n + self.more)
    }
}

/// Options for building a file.
const OPTIONS: [&[&str]; 4] = [
    &["--format", "v2", "--page-size", "512"],
    &["--format", "v1", "--bucket-count", "500"],
    &["--format", "v2", "--miss-filter", "--memory-limit", "64KiB"],
    &[
        "--format",
        "v1",
        "--bucket-count",
        "300",
        "--memory-limit",
        "64KiB",
    ],
];

type Map = MassMap<String, u64, File, KnownHashLoader>;

fn open(path: &Path) -> Map {
    Map::load(File::open(path).unwrap()).unwrap()
}

/// Looks up keys, which must all be of one content. Returns the content.
fn content_of(map: &Map, random: &mut Random) -> Content {
    let first = map.get("key 0").unwrap();
    let content = CONTENTS.into_iter().find(|content| content.value(0) == first);
    let content = content.unwrap_or_else(|| panic!("no file has the value {first:?}"));
    assert_eq!(map.len(), content.count);
    for _ in 0..20 {
        let n = random.below(5000);
        assert_eq!(map.get(&format!("key {n}")).unwrap(), content.value(n), "key {n}");
    }
    content
}

/// Xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn part_of(&mut self, time: Duration) -> Duration {
        Duration::from_nanos(self.below(u64::try_from(time.as_nanos()).unwrap().max(1)))
    }
}

fn command(directory: &Directory, options: &[&str], content: &Content) -> Command {
    let mut command = directory.command(PROGRAM);
    command
        .args(["build", "-i", content.input, "-o", OUTPUT])
        .args(options)
        .stdout(Stdio::null());
    command
}

/// Builds without killing. Returns the file and the time.
fn build(directory: &Directory, options: &[&str], content: &Content) -> (Vec<u8>, Duration) {
    let start = Instant::now();
    let status = command(directory, options, content).status().unwrap();
    assert!(status.success(), "{status}");
    (directory.read(OUTPUT), start.elapsed())
}

/// The temporary files in the directory.
fn leftovers(directory: &Directory) -> Vec<String> {
    let mut names = directory.names();
    names.retain(|name| name != OUTPUT && CONTENTS.iter().all(|content| content.input != name));
    names
}

/// Waits until the build has written all of its file but the header, or has ended.
fn wait_until_written(directory: &Directory, build: &mut Child, length: u64) {
    while build.try_wait().unwrap().is_none() {
        let written = leftovers(directory).iter().any(|name| {
            let metadata = fs::metadata(directory.path(name));
            metadata.is_ok_and(|metadata| metadata.len() >= length)
        });
        if written {
            break;
        }
        sleep(Duration::from_micros(100));
    }
}

/// Results of the kills.
#[derive(Debug, Default)]
struct Kills {
    hits: u32,
    /// Number of these that left the new file.
    renamed: u32,
    /// Number of these that left a temporary file.
    leftovers: u32,
}

/// Kills builds. A build that completes nevertheless changes the file that the next ones replace.
fn kill_builds(directory: &Directory) -> Kills {
    let built: Vec<_> = OPTIONS
        .iter()
        .flat_map(|options| CONTENTS.map(|content| (options, content, build(directory, options, &content))))
        .collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut kills = Kills::default();
    let mut current = directory.read(OUTPUT);
    for number in 0..MOST_BUILDS {
        if kills.hits == HITS {
            break;
        }
        let choices = built.iter().filter(|(.., (bytes, _))| *bytes != current);
        let choices: Vec<_> = choices.collect();
        let (options, content, (new, time)) = choices[random.below(choices.len() as u64) as usize];
        let mut child = command(directory, options, content).spawn().unwrap();
        if number.is_multiple_of(2) {
            sleep(random.part_of(*time));
        } else {
            // Shortly before or after the rename.
            wait_until_written(directory, &mut child, new.len() as u64);
            sleep(random.part_of(*time / 20));
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(status.signal() == Some(9) || status.success(), "{status}");

        let now = directory.read(OUTPUT);
        assert!(
            now == current || now == *new,
            "half a file after kill {number}: {options:?}"
        );
        assert!(now == *new || !status.success());
        let leftovers = leftovers(directory);
        assert!(leftovers.len() <= 1, "the next build removes it: {leftovers:?}");
        if !status.success() {
            kills.hits += 1;
            kills.renamed += u32::from(now == *new);
            kills.leftovers += u32::from(!leftovers.is_empty());
        }
        current = now;
    }
    kills
}

#[test]
fn a_killed_build_leaves_the_old_or_the_new_file_and_does_not_disturb_readers() {
    let directory = Directory::new();
    for content in CONTENTS {
        directory.write(content.input, content.json());
    }
    let [first, second] = CONTENTS;
    build(&directory, OPTIONS[0], &first);
    let path = directory.path(OUTPUT);

    let ended = AtomicBool::new(false);
    let (kept, opened) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let kills = scope(|scope| {
        // Keeps the first file open while it is replaced.
        scope.spawn(|| {
            let (map, mut random) = (open(&path), Random(1));
            while !ended.load(Ordering::Relaxed) {
                assert_eq!(content_of(&map, &mut random), first);
                kept.fetch_add(1, Ordering::Relaxed);
                sleep(Duration::from_millis(2));
            }
        });
        // Opens the current file, and keeps it open for a while.
        scope.spawn(|| {
            let mut random = Random(2);
            while !ended.load(Ordering::Relaxed) {
                let map = open(&path);
                let content = content_of(&map, &mut random);
                sleep(Duration::from_millis(random.below(20)));
                assert_eq!(content_of(&map, &mut random), content);
                opened.fetch_add(1, Ordering::Relaxed);
            }
        });
        // The threads are joined even after a failure.
        let kills = std::panic::catch_unwind(|| kill_builds(&directory));
        ended.store(true, Ordering::Relaxed);
        kills.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    println!("{kills:?}, {kept:?} checks of the first file, {opened:?} of others");
    assert_eq!(kills.hits, HITS, "{kills:?}");
    assert!(kills.leftovers > HITS / 4, "{kills:?}");
    assert!(kept.into_inner() > 100 && opened.into_inner() > 100);

    build(&directory, OPTIONS[0], &second);
    assert_eq!(directory.names(), ["a.json", "b.json", OUTPUT]);
}
