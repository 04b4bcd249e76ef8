//! The commands, one a file: their arguments and what they do with them.

pub(crate) mod convert;
pub(crate) mod info;
pub(crate) mod merge;

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use massmap::MassMapInner;

use crate::hash::TolerantHashLoader;

/// Bytes that are collected, or copied at a time, unless `--buffer-size` says otherwise.
const DEFAULT_BUFFER_SIZE: usize = 16 << 20;

/// Opens a massmap file, whatever its types and its hash function.
fn open(path: &Path) -> anyhow::Result<MassMapInner<File, TolerantHashLoader>> {
    let file = File::open(path).context("cannot open the file")?;
    MassMapInner::load(file).context("cannot read it as a massmap file")
}
