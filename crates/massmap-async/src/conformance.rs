//! The suite that every reader must pass.
