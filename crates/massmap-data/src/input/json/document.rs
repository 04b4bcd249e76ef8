//! JSON documents: one object, each of whose members is an entry, or one array of records.

use std::io::BufRead;

use super::error::{JsonError, Problem, locate};
use super::parser::{Kind, Parser};
use super::record;
use crate::input::error::{LocatedError, Place, Rejection, Stop};
use crate::input::record::{Reading, Record, Sink};
use crate::input::settings::InputSettings;
use crate::input::source::limit::{Limited, RecordLimit};

/// Passes each entry to `sink` as soon as it is parsed.
///
/// An object that has only the fields of an NDJSON record is refused, unless the user said that the input `is_json`.
pub(in crate::input) fn read(
    text: impl BufRead,
    options: &InputSettings,
    is_json: bool,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let fields = &options.fields;
    let limit = RecordLimit::new(options.max_record);
    let mut json = Parser::new(Limited::new(text, &limit));
    let mut document = Document {
        reading: options.reading(),
        sink,
        limit,
        is_json,
        accepted: 0,
        line: 1,
        rejection: None,
    };
    if options.allow_empty && json.is_blank() {
        return Ok(());
    }
    if let Err(error) = document.read(&mut json) {
        let (place, cause) = locate(error);
        // These are about the document, not about a record.
        let is_of_document = matches!(
            cause.downcast_ref(),
            Some(Problem::AmbiguousRecord | Problem::TrailingCharacters)
        );
        let place = Place {
            record: (!is_of_document).then_some(document.accepted + 1),
            ..place
        };
        return Err(match document.rejection {
            Some(rejection) => {
                let line = u64::try_from(document.line).ok();
                let place = Place {
                    // The column belongs to the line on which the record ends.
                    column: place.column.filter(|_| line == place.line),
                    line,
                    ..place
                };
                rejection.at(place, fields.key.as_deref(), fields.value.as_deref())
            }
            None => Stop::Failed(LocatedError { place, cause }),
        });
    }
    json.end().map_err(|error| {
        let (place, cause) = locate(error);
        Stop::Failed(LocatedError { place, cause })
    })
}

struct Document<'a, 's> {
    reading: Reading<'a>,
    sink: &'a mut Sink<'s>,
    /// Restarted after each record.
    limit: RecordLimit,
    /// Whether the user said so.
    is_json: bool,
    /// Number of records that the sink accepted.
    accepted: u64,
    /// Line on which the last record began.
    line: usize,
    /// Why the sink rejected a record. [`Problem::Rejected`] then ends the parsing.
    rejection: Option<Rejection>,
}

impl Document<'_, '_> {
    fn read<R: BufRead>(&mut self, json: &mut Parser<R>) -> Result<(), JsonError> {
        match json.kind()? {
            // Members of an object have no fields to select.
            Kind::Object if !self.reading.fields.are_named() => self.read_object(json),
            Kind::Array => self.read_array(json),
            _ => Err(json.invalid_type(&match self.reading.fields.are_named() {
                false => r#"an object, or an array of [key, value] or {"key": …, "value": …}"#,
                true => "an array of objects, since --key or --value is given",
            })),
        }
    }

    fn read_object<R: BufRead>(&mut self, json: &mut Parser<R>) -> Result<(), JsonError> {
        json.enter()?;
        let mut first = true;
        let mut key = Vec::new();
        // Whether there are members named like the fields of a record.
        let [mut has_key, mut has_value] = [false; 2];
        while json.next_key(first, &mut key)? {
            first = false;
            self.line = json.position().line;
            let text = String::from_utf8(std::mem::take(&mut key)).expect("keys are checked to be UTF-8");
            has_key |= text == "key";
            has_value |= text == "value";
            let record = record::of_member(self.reading, text, json)?;
            self.pass_on(record, json)?;
        }
        match has_key && has_value && self.accepted == 2 && !self.is_json {
            true => {
                // If other records follow, it is not a document at all.
                json.end()?;
                Err(json.error(Problem::AmbiguousRecord))
            }
            false => Ok(()),
        }
    }

    fn read_array<R: BufRead>(&mut self, json: &mut Parser<R>) -> Result<(), JsonError> {
        json.enter()?;
        let mut first = true;
        while json.next_element(first)? {
            first = false;
            self.line = json.position().line;
            let record = record::read(self.reading, json)?;
            self.pass_on(record, json)?;
        }
        Ok(())
    }

    fn pass_on<R: BufRead>(&mut self, record: Record<'_>, json: &Parser<R>) -> Result<(), JsonError> {
        (self.sink)(record).map_err(|rejection| {
            self.rejection = Some(rejection);
            json.error(Problem::Rejected)
        })?;
        self.accepted += 1;
        self.limit.begin();
        Ok(())
    }
}
