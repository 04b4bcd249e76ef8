//! Types by the names that Rust programs give them.

mod kind;
mod parse;
mod schema;

use std::fmt;

pub(super) use kind::{IntegerType, Kind, Width};

/// A type, as far as its name tells.
///
/// Types that are stored and hashed alike are equal: `&str`, `Box<str>` and `String`, for example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type(pub(super) Kind);

impl Type {
    /// The type of a name as `std::any::type_name` gives it, or as a type or a [`Schema`](massmap_format::Schema) is shown: `String`
    /// has the names `alloc::string::String` and `string`.
    ///
    /// Names that this does not understand are types too; [`can_be_key`](Self::can_be_key) tells them apart.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self(parse::kind(name))
    }

    /// Whether keys of this type can be hashed and compared by its name alone.
    #[must_use]
    pub fn can_be_key(&self) -> bool {
        self.0.can_be_key()
    }

    /// Whether this is a string type.
    #[must_use]
    pub fn is_string(&self) -> bool {
        self.0 == Kind::Text
    }

    /// Whether this is an integer type.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(self.0, Kind::Integer(_))
    }
}

/// The name without what changes neither how values are stored nor how they are hashed: `string` for any string type, no
/// references, no boxes. A type that is not known is called what it was called.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
