//! Bounding the size of schemas.
//!
//! A limit on the total would not do: which parts give way would depend on what else had been joined before. Instead, each part
//! gets a share of what the part around it has: what is left when that has paid for itself, by equal parts. A part that takes more
//! becomes `Any`. What a part pays for itself, and the number of shares, depends on names and lengths only, which joined structs
//! and tuples have in common; in a union of variants they only grow. So bounding before a join or behind it is the same.

use super::{Schema, Variant};

/// Most bytes that an encoded schema takes.
pub const MAX_SCHEMA_LENGTH: u32 = 16 << 10;

/// How deep schemas nest at most: a scalar has depth 0. Each level takes up to three levels of MessagePack.
const MAX_DEPTH: u32 = 24;

/// Most bytes that a schema without others inside takes: `["bytes", length]`.
const LEAF: u32 = 12;

/// Most bytes that an array of two has, with a name of a kind, before what is inside.
const HEADER: u32 = 12;

/// Most bytes of the header of an array of any length.
const ARRAY: u32 = 5;

/// Most bytes of a field without its name and its schema.
const FIELD: u32 = 1 + 5;

/// Most bytes of a variant without its name and its content.
const VARIANT: u32 = 1 + 5 + 5;

impl Schema {
    /// Replaces by [`Any`](Self::Any) what is too large.
    pub(super) fn bound(&mut self) {
        bound(self, MAX_SCHEMA_LENGTH, MAX_DEPTH);
    }

    /// The same schema, with [`Any`](Self::Any) in place of what is too large for a file.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.bound();
        self
    }
}

/// Makes sure that `schema` takes at most `bytes`, which are at least [`LEAF`].
fn bound(schema: &mut Schema, bytes: u32, depth: u32) {
    let own = match own_length(schema) {
        Some(own) => own,
        None => return,
    };
    let parts = parts(schema);
    let number = u32::try_from(parts.len()).unwrap_or(u32::MAX).max(1);
    let share = bytes.checked_sub(own).map(|left| left / number);
    match (share, depth.checked_sub(1)) {
        (Some(share @ LEAF..), Some(depth)) => {
            for part in parts.into_iter().flatten() {
                bound(part, share, depth);
            }
        }
        _ => *schema = Schema::Any,
    }
}

/// Most bytes that a schema takes without those inside it. `None` if none can be inside.
fn own_length(schema: &Schema) -> Option<u32> {
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    let sum = |lengths: &mut dyn Iterator<Item = u32>| lengths.fold(HEADER + ARRAY, u32::saturating_add);
    match schema {
        Schema::Option(_) | Schema::Map(..) => Some(HEADER),
        Schema::Sequence(..) => Some(HEADER + ARRAY),
        Schema::Tuple(_) => Some(HEADER + ARRAY),
        Schema::Struct { fields, .. } => Some(sum(&mut fields
            .iter()
            .map(|(name, _)| length(name).saturating_add(FIELD)))),
        Schema::Enum(variants) => Some(sum(&mut variants
            .iter()
            .map(|variant| length(&variant.name).saturating_add(VARIANT)))),
        Schema::Never
        | Schema::Unit
        | Schema::Bool
        | Schema::Char
        | Schema::Integer(_)
        | Schema::F32
        | Schema::F64
        | Schema::String
        | Schema::Bytes(_)
        | Schema::Any => None,
    }
}

/// The places inside a schema, each of which gets an equal share. Variants without content have one as well, so that the number
/// never decreases.
fn parts(schema: &mut Schema) -> Vec<Option<&mut Schema>> {
    match schema {
        Schema::Option(inner) | Schema::Sequence(inner, _) => vec![Some(inner)],
        Schema::Map(key, value) => vec![Some(key), Some(value)],
        Schema::Tuple(elements) => elements.iter_mut().map(Some).collect(),
        Schema::Struct { fields, .. } => fields.iter_mut().map(|(_, field)| Some(field)).collect(),
        Schema::Enum(variants) => variants
            .iter_mut()
            .map(|Variant { content, .. }| content.as_mut())
            .collect(),
        _ => Vec::new(),
    }
}
