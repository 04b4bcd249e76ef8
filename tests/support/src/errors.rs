//! Causes of errors.

/// The typed error inside an I/O error.
pub fn cause<E: std::error::Error + 'static>(error: &std::io::Error) -> &E {
    error
        .get_ref()
        .and_then(|payload| payload.downcast_ref())
        .unwrap_or_else(|| panic!("not a {}: {error:?}", std::any::type_name::<E>()))
}

/// The message of an error and those of its causes, as command lines print them.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let messages: Vec<_> = causes.map(ToString::to_string).collect();
    messages.join(": ")
}
