//! A run: every store in its turn, several rounds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::data::DataSet;
use crate::options::Options;
use crate::protocol::{About, Task, Work};
use crate::report::Summary;
use crate::results::{Build, Cold, DataResults, Kind, Limits, Results, StoreResults, Warm};
use crate::stores::{self, Contender};
use crate::{fio, machine};

/// Whose file the limits are measured with.
const MEASURED_FILE: &str = "v2-mapped";

/// How many others there are in plots of growth.
const OTHERS: usize = 3;

/// Measures everything that the options ask for. The files are in `directory` meanwhile.
pub(crate) fn run(options: &Options, directory: &Path) -> io::Result<Results> {
    let start = Instant::now();
    let mut run = Run {
        options,
        directory: directory.to_owned(),
        start,
        has_fio: fio::is_there(),
    };
    if !run.has_fio {
        run.tell("there is no fio: what the disk can do is not measured");
    }
    let mut sets = Vec::new();
    for &set in options
        .data
        .iter()
        .chain(options.file.as_ref().map(|_| &DataSet::File))
    {
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    let everyone = |contender: &Contender| options.has(contender.id);
    let mut data = Vec::new();
    for set in sets {
        data.push(run.compare(set, options.entries(set), &everyone, true)?);
    }
    let mut growth = Vec::new();
    let sizes = options.growth();
    if !sizes.is_empty() {
        let shown = shown_growing(&data);
        for entries in sizes {
            let shown = |contender: &Contender| shown.iter().any(|id| id == contender.id);
            growth.push(run.compare(DataSet::Integers, entries, &shown, false)?);
        }
    }
    Ok(Results {
        command: command(),
        date: machine::date(),
        minutes: start.elapsed().as_secs_f64() / 60.0,
        machine: machine::describe(directory),
        data,
        growth,
    })
}

/// The command line, as it is to be given again.
fn command() -> String {
    let features = if cfg!(feature = "rocksdb") {
        " --features rocksdb"
    } else {
        ""
    };
    let mut arguments = String::new();
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            // What comes out is the same, wherever it goes.
            "--publish" => {}
            "--directory" | "--output" => _ = given.next(),
            _ => arguments += &format!(" {argument}"),
        }
    }
    if !arguments.is_empty() {
        arguments.insert_str(0, " --");
    }
    format!("cargo run --release -p massmap-benches{features} --bin compare{arguments}")
}

/// This crate, and those of the others with files whose warm hits are fastest.
fn shown_growing(data: &[DataResults]) -> Vec<String> {
    let integers = data.iter().find(|data| data.name == name(DataSet::Integers));
    let mut others: Vec<(f64, &str)> = integers
        .iter()
        .flat_map(|data| &data.stores)
        .filter(|store| store.kind == Kind::Other)
        .filter_map(|store| {
            let hits = Summary::of(store.warm.iter().map(|warm| warm.hits.mean))?;
            Some((hits.median, store.id.as_str()))
        })
        .collect();
    others.sort_by(|one, other| one.0.total_cmp(&other.0));
    // Of those that are one store with several settings, the best.
    let mut shown = vec![MEASURED_FILE.to_owned()];
    let mut engines = Vec::new();
    for (_, id) in others {
        let engine = id.rsplit_once("-0.1.5").map_or(id, |(engine, _)| engine);
        if engines.len() < OTHERS && !engines.contains(&engine) {
            engines.push(engine);
            shown.push(id.to_owned());
        }
    }
    shown
}

fn name(data: DataSet) -> String {
    format!("{data:?}").to_lowercase()
}

struct Run<'a> {
    options: &'a Options,
    directory: PathBuf,
    start: Instant,
    has_fio: bool,
}

impl Run<'_> {
    fn tell(&self, what: &str) {
        let seconds = self.start.elapsed().as_secs();
        eprintln!("[{:02}:{:02}] {what}", seconds / 60, seconds % 60);
    }

    /// A data set in all stores that are `wanted`; without what is on disk only unless `all`.
    fn compare(
        &mut self,
        data: DataSet,
        count: u64,
        wanted: &dyn Fn(&Contender) -> bool,
        all: bool,
    ) -> io::Result<DataResults> {
        let task = Task {
            data,
            count,
            file: self.options.file.clone(),
            directory: self.directory.clone(),
            turn: self.options.turn(),
            work: Work::Describe,
        };
        let about: About = task.run()?;
        let mut stores: Vec<StoreResults> = stores::ALL
            .iter()
            .filter(|store| wanted(store))
            .map(empty)
            .collect();
        let mut limits = Vec::new();
        let rounds = self.options.rounds();
        for round in 0..rounds {
            let title = format!(
                "{}, {} entries, round {} of {rounds}",
                data.title(),
                about.entries,
                round + 1
            );
            if round < self.options.builds() {
                self.build(&task, &title, &mut stores)?;
            }
            if all && self.has_files(MEASURED_FILE) {
                self.tell(&format!("{title}: limits"));
                limits.push(self.limits(&task)?);
            }
            let count = stores.len();
            for turn in 0..count {
                // Another one begins each time.
                let store = &mut stores[(turn + round) % count];
                let files = self.directory.join(&store.built_by);
                if !files.exists() {
                    continue;
                }
                self.tell(&format!("{title}: {}", store.title));
                store.warm.extend(measure::<Warm>(
                    &task.with(&files, Work::Warm(store.id.clone())),
                    store,
                )?);
                if all && stores::contender(&store.id).is_some_and(|contender| contender.cold) {
                    store.cold.extend(measure::<Cold>(
                        &task.with(&files, Work::Cold(store.id.clone())),
                        store,
                    )?);
                }
            }
        }
        for store in stores::ALL {
            remove(&self.directory.join(store.id))?;
        }
        // Those that cannot keep such entries.
        stores.retain(|store| !store.warm.is_empty());
        Ok(DataResults {
            name: name(data),
            title: data.title().to_owned(),
            entries: about.entries,
            payload_bytes: about.payload_bytes,
            limits,
            stores,
        })
    }

    /// Builds the files of all stores, those anew that are there.
    fn build(&self, task: &Task, title: &str, stores: &mut [StoreResults]) -> io::Result<()> {
        for contender in stores::ALL {
            // Files that only another one reads are made, too, without being timed.
            if !stores.iter().any(|store| store.built_by == contender.id) {
                continue;
            }
            self.tell(&format!("{title}: {} builds", contender.title));
            let files = self.directory.join(contender.id);
            remove(&files)?;
            fs::create_dir_all(&files)?;
            let work = Work::Build(contender.id.to_owned());
            let build: Option<Build> = task
                .with(&files, work)
                .run()
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", contender.title)))?;
            match (build, stores.iter_mut().find(|store| store.id == contender.id)) {
                (Some(build), Some(store)) => store.builds.push(build),
                (Some(_), None) => {}
                (None, _) => {
                    self.tell(&format!(
                        "{title}: not {}, which cannot keep such entries",
                        contender.title
                    ));
                    remove(&files)?;
                }
            }
        }
        Ok(())
    }

    fn has_files(&self, id: &str) -> bool {
        self.directory.join(id).exists()
    }

    fn limits(&self, task: &Task) -> io::Result<Limits> {
        let path = self.directory.join(MEASURED_FILE).join("data.massmap");
        let limits = task.with(&self.directory, Work::Limits(path.clone())).run()?;
        if !self.has_fio {
            return Ok(limits);
        }
        // fio itself takes a while to start.
        let turn = task.turn.max(Duration::from_millis(500).min(10 * task.turn));
        // It may not be able to read past the page cache here, or to keep reads in flight.
        let reads = |depth| {
            let reads = fio::random_reads(&path, depth, turn);
            reads.inspect_err(|error| self.tell(&error.to_string())).ok()
        };
        Ok(Limits {
            fio_single: reads(1),
            fio_deep: reads(128),
            ..limits
        })
    }
}

fn measure<T: DeserializeOwned>(task: &Task, store: &StoreResults) -> io::Result<Option<T>> {
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", store.title));
    task.run().map_err(failed)
}

fn empty(contender: &Contender) -> StoreResults {
    StoreResults {
        id: contender.id.to_owned(),
        title: contender.title.to_owned(),
        settings: contender.settings.to_owned(),
        kind: contender.kind,
        built_by: contender.built_by.to_owned(),
        builds: Vec::new(),
        warm: Vec::new(),
        cold: Vec::new(),
    }
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
