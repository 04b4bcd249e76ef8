//! How entries lie in the columns of a table.
//!
//! A key is one column, `key`, or one for each element of a tuple, `key.0` and so on, or for each field of a struct, `key.id` and so on.
//! A value is the column `value`; that of a tuple is several, like a key; that of a struct has a column for each field, called like the
//! field, or, if one of these names is that of another column, with `value.` in front of all.
//!
//! A cell of a scalar is its text. Bytes are base64, and floats that are not finite are `NaN`, `-NaN`, `inf` and `-inf`. A missing optional
//! value is an empty cell, and so is unit. Everything else is JSON in a cell.

use std::collections::HashSet;

use massmap::{Schema, Variant};

/// The columns of a table of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryColumns {
    /// Of the keys, and of the values behind them.
    pub(crate) names: Vec<String>,
    pub(crate) key: Part,
    pub(crate) value: Part,
}

/// How a key or a value lies in columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// In one.
    Whole,
    /// The elements of a tuple, or the fields of a struct, in so many.
    Split(usize),
}

impl Part {
    /// What was chosen to lie in this number of columns.
    pub(crate) fn of(columns: usize) -> Self {
        match columns {
            1 => Self::Whole,
            count => Self::Split(count),
        }
    }

    /// Number of columns.
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Whole => 1,
            Self::Split(count) => count,
        }
    }
}

impl EntryColumns {
    pub(crate) fn of(key: &Schema, value: &Schema) -> Self {
        let (key, mut names) = part(key, "key", true);
        let (value, of_value) = part(value, "value", false);
        let is_distinct = {
            let mut seen = HashSet::new();
            names.iter().chain(&of_value).all(|name| seen.insert(name))
        };
        match is_distinct {
            true => names.extend(of_value),
            false => names.extend(of_value.iter().map(|name| format!("value.{name}"))),
        }
        Self { names, key, value }
    }

    /// The names of the columns of keys, and those of values.
    pub(crate) fn split(&self) -> (&[String], &[String]) {
        self.names.split_at_checked(self.key.count()).unwrap_or_default()
    }
}

/// The columns of a key or a value, and their names.
fn part(schema: &Schema, name: &str, is_prefixed: bool) -> (Part, Vec<String>) {
    let named = |field: &str| match is_prefixed {
        true => format!("{name}.{field}"),
        false => field.to_owned(),
    };
    let names: Vec<_> = match schema {
        Schema::Tuple(elements) => (0..elements.len())
            .map(|number| format!("{name}.{number}"))
            .collect(),
        Schema::Struct { fields, .. } => fields.iter().map(|(field, _)| named(field)).collect(),
        _ => Vec::new(),
    };
    let is_distinct = names.iter().collect::<HashSet<_>>().len() == names.len();
    match names.len() {
        // Fields of the same name would not be told apart.
        count @ 1.. if is_distinct => (Part::Split(count), names),
        _ => (Part::Whole, vec![name.to_owned()]),
    }
}

/// The parts that the columns of a key or a value hold.
pub(crate) fn parts(schema: &Schema, part: Part) -> Vec<&Schema> {
    match (part, schema) {
        (Part::Split(_), Schema::Tuple(elements)) => elements.iter().collect(),
        (Part::Split(_), Schema::Struct { fields, .. }) => fields.iter().map(|(_, field)| field).collect(),
        _ => vec![schema],
    }
}

/// Whether values are plain text in cells and as names of members, rather than JSON.
pub(crate) fn is_plain(schema: &Schema) -> bool {
    match schema {
        Schema::Bool
        | Schema::Char
        | Schema::Integer(_)
        | Schema::F32
        | Schema::F64
        | Schema::String
        | Schema::Bytes(_) => true,
        Schema::Enum(variants) => variants.iter().all(|Variant { content, .. }| content.is_none()),
        _ => false,
    }
}

/// What an optional value is if it is there.
pub(crate) fn without_options(mut schema: &Schema) -> &Schema {
    while let Schema::Option(inner) = schema {
        schema = inner;
    }
    schema
}

#[cfg(test)]
mod tests {
    use massmap::IntegerType;

    use super::*;

    fn names(key: &Schema, value: &Schema) -> String {
        EntryColumns::of(key, value).names.join(" ")
    }

    fn structure(names: &[&'static str]) -> Schema {
        Schema::Struct {
            fields: names.iter().map(|name| ((*name).into(), Schema::Bool)).collect(),
            is_map: false,
        }
    }

    #[test]
    fn columns_are_called_like_the_parts_of_entries() {
        let number = Schema::Integer(IntegerType::U8);
        assert_eq!(names(&Schema::String, &number), "key value");
        let pair = Schema::Tuple(vec![Schema::String, number.clone()]);
        assert_eq!(names(&pair, &pair), "key.0 key.1 value.0 value.1");
        let point = structure(&["x", "y"]);
        assert_eq!(names(&point, &point), "key.x key.y x y");
        assert_eq!(names(&number, &structure(&["key", "x"])), "key value.key value.x");
        assert_eq!(names(&pair, &structure(&["key.1"])), "key.0 key.1 value.key.1");
        assert_eq!(names(&number, &structure(&["key"])), "key value.key");
        // Of these, the parts cannot be told apart, or there are none.
        for whole in [structure(&["x", "x"]), structure(&[]), Schema::Tuple(Vec::new())] {
            assert_eq!(names(&whole, &whole), "key value");
        }
        assert_eq!(names(&number, &Schema::Option(Box::new(point))), "key value");
    }
}
