//! Outputs that are objects in stores.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use anyhow::Context;
use massmap_async::ObjectWriter;

use crate::output::console;

/// Whether the program was told to end.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// An object that is being written.
pub(in crate::commands::write) struct Object {
    writer: Arc<ObjectWriter>,
}

impl Object {
    /// Begins to write the object at a URL, in parts of `part_size` bytes if that is given. A signal that ends the program gives the upload up
    /// first.
    pub(super) fn create(url: &str, part_size: Option<u64>) -> anyhow::Result<Self> {
        let mut writer = ObjectWriter::from_url(url)?;
        if let Some(bytes) = part_size {
            writer = writer.with_part_size(bytes);
        }
        let writer = Arc::new(writer);
        give_up_when_interrupted(Arc::downgrade(&writer)).context("cannot prepare for signals")?;
        Ok(Self { writer })
    }

    /// Lets `write` write the object, and makes it appear. After an error, nothing is left of it.
    pub(in crate::commands::write) fn publish<T>(
        self,
        write: impl FnOnce(&ObjectWriter) -> io::Result<T>,
    ) -> io::Result<T> {
        let written = write(&self.writer).and_then(|result| self.writer.finish().map(|()| result));
        while written.is_err() && IS_ENDING.load(Ordering::Relaxed) {
            // The error is that the upload was given up, and whoever did that ends the program.
            thread::park();
        }
        if written.is_err()
            && let Err(error) = self.writer.abort()
        {
            console::warning(&format!("{:#}", anyhow::Error::from(error)));
        }
        written
    }
}

/// Ends the program when it is interrupted or terminated, after the upload is given up. A second signal ends it at once. Other signals, such as
/// the one that tells of a closed terminal, do what they did: `nohup` has them ignored.
#[cfg(unix)]
fn give_up_when_interrupted(writer: Weak<ObjectWriter>) -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            // As shells report it.
            end(&writer, 128 + signal);
        }
    })?;
    Ok(())
}

/// The same where there is only one signal.
#[cfg(not(unix))]
fn give_up_when_interrupted(writer: Weak<ObjectWriter>) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || end(&writer, 130))
}

/// Gives the upload up on another thread, and ends the program with this exit code; at once if that was begun before.
fn end(writer: &Weak<ObjectWriter>, code: i32) {
    if IS_ENDING.swap(true, Ordering::Relaxed) {
        process::exit(code);
    }
    let writer = Weak::clone(writer);
    thread::spawn(move || {
        if let Some(writer) = writer.upgrade()
            && let Err(error) = writer.abort()
        {
            console::warning(&format!("{:#}", anyhow::Error::from(error)));
        }
        process::exit(code);
    });
}
