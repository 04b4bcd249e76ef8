//! A run: every store in its turn, several rounds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::data::DataSet;
use crate::options::Options;
use crate::protocol::{About, Task, Work};
use crate::report::Summary;
use crate::results::{Build, Cold, DataResults, Failure, Kind, Limits, Results, StoreResults, Warm};
use crate::stores::{self, Contender};
use crate::{fio, machine, system};

/// Whose file the limits are measured with.
const MEASURED_FILE: &str = "v2-mapped";

/// How many others there are in plots of growth.
const OTHERS: usize = 3;

/// Measures everything that the options ask for. The files are in `directory` meanwhile.
pub(crate) fn run(options: &Options, directory: &Path) -> io::Result<Results> {
    // The sources may change while it runs.
    let (start, revision) = (Instant::now(), machine::revision());
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
            let shown = |contender: &Contender| {
                options.has(contender.id) && shown.iter().any(|id| id == contender.id)
            };
            growth.push(run.compare(DataSet::Integers, entries, &shown, false)?);
        }
    }
    Ok(Results {
        command: command(),
        date: machine::date(),
        minutes: start.elapsed().as_secs_f64() / 60.0,
        revision,
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
            _ if argument.starts_with("--directory=") || argument.starts_with("--output=") => {}
            _ => arguments += &format!(" {}", quoted(&argument)),
        }
    }
    if !arguments.is_empty() {
        arguments.insert_str(0, " --");
    }
    format!("cargo run --release -p massmap-benches{features} --bin compare{arguments}")
}

/// As a shell takes it for one argument.
fn quoted(argument: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=,./+:@%".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// This crate, and those of the others with files whose warm hits are fastest: on integers, or else in the first data set.
fn shown_growing(data: &[DataResults]) -> Vec<String> {
    let integers = data.iter().find(|data| data.name == name(DataSet::Integers));
    let mut others: Vec<(f64, &str)> = integers
        .or(data.first())
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
        fits_in_memory(data, &about)?;
        let mut stores: Vec<StoreResults> = stores::ALL
            .iter()
            .filter(|store| wanted(store))
            .map(empty)
            .collect();
        let (mut limits, mut failures) = (Vec::new(), Vec::new());
        let rounds = self.options.rounds();
        for round in 0..rounds {
            let title = format!(
                "{}, {} entries, round {} of {rounds}",
                data.title(),
                about.entries,
                round + 1
            );
            let builds = round < self.options.builds();
            if builds {
                let order = turns(stores::ALL.len(), round, self.options.builds().min(rounds));
                for contender in order.map(|turn| &stores::ALL[turn]) {
                    // Files that only another one reads are made, too, without being timed.
                    if !stores.iter().any(|store| store.built_by == contender.id) {
                        continue;
                    }
                    self.tell(&format!("{title}: {} builds", contender.title));
                    if let Err(error) = self.build(&task, &title, contender, &mut stores) {
                        let failed = |store: &StoreResults| store.built_by == contender.id;
                        self.leave_out(&mut stores, failed, &error, &mut failures);
                    }
                    // The disk may be slower the more was written before: what is compared with copying is built beside it.
                    if all && contender.id == MEASURED_FILE {
                        self.add_limits(&task, &title, &mut limits)?;
                    }
                }
            } else if all {
                self.add_limits(&task, &title, &mut limits)?;
            }
            let order = turns(stores.len(), round, rounds);
            let ids: Vec<String> = order.map(|turn| stores[turn].id.clone()).collect();
            for id in ids {
                let store = stores.iter_mut().find(|store| store.id == id);
                let store = store.expect("only stores that had their turn are left out");
                let files = self.directory.join(&store.built_by);
                if !files.exists() {
                    continue;
                }
                self.tell(&format!("{title}: {}", store.title));
                if let Err(error) = look_up(&task, &files, store, all) {
                    self.leave_out(&mut stores, |store| store.id == id, &error, &mut failures);
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
            failures,
        })
    }

    /// Builds the files of a store, anew if they are there.
    fn build(
        &self,
        task: &Task,
        title: &str,
        contender: &Contender,
        stores: &mut [StoreResults],
    ) -> io::Result<()> {
        let files = self.directory.join(contender.id);
        remove(&files)?;
        fs::create_dir_all(&files)?;
        let build: Option<Build> = task
            .with(&files, Work::Build(contender.id.to_owned()))
            .run()
            .inspect_err(|_| _ = remove(&files))?;
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
        Ok(())
    }

    /// Goes on without the stores that have failed, of which the results tell.
    fn leave_out(
        &self,
        stores: &mut Vec<StoreResults>,
        failed: impl Fn(&StoreResults) -> bool,
        error: &io::Error,
        failures: &mut Vec<Failure>,
    ) {
        for store in stores.extract_if(.., |store| failed(store)) {
            self.tell(&format!("{} failed and is left out: {error}", store.title));
            failures.push(Failure {
                title: store.title,
                error: error.to_string(),
            });
        }
    }

    fn add_limits(&self, task: &Task, title: &str, limits: &mut Vec<Limits>) -> io::Result<()> {
        if self.directory.join(MEASURED_FILE).exists() {
            self.tell(&format!("{title}: limits"));
            limits.push(self.limits(task)?);
        }
        Ok(())
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

/// The numbers below `count` in the order of a round: each begins elsewhere, so that nobody is always the first or the last.
fn turns(count: usize, round: usize, rounds: usize) -> impl Iterator<Item = usize> {
    let first = round * count / rounds;
    (0..count).map(move |turn| (first + turn) % count)
}

/// A turn of a store; without what is on disk only unless `all`.
fn look_up(task: &Task, files: &Path, store: &mut StoreResults, all: bool) -> io::Result<()> {
    let work = |work: fn(String) -> Work| task.with(files, work(store.id.clone()));
    let (warm, cold) = (work(Work::Warm), work(Work::Cold));
    store.warm.extend(warm.run::<Option<Warm>>()?);
    if all && stores::contender(&store.id).is_some_and(|contender| contender.cold) {
        store.cold.extend(cold.run::<Option<Cold>>()?);
    }
    Ok(())
}

/// An error if there is not even room for the entries, which builds have a list of.
fn fits_in_memory(data: DataSet, about: &About) -> io::Result<()> {
    let available = system::available_memory().unwrap_or(u64::MAX);
    if about.list_bytes <= available {
        return Ok(());
    }
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let message = format!(
        "{}: a list of {} entries takes {:.1} GB of memory, and {:.1} GB are available; --entries sets how many there are",
        data.title(),
        about.entries,
        gigabytes(about.list_bytes),
        gigabytes(available),
    );
    Err(io::Error::new(io::ErrorKind::OutOfMemory, message))
}

fn empty(contender: &Contender) -> StoreResults {
    StoreResults {
        id: contender.id.to_owned(),
        title: contender.title.to_owned(),
        settings: contender.settings(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_all_turns_and_begins_elsewhere() {
        let rounds: Vec<Vec<usize>> = (0..3).map(|round| turns(17, round, 3).collect()).collect();
        assert_eq!(rounds[0], (0..17).collect::<Vec<_>>());
        assert_eq!((rounds[1][0], rounds[2][0]), (5, 11));
        for mut round in rounds {
            round.sort_unstable();
            assert_eq!(round, (0..17).collect::<Vec<_>>());
        }
        assert_eq!(turns(0, 2, 3).count(), 0);
    }

    #[test]
    fn arguments_can_be_given_to_a_shell_again() {
        assert_eq!(quoted("--stores=lmdb,v2-file"), "--stores=lmdb,v2-file");
        assert_eq!(quoted("a b.tsv"), "'a b.tsv'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn entries_that_do_not_fit_in_memory_are_an_error_that_says_how_much_they_take() {
        let about = |list_bytes| About {
            entries: 7,
            payload_bytes: 0,
            list_bytes,
        };
        fits_in_memory(DataSet::Strings, &about(1000)).unwrap();
        #[cfg(target_os = "linux")]
        {
            let error = fits_in_memory(DataSet::Strings, &about(u64::MAX)).unwrap_err();
            let text = error.to_string();
            assert!(
                text.contains("a list of 7 entries takes 18446744073.7 GB"),
                "{text}"
            );
        }
    }
}
