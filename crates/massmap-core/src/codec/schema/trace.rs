//! Comparing a type of the program with the schema of a file, before anything is decoded.
//!
//! The type is deserialized from values that are made up as the schema says, and what it asks for is compared with what is there: a
//! field that is asked for under a name that the file does not have, or as an integer where it has a float. Nothing is
//! concluded from errors of the type itself, which may not like a made-up value: what it would have asked for then stays unknown.

mod access;
mod deserializer;
mod enums;
mod failure;
mod fields;
mod tracer;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use massmap_format::Schema;
use serde::Deserialize;

pub use failure::TypeDifference;
pub use tracer::Role;

use failure::Failure;
use tracer::{Context, Tracer};

/// Most times that a type is deserialized, to see the variants of its enums.
const MOST_ROUNDS: u64 = 64;

/// Most values that are made up for a round.
const MOST_VALUES: u32 = 100_000;

/// Checks that a `T` can be read where the file has what `schema` says, as far as this can be told without reading.
///
/// ```
/// use massmap_core::codec::{Role, check_type};
/// use massmap_format::{IntegerType, Schema};
///
/// let pair = Schema::Tuple(vec![Schema::String, Schema::Integer(IntegerType::U32)]);
/// check_type::<(String, u64)>(&pair, Role::Value)?;
/// let difference = check_type::<(String, f32)>(&pair, Role::Value).unwrap_err();
/// assert_eq!(difference.to_string(), "`1` is u32 in the file, and f32 in this program");
/// # Ok::<(), massmap_core::codec::TypeDifference>(())
/// ```
///
/// # Errors
///
/// A [`TypeDifference`].
pub fn check_type<T: for<'de> Deserialize<'de>>(schema: &Schema, role: Role) -> Result<(), TypeDifference> {
    if matches!(schema, Schema::Any | Schema::Never) {
        return Ok(());
    }
    for round in 0..rounds(schema).min(MOST_ROUNDS) {
        let values = Cell::new(MOST_VALUES);
        let tracer = Tracer::new(schema, Context::new(role, round, &values));
        // A type that panics because of a made-up value is as unknown as one that fails.
        let traced = catch_unwind(AssertUnwindSafe(|| T::deserialize(tracer).map(drop)));
        // After any other failure, what is made up in another round may be asked for differently.
        if let Ok(Err(Failure::Difference(difference))) = traced {
            return Err(*difference);
        }
    }
    Ok(())
}

/// How many rounds show every variant of every enum.
fn rounds(schema: &Schema) -> u64 {
    fn most<'a>(schemas: impl Iterator<Item = &'a Schema>) -> u64 {
        schemas.map(rounds).max().unwrap_or(1)
    }
    match schema {
        Schema::Option(inner) | Schema::Sequence(inner, _) => rounds(inner),
        Schema::Map(key, value) => rounds(key).max(rounds(value)),
        Schema::Tuple(elements) => most(elements.iter()),
        Schema::Struct { fields, .. } => most(fields.iter().map(|(_, field)| field)),
        Schema::Enum(variants) => {
            let contents = variants.iter().filter_map(|variant| variant.content.as_ref());
            (variants.len() as u64).saturating_mul(most(contents)).max(1)
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
