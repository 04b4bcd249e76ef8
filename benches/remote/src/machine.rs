//! The machine of a run, and what else it had to do.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// A moment of a run.
#[derive(Debug)]
pub(crate) struct Moment {
    /// How many threads of the machine wanted to run in the last minute, on average.
    load: Option<String>,
}

impl Moment {
    pub(crate) fn now() -> Self {
        let averages = fs::read_to_string("/proc/loadavg").ok();
        Self {
            load: averages.and_then(|averages| Some(averages.split(' ').next()?.to_owned())),
        }
    }
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) started: Moment,
    pub(crate) ended: Moment,
    pub(crate) took: Duration,
}

impl Run {
    /// When, where and from what sources the run was.
    pub(crate) fn describe(&self) -> String {
        let unknown = || "unknown".to_owned();
        let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("model name"))?;
            Some(line.trim_start_matches(['\t', ' ', ':']).to_owned())
        });
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let directory = env!("CARGO_MANIFEST_DIR");
        let load = |moment: &Moment| moment.load.clone().unwrap_or_else(unknown);
        format!(
            "Sources as of {}. On {}, in {} s, on {} ({threads} threads), {}. Load of the machine in the minute before the run {}, and in its last minute {}, including its own.",
            output("git", &["-C", directory, "describe", "--always", "--dirty"]).unwrap_or_else(unknown),
            output("date", &["-u", "+%Y-%m-%d"]).unwrap_or_else(unknown),
            self.took.as_secs(),
            processor.unwrap_or_else(unknown),
            output("rustc", &["--version"]).unwrap_or_else(unknown),
            load(&self.started),
            load(&self.ended),
        )
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
