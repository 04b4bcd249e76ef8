//! Schemas whose names live as long as the program.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use massmap_format::{Schema, Variant};

/// A schema that values can be serialized by. Clones share it.
///
/// serde takes names of fields and variants that live as long as the program. So each distinct name is kept for good: programs that
/// open files with ever new names grow by these names, which take at most 16 KiB a file.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticSchema(Arc<Schema>);

impl StaticSchema {
    /// Takes a schema, such as that of a file.
    #[must_use]
    pub fn new(mut schema: Schema) -> Self {
        keep_names(&mut schema);
        Self(Arc::new(schema))
    }

    /// The schema.
    #[must_use]
    pub fn as_schema(&self) -> &Schema {
        &self.0
    }
}

/// Whether there are structs in the schema that are stored as maps, or, without `is_map`, as arrays of their fields.
///
/// Builders write all structs in one way, [as they are told](crate::codec::EncodeRules::field_names).
#[must_use]
pub fn has_structs(schema: &Schema, is_map: bool) -> bool {
    match schema {
        Schema::Struct {
            fields,
            is_map: this_is,
        } => *this_is == is_map || fields.iter().any(|(_, field)| has_structs(field, is_map)),
        Schema::Option(inner) | Schema::Sequence(inner, _) => has_structs(inner, is_map),
        Schema::Map(key, value) => has_structs(key, is_map) || has_structs(value, is_map),
        Schema::Tuple(elements) => elements.iter().any(|element| has_structs(element, is_map)),
        Schema::Enum(variants) => variants
            .iter()
            .filter_map(|variant| variant.content.as_ref())
            .any(|content| has_structs(content, is_map)),
        _ => false,
    }
}

impl fmt::Display for StaticSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for StaticSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaticSchema({self})")
    }
}

/// Makes all names borrowed ones.
fn keep_names(schema: &mut Schema) {
    match schema {
        Schema::Option(inner) | Schema::Sequence(inner, _) => keep_names(inner),
        Schema::Map(key, value) => {
            keep_names(key);
            keep_names(value);
        }
        Schema::Tuple(elements) => elements.iter_mut().for_each(keep_names),
        Schema::Struct { fields, .. } => {
            for (name, field) in fields {
                *name = Cow::Borrowed(kept(name));
                keep_names(field);
            }
        }
        Schema::Enum(variants) => {
            for Variant { name, content, .. } in variants {
                *name = Cow::Borrowed(kept(name));
                content.iter_mut().for_each(keep_names);
            }
        }
        Schema::Never
        | Schema::Unit
        | Schema::Bool
        | Schema::Char
        | Schema::Integer(_)
        | Schema::F32
        | Schema::F64
        | Schema::String
        | Schema::Bytes(_)
        | Schema::Any => {}
    }
}

/// The one copy of a name that is kept.
#[expect(clippy::ptr_arg, reason = "a name that is borrowed lives long enough already")]
pub(super) fn kept(name: &Cow<'static, str>) -> &'static str {
    static KEPT: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    if let Cow::Borrowed(name) = name {
        return name;
    }
    // A panic cannot leave it inconsistent.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    match kept.get(&**name) {
        Some(name) => name,
        None => {
            let name: &'static str = name.to_string().leak();
            kept.insert(name);
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_kept_once() {
        let schema = || Schema::Struct {
            fields: vec![
                (Cow::Owned("kept once".to_owned()), Schema::Bool),
                (
                    Cow::Borrowed("more"),
                    Schema::Enum(vec![Variant {
                        index: 0,
                        name: Cow::Owned("kept once".to_owned()),
                        content: Some(Schema::Tuple(vec![Schema::Unit])),
                    }]),
                ),
            ],
            is_map: true,
        };
        let names = |schema: &StaticSchema| match schema.as_schema() {
            Schema::Struct { fields, .. } => match &fields[1].1 {
                Schema::Enum(variants) => [fields[0].0.as_ptr(), variants[0].name.as_ptr()],
                other => panic!("{other}"),
            },
            other => panic!("{other}"),
        };
        let (one, other) = (StaticSchema::new(schema()), StaticSchema::new(schema()));
        assert_eq!(one.as_schema(), &schema());
        assert_eq!(names(&one), names(&other));
        assert_eq!(names(&one)[0], names(&one)[1]);
    }
}
