//! What becomes of the answers to the keys of a file.

use std::io::Write;
use std::path::Path;

use anyhow::anyhow;
use massmap::{Error, UntypedMap};
use massmap_data::keys::{KeyPlace, KeyStream, KeyText};
use massmap_data::{Answer, AnswerWriter, ExportError, Location, NamedWriter, Origin, excerpt};

use super::failure::Failure;
use super::lookups::{self, Found, Part};
use super::missing::{IfMissing, MissingKeys};
use crate::map::source::Source;
use crate::output::console;
use crate::output::shown::Shown;
use crate::output::target::{Target, Unread};

/// The keys of a file, and what becomes of the answers.
pub(super) struct Answering<'a> {
    pub(super) map: &'a UntypedMap<Source>,
    pub(super) location: &'a Location,
    /// The file with the keys.
    pub(super) origin: &'a Origin,
    pub(super) key: KeyText,
    pub(super) if_missing: IfMissing,
    pub(super) missing_keys: Option<MissingKeys>,
}

/// Numbers of keys.
#[derive(Default)]
struct Counts {
    found: u64,
    missing: u64,
}

impl Answering<'_> {
    /// Looks up all keys, and writes what `writer` makes of the answers to `output`, which is standard output unless it is a path other
    /// than `-`.
    ///
    /// # Errors
    ///
    /// Fails at the first key that cannot be read or looked up, or whose answer cannot be written, with the answers before it on standard
    /// output. A file at `output` is left as it was then.
    pub(super) fn write_to(
        mut self,
        output: Option<&Path>,
        keys: impl FnOnce() -> KeyStream,
        writer: impl for<'w> FnOnce(&'w mut dyn Write) -> Result<Box<dyn AnswerWriter + 'w>, ExportError>,
    ) -> anyhow::Result<()> {
        let mut target = Target::of_option(output)?;
        let is_terminal = target.is_terminal();
        let name = match &target {
            Target::File { path, .. } => path.to_string_lossy().into_owned(),
            Target::Stdout(_) => String::new(),
        };
        let mut counts = Counts::default();
        let answer = |answering: &mut Self, target: &mut Target| {
            let out = Shown::new(target, is_terminal);
            let mut out = NamedWriter::new(&name, out).map_err(Failure::Output)?;
            let mut writer = writer(&mut out)?;
            // A file has no reader yet.
            let is_read = name.is_empty();
            lookups::look_up(answering.map, keys(), |part| {
                let written = answering.write_all(part, &mut *writer, &mut counts);
                match is_read {
                    // Also before a failure.
                    true => writer.pass_on().map_err(Failure::from).and(written),
                    false => written,
                }
            })?;
            writer.finish()?;
            let mut out = out.finish().map_err(Failure::Output)?;
            out.flush().map_err(Failure::Output)
        };
        let finished = match answer(&mut self, &mut target) {
            Ok(()) => target
                .finish()
                .and_then(|()| self.missing_keys.map_or(Ok(()), MissingKeys::finish)),
            Err(Failure::Output(error)) => Err(target.failed(error)),
            Err(Failure::Key(error) | Failure::MissingKeys(error)) => Err(error),
        };
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

    fn write_all(
        &mut self,
        part: Part,
        writer: &mut dyn AnswerWriter,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        let answers = part.map_err(|failure| Failure::Key(failure.into()))?;
        for found in answers.iter() {
            match found.is_missing() {
                false => {
                    counts.found += 1;
                    self.write_found(&found, writer)?;
                }
                true => {
                    counts.missing += 1;
                    self.write_missing(&found, writer)?;
                }
            }
        }
        match answers.into_failure() {
            Some(failed) => Err(self.cannot_look_up(failed.place, &failed.key, failed.error)),
            None => Ok(()),
        }
    }

    fn write_found(&self, found: &Found<'_>, writer: &mut dyn AnswerWriter) -> Result<(), Failure> {
        match found.with_value(self.map, |value| writer.write(answer(found, value))) {
            Ok(written) => written.map_err(|error| self.not_written(found, error)),
            Err(error) => Err(self.cannot_look_up(found.place, found.key, error)),
        }
    }

    fn write_missing(&mut self, found: &Found<'_>, writer: &mut dyn AnswerWriter) -> Result<(), Failure> {
        if let Some(missing_keys) = &mut self.missing_keys
            && !found.key.is_empty()
        {
            let written = missing_keys.write(found.key, &self.key);
            written.map_err(|failure| self.at(found.place, Some(found.key), failure))?;
        }
        let written = match &self.if_missing {
            IfMissing::Skip => writer.skip(),
            IfMissing::Null => writer.write(answer(found, None)),
            IfMissing::Default(value) => writer.write(answer(found, Some(value))),
            IfMissing::Error => {
                let error = match found.key {
                    [] => anyhow!("the key is null, and {} has no such key", self.location),
                    key => anyhow!("there is no key {} in {}", self.shown(key), self.location),
                };
                return Err(self.at(found.place, None, Failure::Key(error)));
            }
        };
        written.map_err(|error| self.not_written(found, error))
    }

    fn not_written(&self, found: &Found<'_>, error: ExportError) -> Failure {
        self.at(found.place, Some(found.key), error.into())
    }

    fn cannot_look_up(&self, place: KeyPlace, key: &[u8], error: Error) -> Failure {
        let key = self.shown(key);
        let error = anyhow::Error::new(error);
        let error = error.context(format!("cannot look up the key {key} in {}", self.location));
        self.at(place, None, Failure::Key(error))
    }

    /// A failure with its place, if it is about a key, and with that key.
    fn at(&self, place: KeyPlace, key: Option<&[u8]>, failure: Failure) -> Failure {
        match failure {
            Failure::Key(error) => {
                let error = match key {
                    Some(key) => error.context(format!("the key {}", self.shown(key))),
                    None => error,
                };
                Failure::Key(error.context(format!("{}: {place}", self.origin)))
            }
            other => other,
        }
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

/// An answer with this value.
fn answer<'a>(found: &Found<'a>, value: Option<&'a [u8]>) -> Answer<'a> {
    Answer {
        key: found.key,
        row: found.row,
        value,
    }
}
