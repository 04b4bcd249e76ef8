//! What an error is, behind [`std::io::Error`].

/// The typed error inside an I/O error.
pub fn cause<E: std::error::Error + 'static>(error: &std::io::Error) -> &E {
    error
        .get_ref()
        .and_then(|payload| payload.downcast_ref())
        .unwrap_or_else(|| panic!("not a {}: {error:?}", std::any::type_name::<E>()))
}
