//! Reads objects as structs, maps, or anything.

use std::borrow::Cow;
use std::io::BufRead;
use std::ops::Range;

use massmap::Schema;
use massmap::dynamic::{SchemaMismatch, SchemaStep, Token, Tokens};
use massmap::format::Walker;

use super::text::read_name;
use crate::excerpt;
use crate::input::json::error::{JsonError, Problem};
use crate::input::json::parser::Parser;
use crate::input::json::value::{NIL, Open, encode_text};
use crate::input::memory::append;

/// Reads the members of an object one by one.
pub(in crate::input) struct ObjectReader<'s> {
    schema: &'s Schema,
    open: Open,
    target: Target<'s>,
}

enum Target<'s> {
    Struct {
        fields: &'s [(Cow<'static, str>, Schema)],
        is_map: bool,
        /// The fields that have been read, in this order, and where they lie.
        placed: Vec<(usize, Range<usize>)>,
        /// Whether these are the first fields, in order.
        in_order: bool,
    },
    /// A map, or anything.
    Map {
        key: &'s Schema,
        value: &'s Schema,
        /// Number of entries.
        count: usize,
        /// Where the last key lies.
        last_key: Range<usize>,
        /// Whether each key comes behind the one before it.
        in_order: bool,
    },
    /// Values of the schema are no objects.
    Other,
}

impl<'s> ObjectReader<'s> {
    /// Begins a value of the schema at the end of `out`.
    pub(in crate::input) fn begin(schema: &'s Schema, out: &mut Vec<u8>) -> Self {
        let map = |key, value| Target::Map {
            key,
            value,
            count: 0,
            last_key: 0..0,
            in_order: true,
        };
        Self {
            schema,
            open: Open::new(out),
            target: match schema {
                Schema::Struct { fields, is_map } => Target::Struct {
                    fields,
                    is_map: *is_map,
                    placed: Vec::new(),
                    in_order: true,
                },
                Schema::Map(key, value) => map(key, value),
                Schema::Any => map(&Schema::String, schema),
                _ => Target::Other,
            },
        }
    }

    /// Reads the value of the member `name`.
    pub(in crate::input) fn member<R: BufRead>(
        &mut self,
        json: &mut Parser<R>,
        name: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), JsonError> {
        let start = out.len();
        match &mut self.target {
            Target::Struct {
                fields,
                is_map,
                placed,
                in_order,
            } => {
                // Mostly they come in order.
                let next = placed.len();
                let is_next = fields.get(next).is_some_and(|(field, _)| field == name) && *in_order;
                let number = match is_next {
                    true => Some(next),
                    false => fields.iter().position(|(field, _)| field == name),
                };
                let wrong = |found: &str| {
                    let found = format_args!("an object with {found} {}", excerpt::quoted(name));
                    Problem::from(SchemaMismatch::new(self.schema, found))
                };
                let Some((number, (_, field))) =
                    number.and_then(|number| Some((number, fields.get(number)?)))
                else {
                    return Err(json.error(wrong("the unknown field")));
                };
                if !is_next && placed.iter().any(|(other, _)| *other == number) {
                    return Err(json.error(wrong("two fields")));
                }
                if *is_map {
                    encode_text(name, out).map_err(|problem| json.error(problem))?;
                }
                json.typed(field, out)
                    .map_err(|error| error.within(|| SchemaStep::name(name)))?;
                *in_order &= number == next;
                placed.push((number, start..out.len()));
            }
            Target::Map { key, value, .. } => {
                let (key, value) = (*key, *value);
                read_name(key, name, out)
                    .map_err(|problem| json.error(problem).within(|| SchemaStep::name(name)))?;
                self.begin_value(start, out);
                json.typed(value, out)
                    .map_err(|error| error.within(|| SchemaStep::name(name)))?;
            }
            Target::Other => {
                let mismatch = SchemaMismatch::new(self.schema, "an object");
                return Err(json.error(mismatch.into()));
            }
        }
        Ok(())
    }

    /// Notes the key of a map at the end of `out` that begins at `start`. Its value must follow.
    pub(super) fn begin_value(&mut self, start: usize, out: &[u8]) {
        if let Target::Map {
            count,
            last_key,
            in_order,
            ..
        } = &mut self.target
        {
            let key = start..out.len();
            *in_order &= *count == 0 || out.get(last_key.clone()) < out.get(key.clone());
            *last_key = key;
            *count += 1;
        }
    }

    /// Ends the value.
    ///
    /// # Errors
    ///
    /// Fails if a field is missing that is not optional, or a key is there twice.
    pub(in crate::input) fn end(self, out: &mut Vec<u8>) -> Result<(), Problem> {
        let Self { schema, open, target } = self;
        let start = open.start() + 1;
        match target {
            Target::Struct {
                fields,
                is_map,
                placed,
                in_order,
            } => {
                if !in_order || placed.len() < fields.len() {
                    arrange(schema, fields, is_map, &placed, start, out)?;
                }
                match is_map {
                    true => open.close_map(fields.len(), out),
                    false => open.close_array(fields.len(), out),
                }
            }
            Target::Map { count, in_order, .. } => {
                if !in_order {
                    check_distinct(out.get(start..).unwrap_or_default(), count)?;
                }
                open.close_map(count, out)
            }
            Target::Other => Err(SchemaMismatch::new(schema, "an object").into()),
        }
    }
}

/// Brings the fields behind `start` into their order, and adds the optional ones that are missing.
fn arrange(
    schema: &Schema,
    fields: &[(Cow<'static, str>, Schema)],
    is_map: bool,
    placed: &[(usize, Range<usize>)],
    start: usize,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    let mut places = vec![None; fields.len()];
    for (number, range) in placed {
        if let Some(place) = places.get_mut(*number) {
            *place = Some(range.clone());
        }
    }
    let mut arranged = Vec::new();
    for ((name, field), place) in fields.iter().zip(places) {
        match (place, field) {
            (Some(range), _) => append(&mut arranged, out.get(range).unwrap_or_default())?,
            (None, Schema::Option(_) | Schema::Unit) => {
                if is_map {
                    encode_text(name, &mut arranged)?;
                }
                append(&mut arranged, &[NIL])?;
            }
            (None, _) => {
                let found = format_args!("an object without the field {}", excerpt::quoted(name));
                return Err(SchemaMismatch::new(schema, found).into());
            }
        }
    }
    out.truncate(start);
    Ok(append(out, &arranged)?)
}

/// Fails if two of the `count` entries have the same key.
fn check_distinct(entries: &[u8], count: usize) -> Result<(), Problem> {
    let mut walker = Walker::new(entries);
    let mut keys = Vec::new();
    for _ in 0..count {
        let key = walker.value().map_err(|_| Problem::TooDeep)?;
        walker.value().map_err(|_| Problem::TooDeep)?;
        keys.push(key);
    }
    keys.sort_unstable();
    let mut pairs = keys.iter().zip(keys.iter().skip(1));
    match pairs.find(|(one, other)| one == other) {
        None => Ok(()),
        Some((key, _)) => {
            let key = match Tokens::new(key).next_token() {
                Ok(Token::Text(text)) => excerpt::quoted(&String::from_utf8_lossy(text)),
                Ok(Token::Unsigned(number)) => number.to_string(),
                Ok(Token::Signed(number)) => number.to_string(),
                _ => "of the same value".to_owned(),
            };
            Err(Problem::DuplicateMember { key })
        }
    }
}
