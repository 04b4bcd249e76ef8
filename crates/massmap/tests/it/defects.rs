//! What massmap 0.1.5 does wrong and this crate must not: a test for each.

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

/// The typed error inside an I/O error.
pub(crate) fn cause<E: std::error::Error + 'static>(error: &std::io::Error) -> &E {
    error
        .get_ref()
        .and_then(|payload| payload.downcast_ref())
        .unwrap_or_else(|| panic!("not a {}: {error:?}", std::any::type_name::<E>()))
}
