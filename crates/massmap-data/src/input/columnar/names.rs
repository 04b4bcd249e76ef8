//! Names that live as long as the program, which serde takes for fields.

use std::borrow::Cow;

use massmap::dynamic::StaticSchema;
use massmap_format::Schema;

/// The one copy of a name that is kept for good. Programs that read files with ever new names grow by these names.
pub(super) fn kept(name: &str) -> &'static str {
    let schema = StaticSchema::new(Schema::Struct {
        fields: vec![(Cow::Owned(name.to_owned()), Schema::Unit)],
        is_map: false,
    });
    match schema.as_schema() {
        Schema::Struct { fields, .. } => match fields.first() {
            Some((Cow::Borrowed(name), _)) => Some(*name),
            _ => None,
        },
        _ => None,
    }
    .expect("a static schema has the names that it is given, for good")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_kept_once() {
        let (one, other) = (kept("a name"), kept(&String::from("a name")));
        assert_eq!((one, one.as_ptr()), ("a name", other.as_ptr()));
    }
}
