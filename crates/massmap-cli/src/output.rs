//! Output for the user: results, descriptions, progress and messages.

pub(crate) mod chart;
pub(crate) mod console;
pub(crate) mod describe;
pub(crate) mod interrupt;
pub(crate) mod progress;
pub(crate) mod show;
pub(crate) mod shown;
pub(crate) mod target;

pub(crate) use massmap_data::escape;
