//! The public API of massmap 0.1.5: every name, signature, generic default and derived trait.
//!
//! `tests/compat` compiles `api/surface.rs` against 0.1.5 as well, so it asks for exactly what 0.1.5 has.

mod additions;

/// The same API in this crate.
mod ours {
    use massmap as subject;

    include!("api/surface.rs");
}
