//! Describes a data set, and checks that it fits into memory.

use std::io;

use crate::data::Entries;
use crate::data::field::Field;
use crate::measure::protocol::{About, Task};
use crate::stores;
use crate::system;

pub(super) fn describe<K: Field, V: Field>(entries: &Entries<K, V>, task: &Task) -> io::Result<About> {
    let available = system::available_memory().unwrap_or(u64::MAX);
    let fits = |bytes| fits_in_memory(bytes, available, task, entries.count());
    // First the check that does not visit each entry: there may be far too many.
    fits(entries.least_list_bytes())?;
    let payload_bytes = entries.payload_bytes();
    fits(entries.least_list_bytes().saturating_add(payload_bytes))?;
    Ok(About {
        entries: entries.count(),
        payload_bytes,
        unfit: stores::ALL
            .iter()
            .filter_map(|store| Some((store.id.to_owned(), stores::unfit(store.id, entries)?.to_owned())))
            .collect(),
    })
}

/// Fails if memory is too small for the list of entries that builds use.
fn fits_in_memory(bytes: u64, available: u64, task: &Task, entries: u64) -> io::Result<()> {
    if bytes <= available {
        return Ok(());
    }
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let message = format!(
        "{}: a list of {entries} entries takes {:.1} GB of memory, and {:.1} GB are available; --entries and --growth set their \
         number",
        task.data.title(),
        gigabytes(bytes),
        gigabytes(available),
    );
    Err(io::Error::new(io::ErrorKind::OutOfMemory, message))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::data::{DataSet, Visitor};
    use crate::measure::protocol::Work;

    struct Describe(Task);

    impl Visitor for Describe {
        type Output = About;

        fn visit<K: Field, V: Field>(self, entries: Entries<K, V>) -> io::Result<About> {
            describe(&entries, &self.0)
        }
    }

    fn about(data: DataSet, count: u64) -> io::Result<About> {
        let task = Task {
            data,
            count,
            file: None,
            directory: PathBuf::new(),
            turn: Duration::ZERO,
            work: Work::Describe,
        };
        data.visit(count, None, Describe(task))
    }

    #[test]
    fn entries_that_do_not_fit_into_memory_are_an_error_that_tells_their_size() {
        let about = about(DataSet::Strings, 1000).unwrap();
        assert_eq!((about.entries, about.payload_bytes), (1000, 121_000));
        #[cfg(target_os = "linux")]
        for data in [DataSet::Integers, DataSet::Strings, DataSet::Long] {
            // Impossible sizes are reported at once, even if their number of bytes overflows.
            for count in [10_000_000_000_000_000, u64::MAX] {
                let error = self::about(data, count).unwrap_err().to_string();
                assert!(
                    error.contains(&format!("a list of {count} entries takes ")),
                    "{error}"
                );
            }
        }
    }
}
