//! What a store is asked for.

use crate::context::Context;

/// A file on the server, and a program that looks keys up in it.
pub(super) trait Contestant {
    /// For tables.
    fn name(&self) -> String;

    /// Opens the file anew: nothing of it is in memory.
    fn open(&mut self, context: &Context) -> anyhow::Result<()>;

    /// Looks a key up in the file that is open.
    fn get(&mut self, context: &Context, key: u64) -> anyhow::Result<Option<String>>;

    /// Has everything in memory that lookups use again and again. Nothing is measured.
    fn warm(&mut self, context: &Context) -> anyhow::Result<()> {
        let _ = context;
        Ok(())
    }
}
