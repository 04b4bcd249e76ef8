//! B-trees.

pub(super) mod lmdb;
pub(super) mod redb;
pub(super) mod sqlite;
