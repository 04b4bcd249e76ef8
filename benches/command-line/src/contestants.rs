//! Ways to look up keys.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::ensure;
use massmap::{MassMap, UringFile, Xxh3HashLoader};

use crate::data::Data;

/// A way to look up keys.
#[derive(Clone, Copy)]
pub(crate) enum Contestant {
    /// `massmap get --keys-from`, whose output nobody reads.
    Listed,
    /// A loop in this process over batches of as many keys.
    Batches,
    /// `massmap get`, a process for each key.
    Processes,
}

impl Contestant {
    pub(crate) const ALL: [Self; 3] = [Self::Listed, Self::Batches, Self::Processes];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Listed => "get --keys-from",
            Self::Batches => "batches of UringFile",
            Self::Processes => "a process for each key",
        }
    }

    /// Looks up `count` keys, and says how long that took.
    pub(crate) fn run(self, program: &Path, data: &Data, count: u64) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        match self {
            Self::Listed => {
                let mut command = Command::new(program);
                command.arg("get").arg("--keys-from").arg(data.keys()).arg(data.map());
                succeed(&mut command)?;
            }
            Self::Batches => {
                let file = UringFile::new(File::open(data.map())?);
                ensure!(file.has_ring(), "the system does not let this program use io_uring");
                let map = MassMap::<u64, String, _, Xxh3HashLoader>::load(file)?;
                let (mut found, mut bytes) = (0, 0);
                map.batch_get_with::<u64>(data.some_keys(count), |_, value| {
                    found += u64::from(value.is_some());
                    bytes += value.map_or(0, <[u8]>::len);
                    Ok(())
                })?;
                ensure!(found == count && bytes > 0, "found {found} of {count} keys");
            }
            Self::Processes => {
                for key in data.some_keys(count) {
                    succeed(Command::new(program).arg("get").arg(data.map()).arg(key.to_string()))?;
                }
            }
        }
        Ok(begun.elapsed())
    }
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}
