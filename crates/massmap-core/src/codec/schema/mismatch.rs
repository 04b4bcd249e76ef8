//! What makes a value differ from a schema, and where.

use std::fmt;

use massmap_format::{FormatError, Schema};

/// The number of characters of a name that an error quotes.
const MAX_NAME: usize = 40;

/// The number of characters of a place that an error names, and of a schema.
const MAX_SHOWN: usize = 120;

/// Why a value is not as a schema says: the innermost part of it that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaMismatch {
    /// From the part outwards.
    steps: Vec<SchemaStep>,
    expected: String,
    found: String,
}

/// A step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaStep {
    /// The field of a struct with this name, the content of the variant with this name, or the value of this key of a map.
    Name(String),
    /// The element of a sequence or a tuple with this number, from 0.
    Element(u64),
    /// The key of the entry of a map with this number, from 0.
    Key(u64),
    /// The value of that entry.
    Value(u64),
}

impl SchemaStep {
    /// The part with this name.
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self::Name(name.chars().take(MAX_NAME).flat_map(char::escape_debug).collect())
    }
}

impl SchemaMismatch {
    /// There is `found`, given in words, where `expected` belongs.
    #[cold]
    #[must_use]
    pub fn new(expected: &Schema, found: impl fmt::Display) -> Self {
        Self::instead_of(shortened(&expected.to_string()), found)
    }

    /// The same for what is expected in words.
    #[cold]
    #[must_use]
    pub fn instead_of(expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self {
            steps: Vec::new(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// The same difference as that of the value around, of which `step` leads to the part at hand.
    #[cold]
    #[must_use]
    pub fn within(mut self, step: SchemaStep) -> Self {
        self.steps.push(step);
        self
    }

    /// Where the part is that differs, such as `points[3].x`; empty if it is the whole value.
    #[must_use]
    pub fn place(&self) -> String {
        let mut place = String::new();
        for step in self.steps.iter().rev() {
            place += &match step {
                SchemaStep::Name(name) if place.is_empty() => name.clone(),
                SchemaStep::Name(name) => format!(".{name}"),
                SchemaStep::Element(number) => format!("[{number}]"),
                SchemaStep::Key(number) => format!("{{key {number}}}"),
                SchemaStep::Value(number) => format!("{{value {number}}}"),
            };
        }
        shortened(&place)
    }

    /// What belongs there.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What is there.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for SchemaMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found, .. } = self;
        match self.place().as_str() {
            "" => write!(f, "it is {found}, not {expected}"),
            place => write!(f, "`{place}` is {found}, not {expected}"),
        }
    }
}

impl std::error::Error for SchemaMismatch {}

/// The beginning of a text.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Why an encoded value is none that a schema describes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodedError {
    /// It is another value.
    #[error(transparent)]
    Mismatch(#[from] SchemaMismatch),
    /// It is no single value of MessagePack.
    #[error("it is no single value of MessagePack")]
    Damaged(#[source] FormatError),
}

impl EncodedError {
    /// The same error of the value around, of which `step` leads to the part at hand.
    #[cold]
    pub(super) fn within(self, step: impl FnOnce() -> SchemaStep) -> Self {
        match self {
            Self::Mismatch(mismatch) => mismatch.within(step()).into(),
            damaged => damaged,
        }
    }
}

impl From<FormatError> for EncodedError {
    #[cold]
    fn from(error: FormatError) -> Self {
        Self::Damaged(error)
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::IntegerType;

    use super::*;

    #[test]
    fn messages_name_the_place_and_stay_short() {
        let mismatch = SchemaMismatch::new(&Schema::Integer(IntegerType::U32), "a string");
        assert_eq!(mismatch.to_string(), "it is a string, not u32");
        let inner = mismatch
            .within(SchemaStep::name("x"))
            .within(SchemaStep::Element(3))
            .within(SchemaStep::name("points"));
        assert_eq!(inner.place(), "points[3].x");
        assert_eq!(inner.to_string(), "`points[3].x` is a string, not u32");
        let entry = SchemaMismatch::new(&Schema::Bool, "nil")
            .within(SchemaStep::Value(2))
            .within(SchemaStep::name("a\nb"));
        assert_eq!(entry.to_string(), r"`a\nb{value 2}` is nil, not bool");
        let mut long = SchemaMismatch::new(&Schema::Tuple(vec![Schema::String; 1000]), "nil");
        for _ in 0..100 {
            long = long.within(SchemaStep::name(&"n".repeat(1000)));
        }
        assert!(long.to_string().chars().count() < 300, "{long}");
    }
}
