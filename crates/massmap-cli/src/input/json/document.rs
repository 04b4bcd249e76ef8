//! JSON documents: one object whose entries are the entries, or one array of records.

use std::io::{self, BufRead};

use crate::input::args::ReadOptions;
use crate::input::error::{Fault, Halt, Place, Refusal};
use crate::input::json::error::{JsonError, Problem};
use crate::input::json::parser::{Kind, Parser};
use crate::input::json::value::JsonValue;
use crate::input::record::{Field, Fields, Record, Sink};
use crate::input::source::limit::{Limited, RecordLimit, RecordTooLong};

/// Hands on each entry as soon as it is parsed.
///
/// An object that has just the fields of a record of NDJSON is refused, unless the user said that it `is_json`.
pub(in crate::input) fn read(
    text: impl BufRead,
    options: &ReadOptions,
    is_json: bool,
    sink: &mut Sink<'_>,
) -> Result<(), Halt> {
    let fields = &options.fields;
    let limit = RecordLimit::new(options.max_record);
    let mut json = Parser::new(Limited::new(text, &limit));
    let mut document = Document {
        fields,
        sink,
        limit,
        is_json,
        taken: 0,
        line: 1,
        refusal: None,
    };
    if options.allow_empty && json.is_blank() {
        return Ok(());
    }
    if let Err(error) = document.read(&mut json) {
        let (place, cause) = explain(error);
        // What the document is as a whole, and what is behind it, is no matter of an entry of it.
        let is_of_whole = matches!(
            cause.downcast_ref(),
            Some(Problem::RecordAlone | Problem::TrailingCharacters)
        );
        let place = Place {
            record: (!is_of_whole).then_some(document.taken + 1),
            ..place
        };
        return Err(match document.refusal {
            Some(refusal) => {
                let line = u64::try_from(document.line).ok();
                let place = Place {
                    // The column is one of the line where the record ends.
                    column: place.column.filter(|_| line == place.line),
                    line,
                    ..place
                };
                refusal.at(place, fields.key.as_deref(), fields.value.as_deref())
            }
            None => Halt::Faulty(Fault { place, cause }),
        });
    }
    json.end().map_err(|error| {
        let (place, cause) = explain(error);
        Halt::Faulty(Fault { place, cause })
    })
}

/// Where parsing failed, and why without the place.
pub(in crate::input) fn explain(error: JsonError) -> (Place, anyhow::Error) {
    let (position, problem) = error.into_parts();
    if let Problem::Unreadable(error) = problem {
        return match error.downcast::<RecordTooLong>() {
            Ok(error) => {
                let place = Place {
                    line: Some(error.line),
                    ..Place::default()
                };
                (place, error.into())
            }
            Err(error) => (Place::default(), unreadable(error)),
        };
    }
    let place = Place {
        line: u64::try_from(position.line).ok(),
        // 0 where a line has ended before there was anything on it.
        column: Some(position.column).filter(|column| *column > 0),
        ..Place::default()
    };
    (place, anyhow::Error::new(problem))
}

/// A failure of the file system or of decompression.
pub(in crate::input) fn unreadable(error: io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context("cannot read it")
}

/// The whole document.
struct Document<'a, 's> {
    fields: &'a Fields,
    sink: &'a mut Sink<'s>,
    /// Told where records end.
    limit: RecordLimit,
    /// Whether the user said so.
    is_json: bool,
    /// How many records the sink has taken.
    taken: u64,
    /// The line on which the last record began.
    line: usize,
    /// Why the sink has not taken one. It ends the parsing through an error of no meaning.
    refusal: Option<Refusal>,
}

impl Document<'_, '_> {
    fn read<R: BufRead>(&mut self, json: &mut Parser<R>) -> Result<(), JsonError> {
        match json.kind()? {
            // The entries of an object have no fields that could be picked.
            Kind::Object if !self.fields.are_named() => self.read_object(json),
            Kind::Array => self.read_array(json),
            _ => Err(json.invalid_type(&match self.fields.are_named() {
                false => r#"an object, or an array of [key, value] or {"key": …, "value": …}"#,
                true => "an array of objects, since --key or --value is given",
            })),
        }
    }

    fn read_object<R: BufRead>(&mut self, json: &mut Parser<R>) -> Result<(), JsonError> {
        json.enter()?;
        let mut first = true;
        let mut key = Vec::new();
        // Whether there are entries with the names of the fields of a record.
        let [mut has_key, mut has_value] = [false; 2];
        while json.next_key(first, &mut key)? {
            first = false;
            self.line = json.position().line;
            let text = String::from_utf8(std::mem::take(&mut key)).expect("checked where it was read");
            has_key |= text == "key";
            has_value |= text == "value";
            let record = Record {
                key: Field::Json(JsonValue::Text(text)),
                value: Field::Json(json.value()?),
            };
            self.hand_on(record, json)?;
        }
        match has_key && has_value && self.taken == 2 && !self.is_json {
            true => {
                // With other records behind it, it is none of a document.
                json.end()?;
                Err(json.error(Problem::RecordAlone))
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
            let record = self.fields.read(json)?;
            self.hand_on(record, json)?;
        }
        Ok(())
    }

    fn hand_on<R: BufRead>(&mut self, record: Record<'_>, json: &Parser<R>) -> Result<(), JsonError> {
        (self.sink)(record).map_err(|refusal| {
            self.refusal = Some(refusal);
            json.error(Problem::Refused)
        })?;
        self.taken += 1;
        self.limit.begin();
        Ok(())
    }
}
