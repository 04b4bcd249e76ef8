//! Names that live as long as the program, which serde takes for fields.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The one copy of a name that is kept for good. Programs that read files with ever new names grow by these names.
pub(super) fn kept(name: &str) -> &'static str {
    static KEPT: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    // A panic cannot leave it inconsistent.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    match kept.get(name) {
        Some(name) => name,
        None => {
            let name: &'static str = name.to_owned().leak();
            kept.insert(name);
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_kept_once() {
        let (one, other) = (kept("a name"), kept(&"a name".to_owned()));
        assert_eq!((one, one.as_ptr()), ("a name", other.as_ptr()));
    }
}
