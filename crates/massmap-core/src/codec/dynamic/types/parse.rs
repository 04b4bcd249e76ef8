//! Understanding the names of types: those of Rust, and those that [`Kind`]s are shown by.

use super::kind::{IntegerType, Kind, Width};

/// How deep types may nest in a name; what nests deeper is not understood. Keys are taken apart by functions that call
/// themselves once for each level.
const MAX_DEPTH: usize = 16;

/// Longer names are not understood: a file may have names of any length.
const LONGEST: usize = 4096;

/// Types around another one that change neither how values are stored nor how they are hashed.
const WRAPPERS: [&str; 5] = [
    "alloc::borrow::Cow",
    "alloc::boxed::Box",
    "alloc::rc::Rc",
    "alloc::sync::Arc",
    "core::num::wrapping::Wrapping",
];

/// The type that is called `name`.
pub(super) fn kind(name: &str) -> Kind {
    let known = match name.len() {
        0..=LONGEST => known(name, MAX_DEPTH),
        _ => None,
    };
    known.unwrap_or_else(|| Kind::Other(without_references(name).into()))
}

/// The type that is called `name`; `None` if it is not known.
fn known(name: &str, depth: usize) -> Option<Kind> {
    let depth = depth.checked_sub(1)?;
    let name = name.trim();
    let unwrapped = without_references(name);
    if unwrapped.len() < name.len() {
        return known(unwrapped, depth).map(wrapped);
    }
    if let Some(scalar) = scalar(name) {
        return Some(scalar);
    }
    if let Some(inner) = name.strip_prefix("optional ") {
        return known(inner, depth).map(|inner| Kind::Optional(Box::new(inner)));
    }
    if let Some(length) = name.strip_suffix(" bytes") {
        let length = Some(length.parse().ok()?);
        return Some(Kind::Bytes { length });
    }
    if let Some(content) = between(name, '[', ']') {
        return sequence(content, depth);
    }
    if let Some(fields) = between(name, '(', ')') {
        let fields = arguments(fields)?;
        let fields = fields.into_iter().map(|field| known(field, depth));
        // Without fields it is unit, which is stored as nil.
        let fields: Vec<_> = fields.collect::<Option<_>>()?;
        return (!fields.is_empty()).then_some(Kind::Tuple(fields));
    }
    let (generic, _) = name.split_once('<')?;
    let arguments = arguments(between(name.strip_prefix(generic)?, '<', '>')?)?;
    let [argument] = arguments.as_slice() else {
        return None;
    };
    let inner = known(argument, depth)?;
    match (generic, inner) {
        (wrapper, inner) if WRAPPERS.contains(&wrapper) => Some(wrapped(inner)),
        ("alloc::vec::Vec", inner) => Some(Kind::Sequence {
            element: Box::new(inner),
            length: None,
        }),
        ("core::option::Option", inner) => Some(Kind::Optional(Box::new(inner))),
        ("core::num::nonzero::NonZero", Kind::Integer(integer)) => Some(Kind::Integer(IntegerType {
            is_nonzero: true,
            is_wrapped: true,
            ..integer
        })),
        _ => None,
    }
}

fn scalar(name: &str) -> Option<Kind> {
    let integer = |width, is_signed| {
        Kind::Integer(IntegerType {
            width,
            is_signed,
            is_nonzero: false,
            is_wrapped: false,
        })
    };
    Some(match name {
        "str" | "string" | "alloc::string::String" => Kind::Text,
        "bytes" => Kind::Bytes { length: None },
        "bool" => Kind::Bool,
        "char" => Kind::Char,
        "f32" => Kind::Float,
        "f64" => Kind::Double,
        "u8" => integer(Width::Bits8, false),
        "u16" => integer(Width::Bits16, false),
        "u32" => integer(Width::Bits32, false),
        "u64" => integer(Width::Bits64, false),
        "u128" => integer(Width::Bits128, false),
        "usize" => integer(Width::Size, false),
        "i8" => integer(Width::Bits8, true),
        "i16" => integer(Width::Bits16, true),
        "i32" => integer(Width::Bits32, true),
        "i64" => integer(Width::Bits64, true),
        "i128" => integer(Width::Bits128, true),
        "isize" => integer(Width::Size, true),
        _ => return None,
    })
}

/// A slice or an array, by what stands between its brackets.
fn sequence(content: &str, depth: usize) -> Option<Kind> {
    let (element, length) = match content.rsplit_once(';') {
        // Not the semicolon of an array that is the element.
        Some((element, length)) if !length.contains(']') => (element, Some(length.trim().parse().ok()?)),
        _ => (content, None),
    };
    Some(Kind::Sequence {
        element: Box::new(known(element, depth)?),
        length,
    })
}

/// A type behind a reference, in a box or the like.
fn wrapped(kind: Kind) -> Kind {
    match kind {
        Kind::Integer(integer) => Kind::Integer(IntegerType {
            is_wrapped: true,
            ..integer
        }),
        other => other,
    }
}

/// A name without the references, and their lifetimes, that it begins with. Compilers from 1.91 on write lifetimes out as `'_`.
fn without_references(name: &str) -> &str {
    let mut name = name.trim_start();
    while let Some(referent) = name.strip_prefix('&') {
        name = referent.trim_start();
        if let Some((_, behind)) = name
            .strip_prefix('\'')
            .and_then(|lifetime| lifetime.split_once(' '))
        {
            name = behind.trim_start();
        }
    }
    name
}

/// What stands between two brackets that a name begins and ends with.
fn between(name: &str, open: char, close: char) -> Option<&str> {
    name.strip_prefix(open)?.strip_suffix(close)
}

/// The types between commas that are in no brackets, without lifetimes. `None` if the brackets do not match.
fn arguments(names: &str) -> Option<Vec<&str>> {
    let mut arguments = Vec::new();
    let (mut begin, mut depth) = (0, 0usize);
    for (place, character) in names.char_indices() {
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                arguments.push(names.get(begin..place)?.trim());
                begin = place + 1;
            }
            _ => {}
        }
    }
    // One may stand behind the last of them.
    arguments.push(names.get(begin..)?.trim());
    arguments.retain(|argument| !argument.is_empty() && !argument.starts_with('\''));
    (depth == 0).then_some(arguments)
}
