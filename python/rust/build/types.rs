//! Types of keys and values by their names.

use std::borrow::Cow;
use std::collections::HashSet;

use massmap::dynamic::Type;
use massmap::{IntegerType, Schema};
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::error::SettingError;

/// How deep types nest at most.
const MAX_DEPTH: usize = 64;

/// The type that `given` stands for: a name such as ``"u64"`` or ``"(u32, string)"``, one of ``int``, ``float``, ``str``, ``bytes`` and
/// ``bool``, or a type of NumPy.
///
/// # Errors
///
/// `SettingError` if it stands for none; `argument` is the argument that it is.
pub(super) fn of_object(argument: &str, given: &Bound<'_, PyAny>) -> PyResult<Schema> {
    let name = if let Ok(name) = given.extract::<String>() {
        name
    } else if let Ok(class) = given.cast::<PyType>() {
        class.name()?.to_string()
    } else if let Ok(name) = given.getattr("name").and_then(|name| name.extract::<String>()) {
        name
    } else {
        return Err(SettingError::new_err(format!(
            "{argument} is {}, and must be the name of a type",
            given.repr()?
        )));
    };
    parse(&name).map_err(|problem| SettingError::new_err(format!("{argument} is {name:?}: {problem}")))
}

/// The type with this name, in the words in which maps name their types, or as Rust calls it.
fn parse(name: &str) -> Result<Schema, String> {
    let mut parser = Parser { rest: name, depth: 0 };
    let parsed = parser.next();
    match parsed {
        Ok(schema) if parser.rest.trim().is_empty() => Ok(schema),
        // As Rust names it, such as `alloc::vec::Vec<u8>`.
        outcome => match (Type::parse(name).schema(), outcome) {
            (Some(schema), _) => Ok(schema),
            (None, Ok(_)) => Err(format!(
                "{:?} behind a type is not understood",
                parser.rest.trim()
            )),
            (None, Err(problem)) => Err(problem),
        },
    }
}

/// The name that Rust programs give a type, where they have one for it; for files that have such names.
pub(super) fn rust_name(schema: &Schema) -> String {
    let list = |schemas: &[Schema]| schemas.iter().map(rust_name).collect::<Vec<_>>().join(", ");
    match schema {
        Schema::Never | Schema::Any => "serde_json::value::Value".to_owned(),
        Schema::Unit => "()".to_owned(),
        Schema::String => "alloc::string::String".to_owned(),
        Schema::Option(inner) => format!("core::option::Option<{}>", rust_name(inner)),
        Schema::Sequence(element, None) => format!("alloc::vec::Vec<{}>", rust_name(element)),
        Schema::Sequence(element, Some(length)) => format!("[{}; {length}]", rust_name(element)),
        Schema::Map(key, value) => format!(
            "alloc::collections::btree::map::BTreeMap<{}, {}>",
            rust_name(key),
            rust_name(value)
        ),
        Schema::Tuple(elements) if elements.len() == 1 => format!("({},)", list(elements)),
        Schema::Tuple(elements) => format!("({})", list(elements)),
        other => other.to_string(),
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Result<Schema, String> {
        if self.depth > MAX_DEPTH {
            return Err(format!("it nests deeper than {MAX_DEPTH} levels"));
        }
        self.depth += 1;
        let schema = self.inner();
        self.depth -= 1;
        schema
    }

    fn inner(&mut self) -> Result<Schema, String> {
        if self.takes("(") {
            let elements = self.list(")", Self::next)?;
            return Ok(match elements.is_empty() {
                true => Schema::Unit,
                false => Schema::Tuple(elements),
            });
        }
        if self.takes("{") {
            return self.structure();
        }
        if self.takes("[") {
            let element = Box::new(self.next()?);
            let length = match self.takes(";") {
                true => Some(self.length()?),
                false => None,
            };
            self.expect("]")?;
            return Ok(Schema::Sequence(element, length));
        }
        let word = self.word();
        match word {
            "optional" => Ok(Schema::Option(Box::new(self.next()?))),
            "map" => {
                self.expect_word("from")?;
                let key = Box::new(self.next()?);
                self.expect_word("to")?;
                Ok(Schema::Map(key, Box::new(self.next()?)))
            }
            _ if word.starts_with(|first: char| first.is_ascii_digit()) => {
                let length = length(word)?;
                self.expect_word("bytes")?;
                Ok(Schema::Bytes(Some(length)))
            }
            _ => scalar(word).ok_or_else(|| unknown(word)),
        }
    }

    fn structure(&mut self) -> Result<Schema, String> {
        let fields: Vec<(Cow<'static, str>, Schema)> = self.list("}", |parser| {
            let name = parser.name()?;
            parser.expect(":")?;
            Ok((Cow::Owned(name), parser.next()?))
        })?;
        let mut names = HashSet::new();
        match fields.iter().find(|(name, _)| !names.insert(name.clone())) {
            Some((name, _)) => Err(format!("there are two fields {name:?}")),
            None if fields.is_empty() => Err("a struct has fields".to_owned()),
            None => Ok(Schema::Struct {
                fields,
                is_map: false,
            }),
        }
    }

    /// What is separated by commas, up to `end`.
    fn list<T>(
        &mut self,
        end: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        while !self.takes(end) {
            items.push(item(self)?);
            if !self.takes(",") {
                self.expect(end)?;
                break;
            }
        }
        Ok(items)
    }

    /// The name of a field: all before the colon, or what is in double quotes.
    fn name(&mut self) -> Result<String, String> {
        let (name, rest) = if self.takes("\"") {
            self.rest.split_once('"')
        } else {
            self.rest.find(':').map(|end| self.rest.split_at(end))
        }
        .ok_or("a field has a name, a colon and a type")?;
        self.rest = rest;
        Ok(name.trim().to_owned())
    }

    fn length(&mut self) -> Result<u32, String> {
        let word = self.word();
        length(word)
    }

    /// The next letters and digits.
    fn word(&mut self) -> &str {
        let text = self.rest.trim_start();
        let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.rest = rest;
        word
    }

    fn takes(&mut self, mark: &str) -> bool {
        match self.rest.trim_start().strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: &str) -> Result<(), String> {
        match self.takes(mark) {
            true => Ok(()),
            false => Err(format!("{mark:?} is missing before {:?}", self.rest.trim_start())),
        }
    }

    fn expect_word(&mut self, expected: &str) -> Result<(), String> {
        match self.word() {
            word if word == expected => Ok(()),
            word => Err(format!("{expected:?} belongs where {word:?} is")),
        }
    }
}

fn length(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| format!("{word:?} is no length"))
}

fn unknown(word: &str) -> String {
    format!(
        "{word:?} is no type; there are integers from u8 to u128 and from i8 to i128, f32, f64, bool, char, string, bytes, any, and \
         such as \"optional u32\", \"[f32]\", \"(u32, string)\", \"{{x: f32, y: f32}}\" and \"map from string to u32\""
    )
}

/// A type of one word, as maps, Python or NumPy call it.
fn scalar(word: &str) -> Option<Schema> {
    if let Some(integer) = IntegerType::ALL
        .into_iter()
        .find(|integer| integer.name() == word)
    {
        return Some(Schema::Integer(integer));
    }
    Some(match word {
        "unit" => Schema::Unit,
        "bool" | "bool_" => Schema::Bool,
        "char" => Schema::Char,
        "f32" | "float32" => Schema::F32,
        "f64" | "float" | "float64" => Schema::F64,
        "string" | "str" | "str_" | "String" => Schema::String,
        "bytes" | "bytes_" => Schema::Bytes(None),
        "any" | "json" => Schema::Any,
        "int" | "int64" => Schema::Integer(IntegerType::I64),
        "int8" => Schema::Integer(IntegerType::I8),
        "int16" => Schema::Integer(IntegerType::I16),
        "int32" => Schema::Integer(IntegerType::I32),
        "uint8" => Schema::Integer(IntegerType::U8),
        "uint16" => Schema::Integer(IntegerType::U16),
        "uint32" => Schema::Integer(IntegerType::U32),
        "uint64" => Schema::Integer(IntegerType::U64),
        _ => return None,
    })
}
