//! Encoding dynamic values as a schema says.

use std::borrow::Cow;

use massmap_format::{IntegerType, MAX_DEPTH, Schema, Variant};
use rmp::encode;

use crate::codec::dynamic::{Integer, Value};
use crate::codec::schema::{SchemaMismatch, SchemaStep};

/// Why writing to memory succeeds.
const INFALLIBLE: &str = "a vector takes all that is written to it";

/// The encoding of `value`, if `schema` describes it.
pub(super) fn encode(schema: &Schema, value: &Value) -> Result<Vec<u8>, SchemaMismatch> {
    let mut encoder = Encoder {
        out: Vec::new(),
        depth: 0,
    };
    encoder.value(schema, value)?;
    Ok(encoder.out)
}

struct Encoder {
    out: Vec<u8>,
    /// How many values have begun and not ended.
    depth: usize,
}

type Fields = [(Cow<'static, str>, Schema)];

impl Encoder {
    fn value(&mut self, schema: &Schema, value: &Value) -> Result<(), SchemaMismatch> {
        if self.depth > MAX_DEPTH {
            return Err(SchemaMismatch::new(schema, "a value that nests too deep"));
        }
        self.depth += 1;
        self.inner(schema, value)?;
        self.depth -= 1;
        Ok(())
    }

    fn inner(&mut self, schema: &Schema, value: &Value) -> Result<(), SchemaMismatch> {
        match (schema, value) {
            (Schema::Any, value) => return self.any(value),
            (Schema::Unit | Schema::Option(_), Value::Null) => {
                encode::write_nil(&mut self.out).expect(INFALLIBLE);
            }
            (Schema::Option(inner), value) => return self.value(inner, value),
            (Schema::Bool, Value::Bool(value)) => {
                encode::write_bool(&mut self.out, *value).expect(INFALLIBLE);
            }
            (Schema::Char, Value::String(text)) => match text.chars().count() {
                1 => self.text(schema, text)?,
                count => {
                    let found = format_args!("a string of {count} characters");
                    return Err(SchemaMismatch::new(schema, found));
                }
            },
            (Schema::Integer(integer), Value::Integer(value)) => {
                return self.integer(schema, *integer, *value);
            }
            // A float of 32 bits is the same number in 64; another number has none of 32 bits.
            (Schema::F32, Value::Float(value)) => match narrow(*value) {
                Some(value) => encode::write_f32(&mut self.out, value).expect(INFALLIBLE),
                None => return Err(SchemaMismatch::new(schema, format_args!("the float {value:?}"))),
            },
            (Schema::F64, Value::Float(value)) => {
                encode::write_f64(&mut self.out, *value).expect(INFALLIBLE);
            }
            (Schema::String, Value::String(text)) => self.text(schema, text)?,
            (Schema::Bytes(length), Value::Bytes(bytes)) => {
                if length.is_some_and(|length| length as usize != bytes.len()) {
                    let found = format_args!("a byte array of {} bytes", bytes.len());
                    return Err(SchemaMismatch::new(schema, found));
                }
                self.bytes(schema, bytes)?;
            }
            (Schema::Sequence(element, length), Value::Array(elements)) => {
                self.array_header(schema, elements.len(), *length)?;
                return self.elements(elements.iter().map(|value| (&**element, value)));
            }
            (Schema::Sequence(element, length), Value::Bytes(bytes)) => {
                self.array_header(schema, bytes.len(), *length)?;
                let values: Vec<_> = bytes.iter().map(|byte| Value::from(*byte)).collect();
                return self.elements(values.iter().map(|value| (&**element, value)));
            }
            (Schema::Tuple(schemas), Value::Array(elements)) => {
                self.array_header(schema, elements.len(), u32::try_from(schemas.len()).ok())?;
                return self.elements(schemas.iter().zip(elements));
            }
            (
                Schema::Struct {
                    fields,
                    is_map: false,
                },
                Value::Array(elements),
            ) => {
                self.array_header(schema, elements.len(), u32::try_from(fields.len()).ok())?;
                for ((name, field), value) in fields.iter().zip(elements) {
                    self.named(name, field, value)?;
                }
            }
            (Schema::Struct { fields, is_map: true }, Value::Map(entries)) => {
                return self.fields(schema, fields, entries);
            }
            (Schema::Map(key_schema, value_schema), Value::Map(entries)) => {
                self.map_header(schema, entries.len())?;
                for (number, (key, value)) in (0..).zip(entries) {
                    self.value(key_schema, key)
                        .map_err(|error| error.within(SchemaStep::Key(number)))?;
                    self.value(value_schema, value)
                        .map_err(|error| error.within(SchemaStep::Value(number)))?;
                }
            }
            (Schema::Enum(variants), value) => return self.variant(schema, variants, value),
            (_, value) => return Err(SchemaMismatch::new(schema, value.kind())),
        }
        Ok(())
    }

    fn elements<'v>(
        &mut self,
        elements: impl Iterator<Item = (&'v Schema, &'v Value)>,
    ) -> Result<(), SchemaMismatch> {
        for (number, (schema, value)) in (0..).zip(elements) {
            self.value(schema, value)
                .map_err(|error| error.within(SchemaStep::Element(number)))?;
        }
        Ok(())
    }

    fn named(&mut self, name: &str, schema: &Schema, value: &Value) -> Result<(), SchemaMismatch> {
        self.value(schema, value)
            .map_err(|error| error.within(SchemaStep::name(name)))
    }

    /// The fields of a struct that is stored as a map, in its order.
    fn fields(
        &mut self,
        schema: &Schema,
        fields: &Fields,
        entries: &[(Value, Value)],
    ) -> Result<(), SchemaMismatch> {
        self.map_header(schema, fields.len())?;
        if let Some((key, _)) = entries
            .iter()
            .find(|(key, _)| !fields.iter().any(|(name, _)| key.as_str() == Some(name)))
        {
            let found = match key.as_str() {
                Some(name) => format!("a map with the unknown field `{}`", shown(name)),
                None => format!("a map with {} as the name of a field", key.kind()),
            };
            return Err(SchemaMismatch::new(schema, found));
        }
        for (name, field) in fields {
            let mut alike = entries.iter().filter(|(key, _)| key.as_str() == Some(name));
            let value = match (alike.next(), alike.next()) {
                (Some((_, value)), None) => value,
                (found, _) => {
                    let s = if found.is_some() {
                        "several fields"
                    } else {
                        "no field"
                    };
                    return Err(SchemaMismatch::new(
                        schema,
                        format!("a map with {s} `{}`", shown(name)),
                    ));
                }
            };
            self.text(schema, name)?;
            self.named(name, field, value)?;
        }
        Ok(())
    }

    fn variant(
        &mut self,
        schema: &Schema,
        variants: &[Variant],
        value: &Value,
    ) -> Result<(), SchemaMismatch> {
        let find = |name: &str| {
            let variant = variants.iter().find(|variant| variant.name == name);
            let unknown = || SchemaMismatch::new(schema, format!("the unknown variant `{}`", shown(name)));
            variant.ok_or_else(unknown)
        };
        match value {
            Value::String(name) => match find(name)?.content {
                None => self.text(schema, name),
                Some(_) => Err(SchemaMismatch::new(schema, "a variant without its content")),
            },
            Value::Map(entries) => match entries.as_slice() {
                [(Value::String(name), content)] => match &find(name)?.content {
                    Some(content_schema) => {
                        self.map_header(schema, 1)?;
                        self.text(schema, name)?;
                        self.named(name, content_schema, content)
                    }
                    None => Err(SchemaMismatch::new(
                        schema,
                        "a variant with content that it does not have",
                    )),
                },
                _ => Err(SchemaMismatch::new(
                    schema,
                    "a map other than from a name to a content",
                )),
            },
            other => Err(SchemaMismatch::new(schema, other.kind())),
        }
    }

    /// A value of any kind, as Rust programs write it.
    fn any(&mut self, value: &Value) -> Result<(), SchemaMismatch> {
        let schema = &Schema::Any;
        match value {
            Value::Null => encode::write_nil(&mut self.out).expect(INFALLIBLE),
            Value::Bool(value) => encode::write_bool(&mut self.out, *value).expect(INFALLIBLE),
            Value::Integer(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(_), _) => self.integer(schema, IntegerType::U64, *value)?,
                (_, Ok(_)) => self.integer(schema, IntegerType::I64, *value)?,
                _ => {
                    let found = format_args!("the integer {value}");
                    return Err(SchemaMismatch::instead_of("an integer of up to 64 bits", found));
                }
            },
            Value::Float(value) => encode::write_f64(&mut self.out, *value).expect(INFALLIBLE),
            Value::String(text) => self.text(schema, text)?,
            Value::Bytes(bytes) => self.bytes(schema, bytes)?,
            Value::Array(elements) => {
                self.array_header(schema, elements.len(), None)?;
                self.elements(elements.iter().map(|value| (schema, value)))?;
            }
            Value::Map(entries) => {
                self.map_header(schema, entries.len())?;
                for (number, (key, value)) in (0..).zip(entries) {
                    self.value(schema, key)
                        .map_err(|error| error.within(SchemaStep::Key(number)))?;
                    self.value(schema, value)
                        .map_err(|error| error.within(SchemaStep::Value(number)))?;
                }
            }
            Value::Extension(kind, bytes) => {
                let length = length(schema, bytes.len())?;
                encode::write_ext_meta(&mut self.out, length, *kind).expect(INFALLIBLE);
                self.out.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    fn integer(
        &mut self,
        schema: &Schema,
        integer: IntegerType,
        value: Integer,
    ) -> Result<(), SchemaMismatch> {
        let wrong = || SchemaMismatch::new(schema, format_args!("the integer {value}"));
        macro_rules! write_as {
            ($type:ty, $write:ident) => {{
                let value = <$type>::try_from(value).map_err(|_| wrong())?;
                encode::$write(&mut self.out, value.into()).expect(INFALLIBLE);
            }};
        }
        match integer {
            IntegerType::U8 => write_as!(u8, write_uint),
            IntegerType::U16 => write_as!(u16, write_uint),
            IntegerType::U32 => write_as!(u32, write_uint),
            IntegerType::U64 => write_as!(u64, write_uint),
            IntegerType::I8 => write_as!(i8, write_sint),
            IntegerType::I16 => write_as!(i16, write_sint),
            IntegerType::I32 => write_as!(i32, write_sint),
            IntegerType::I64 => write_as!(i64, write_sint),
            IntegerType::U128 => {
                let value = u128::try_from(value).map_err(|_| wrong())?;
                encode::write_bin(&mut self.out, &value.to_be_bytes()).expect(INFALLIBLE);
            }
            IntegerType::I128 => {
                let value = i128::try_from(value).map_err(|_| wrong())?;
                encode::write_bin(&mut self.out, &value.to_be_bytes()).expect(INFALLIBLE);
            }
        }
        Ok(())
    }

    fn text(&mut self, schema: &Schema, text: &str) -> Result<(), SchemaMismatch> {
        let length = length(schema, text.len())?;
        encode::write_str_len(&mut self.out, length).expect(INFALLIBLE);
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn bytes(&mut self, schema: &Schema, bytes: &[u8]) -> Result<(), SchemaMismatch> {
        encode::write_bin_len(&mut self.out, length(schema, bytes.len())?).expect(INFALLIBLE);
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Begins an array of `found` elements, of which there must be `expected` if that is known.
    fn array_header(
        &mut self,
        schema: &Schema,
        found: usize,
        expected: Option<u32>,
    ) -> Result<(), SchemaMismatch> {
        if expected.is_some_and(|expected| expected as usize != found) {
            let s = if found == 1 { "" } else { "s" };
            return Err(SchemaMismatch::new(
                schema,
                format_args!("an array of {found} element{s}"),
            ));
        }
        encode::write_array_len(&mut self.out, length(schema, found)?).expect(INFALLIBLE);
        Ok(())
    }

    fn map_header(&mut self, schema: &Schema, entries: usize) -> Result<(), SchemaMismatch> {
        encode::write_map_len(&mut self.out, length(schema, entries)?).expect(INFALLIBLE);
        Ok(())
    }
}

/// The same number in 32 bits, if there is one. Of NaN, sign and payload count.
fn narrow(value: f64) -> Option<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "what is lost is noticed")]
    let narrow = value as f32;
    (f64::from(narrow).to_bits() == value.to_bits()).then_some(narrow)
}

/// A length in MessagePack.
fn length(schema: &Schema, length: usize) -> Result<u32, SchemaMismatch> {
    u32::try_from(length)
        .map_err(|_| SchemaMismatch::new(schema, format_args!("a value of length {length}, too long")))
}

/// The beginning of a name.
fn shown(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_debug).collect()
}
