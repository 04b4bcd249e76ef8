//! The public API of massmap 0.1.5: every name, signature, generic default and derived trait.
//!
//! `tests/compat` compiles `api/surface.rs` against 0.1.5, so that it cannot ask for less or more than 0.1.5 has.

mod additions;

/// The API on this crate.
mod ours {
    use massmap as subject;

    include!("api/surface.rs");
}
