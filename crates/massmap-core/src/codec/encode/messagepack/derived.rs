//! Telling by what a serializer is called with which code of serde calls it.
//!
//! The calls for an internally tagged enum are those for a struct whose first field is a text, and the calls for a flattened
//! field are those for any other field. But serde reads tagged enums and flattened fields by way of a buffer, and gives
//! adjacently tagged enums no way to be read from some arrays. Two things tell them apart: the name of a private type of serde,
//! and the place in the source where a call comes from. Derived code has one place for all its calls, that of the derive
//! attribute; what is tagged or flattened is passed on by serde's own code. The one thing that has one place for all its calls
//! too is an implementation written out by a macro: if its first field is a constant text, and a later one has 128 bits or is
//! an address, it is taken for a tagged enum, and `with_read_back` is needed to build it.
//!
//! Nothing relies on it for more than an early refusal: should serde change these, unreadable values would be noticed when
//! they are read, or by `with_read_back`. The tests of this crate's facade notice first.

use std::any::type_name;
use std::panic::Location;

/// Whether `T` is `str`, as a tag is. Text in fields of derived types is always behind a pointer.
#[inline(always)]
pub(super) fn is_text<T: ?Sized>() -> bool {
    type_name::<T>() == "str"
}

/// Whether a `T` is the tag of an adjacently tagged enum.
#[inline(always)]
pub(super) fn is_adjacent_tag<T: ?Sized>() -> bool {
    type_name::<T>().ends_with("::AdjacentlyTaggedEnumVariant")
}

/// Whether a `T` is what derived code makes of the fields of a variant of an adjacently tagged enum.
#[inline(always)]
pub(super) fn is_adjacent_content<T: ?Sized>() -> bool {
    type_name::<T>().contains("::__AdjacentlyTagged")
}

/// Whether a call comes from what serde puts between a type and the serializer, if it is tagged or flattened.
pub(super) fn is_passed_on(caller: &Location<'_>) -> bool {
    is_in(caller, ["private/ser.rs", r"private\ser.rs"])
}

/// Whether a call comes from serde's implementations for types of the standard library.
pub(super) fn is_of_standard_type(caller: &Location<'_>) -> bool {
    is_in(caller, ["ser/impls.rs", r"ser\impls.rs"])
}

fn is_in(caller: &Location<'_>, ends: [&str; 2]) -> bool {
    let file = caller.file();
    ends.iter().any(|end| file.ends_with(end)) && file.contains("serde")
}

/// The text that is encoded at the beginning of `bytes`, if one is.
pub(super) fn text_at(bytes: &[u8]) -> Option<&str> {
    rmp::decode::read_str_from_slice(bytes).ok().map(|(text, _)| text)
}
