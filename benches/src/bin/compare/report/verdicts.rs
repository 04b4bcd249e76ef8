//! Verdicts about massmap in format 2.

pub(crate) mod expectations;
pub(crate) mod losses;
