//! Whose turn it is to check the keys.

/// Whether a lookup waits for others that check the keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turns {
    Waited,
    Ignored,
}
