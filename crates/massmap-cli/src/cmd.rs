//! The commands, one a file: their arguments and what they do with them.

pub(crate) mod build;
pub(crate) mod convert;
pub(crate) mod get;
pub(crate) mod info;
pub(crate) mod merge;
pub(crate) mod verify;

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use massmap::MassMapInner;

use crate::hash::{self, TolerantHashLoader};

/// Bytes that are collected, or copied at a time, unless `--buffer-size` says otherwise.
const DEFAULT_BUFFER_SIZE: usize = 16 << 20;

/// Buckets of a file of format 1, unless something says otherwise.
const DEFAULT_BUCKET_COUNT: u64 = 1 << 16;

/// An opened map whose types are not known yet.
type Map = MassMapInner<File, TolerantHashLoader>;

/// Opens a massmap file, whatever its format, its types and its hash function.
fn open(path: &Path) -> anyhow::Result<Map> {
    let file = File::open(path).context("cannot open the file")?;
    hash::open(file).context("cannot read it as a massmap file")
}

/// What an error is about that comes up while an output is written.
fn cannot_write(output: &Path) -> String {
    format!("cannot write {}", output.display())
}
