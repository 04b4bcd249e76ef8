//! What becomes of the answers to the keys of a file.

use anyhow::anyhow;
use massmap::{Error, UntypedMap};
use massmap_data::keys::{KeyPlace, KeyStream};
use massmap_data::{Location, Origin, excerpt};

use super::lookups::{self, Answer, Part};
use super::missing::{IfMissing, MissingKeys};
use super::rows::{RowError, Rows};
use crate::map::source::Source;
use crate::output::console;
use crate::output::key_text::KeyText;
use crate::output::target::Unread;

/// The keys of a file, and what becomes of the answers.
pub(super) struct Answering<'a, R> {
    pub(super) map: &'a UntypedMap<Source>,
    pub(super) location: &'a Location,
    /// The file with the keys.
    pub(super) origin: &'a Origin,
    pub(super) key: KeyText,
    pub(super) if_missing: IfMissing,
    pub(super) missing_keys: Option<MissingKeys>,
    pub(super) rows: R,
}

/// Numbers of keys.
#[derive(Default)]
struct Counts {
    found: u64,
    missing: u64,
}

impl<R: Rows> Answering<'_, R> {
    /// Looks up all keys and writes a row for each, up to a failure.
    ///
    /// # Errors
    ///
    /// Fails, with the rows before it written, at the first key that cannot be read or looked up, or whose value cannot be written.
    pub(super) fn run(mut self, keys: KeyStream) -> anyhow::Result<()> {
        let mut counts = Counts::default();
        let answered = lookups::look_up(self.map, keys, |part| {
            let written = self.write_all(part, &mut counts);
            // Also before a failure.
            self.rows.pass_on()?;
            written
        });
        let finished = answered.and_then(|()| {
            self.rows.finish()?;
            self.missing_keys.map_or(Ok(()), MissingKeys::finish)
        });
        match finished {
            Err(error) if error.is::<Unread>() => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                let Counts { found, missing } = counts;
                console::summary(&format!("found {found}, missing {missing}"));
                Ok(())
            }
        }
    }

    fn write_all(&mut self, part: Part, counts: &mut Counts) -> anyhow::Result<()> {
        let answers = part?;
        for answer in answers.iter() {
            match answer.is_missing() {
                false => {
                    counts.found += 1;
                    self.write_found(&answer)?;
                }
                true => {
                    counts.missing += 1;
                    self.write_missing(&answer)?;
                }
            }
        }
        match answers.into_failure() {
            Some(failed) => Err(self.cannot_look_up(failed.place, &failed.key, failed.error)),
            None => Ok(()),
        }
    }

    fn write_found(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        let rows = &mut self.rows;
        match answer.with_value(self.map, |value| rows.write(answer, value)) {
            Ok(written) => written.map_err(|error| self.not_written(answer, error)),
            Err(error) => Err(self.cannot_look_up(answer.place, answer.key, error)),
        }
    }

    fn write_missing(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        if let Some(missing_keys) = &mut self.missing_keys {
            let written = missing_keys.write(answer.key, &self.key);
            written.map_err(|error| self.not_written(answer, error))?;
        }
        let written = match &self.if_missing {
            IfMissing::Skip => Ok(()),
            IfMissing::Null => self.rows.write(answer, None),
            IfMissing::Default(value) => self.rows.write(answer, Some(value)),
            IfMissing::Error => {
                let key = self.shown(answer.key);
                let error = anyhow!("there is no key {key} in {}", self.location);
                return Err(self.at(answer.place, error));
            }
        };
        written.map_err(|error| self.not_written(answer, error))
    }

    fn not_written(&self, answer: &Answer<'_>, error: RowError) -> anyhow::Error {
        match error {
            RowError::Output(error) => error,
            RowError::Row(error) => {
                let key = self.shown(answer.key);
                self.at(answer.place, error.context(format!("the key {key}")))
            }
        }
    }

    fn cannot_look_up(&self, place: KeyPlace, key: &[u8], error: Error) -> anyhow::Error {
        let key = self.shown(key);
        let error = anyhow::Error::new(error);
        let error = error.context(format!("cannot look up the key {key} in {}", self.location));
        self.at(place, error)
    }

    fn at(&self, place: KeyPlace, error: anyhow::Error) -> anyhow::Error {
        error.context(format!("{}: {place}", self.origin))
    }

    /// A key for messages.
    fn shown(&self, key: &[u8]) -> String {
        let mut text = Vec::new();
        match self.key.write_json(key, &mut text) {
            Ok(()) => excerpt::unquoted(&String::from_utf8_lossy(&text)),
            Err(_) => "that is damaged".to_owned(),
        }
    }
}
