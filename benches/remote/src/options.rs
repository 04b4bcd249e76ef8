//! The command line, and how much a run does.

use clap::{Parser, Subcommand, ValueEnum};

/// Measures lookups over HTTP with slow first bytes.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) job: Option<Job>,
    /// Takes seconds: small maps and few lookups
    #[arg(long)]
    pub(crate) quick: bool,
    /// Writes benches/REMOTE.md
    #[arg(long)]
    pub(crate) publish: bool,
    /// Only parts whose title has one of these words
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Looks keys up, for counting instructions
    #[command(hide = true)]
    Lookups {
        /// The way to the map
        route: Route,
        /// Number of lookups
        count: u32,
    },
}

/// A way to a map on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Route {
    /// `MassMap` in memory
    MemorySync,
    /// `AsyncMassMap` over `MemoryReader`
    MemoryAsync,
    /// `MassMap` over a file
    FileSync,
    /// `AsyncMassMap` over a file that is read in place
    FileAsync,
}

/// How much a run does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Entries of most maps.
    pub(crate) entries: u64,
    /// Entries of the small map.
    pub(crate) few_entries: u64,
    /// Entries of maps with values of 1,000 bytes.
    pub(crate) large_entries: u64,
    /// Rounds in which contestants take turns.
    pub(crate) rounds: usize,
    /// Lookups of a contestant in a round, each after the one before.
    pub(crate) lookups: usize,
    /// Lookups from many tasks.
    pub(crate) concurrent: usize,
    /// Keys of a batch.
    pub(crate) batch: usize,
    /// Lookups with slow requests among them.
    pub(crate) hedged: usize,
    /// Turns of contestants on this machine.
    pub(crate) turns: usize,
    /// Whether to count instructions, which takes a minute.
    pub(crate) counts_instructions: bool,
}

impl Scale {
    pub(crate) const FULL: Self = Self {
        entries: 1_000_000,
        few_entries: 100_000,
        large_entries: 200_000,
        rounds: 9,
        lookups: 30,
        concurrent: 6400,
        batch: 1000,
        hedged: 10_000,
        turns: 15,
        counts_instructions: true,
    };

    pub(crate) const QUICK: Self = Self {
        entries: 120_000,
        few_entries: 10_000,
        large_entries: 5_000,
        rounds: 1,
        lookups: 3,
        concurrent: 128,
        batch: 100,
        hedged: 640,
        turns: 1,
        counts_instructions: false,
    };
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
