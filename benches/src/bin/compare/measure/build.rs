//! Measures building.

use std::io;
use std::time::Instant;

use crate::data::Entries;
use crate::data::field::Field;
use crate::measure::protocol::Task;
use crate::results::Build;
use crate::stores::interface::Store;
use crate::system;

pub(super) fn measure<K: Field, V: Field>(
    store: &dyn Store<K, V>,
    entries: &Entries<K, V>,
    task: &Task,
) -> io::Result<Build> {
    // Listing them is not part of building.
    entries.list();
    system::touch_free_memory(entries.payload_bytes(), &task.directory)?;
    system::sync();
    let (memory, written) = (system::reset_peak_memory(), system::written_bytes());
    let start = Instant::now();
    store.build(entries, &task.directory)?;
    // Most stores sync their files, but not the directory entries of these.
    #[cfg(unix)]
    std::fs::File::open(&task.directory)?.sync_all()?;
    let seconds = start.elapsed().as_secs_f64();
    let wrote = system::written_bytes();
    Ok(Build {
        seconds,
        peak_bytes: system::peak_memory().saturating_sub(memory),
        written_bytes: wrote.zip(written).map(|(after, before)| after - before),
        file_bytes: system::files_length(&task.directory)?,
    })
}
