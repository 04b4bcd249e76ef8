//! The public API of massmap 0.1.5: every name, signature, generic default and derived trait.
//!
//! `api/surface.rs` is compiled against both crates, so that it cannot ask for less or more than 0.1.5 has.

mod additions;

/// The API on this crate.
mod ours {
    use massmap as subject;

    include!("api/surface.rs");
}

/// The API on 0.1.5 itself.
mod published {
    use massmap_0_1_5 as subject;

    include!("api/surface.rs");
}
