//! Joining schemas.
//!
//! Schemas are a semilattice: `Never` is the lowest, `Any` the highest, and the join of two is the lowest that describes the values
//! of both. Bounding their size, in `bounds`, keeps that.

use std::borrow::Cow;

use super::{Schema, Variant};

impl Schema {
    /// The schema that describes the values of both, bounded in size.
    ///
    /// Joining is commutative, associative and idempotent, with [`Never`](Self::Never) neutral and [`Any`](Self::Any) absorbing.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        // Merging unions of variants makes them longer, and leaves less for what they hold.
        let mut joined = join(self, other);
        joined.bound();
        joined
    }
}

/// The join, whatever its size.
fn join(one: &Schema, other: &Schema) -> Schema {
    match (one, other) {
        (Schema::Never, schema) | (schema, Schema::Never) => schema.clone(),
        (Schema::Bytes(one), Schema::Bytes(other)) => Schema::Bytes(same_length(*one, *other)),
        (Schema::Option(one), Schema::Option(other)) => Schema::Option(Box::new(join(one, other))),
        (Schema::Sequence(one, one_length), Schema::Sequence(other, other_length)) => Schema::Sequence(
            Box::new(join(one, other)),
            same_length(*one_length, *other_length),
        ),
        (Schema::Map(one_key, one_value), Schema::Map(other_key, other_value)) => Schema::Map(
            Box::new(join(one_key, other_key)),
            Box::new(join(one_value, other_value)),
        ),
        (Schema::Tuple(one), Schema::Tuple(other)) if one.len() == other.len() => Schema::Tuple(
            one.iter()
                .zip(other)
                .map(|(one, other)| join(one, other))
                .collect(),
        ),
        (
            Schema::Struct { fields: one, is_map },
            Schema::Struct {
                fields: other,
                is_map: other_map,
            },
        ) if is_map == other_map && names(one).eq(names(other)) => {
            let fields = one.iter().zip(other);
            let fields = fields.map(|((name, one), (_, other))| (name.clone(), join(one, other)));
            Schema::Struct {
                fields: fields.collect(),
                is_map: *is_map,
            }
        }
        (Schema::Enum(one), Schema::Enum(other)) => union(one, other).map_or(Schema::Any, Schema::Enum),
        (one, other) if one == other => one.clone(),
        _ => Schema::Any,
    }
}

/// The length that both have.
fn same_length(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.filter(|_| one == other)
}

fn names<'a>(fields: &'a [(Cow<'static, str>, Schema)]) -> impl Iterator<Item = &'a str> {
    fields.iter().map(|(name, _)| &**name)
}

/// The variants of both. `None` if they contradict each other: those are no variants of one enum.
fn union(one: &[Variant], other: &[Variant]) -> Option<Vec<Variant>> {
    let mut variants = Vec::with_capacity(one.len().max(other.len()));
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let variant = match (one.peek(), other.peek()) {
            (Some(a), Some(b)) if a.index == b.index => {
                let variant = same_variant(a, b)?;
                one.next();
                other.next();
                variant
            }
            (Some(a), Some(b)) if a.index > b.index => other.next()?.clone(),
            (Some(_), _) => one.next()?.clone(),
            (None, Some(_)) => other.next()?.clone(),
            (None, None) => break,
        };
        variants.push(variant);
    }
    has_distinct_names(&variants).then_some(variants)
}

fn same_variant(one: &Variant, other: &Variant) -> Option<Variant> {
    let content = match (&one.content, &other.content) {
        (None, None) => None,
        (Some(one), Some(other)) => Some(join(one, other)),
        _ => return None,
    };
    (one.name == other.name).then(|| Variant {
        index: one.index,
        name: one.name.clone(),
        content,
    })
}

/// Whether no two variants have the same name.
pub(super) fn has_distinct_names(variants: &[Variant]) -> bool {
    let mut names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
    names.sort_unstable();
    names.windows(2).all(|names| names.first() != names.get(1))
}
