//! Shapes of types that readers cannot read.

/// The number of characters of a name that an error quotes.
const MAX_NAME: usize = 40;

/// Why no reader would read a key or a value as it was, detected while it was encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A field is written after a skipped one, and structs are arrays: it would be read in the place of the skipped field.
    #[error(
        "`{type_name}` skips its field `{skipped}` and writes `{field}` after it, which would be read as `{skipped}`. \
         Write structs with field names, by `with_field_names(true)`, or skip only the last fields"
    )]
    FieldBehindSkipped {
        /// The struct, or the variant of an enum.
        type_name: String,
        /// The first field that is skipped.
        skipped: &'static str,
        /// The field after it.
        field: &'static str,
    },
    /// A `Some` whose content is encoded as nil, as `None` is: it would be read as `None`.
    #[error(
        "a `Some` of `{content}` would be read as `None`: both are encoded as nil. Use an enum of your own in place of the \
         option or of its content"
    )]
    SomeOfNil {
        /// Type of the content.
        content: &'static str,
    },
    /// A variant without content of an adjacently tagged enum, where structs are arrays: readers require the content.
    #[error(
        "the variant `{variant}` of the adjacently tagged enum `{type_name}` has no content and would not be read from an \
         array. Write structs with field names, by `with_field_names(true)`"
    )]
    AdjacentUnitVariant {
        /// The enum.
        type_name: &'static str,
        /// Its variant.
        variant: String,
    },
    /// A variant with named fields of an adjacently tagged enum, where structs are arrays: readers require a map.
    #[error(
        "the variant `{variant}` of the adjacently tagged enum `{type_name}` has named fields and would not be read from an \
         array. Write structs with field names, by `with_field_names(true)`"
    )]
    AdjacentStructVariant {
        /// The enum.
        type_name: &'static str,
        /// Its variant.
        variant: &'static str,
    },
    /// A value inside an internally tagged or flattened type that cannot be read there.
    ///
    /// serde reads the content of such types into a buffer first, which cannot hold 128-bit integers, and which expects addresses
    /// to be texts.
    #[error(
        "{what} in the field `{field}` would not be read: the field is part of an internally tagged enum or a flattened \
         struct or map, which serde reads into a buffer that cannot hold it. Tag or nest the type in another way, or \
         store a text or bytes. (If it can be read nevertheless, build with `with_read_back`.)"
    )]
    Buffered {
        /// `a 128-bit integer` or `an IP or socket address`.
        what: &'static str,
        /// The field; empty if it has no name.
        field: String,
    },
}

impl ShapeError {
    /// Sets the field, if the error has one that is empty.
    pub(super) fn set_field(&mut self, name: &str) {
        if let Self::Buffered { field, .. } = self
            && field.is_empty()
        {
            // The name may be a key of a map, of any length.
            *field = name.chars().take(MAX_NAME).flat_map(char::escape_debug).collect();
        }
    }
}
