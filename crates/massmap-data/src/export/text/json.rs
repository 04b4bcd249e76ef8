//! Values as JSON.

use std::collections::HashSet;
use std::io::Write;

use massmap::dynamic::{SchemaMismatch, SchemaStep, StaticSchema, Token, Tokens};
use massmap::format::MAX_DEPTH;
use massmap::{IntegerType, Schema, Variant};

use super::scalar::{write_base64, write_float};
use crate::escape::write_json_string;
use crate::excerpt;
use crate::export::error::Refusal;

/// What belongs where a file does not say what is there.
const JSON_ONLY: &str = "anything that JSON has, and the file does not say what is there: only a program that has the type can read it";

/// The same of keys.
const STRINGS_ONLY: &str = "a string, as all keys of JSON are, and the file does not say what is there: only a program that has the type can read it";

/// Writes values of a schema as JSON, each on one line.
#[derive(Debug, Clone)]
pub struct JsonText {
    schema: StaticSchema,
    /// Whether a value can be had back from what is written.
    is_exact: bool,
}

impl JsonText {
    /// For values of this schema.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if JSON cannot hold them: structs with two fields of the same name.
    pub fn new(schema: &StaticSchema) -> Result<Self, Refusal> {
        check_names(schema.as_schema())?;
        Ok(Self {
            schema: schema.clone(),
            is_exact: true,
        })
    }

    /// Values need not be the same when they are read again: of NaN only the sign is written, floats of 32 bits are written although the
    /// schema does not say that they are, and maps although they have a key twice.
    #[must_use]
    pub fn lenient(self) -> Self {
        Self {
            is_exact: false,
            ..self
        }
    }

    /// What the values are.
    #[must_use]
    pub fn schema(&self) -> &StaticSchema {
        &self.schema
    }

    /// Writes a value, which is MessagePack. Some of it may have been written when it turns out that it cannot be.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if JSON cannot hold the value so that it would be the same again, or it does not have the schema; errors of `out`.
    pub fn write(&self, encoded: &[u8], out: &mut impl Write) -> Result<(), Refusal> {
        write_json(self.schema.as_schema(), encoded, self.is_exact, out)
    }
}

/// Writes a value of a schema whose names have been checked.
pub(crate) fn write_json(
    schema: &Schema,
    encoded: &[u8],
    is_exact: bool,
    out: &mut impl Write,
) -> Result<(), Refusal> {
    let mut writer = Writer {
        is_exact,
        encoded,
        tokens: Tokens::new(encoded),
        out,
        depth: 0,
    };
    writer.value(schema)?;
    Ok(writer.tokens.finish()?)
}

/// Refuses structs whose fields have equal names.
fn check_names(schema: &Schema) -> Result<(), Refusal> {
    match schema {
        Schema::Option(inner) | Schema::Sequence(inner, _) => check_names(inner),
        Schema::Map(key, value) => check_names(key).and_then(|()| check_names(value)),
        Schema::Tuple(elements) => elements.iter().try_for_each(check_names),
        Schema::Struct { fields, .. } => {
            let mut seen = HashSet::new();
            if let Some((name, _)) = fields.iter().find(|(name, _)| !seen.insert(name)) {
                let found = format_args!("a struct with two fields `{:.40}`", name.escape_debug());
                return Err(
                    SchemaMismatch::instead_of("one whose fields have names of their own", found).into(),
                );
            }
            fields.iter().try_for_each(|(_, field)| check_names(field))
        }
        Schema::Enum(variants) => variants
            .iter()
            .filter_map(|variant| variant.content.as_ref())
            .try_for_each(check_names),
        _ => Ok(()),
    }
}

/// A key for messages, with a word before it.
#[cold]
pub(crate) fn named_key(schema: &Schema, encoded: &[u8]) -> String {
    let mut json = Vec::new();
    match write_json(schema, encoded, true, &mut json) {
        Ok(()) => format!("the key {}", excerpt::unquoted(&String::from_utf8_lossy(&json))),
        // This may be what is wrong with it.
        Err(_) => "a key".to_owned(),
    }
}

struct Writer<'a, W> {
    is_exact: bool,
    encoded: &'a [u8],
    tokens: Tokens<'a>,
    out: &'a mut W,
    /// How many values have begun and not ended.
    depth: usize,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Writes the next value.
    fn value(&mut self, schema: &Schema) -> Result<(), Refusal> {
        if self.depth > MAX_DEPTH {
            return Err(SchemaMismatch::new(schema, "a value that nests too deep").into());
        }
        self.depth += 1;
        let token = self.tokens.next_token()?;
        self.value_from(schema, token)?;
        self.depth -= 1;
        Ok(())
    }

    fn value_from(&mut self, schema: &Schema, token: Token<'a>) -> Result<(), Refusal> {
        match (schema, token) {
            (Schema::Unit | Schema::Option(_) | Schema::Any, Token::Nil) => self.out.write_all(b"null")?,
            (Schema::Option(inner), token) => return self.value_from(inner, token),
            (Schema::Bool | Schema::Any, Token::Bool(value)) => write!(self.out, "{value}")?,
            (Schema::Integer(_) | Schema::Any, Token::Unsigned(value)) => write!(self.out, "{value}")?,
            (Schema::Integer(_) | Schema::Any, Token::Signed(value)) => write!(self.out, "{value}")?,
            (Schema::Integer(integer @ (IntegerType::U128 | IntegerType::I128)), Token::Bytes(bytes)) => {
                match (bytes.try_into(), integer) {
                    (Ok(bytes), IntegerType::U128) => write!(self.out, "{}", u128::from_be_bytes(bytes))?,
                    (Ok(bytes), _) => write!(self.out, "{}", i128::from_be_bytes(bytes))?,
                    (Err(_), _) => return Err(SchemaMismatch::new(schema, token).into()),
                }
            }
            (Schema::F32, Token::Float(value)) => return write_float(value, "\"", self.is_exact, self.out),
            (Schema::F64, Token::Double(value)) => return write_float(value, "\"", self.is_exact, self.out),
            (Schema::Any, Token::Double(value)) if value.is_finite() || !self.is_exact => {
                return write_float(value, "\"", self.is_exact, self.out);
            }
            // As numbers of 64 bits, which are the same.
            (Schema::Any, Token::Float(value)) if !self.is_exact => {
                return write_float(f64::from(value), "\"", false, self.out);
            }
            (Schema::Any, Token::Double(value)) => {
                let found = format_args!("the float {value}");
                return Err(SchemaMismatch::instead_of(JSON_ONLY, found).into());
            }
            (Schema::Any, Token::Float(_)) => {
                return Err(SchemaMismatch::instead_of(JSON_ONLY, "a float of 32 bits").into());
            }
            (Schema::Char | Schema::String | Schema::Any, Token::Text(encoded)) => {
                write_json_string(text(schema, encoded)?, self.out)?;
            }
            (Schema::Bytes(_), Token::Bytes(bytes)) => {
                self.out.write_all(b"\"")?;
                write_base64(bytes, self.out)?;
                self.out.write_all(b"\"")?;
            }
            (Schema::Sequence(element, _), Token::Array(length)) => {
                return self.array(length, |_| Some(element));
            }
            (Schema::Any, Token::Array(length)) => return self.array(length, |_| Some(schema)),
            (Schema::Tuple(elements), Token::Array(length)) if elements.len() == length as usize => {
                return self.array(length, |number| elements.get(number));
            }
            (Schema::Struct { fields, is_map }, Token::Array(length) | Token::Map(length))
                if fields.len() == length as usize && *is_map == matches!(token, Token::Map(_)) =>
            {
                self.out.write_all(b"{")?;
                for (number, (name, field)) in (0..).zip(fields) {
                    self.separate(number)?;
                    if *is_map && self.tokens.next_token()? != Token::Text(name.as_bytes()) {
                        let found = "a map without this field in its place";
                        let mismatch = SchemaMismatch::new(schema, found);
                        return Err(mismatch.within(SchemaStep::name(name)).into());
                    }
                    write_json_string(name, self.out)?;
                    self.out.write_all(b":")?;
                    self.value(field)
                        .map_err(|error| error.within(|| SchemaStep::name(name)))?;
                }
                self.out.write_all(b"}")?;
            }
            (Schema::Map(key, value), Token::Map(length)) => match **key {
                Schema::String | Schema::Char | Schema::Never => return self.object([key, value], length),
                _ => return self.pairs([key, value], length),
            },
            (Schema::Any, Token::Map(length)) => return self.object([schema; 2], length),
            (Schema::Enum(variants), Token::Text(name)) => match find(schema, variants, name)? {
                Variant {
                    name, content: None, ..
                } => write_json_string(name, self.out)?,
                _ => return Err(SchemaMismatch::new(schema, "a variant without its content").into()),
            },
            (Schema::Enum(variants), Token::Map(1)) => {
                let name = self.tokens.next_token()?;
                let Token::Text(name) = name else {
                    let found = format_args!("a map whose key is {name}");
                    return Err(SchemaMismatch::new(schema, found).into());
                };
                let variant = find(schema, variants, name)?;
                let Some(content) = &variant.content else {
                    let found = "a variant with content that it does not have";
                    return Err(SchemaMismatch::new(schema, found).into());
                };
                self.out.write_all(b"{")?;
                write_json_string(&variant.name, self.out)?;
                self.out.write_all(b":")?;
                self.value(content)
                    .map_err(|error| error.within(|| SchemaStep::name(&variant.name)))?;
                self.out.write_all(b"}")?;
            }
            (Schema::Any, token) => return Err(SchemaMismatch::instead_of(JSON_ONLY, token).into()),
            (_, token) => return Err(SchemaMismatch::new(schema, token).into()),
        }
        Ok(())
    }

    fn separate(&mut self, number: u64) -> std::io::Result<()> {
        match number {
            0 => Ok(()),
            _ => self.out.write_all(b","),
        }
    }

    fn array<'s>(
        &mut self,
        length: u32,
        element: impl Fn(usize) -> Option<&'s Schema>,
    ) -> Result<(), Refusal> {
        self.out.write_all(b"[")?;
        for number in 0..length {
            self.separate(number.into())?;
            let element = element(number as usize).unwrap_or(&Schema::Any);
            self.value(element)
                .map_err(|error| error.within(|| SchemaStep::Element(number.into())))?;
        }
        self.out.write_all(b"]")?;
        Ok(())
    }

    /// A map whose keys are strings.
    fn object(&mut self, [key, value]: [&Schema; 2], length: u32) -> Result<(), Refusal> {
        let mut keys = Keys::default();
        self.out.write_all(b"{")?;
        for number in 0..u64::from(length) {
            self.separate(number)?;
            let start = self.tokens.position();
            let token = self.tokens.next_token()?;
            let Token::Text(name) = token else {
                let expected = match key {
                    Schema::Any => STRINGS_ONLY.to_owned(),
                    schema => format!("{schema:.120}"),
                };
                let mismatch = SchemaMismatch::instead_of(expected, token);
                return Err(mismatch.within(SchemaStep::Key(number)).into());
            };
            let name = text(key, name)
                .map_err(|mismatch| Refusal::from(mismatch).within(|| SchemaStep::Key(number)))?;
            keys.add(
                self.encoded
                    .get(start..self.tokens.position())
                    .unwrap_or_default(),
            );
            write_json_string(name, self.out)?;
            self.out.write_all(b":")?;
            self.value(value)
                .map_err(|error| error.within(|| SchemaStep::name(name)))?;
        }
        self.out.write_all(b"}")?;
        match self.is_exact {
            true => keys.check(),
            false => Ok(()),
        }
    }

    /// Any other map.
    fn pairs(&mut self, [key, value]: [&Schema; 2], length: u32) -> Result<(), Refusal> {
        let mut keys = Keys::default();
        self.out.write_all(b"[")?;
        for number in 0..u64::from(length) {
            self.separate(number)?;
            self.out.write_all(b"[")?;
            let start = self.tokens.position();
            self.value(key)
                .map_err(|error| error.within(|| SchemaStep::Key(number)))?;
            keys.add(
                self.encoded
                    .get(start..self.tokens.position())
                    .unwrap_or_default(),
            );
            self.out.write_all(b",")?;
            self.value(value)
                .map_err(|error| error.within(|| SchemaStep::Value(number)))?;
            self.out.write_all(b"]")?;
        }
        self.out.write_all(b"]")?;
        match self.is_exact {
            true => keys.check(),
            false => Ok(()),
        }
    }
}

/// The encoded keys of a map, which must be distinct: readers would refuse the map, or keep one entry of several.
#[derive(Default)]
pub(crate) struct Keys<'a> {
    keys: Vec<&'a [u8]>,
    /// Whether one does not come behind the one before it.
    is_unordered: bool,
}

impl<'a> Keys<'a> {
    pub(crate) fn add(&mut self, key: &'a [u8]) {
        self.is_unordered |= self.keys.last().is_some_and(|last| *last >= key);
        self.keys.push(key);
    }

    /// Fails if a key is there twice.
    pub(crate) fn check(mut self) -> Result<(), Refusal> {
        if self.is_unordered {
            self.keys.sort_unstable();
            if self.keys.windows(2).any(|pair| pair.first() == pair.last()) {
                let expected = "one in which each key is there once";
                return Err(
                    SchemaMismatch::instead_of(expected, "a map with a key that is there twice").into(),
                );
            }
        }
        Ok(())
    }
}

fn find<'s>(schema: &Schema, variants: &'s [Variant], name: &[u8]) -> Result<&'s Variant, SchemaMismatch> {
    let mut variants = variants.iter();
    let variant = variants.find(|variant| variant.name.as_bytes() == name);
    variant.ok_or_else(|| SchemaMismatch::new(schema, "an unknown variant"))
}

/// The text of a string, or of a character.
fn text<'t>(schema: &Schema, encoded: &'t [u8]) -> Result<&'t str, SchemaMismatch> {
    let text =
        str::from_utf8(encoded).map_err(|_| SchemaMismatch::new(schema, "a string that is not UTF-8"))?;
    let mut characters = text.chars();
    match (schema, characters.next(), characters.next()) {
        (Schema::Char, None, _) | (Schema::Char, _, Some(_)) => {
            let found = format_args!("a string of {} characters", text.chars().count());
            Err(SchemaMismatch::new(schema, found))
        }
        _ => Ok(text),
    }
}
