//! Structs.

use std::borrow::Cow;

use massmap_format::Schema;
use serde::de::Visitor;

use super::access::{Entries, Items};
use super::failure::{Failure, Report};
use super::tracer::Tracer;

type Stored = [(Cow<'static, str>, Schema)];

/// How the fields that a type asks for fit those that are stored as an array.
enum Fit {
    /// The stored ones come first. Others behind them have to be optional.
    Beginning,
    /// The type may know some of them by several names.
    Scattered,
    /// They do not.
    None,
}

fn fit(stored: &Stored, asked: &[&str]) -> Fit {
    let mut left = asked.iter();
    let in_order = stored.iter().all(|(name, _)| left.any(|asked| asked == name));
    let is_beginning = stored.iter().zip(asked).all(|((name, _), asked)| name == asked);
    match (in_order, is_beginning) {
        (true, true) => Fit::Beginning,
        (true, false) => Fit::Scattered,
        (false, _) => Fit::None,
    }
}

/// Gives the visitor of a struct with the fields `asked` a value.
pub(super) fn visit<'de, V: Visitor<'de>>(
    tracer: Tracer<'_>,
    asked: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, Failure> {
    let shown = || format!("a struct of the fields {}", asked.join(", "));
    let (visited, reasons): (_, &[Report]) = match tracer.schema {
        Schema::Struct { fields, is_map: true } => {
            // Those of a key are hashed in their order. Some may be missing, since they were skipped.
            if tracer.context.is_key && matches!(fit(fields, asked), Fit::None) {
                return Err(tracer.differs(&shown()));
            }
            (
                visitor.visit_map(Entries::fields(tracer, fields)),
                &[Report::Type, Report::Field],
            )
        }
        Schema::Struct {
            fields,
            is_map: false,
        } => {
            let at_end = match fit(fields, asked) {
                Fit::Beginning => None,
                // If not even one is asked for behind the last one, other names were meant for the same fields.
                Fit::Scattered => Some(tracer.differs(&shown())),
                Fit::None => return Err(tracer.differs(&shown())),
            };
            let items = Items::fields(tracer, fields).with_end(at_end);
            (visitor.visit_seq(items), &[Report::Type, Report::Length])
        }
        Schema::Tuple(elements) if elements.len() <= asked.len() => (
            visitor.visit_seq(Items::each(tracer, elements)),
            &[Report::Type, Report::Length],
        ),
        Schema::Sequence(element, length)
            if !tracer.context.is_key && length.is_none_or(|length| length as usize <= asked.len()) =>
        {
            (
                visitor.visit_seq(Items::same(tracer, element, asked.len())),
                &[Report::Type],
            )
        }
        Schema::Map(key, value) if matches!(**key, Schema::String | Schema::Any) => (
            visitor.visit_map(Entries::asked(tracer, asked, value)),
            &[Report::Type],
        ),
        Schema::Any | Schema::Never => (
            visitor.visit_seq(Items::same(tracer, &Schema::Any, asked.len())),
            &[],
        ),
        _ => return Err(tracer.differs(&shown())),
    };
    tracer.settle(visited, reasons)
}
