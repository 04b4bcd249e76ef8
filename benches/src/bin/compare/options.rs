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
    /// Renders tables and plots from the results of an earlier run
    Render {
        /// Its results.json
        results: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Performs one task of a run in a process of its own
    #[command(hide = true)]
    Worker {
        /// ID of the process that waits for the answer
        parent: u32,
        /// The task in JSON
        task: String,
    },
}

/// Options of a run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Data sets to compare with
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [
        DataSet::Integers, DataSet::Strings, DataSet::Records, DataSet::Long, DataSet::Names,
    ])]
    pub(crate) data: Vec<DataSet>,
    /// A data set of your own, in addition: one key, tab and value per line
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    /// Number of entries of each data set, such as 100k or 100M [default: about 1 GB, 10M of the smallest]
    #[arg(long, value_parser = count)]
    pub(crate) entries: Option<u64>,
    /// Stores to compare [default: all]
    #[arg(long, value_delimiter = ',', value_parser = known_store)]
    pub(crate) stores: Vec<String>,
    /// Number of rounds, of which medians are reported [default: 5, quick 1]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Number of rounds in which stores build their files [default: 3, quick 1]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    builds: Option<u16>,
    /// Seconds that each kind of lookup is measured per round [default: 0.4, quick 0.1]
    #[arg(long, value_parser = seconds)]
    turn: Option<f64>,
    /// Numbers of entries to measure growth with; 0 for none [default: 100k,300k,1M,3M,10M, quick none]
    #[arg(long, value_delimiter = ',', value_parser = number)]
    growth: Option<Vec<u64>>,
    /// Use a twentieth of the data, for a run of a few minutes
    #[arg(long)]
    pub(crate) quick: bool,
    /// Directory for the files of the stores, which are removed [default: in the target directory]
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Where tables and plots are written, besides the terminal.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Directory for results.json, RESULTS.md and plots [default: in the target directory]
    #[arg(long)]
    pub(crate) output: Option<PathBuf>,
    /// Also update them in the repository: benches/RESULTS.md, benches/results and the README. Needs a complete run of committed
    /// sources
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

    /// The numbers of entries, sorted, without duplicates and 0.
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

    /// Most entries of a data set to use.
    pub(crate) fn entries(&self, data: DataSet) -> u64 {
        let full = match data.full() {
            u64::MAX => u64::MAX,
            full if self.quick => full / 20,
            full => full,
        };
        self.entries.unwrap_or(full)
    }

    /// Checks that the run covers all that published results need: all stores and data sets with the default number of entries.
    pub(crate) fn check_published(&self) -> Result<(), String> {
        let all = CommandLine::parse_from(["compare"]).options.data;
        let lacking = [
            ("--stores", !self.stores.is_empty()),
            ("--data", all.iter().any(|data| !self.data.contains(data))),
            ("--entries", self.entries.is_some()),
        ];
        match lacking.iter().find(|(_, is_lacking)| *is_lacking) {
            Some((option, _)) => Err(format!("--publish needs a complete run: not with {option}")),
            None => Ok(()),
        }
    }

    /// Whether a store takes part.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.stores.is_empty() || self.stores.iter().any(|store| store == id)
    }
}

/// Parses a number of entries above 0.
fn count(text: &str) -> Result<u64, String> {
    match number(text)? {
        0 => Err("at least one entry is needed".to_owned()),
        number => Ok(number),
    }
}

/// Parses a number of seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok();
    let seconds = seconds.filter(|seconds: &f64| (1e-4..=3600.0).contains(seconds));
    seconds.ok_or_else(|| format!("{text} is not a number from 0.0001 to 3600"))
}

/// Parses a number of entries, with or without a suffix.
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
    number.ok_or_else(|| format!("{text} is not a number such as 5000, 100k or 10M"))
}

fn known_store(id: &str) -> Result<String, String> {
    match stores::contender(id) {
        Some(contender) => Ok(contender.id.to_owned()),
        None => {
            let known: Vec<&str> = stores::ALL.iter().map(|contender| contender.id).collect();
            let rocksdb = if cfg!(feature = "rocksdb") {
                ""
            } else {
                "; rocksdb needs --features rocksdb before --bin"
            };
            Err(format!("known stores are {}{rocksdb}", known.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_have_suffixes() {
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
        assert!(
            parsed
                .unwrap_err()
                .to_string()
                .contains("known stores are v2-mapped")
        );
    }

    #[test]
    fn invalid_values_are_refused() {
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
    fn publishing_needs_a_complete_run() {
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
    fn numbers_for_growth_are_sorted_and_distinct() {
        let parsed = CommandLine::try_parse_from(["compare", "--growth=1k,300,1000,300,0"]).unwrap();
        assert_eq!(parsed.options.growth(), [300, 1000]);
    }
}
