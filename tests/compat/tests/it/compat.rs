//! Files are byte-identical to those of massmap 0.1.5, and both crates give the same answers.

mod depth;
mod json;
mod keys;
mod merging;
mod properties;
mod settings;
mod values;
