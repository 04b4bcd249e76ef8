//! What happens to keys that the map does not have.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use massmap::dynamic::StaticSchema;
use massmap_data::keys::{KeyFileFormat, KeyText};
use massmap_data::{excerpt, parse_json};
use serde::de::IgnoredAny;

use super::failure::Failure;
use crate::options::parse;
use crate::options::usage::UsageError;
use crate::output::target::{self, Target};

/// What happens to keys that the map does not have.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// They are left out
    Skip,
    /// Their value is null, or an empty cell
    Null,
    /// They are errors, and the exit code is 1
    Error,
}

/// What becomes of a key that the map does not have.
pub(super) enum IfMissing {
    Skip,
    Null,
    Error,
    /// This is its value, encoded as in the map.
    Default(Vec<u8>),
}

#[derive(clap::Args)]
pub(super) struct MissingArgs {
    /// What to do about keys that the map does not have [default: null; error for keys on the command line]
    ///
    /// With keys from a file, the first one that is missing is an error and the last thing that is looked up.
    #[arg(long, value_name = "WHAT", value_enum)]
    missing: Option<Missing>,

    /// Value of keys that the map does not have, as JSON of the type of its values
    #[arg(
        long,
        value_name = "JSON",
        conflicts_with = "missing",
        allow_hyphen_values = true
    )]
    default: Option<String>,

    /// Write the keys that the map does not have to this file, one per line; as JSON if its name ends with .ndjson or .jsonl
    ///
    /// With --null, each ends with a NUL.
    #[arg(long, value_name = "FILE", value_parser = parse::rows_output())]
    missing_to: Option<PathBuf>,
}

impl MissingArgs {
    /// What was asked for; `usual` if nothing was. Values have the schema `value`.
    ///
    /// # Errors
    ///
    /// Fails if the default is no value of the map.
    pub(super) fn if_missing(&self, usual: Missing, value: &StaticSchema) -> anyhow::Result<IfMissing> {
        if let Some(default) = &self.default {
            let value = parse_json(default, value);
            let value = value.with_context(|| {
                let quoted = excerpt::quoted(default);
                match serde_json::from_str::<IgnoredAny>(default) {
                    Ok(_) => format!("--default {quoted}"),
                    Err(_) => format!("--default {quoted} is not JSON, in which texts are in quotes"),
                }
            })?;
            return Ok(IfMissing::Default(value));
        }
        Ok(match self.missing.unwrap_or(usual) {
            Missing::Skip => IfMissing::Skip,
            Missing::Null => IfMissing::Null,
            Missing::Error => IfMissing::Error,
        })
    }

    /// Whether rows with missing keys are left out.
    pub(super) fn skips(&self) -> bool {
        self.missing == Some(Missing::Skip)
    }

    /// Whether missing keys go to a file.
    pub(super) fn has_file(&self) -> bool {
        self.missing_to.is_some()
    }

    /// Checks that missing keys do not go where the answers go, to `output` or standard output.
    ///
    /// # Errors
    ///
    /// Fails if they do.
    pub(super) fn check(&self, output: Option<&Path>, command: &'static str) -> Result<(), UsageError> {
        match &self.missing_to {
            Some(file) if target::is_same(file, output.unwrap_or(Path::new("-"))) => Err(UsageError {
                command,
                message: "--missing-to names what is written to already: give it a file of its own"
                    .to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Begins the file for missing keys, if there is to be one. Each ends with a NUL if `ends_with_nul`.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be created.
    pub(super) fn file(&self, ends_with_nul: bool) -> anyhow::Result<Option<MissingKeys>> {
        let create = |path: &PathBuf| {
            Ok(MissingKeys {
                path: path.clone(),
                is_json: KeyFileFormat::of_name(&path.to_string_lossy()) == KeyFileFormat::Ndjson,
                end: if ends_with_nul { 0 } else { b'\n' },
                target: Target::of_option(Some(path))?,
                line: Vec::new(),
            })
        };
        self.missing_to.as_ref().map(create).transpose()
    }
}

/// The file that missing keys are written to.
pub(super) struct MissingKeys {
    path: PathBuf,
    is_json: bool,
    /// What ends each key.
    end: u8,
    target: Target,
    line: Vec<u8>,
}

impl MissingKeys {
    /// Writes an encoded key.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be told from others there, or cannot be written.
    pub(super) fn write(&mut self, key: &[u8], text: &KeyText) -> Result<(), Failure> {
        self.line.clear();
        let written = match self.is_json {
            true => text.write_json(key, &mut self.line),
            false => text.write(key, &mut self.line),
        };
        written.map_err(|error| Failure::Key(error.into()))?;
        // A carriage return belongs to the line break.
        if self.line.contains(&self.end) || (self.end == b'\n' && self.line.last() == Some(&b'\r')) {
            return Err(Failure::Key(anyhow!(
                "it has what ends each key in {}; give that file a name that ends with .ndjson",
                self.path.display()
            )));
        }
        self.line.push(self.end);
        self.target
            .write_all(&self.line)
            .map_err(|error| Failure::MissingKeys(self.target.failed(error)))
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        self.target.finish()
    }
}
