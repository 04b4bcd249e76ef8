//! Holds massmap against the published crate massmap 0.1.5: the same files, the same answers, the same API.
#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

mod api;
mod both;
mod building;
mod compat;
mod fnv;
mod golden;
mod ported;

// What the tests of massmap itself need, too.
#[path = "../../../../crates/massmap/tests/it/cause.rs"]
mod cause;
#[path = "../../../../crates/massmap/tests/it/craft.rs"]
#[expect(dead_code, reason = "others craft files that 0.1.5 does not write")]
mod craft;
#[path = "../../../../crates/massmap/tests/it/golden_file.rs"]
mod golden_file;
#[path = "../../../../crates/massmap/tests/it/memory_file.rs"]
#[expect(unused_imports, reason = "others have types that are files, too")]
mod memory_file;
