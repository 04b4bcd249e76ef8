//! How much memory, disk and how many threads a command uses.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use massmap::{MassMapBuilder, MassMapHashLoader, MassMapMerger};

use super::parse;

#[derive(clap::Args)]
pub(crate) struct Resources {
    /// Memory for entries, such as 256MiB; beyond it, they spill to temporary files [default: 512MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse::memory_size)]
    memory_limit: Option<usize>,

    /// Directory for these temporary files [default: that of the output; of an output at a URL, the system's]
    #[arg(long, value_name = "DIRECTORY")]
    spill_dir: Option<PathBuf>,

    /// Number of threads; does not change the output [default: the number of processors]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
}

impl Resources {
    pub(crate) fn apply_to_builder<H: MassMapHashLoader>(
        &self,
        mut builder: MassMapBuilder<H>,
    ) -> MassMapBuilder<H> {
        if let Some(limit) = self.memory_limit {
            builder = builder.with_memory_limit(limit);
        }
        if let Some(directory) = &self.spill_dir {
            builder = builder.with_spill_dir(directory);
        }
        if let Some(threads) = self.threads {
            builder = builder.with_threads(threads.get());
        }
        builder
    }

    pub(crate) fn apply_to_merger(&self, mut merger: MassMapMerger) -> MassMapMerger {
        if let Some(limit) = self.memory_limit {
            merger = merger.with_memory_limit(limit);
        }
        if let Some(directory) = &self.spill_dir {
            merger = merger.with_spill_dir(directory);
        }
        if let Some(threads) = self.threads {
            merger = merger.with_threads(threads.get());
        }
        merger
    }
}
