//! The layout of records, as it follows from a schema.

use std::sync::atomic::{AtomicUsize, Ordering};

use massmap_format::{IntegerType, Schema};

use super::scalar::Scalar;

/// How a value is stored in a record.
#[derive(Debug, Clone)]
pub(super) enum Layout {
    /// In no bytes.
    Unit,
    Scalar(Scalar),
    /// So many bytes.
    Bytes(u32),
    /// One after the other.
    Compound(Box<Compound>),
}

/// The layout of an array, a tuple or a struct.
#[derive(Debug, Clone)]
pub(super) struct Compound {
    /// Number of bytes.
    pub(super) width: u32,
    /// Number of parts.
    pub(super) count: u32,
    /// The parts, in their order.
    pub(super) runs: Box<[Run]>,
    /// The fields, if it is a struct.
    pub(super) fields: Option<Fields>,
}

/// Parts with the same layout, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Number of parts.
    pub(super) count: u32,
    /// Number of bytes of each.
    pub(super) width: u32,
    pub(super) layout: Layout,
}

/// The fields of a struct: each is a run of its own.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) names: Box<[Box<str>]>,
    /// Whether MessagePack holds a map from names to fields rather than an array.
    pub(super) is_map: bool,
    /// The fields of the type that was last decoded by position, as [`are_found_by_name`](Self::are_found_by_name) knows them.
    by_position: AtomicUsize,
    /// The same for the type that was last decoded by name.
    by_name: AtomicUsize,
}

impl Layout {
    /// The layout of the values of `schema`; `None` unless all take the same number of bytes.
    pub(super) fn new(schema: &Schema) -> Option<Self> {
        let compound = |count: usize, runs: Vec<Run>, fields| {
            let width = runs.iter().try_fold(0u32, |sum, run| {
                sum.checked_add(run.width.checked_mul(run.count)?)
            })?;
            Some(Self::Compound(Box::new(Compound {
                width,
                count: u32::try_from(count).ok()?,
                runs: runs.into(),
                fields,
            })))
        };
        match schema {
            Schema::Unit => Some(Self::Unit),
            Schema::Bool => Some(Self::Scalar(Scalar::Bool)),
            Schema::Char => Some(Self::Scalar(Scalar::Char)),
            Schema::F32 => Some(Self::Scalar(Scalar::F32)),
            Schema::F64 => Some(Self::Scalar(Scalar::F64)),
            Schema::Integer(integer) => Some(Self::Scalar((*integer).into())),
            Schema::Bytes(length) => length.map(Self::Bytes),
            Schema::Sequence(_, Some(0)) => compound(0, Vec::new(), None),
            Schema::Sequence(element, Some(count)) => {
                let run = Run::new(*count, element)?;
                compound(usize::try_from(*count).ok()?, vec![run], None)
            }
            Schema::Tuple(elements) => {
                let runs: Option<_> = elements.iter().map(|element| Run::new(1, element)).collect();
                compound(elements.len(), runs?, None)
            }
            Schema::Struct { fields, is_map } => {
                let runs: Option<_> = fields.iter().map(|(_, field)| Run::new(1, field)).collect();
                let names = fields.iter().map(|(name, _)| (**name).into()).collect();
                compound(fields.len(), runs?, Some(Fields::new(names, *is_map)))
            }
            Schema::Never
            | Schema::String
            | Schema::Option(_)
            | Schema::Sequence(_, None)
            | Schema::Map(..)
            | Schema::Enum(_)
            | Schema::Any => None,
        }
    }

    /// Number of bytes that a value takes.
    pub(super) fn width(&self) -> u32 {
        match self {
            Self::Unit => 0,
            Self::Scalar(scalar) => scalar.width(),
            Self::Bytes(length) => *length,
            Self::Compound(compound) => compound.width,
        }
    }

    /// Whether some bytes of the right length are no record of such a value.
    pub(super) fn can_be_damaged(&self) -> bool {
        match self {
            Self::Unit | Self::Bytes(_) => false,
            Self::Scalar(scalar) => scalar.can_be_damaged(),
            Self::Compound(compound) => compound.runs.iter().any(|run| run.layout.can_be_damaged()),
        }
    }
}

impl Run {
    fn new(count: u32, schema: &Schema) -> Option<Self> {
        let layout = Layout::new(schema)?;
        let width = layout.width();
        Some(Self { count, width, layout })
    }
}

impl Fields {
    fn new(names: Box<[Box<str>]>, is_map: bool) -> Self {
        Self {
            names,
            is_map,
            by_position: AtomicUsize::new(0),
            by_name: AtomicUsize::new(0),
        }
    }

    /// Whether to decode a Rust type with fields of these names by name. Otherwise by position: the fields are the same, or one side
    /// has names that the other does not know, as types have that are written under other names than they are read under.
    #[inline]
    pub(super) fn are_found_by_name(&self, fields: &'static [&'static str]) -> bool {
        // Names are compared once: what stays where it is, with this length, stays the same. Relaxed is enough: the addresses guard no
        // other data.
        let address = fields.as_ptr().addr() ^ fields.len();
        if self.by_position.load(Ordering::Relaxed) == address {
            return false;
        }
        self.by_name.load(Ordering::Relaxed) == address || self.compare(fields, address)
    }

    #[cold]
    fn compare(&self, fields: &'static [&'static str], address: usize) -> bool {
        let names = || self.names.iter().map(|name| &**name);
        let is_same = names().eq(fields.iter().copied());
        let known = names().all(|name| fields.contains(&name));
        let knows = fields.iter().all(|field| names().any(|name| name == *field));
        let by_name = !is_same && (known || knows);
        let cache = if by_name { &self.by_name } else { &self.by_position };
        cache.store(address, Ordering::Relaxed);
        by_name
    }
}

impl Clone for Fields {
    fn clone(&self) -> Self {
        Self::new(self.names.clone(), self.is_map)
    }
}

impl From<IntegerType> for Scalar {
    fn from(integer: IntegerType) -> Self {
        match integer {
            IntegerType::U8 => Self::U8,
            IntegerType::U16 => Self::U16,
            IntegerType::U32 => Self::U32,
            IntegerType::U64 => Self::U64,
            IntegerType::U128 => Self::U128,
            IntegerType::I8 => Self::I8,
            IntegerType::I16 => Self::I16,
            IntegerType::I32 => Self::I32,
            IntegerType::I64 => Self::I64,
            IntegerType::I128 => Self::I128,
        }
    }
}
