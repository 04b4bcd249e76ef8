//! The state of a round, and the scalars.

use std::cell::Cell;
use std::fmt::Display;

use massmap_format::{IntegerType, Schema};
use serde::de::Visitor;

use super::failure::{Failure, Report};

/// How deep made-up values nest at most. A type that nests deeper without end, in a box, is not followed.
const MAX_DEPTH: u32 = 64;

/// What values of a type are in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Keys: they have to be hashed as when the file was written.
    Key,
    /// Values.
    Value,
}

/// What is known of a part of a made-up value beside its schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'s> {
    pub(super) is_key: bool,
    /// Which variant enums have.
    pub(super) choice: u64,
    /// How many levels are around the part.
    pub(super) depth: u32,
    /// How many values may still be made up.
    pub(super) values: &'s Cell<u32>,
}

impl<'s> Context<'s> {
    pub(super) fn new(role: Role, choice: u64, values: &'s Cell<u32>) -> Self {
        Self {
            is_key: role == Role::Key,
            choice,
            depth: 0,
            values,
        }
    }
}

/// Deserializes types from values that are as `schema` says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tracer<'s> {
    pub(super) schema: &'s Schema,
    pub(super) context: Context<'s>,
}

impl<'s> Tracer<'s> {
    pub(super) fn new(schema: &'s Schema, context: Context<'s>) -> Self {
        Self { schema, context }
    }

    /// A part of the value, with this schema.
    pub(super) fn part(self, schema: &'s Schema) -> Result<Self, Failure> {
        let values = self.context.values.get().checked_sub(1).ok_or(Failure::Unknown)?;
        self.context.values.set(values);
        let context = Context {
            depth: self.context.depth + 1,
            ..self.context
        };
        match context.depth > MAX_DEPTH {
            true => Err(Failure::Unknown),
            false => Ok(Self { schema, context }),
        }
    }

    /// Whether the schema does not say what the value is.
    pub(super) fn is_unknown(self) -> bool {
        matches!(self.schema, Schema::Any | Schema::Never)
    }

    /// The failure of a type that asks for something else.
    pub(super) fn differs(self, asked: &impl Display) -> Failure {
        Failure::difference(self.schema, asked)
    }

    /// What becomes of a visitor that has been given the value, and may refuse it for one of these reasons.
    pub(super) fn settle<T>(self, visited: Result<T, Failure>, reasons: &[Report]) -> Result<T, Failure> {
        visited.map_err(|failure| match failure {
            Failure::Report(report, message) if reasons.contains(&report) && !self.is_unknown() => {
                self.differs(&message)
            }
            failure => failure.settled(),
        })
    }

    /// Gives the visitor an integer. `asked` is the type that it asks for, if it does.
    pub(super) fn integer<'de, V: Visitor<'de>>(
        self,
        asked: Option<IntegerType>,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let stored = match (self.schema, asked) {
            (Schema::Integer(stored), Some(asked)) if !self.allows(*stored, asked) => {
                return Err(self.differs(&asked.name()));
            }
            (Schema::Integer(stored), _) => *stored,
            (Schema::Any | Schema::Never, Some(asked)) => asked,
            (_, asked) => return Err(self.differs(&asked.map_or("an integer", IntegerType::name))),
        };
        // Not 0, which some types lack.
        let visited = match stored {
            IntegerType::U8 => visitor.visit_u8(1),
            IntegerType::U16 => visitor.visit_u16(1),
            IntegerType::U32 => visitor.visit_u32(1),
            IntegerType::U64 => visitor.visit_u64(1),
            IntegerType::U128 => visitor.visit_u128(1),
            IntegerType::I8 => visitor.visit_i8(1),
            IntegerType::I16 => visitor.visit_i16(1),
            IntegerType::I32 => visitor.visit_i32(1),
            IntegerType::I64 => visitor.visit_i64(1),
            IntegerType::I128 => visitor.visit_i128(1),
        };
        self.settle(visited, &[Report::Type])
    }

    /// Whether integers of one type can be read as those of another. A value that the other type lacks is an error when it is read;
    /// keys of different types are hashed differently.
    fn allows(self, stored: IntegerType, asked: IntegerType) -> bool {
        let is_wide = |integer: IntegerType| integer.width() == 16;
        stored == asked || (!self.context.is_key && !is_wide(stored) && !is_wide(asked))
    }
}
