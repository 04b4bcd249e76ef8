//! The public API of massmap 0.1.5 on 0.1.5 itself.
//!
//! The tests of massmap compile the same source, so it asks for exactly what 0.1.5 has.

mod published {
    use massmap_0_1_5 as subject;

    include!("../../../../crates/massmap/tests/it/api/surface.rs");
}
