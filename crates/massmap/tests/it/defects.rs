//! Defects of massmap 0.1.5 that this crate must not have: a test for each.

mod backends;
mod depth;
mod failed_builds;
mod inflation;
mod lengths;
mod merging;
mod mismatch;
mod seed;
mod validation;
mod zero_buckets;
