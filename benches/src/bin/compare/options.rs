//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::data::DataSet;
use crate::stores;

/// Compares massmap with other stores: the same data, the same queries, each at its best settings, in one run.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Option<Subcommands>,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Subcommands {
    /// Makes tables and plots of the results of an earlier run
    Render {
        /// Its results.json
        results: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Does one task of a run, in a process of its own
    #[command(hide = true)]
    Worker {
        /// The process without which nobody waits for it
        parent: u32,
        /// In JSON
        task: String,
    },
}

/// What a run does.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Data sets to compare with
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [
        DataSet::Integers, DataSet::Strings, DataSet::Records, DataSet::Long, DataSet::Names,
    ])]
    pub(crate) data: Vec<DataSet>,
    /// A data set of your own, in addition: a key, a tab and a value a line
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    /// Entries of each data set, such as 100k or 100M [default: about 1 GB, 10M of the smallest]
    #[arg(long, value_parser = count)]
    pub(crate) entries: Option<u64>,
    /// Stores to compare [default: all]
    #[arg(long, value_delimiter = ',', value_parser = known_store)]
    pub(crate) stores: Vec<String>,
    /// How often each store takes its turns; the medians count [default: 5, quick 1]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// How often each store builds its files, at most as often as there are rounds [default: 3, quick 1]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    builds: Option<u16>,
    /// How many seconds each kind of lookup is measured in a turn [default: 0.4, quick 0.1]
    #[arg(long, value_parser = seconds)]
    turn: Option<f64>,
    /// Numbers of entries at which growth is measured; 0 for not at all [default: 100k,300k,1M,3M,10M, quick none]
    #[arg(long, value_delimiter = ',', value_parser = number)]
    growth: Option<Vec<u64>>,
    /// A twentieth of the data, in a few minutes
    #[arg(long)]
    pub(crate) quick: bool,
    /// For the files of the stores, which do not stay [default: in the target directory]
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Where tables and plots go, beside the terminal.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// For results.json, RESULTS.md and plots [default: in the target directory]
    #[arg(long)]
    pub(crate) output: Option<PathBuf>,
    /// Writes them into the repository, too: benches/RESULTS.md, benches/results and the README. A run has to be of everything
    /// then, and of sources that are committed
    #[arg(long)]
    pub(crate) publish: bool,
}

impl Options {
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 1 } else { 5 }).into()
    }

    pub(crate) fn builds(&self) -> usize {
        self.builds.unwrap_or(if self.quick { 1 } else { 3 }).into()
    }

    pub(crate) fn turn(&self) -> Duration {
        Duration::from_secs_f64(self.turn.unwrap_or(if self.quick { 0.1 } else { 0.4 }))
    }

    /// In order, each once, without those of no entries.
    pub(crate) fn growth(&self) -> Vec<u64> {
        let mut growth = match &self.growth {
            Some(growth) => growth.clone(),
            None if self.quick => Vec::new(),
            None => vec![100_000, 300_000, 1_000_000, 3_000_000, 10_000_000],
        };
        growth.retain(|entries| *entries > 0);
        growth.sort_unstable();
        growth.dedup();
        growth
    }

    /// How many entries of a data set to use, at most.
    pub(crate) fn entries(&self, data: DataSet) -> u64 {
        let full = match data.full() {
            u64::MAX => u64::MAX,
            full if self.quick => full / 20,
            full => full,
        };
        self.entries.unwrap_or(full)
    }

    /// An error if less is asked for than what is published has: all stores, all data sets, and as many entries as there are
    /// without a word about it.
    pub(crate) fn check_published(&self) -> Result<(), String> {
        let all = CommandLine::parse_from(["compare"]).options.data;
        let lacking = [
            ("--stores", !self.stores.is_empty()),
            ("--data", all.iter().any(|data| !self.data.contains(data))),
            ("--entries", self.entries.is_some()),
        ];
        match lacking.iter().find(|(_, is_lacking)| *is_lacking) {
            Some((option, _)) => Err(format!("--publish is for everything: not with {option}")),
            None => Ok(()),
        }
    }

    /// Whether a store takes part.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.stores.is_empty() || self.stores.iter().any(|store| store == id)
    }
}

/// A number of entries that there can be.
fn count(text: &str) -> Result<u64, String> {
    match number(text)? {
        0 => Err("there has to be an entry".to_owned()),
        number => Ok(number),
    }
}

/// The length of a turn.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok();
    let seconds = seconds.filter(|seconds: &f64| (1e-4..=3600.0).contains(seconds));
    seconds.ok_or_else(|| format!("{text} is no number from 0.0001 to 3600"))
}

/// A number of entries, with or without a suffix.
fn number(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1000),
        None => match text.strip_suffix('M') {
            Some(digits) => (digits, 1_000_000),
            None => (text, 1),
        },
    };
    let number = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor));
    number.ok_or_else(|| format!("{text} is no number such as 5000, 100k or 10M"))
}

fn known_store(id: &str) -> Result<String, String> {
    match stores::contender(id) {
        Some(contender) => Ok(contender.id.to_owned()),
        None => {
            let known: Vec<&str> = stores::ALL.iter().map(|contender| contender.id).collect();
            let rocksdb = if cfg!(feature = "rocksdb") {
                ""
            } else {
                "; rocksdb with --features rocksdb before --bin"
            };
            Err(format!("there are {}{rocksdb}", known.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_suffixes() {
        assert_eq!(number("5000"), Ok(5000));
        assert_eq!(number("100k"), Ok(100_000));
        assert_eq!(number("10M"), Ok(10_000_000));
        assert!(number("1G").is_err() && number("99999999999999999k").is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        CommandLine::command().debug_assert();
        let parsed = CommandLine::try_parse_from(["compare", "--stores", "lmdb,nothing"]);
        assert!(parsed.unwrap_err().to_string().contains("there are v2-mapped"));
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        for (option, value) in [
            ("--entries", "0"),
            ("--entries", "many"),
            ("--rounds", "0"),
            ("--builds", "0"),
            ("--turn", "0"),
            ("--turn", "NaN"),
            ("--turn", "-1"),
            ("--turn", "inf"),
            ("--growth", "1k,x"),
        ] {
            let parsed = CommandLine::try_parse_from(["compare", &format!("{option}={value}")]);
            assert!(
                parsed.unwrap_err().to_string().contains(option),
                "{option} {value}"
            );
        }
        let parsed = CommandLine::try_parse_from(["compare", "--growth=0", "--turn=0.005"]).unwrap();
        assert!(parsed.options.growth().is_empty());
        assert_eq!(parsed.options.turn(), Duration::from_millis(5));
    }

    #[test]
    fn what_is_published_has_everything() {
        let check = |arguments: &[&str]| {
            let arguments = ["compare", "--publish"].iter().chain(arguments);
            CommandLine::try_parse_from(arguments)
                .unwrap()
                .options
                .check_published()
        };
        check(&[]).unwrap();
        check(&["--quick", "--rounds=3"]).unwrap();
        check(&["--data=names,long,records,strings,integers"]).unwrap();
        for option in ["--stores=lmdb", "--data=integers", "--entries=1k"] {
            let error = check(&[option]).unwrap_err();
            assert!(option.starts_with(error.rsplit(' ').next().unwrap()), "{error}");
        }
    }

    #[test]
    fn growth_has_each_number_once_and_in_order() {
        let parsed = CommandLine::try_parse_from(["compare", "--growth=1k,300,1000,300,0"]).unwrap();
        assert_eq!(parsed.options.growth(), [300, 1000]);
    }
}
