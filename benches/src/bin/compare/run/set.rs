//! Measures a data set with every store, in several rounds.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::plan::{MEASURED_FILE, Plan, Run, name};
use crate::measure::protocol::{Task, Work};
use crate::results::{Build, Cold, DataResults, Failure, Limits, StoreResults, Unfit, Warm};
use crate::stores::{self, Contender};
use crate::system::fio;

/// The measurement of a data set.
pub(super) struct DataSetRun<'a> {
    run: &'a Run<'a>,
    task: &'a Task,
    /// Whether to measure limits and lookups on disk too.
    all: bool,
    /// Title of the round, for progress messages.
    title: String,
    results: DataResults,
}

impl<'a> DataSetRun<'a> {
    /// Measures the `wanted` stores. Unless `all`, omits limits and lookups on disk.
    pub(super) fn new(
        run: &'a Run<'a>,
        plan: &'a Plan,
        wanted: &dyn Fn(&Contender) -> bool,
        all: bool,
    ) -> Self {
        let data = plan.task.data;
        let wanted: Vec<&Contender> = stores::ALL.iter().filter(|store| wanted(store)).collect();
        let unfit = |store: &Contender| {
            let mut unfit = plan.about.unfit.iter();
            let (_, reason) = unfit.find(|(id, _)| id == store.built_by)?;
            Some(Unfit {
                title: store.title.to_owned(),
                reason: reason.clone(),
            })
        };
        let fit = wanted.iter().filter(|store| unfit(store).is_none());
        Self {
            run,
            task: &plan.task,
            all,
            title: data.title().to_owned(),
            results: DataResults {
                name: name(data),
                title: data.title().to_owned(),
                entries: plan.about.entries,
                payload_bytes: plan.about.payload_bytes,
                limits: Vec::new(),
                stores: fit.map(|store| empty(store)).collect(),
                unfit: wanted.iter().filter_map(|store| unfit(store)).collect(),
                failures: Vec::new(),
            },
        }
    }

    /// Failures become part of the results.
    pub(super) fn measure(mut self) -> DataResults {
        let rounds = self.run.options.rounds();
        for round in 0..rounds {
            self.title = format!(
                "{}, {} entries, round {} of {rounds}",
                self.results.title,
                self.results.entries,
                round + 1
            );
            let builds = self.run.options.builds().min(rounds);
            if round < builds {
                for turn in turns(stores::ALL.len(), round, builds) {
                    self.build_in_turn(&stores::ALL[turn]);
                }
            } else {
                self.add_limits();
            }
            let order = turns(self.results.stores.len(), round, rounds);
            let ids: Vec<String> = order.map(|turn| self.results.stores[turn].id.clone()).collect();
            for id in ids {
                if let Err(error) = self.look_up(&id) {
                    self.omit(|store| store.id == id, &error);
                }
            }
        }
        for store in stores::ALL {
            if let Err(error) = remove(&self.run.directory.join(store.id)) {
                // The results are complete.
                self.log(&format!("cannot remove the files of {}: {error}", store.title));
            }
        }
        self.results
    }

    /// Also builds files that only another store reads, and the file that limits are measured with.
    fn build_in_turn(&mut self, contender: &Contender) {
        let is_measured = self.all && contender.id == MEASURED_FILE;
        let mut stores = self.results.stores.iter();
        if !is_measured && !stores.any(|store| store.built_by == contender.id) {
            return;
        }
        self.log(&format!("{} builds", contender.title));
        if let Err(error) = self.build(contender) {
            let failed = |store: &StoreResults| store.built_by == contender.id;
            if self.omit(failed, &error) == 0 {
                self.fail(
                    format!("the file for measuring limits, {}", contender.title),
                    &error,
                );
            }
        }
        // A disk may slow down as more is written, so the copy is measured right after the build that it is compared with.
        if contender.id == MEASURED_FILE {
            self.add_limits();
        }
    }

    /// Builds the files of a store, and replaces existing ones.
    fn build(&mut self, contender: &Contender) -> io::Result<()> {
        let files = self.run.directory.join(contender.id);
        remove(&files)?;
        fs::create_dir_all(&files)?;
        let build = self.task.with(&files, Work::Build(contender.id.to_owned()));
        let build: Build = build.run().inspect_err(|_| _ = remove(&files))?;
        let mut stores = self.results.stores.iter_mut();
        if let Some(store) = stores.find(|store| store.id == contender.id) {
            store.builds.push(build);
        }
        Ok(())
    }

    /// Measures the lookups of a store, if its files exist.
    fn look_up(&mut self, id: &str) -> io::Result<()> {
        let mut stores = self.results.stores.iter();
        let Some(index) = stores.position(|store| store.id == id) else {
            return Ok(());
        };
        let store = &self.results.stores[index];
        let files = self.run.directory.join(&store.built_by);
        if !files.exists() {
            return Ok(());
        }
        self.log(&store.title);
        let warm = self.task.with(&files, Work::Warm(id.to_owned()));
        let cold = self.task.with(&files, Work::Cold(id.to_owned()));
        let warm = warm.run::<Warm>()?;
        let cold = if self.all && stores::contender(id).is_some_and(|contender| contender.cold) {
            Some(cold.run::<Cold>()?)
        } else {
            None
        };
        let store = &mut self.results.stores[index];
        store.warm.push(warm);
        store.cold.extend(cold);
        Ok(())
    }

    /// Omits failed stores from now on, and records their failures. Returns their number.
    fn omit(&mut self, failed: impl Fn(&StoreResults) -> bool, error: &io::Error) -> usize {
        let mut stores = std::mem::take(&mut self.results.stores);
        let failed: Vec<_> = stores.extract_if(.., |store| failed(store)).collect();
        self.results.stores = stores;
        let count = failed.len();
        for store in failed {
            self.fail(store.title, error);
        }
        count
    }

    /// Records a failure, once for all rounds.
    fn fail(&mut self, title: String, error: &io::Error) {
        self.log(&format!("{title}: omitted after a failure: {error}"));
        if !self.results.failures.iter().any(|failure| failure.title == title) {
            let error = error.to_string();
            self.results.failures.push(Failure { title, error });
        }
    }

    fn add_limits(&mut self) {
        let path = self.run.directory.join(MEASURED_FILE).join("data.massmap");
        if !self.all || !path.exists() {
            return;
        }
        self.log("limits");
        match self.limits(&path) {
            Ok(limits) => self.results.limits.push(limits),
            Err(error) => self.fail("limits of the machine".to_owned(), &error),
        }
    }

    fn limits(&self, path: &Path) -> io::Result<Limits> {
        let limits = Work::Limits(path.to_owned());
        let limits = self.task.with(&self.run.directory, limits).run()?;
        if !self.run.has_fio {
            return Ok(limits);
        }
        // fio itself takes time to start.
        let turn = self.task.turn;
        let turn = turn.max(Duration::from_millis(500).min(10 * turn));
        // fio may lack direct I/O or io_uring here.
        let reads = |depth| {
            let reads = fio::random_reads(path, depth, turn);
            reads.inspect_err(|error| self.log(&error.to_string())).ok()
        };
        Ok(Limits {
            fio_single: reads(1),
            fio_deep: reads(128),
            ..limits
        })
    }

    fn log(&self, what: &str) {
        self.run.log(&format!("{}: {what}", self.title));
    }
}

/// The numbers below `count`, in the order of a round. Each round begins elsewhere, so that no store is always first or last.
fn turns(count: usize, round: usize, rounds: usize) -> impl Iterator<Item = usize> {
    let first = round * count / rounds;
    (0..count).map(move |turn| (first + turn) % count)
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
    fn every_round_has_all_stores_and_begins_elsewhere() {
        let rounds: Vec<Vec<usize>> = (0..3).map(|round| turns(17, round, 3).collect()).collect();
        assert_eq!(rounds[0], (0..17).collect::<Vec<_>>());
        assert_eq!((rounds[1][0], rounds[2][0]), (5, 11));
        for mut round in rounds {
            round.sort_unstable();
            assert_eq!(round, (0..17).collect::<Vec<_>>());
        }
        assert_eq!(turns(0, 2, 3).count(), 0);
    }
}
