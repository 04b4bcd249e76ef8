//! JSON documents: one object whose entries are the entries, or one array of records.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::error::{Fault, Halt, Place, Refusal};
use super::limit::{Limited, RecordLimit, RecordTooLong};
use super::record::{Field, Fields, JsonRecord, Record, Sink};

/// Hands on each entry as soon as it is parsed. None may be longer than `max_record` bytes.
pub(super) fn read(
    text: impl BufRead,
    fields: &Fields,
    max_record: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Halt> {
    let limit = RecordLimit::new(max_record);
    let mut json = serde_json::Deserializer::from_reader(Limited::new(text, &limit));
    let mut document = Document {
        fields,
        sink,
        limit,
        taken: 0,
        refusal: None,
    };
    if let Err(error) = json.deserialize_any(&mut document) {
        let (place, cause) = explain(error);
        let place = Place {
            record: Some(document.taken + 1),
            ..place
        };
        return Err(match document.refusal {
            Some(refusal) => refusal.at(place, fields.key.as_deref(), fields.value.as_deref()),
            None => Halt::Faulty(Fault { place, cause }),
        });
    }
    json.end().map_err(|error| {
        let (place, cause) = explain(error);
        Halt::Faulty(Fault { place, cause })
    })
}

/// Where parsing failed, and why without the place.
pub(super) fn explain(error: serde_json::Error) -> (Place, anyhow::Error) {
    if error.is_io() {
        let error: io::Error = error.into();
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
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let cause = message
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&message)
        .to_owned();
    let place = Place {
        // 0 stands for unknown.
        line: u64::try_from(line).ok().filter(|line| *line > 0),
        column: Some(column).filter(|column| *column > 0),
        ..Place::default()
    };
    (place, anyhow::Error::msg(cause))
}

/// A failure of the file system or of decompression.
pub(super) fn unreadable(error: io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context("cannot read it")
}

/// The whole document.
struct Document<'a, 's> {
    fields: &'a Fields,
    sink: &'a mut Sink<'s>,
    /// Told where records end.
    limit: RecordLimit,
    /// How many records the sink has taken.
    taken: u64,
    /// Why the sink has not taken one. It ends the parsing through an error of no meaning.
    refusal: Option<Refusal>,
}

impl Document<'_, '_> {
    fn hand_on<E: Error>(&mut self, record: Record<'_>) -> Result<(), E> {
        (self.sink)(record).map_err(|refusal| {
            self.refusal = Some(refusal);
            E::custom("refused")
        })?;
        self.taken += 1;
        self.limit.begin();
        Ok(())
    }
}

impl<'de> Visitor<'de> for &mut Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fields.are_named() {
            false => f.write_str(r#"an object, or an array of [key, value] or {"key": …, "value": …}"#),
            // The entries of an object have no fields that could be picked.
            true => f.write_str("an array of objects, since --key or --value is given"),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        if self.fields.are_named() {
            return Err(Error::invalid_type(serde::de::Unexpected::Map, &self));
        }
        while let Some((key, value)) = access.next_entry::<String, Value>()? {
            self.hand_on(Record {
                key: Field::Json(key.into()),
                value: Field::Json(value),
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(record) = access.next_element_seed(JsonRecord(self.fields))? {
            self.hand_on(record)?;
        }
        Ok(())
    }
}
