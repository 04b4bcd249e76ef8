//! Records whose keys or values are made of several fields.

use std::io::BufRead;
use std::ops::Range;

use massmap::Schema;
use massmap::dynamic::SchemaStep;

use super::fields::close;
use crate::excerpt;
use crate::input::json::error::{JsonError, Problem};
use crate::input::json::parser::{Kind, Parser};
use crate::input::json::typed::read_name;
use crate::input::json::value::{Members, Open};
use crate::input::memory::append;
use crate::input::record::{Field, Record};
use crate::schemas::cells::{Part, parts};
use crate::schemas::columns::ChosenColumns;
use crate::schemas::{EntryPart, EntrySchemas};

/// Reads an object with the chosen fields, in any order.
pub(super) fn read<R: BufRead>(
    schemas: &EntrySchemas,
    columns: &ChosenColumns,
    json: &mut Parser<R>,
) -> Result<Record<'static>, JsonError> {
    if json.kind()? != Kind::Object {
        return Err(json.invalid_type(&expected(columns)));
    }
    let [key_differs, value_differs] = [EntryPart::Key, EntryPart::Value].map(|part| schemas.differs(part));
    let mut key = Chosen::new(&columns.key, schemas.key().schema().as_schema());
    let mut object = Vec::new();
    let mut value = match &columns.value {
        Some(names) => Value::Chosen(Chosen::new(names, schemas.value().as_schema())),
        None => Value::Others(Members::new(&mut object)),
    };
    json.each_member(|json, field| {
        if let Some(number) = key.find(field) {
            key.read(number, EntryPart::Key, json)
                .map_err(|error| error.of_part(key_differs))?;
        } else {
            match &mut value {
                Value::Chosen(value) => match value.find(field) {
                    Some(number) => value
                        .read(number, EntryPart::Value, json)
                        .map_err(|error| error.of_part(value_differs))?,
                    None => json.skip()?,
                },
                Value::Others(members) => {
                    members
                        .add_key(field, &mut object)
                        .map_err(|problem| json.error(problem))?;
                    json.transcode(&mut object)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(Record {
        key: key.end(json)?,
        value: match value {
            Value::Chosen(value) => value.end(json)?,
            Value::Others(members) => {
                close(members, json, &mut object)?;
                Field::Encoded(object)
            }
        },
    })
}

/// A value that is being read.
enum Value<'s> {
    Chosen(Chosen<'s>),
    /// An object of all fields that are not of the key.
    Others(Members),
}

/// Chosen fields of a key or a value.
struct Chosen<'s> {
    names: &'s [String],
    schemas: Vec<&'s Schema>,
    /// Where they lie in `encoded`, as far as they have been read.
    places: Vec<Option<Range<usize>>>,
    encoded: Vec<u8>,
}

impl<'s> Chosen<'s> {
    fn new(names: &'s [String], schema: &'s Schema) -> Self {
        Self {
            names,
            schemas: parts(schema, Part::of(names.len())),
            places: vec![None; names.len()],
            encoded: Vec::new(),
        }
    }

    /// The number of the field of this name, if it is chosen.
    fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|field| field == name)
    }

    fn read<R: BufRead>(
        &mut self,
        number: usize,
        part: EntryPart,
        json: &mut Parser<R>,
    ) -> Result<(), JsonError> {
        let (Some(place), Some(name), Some(schema)) = (
            self.places.get_mut(number),
            self.names.get(number),
            self.schemas.get(number),
        ) else {
            return Ok(());
        };
        if place.is_some() {
            let field = excerpt::quoted(name);
            return Err(json.error(Problem::DuplicateField { field }));
        }
        let out = &mut self.encoded;
        let start = out.len();
        let read = match (schema, part, json.kind()?) {
            // As a value of one field, its members are sorted.
            (Schema::Any, ..) => json.transcode(out),
            // As a key of one field, an integer may be a string of digits.
            (Schema::Integer(_), EntryPart::Key, Kind::Text) => {
                let text = json.text()?;
                read_name(schema, &text, out).map_err(|problem| json.error(problem))
            }
            _ => json.typed(schema, out),
        };
        read.map_err(|error| error.within(|| SchemaStep::name(name)))?;
        *place = Some(start..out.len());
        Ok(())
    }

    /// The key or value.
    ///
    /// # Errors
    ///
    /// Fails if a field is missing.
    fn end<R: BufRead>(self, json: &Parser<R>) -> Result<Field<'static>, JsonError> {
        let missing = self.places.iter().position(Option::is_none);
        if let Some(name) = missing.and_then(|number| self.names.get(number)) {
            let field = excerpt::quoted(name);
            return Err(json.error(Problem::MissingField { field }));
        }
        if let [_] = self.names {
            return Ok(Field::Encoded(self.encoded));
        }
        let mut out = Vec::new();
        let open = Open::new(&mut out);
        for place in self.places.into_iter().flatten() {
            let encoded = self.encoded.get(place).unwrap_or_default();
            append(&mut out, encoded).map_err(|error| json.error(error.into()))?;
        }
        let closed = open.close_array(self.names.len(), &mut out);
        closed.map_err(|problem| json.error(problem))?;
        Ok(Field::Encoded(out))
    }
}

/// A description of valid records.
fn expected(columns: &ChosenColumns) -> String {
    let names = columns.key.iter().chain(columns.value.iter().flatten());
    let names = excerpt::list(names.map(String::as_str));
    format!("an object with the fields {names}")
}
