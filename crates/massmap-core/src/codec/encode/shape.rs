//! Shapes of types that readers do not give back.

/// How many characters of a name an error quotes.
const LONGEST_NAME: usize = 40;

/// Why no reader would give a key or a value back as it is, found while it was encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A field is written behind a skipped one, and structs are arrays: it would be read in the other one's place.
    #[error(
        "`{type_name}` skips its field `{skipped}` and writes `{field}` behind it, which would be read as `{skipped}`. \
         Write structs with field names, by `with_field_names(true)`, or skip no field but the last ones"
    )]
    FieldBehindSkipped {
        /// The struct, or the variant of an enum.
        type_name: String,
        /// The first field that is skipped.
        skipped: &'static str,
        /// The field behind it.
        field: &'static str,
    },
    /// A `Some` with a content that is encoded as nil, as `None` is: it would be read as `None`.
    #[error(
        "a `Some` of `{content}` would be read as `None`: both are encoded as nil. Use an enum of your own in place of the \
         option or of what is in it"
    )]
    SomeOfNil {
        /// Type of the content.
        content: &'static str,
    },
    /// A variant without content of an adjacently tagged enum, where structs are arrays: readers miss the content.
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
    /// A variant with named fields of an adjacently tagged enum, where structs are arrays: readers ask for a map.
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
    /// Something inside an internally tagged or flattened type that such types cannot be read with.
    ///
    /// serde reads their content into a buffer first, which has no place for 128 bits, and which takes addresses to be texts.
    #[error(
        "{what} in the field `{field}` would not be read: the field is part of an internally tagged enum or a flattened \
         struct or map, which serde reads into a buffer that has no place for it. Tag or nest the type in another way, or \
         store a text or bytes. (If it is read nevertheless, `with_read_back` tells.)"
    )]
    Buffered {
        /// `a 128-bit integer` or `an IP or socket address`.
        what: &'static str,
        /// The field; empty if it has no name.
        field: String,
    },
}

impl ShapeError {
    /// Names the field, if the error has a place for it that is empty.
    pub(super) fn set_field(&mut self, name: &str) {
        if let Self::Buffered { field, .. } = self
            && field.is_empty()
        {
            // It may be a key of a map, of any length.
            *field = name
                .chars()
                .take(LONGEST_NAME)
                .flat_map(char::escape_debug)
                .collect();
        }
    }
}
