//! How values are compressed.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::{Context, bail};
use massmap::Compression;
use massmap_format::CompressionDescription;

use super::choices::Algorithm;
use super::parse;

#[derive(clap::Args)]
pub(crate) struct CompressionArgs {
    /// Compress each value: zstd, zstd:LEVEL with a level from 1 to 22, or none (v2 only). Entries of a fixed width, such as
    /// integers, stay as they are
    #[arg(long, value_name = "METHOD", value_parser = parse::compression)]
    compression: Option<Algorithm>,

    /// File with a dictionary to compress with, such as one that zstd --train made [default: one is made from the values]
    #[arg(
        long,
        value_name = "FILE",
        requires = "compression",
        conflicts_with = "dictionary_size"
    )]
    dictionary: Option<PathBuf>,

    /// Size of the largest dictionary that is made from the values; 0 for none [default: 32KiB]
    #[arg(long, value_name = "SIZE", requires = "compression", value_parser = parse::dictionary_size)]
    dictionary_size: Option<u32>,
}

impl CompressionArgs {
    /// Whether values are to be compressed.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self.compression, Some(Algorithm::Zstd { .. }))
    }

    /// The compression that was asked for; `None` if nothing was said. Reads the dictionary.
    pub(crate) fn compression(&self) -> anyhow::Result<Option<Compression>> {
        let Some(algorithm) = self.compression else {
            return Ok(None);
        };
        let mut compression = match algorithm {
            Algorithm::None if self.dictionary.is_some() || self.dictionary_size.is_some() => {
                bail!("--compression none takes no dictionary: leave out --dictionary and --dictionary-size");
            }
            Algorithm::None => Compression::none(),
            Algorithm::Zstd { level: None } => Compression::zstd(),
            Algorithm::Zstd { level: Some(level) } => Compression::zstd().with_level(level),
        };
        if let Some(path) = &self.dictionary {
            let read = || {
                let mut dictionary = Vec::new();
                // The builder refuses what is longer than it may be.
                let most = CompressionDescription::MAX_DICTIONARY as u64 + 1;
                File::open(path)?.take(most).read_to_end(&mut dictionary)?;
                Ok::<_, io::Error>(dictionary)
            };
            let dictionary =
                read().with_context(|| format!("cannot read the dictionary {}", path.display()))?;
            compression = compression.with_dictionary(dictionary);
        }
        if let Some(size) = self.dictionary_size {
            compression = compression.with_dictionary_size(size);
        }
        Ok(Some(compression))
    }
}
