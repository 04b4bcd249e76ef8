//! Describes the machine of a run.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::results::Machine;

/// Describes this machine, with the file system of `directory`.
pub(crate) fn describe(directory: &Path) -> Machine {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_start_matches([' ', '\t', ':']).trim().to_owned())
    };
    let unknown = || "unknown".to_owned();
    let memory = after(&read("/proc/meminfo"), "MemTotal");
    let kib = memory.and_then(|memory| memory.strip_suffix(" kB")?.parse::<u64>().ok());
    let system =
        after(&read("/etc/os-release"), "PRETTY_NAME=").map(|name| name.trim_matches('"').to_owned());
    let kernel = read("/proc/sys/kernel/osrelease");
    Machine {
        processor: after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
        threads: thread::available_parallelism().map_or(1, usize::from),
        memory_bytes: kib.unwrap_or(0) << 10,
        system: match (system, kernel.trim()) {
            (Some(system), kernel) if !kernel.is_empty() => format!("{system}, Linux {kernel}"),
            _ => std::env::consts::OS.to_owned(),
        },
        file_system: output("stat", &["-f", "-c", "%T", &directory.display().to_string()])
            .unwrap_or_else(unknown),
        compiler: output("rustc", &["--version"]).unwrap_or_else(unknown),
    }
}

/// The date in UTC, such as `2026-11-23`.
pub(crate) fn date() -> String {
    output("date", &["-u", "+%Y-%m-%d"]).unwrap_or_else(|| "unknown".to_owned())
}

/// The revision of the sources, with the suffix `-dirty` if there are uncommitted changes.
pub(crate) fn revision() -> Option<String> {
    let directory = env!("CARGO_MANIFEST_DIR");
    output("git", &["-C", directory, "describe", "--always", "--dirty"])
}

/// Whether tracked files have uncommitted changes; `false` without git.
pub(crate) fn has_changes() -> bool {
    let directory = env!("CARGO_MANIFEST_DIR");
    let root = Path::new(directory).join("..").display().to_string();
    output(
        "git",
        &["-C", &root, "status", "--porcelain", "--untracked-files=no"],
    )
    .is_some()
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
