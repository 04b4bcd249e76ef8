//! Structs that are too large for a file to keep the names of their fields.

use anyhow::ensure;
use massmap_format::{MAX_SCHEMA_LENGTH, Schema};

/// Checks that a file keeps the names of all fields of structs in what keys or values are.
///
/// # Errors
///
/// Fails if it does not: there are too many, their names are too long, or they are too deep inside others.
pub(in crate::input) fn check(schema: &Schema, part: &str) -> anyhow::Result<()> {
    ensure!(
        structs(schema) == structs(&schema.clone().bounded()),
        "a file has {} KiB for the names and types of fields, 24 levels deep, and those of the {part} do not fit: choose fewer \
         columns, or --value-as tuple for values without such names",
        MAX_SCHEMA_LENGTH >> 10
    );
    Ok(())
}

/// Number of structs whose names are in the schema alone.
fn structs(schema: &Schema) -> usize {
    match schema {
        Schema::Option(inner) | Schema::Sequence(inner, _) => structs(inner),
        Schema::Map(key, value) => structs(key) + structs(value),
        Schema::Tuple(elements) => elements.iter().map(structs).sum(),
        Schema::Struct { fields, is_map } => {
            usize::from(!is_map) + fields.iter().map(|(_, field)| structs(field)).sum::<usize>()
        }
        Schema::Enum(variants) => variants
            .iter()
            .flat_map(|variant| &variant.content)
            .map(structs)
            .sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_are_refused_whose_names_a_file_does_not_keep() {
        let of = |count: usize, length: usize, is_map| Schema::Struct {
            fields: (0..count)
                .map(|number| (format!("{number:0length$}").into(), Schema::String))
                .collect(),
            is_map,
        };
        let nested = |levels: usize| {
            (0..levels).fold(of(1, 1, false), |inner, _| Schema::Struct {
                fields: vec![("inner".into(), inner)],
                is_map: false,
            })
        };
        let is_kept = |schema: Schema| {
            let inside = Schema::Tuple(vec![Schema::Option(Box::new(schema.clone()))]);
            let checked = check(&schema, "value").is_ok();
            assert_eq!(check(&inside, "value").is_ok(), checked);
            checked
        };
        assert!(is_kept(of(600, 6, false)));
        assert!(!is_kept(of(700, 6, false)));
        assert!(!is_kept(of(200, 65, false)));
        assert!(is_kept(of(700, 6, true)));
        assert!(is_kept(nested(20)));
        assert!(!is_kept(nested(30)));
    }
}
