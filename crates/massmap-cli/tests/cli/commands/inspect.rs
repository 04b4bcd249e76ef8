//! Commands that show what a massmap file is.

mod bench;
mod info;
mod info_v2;
mod stats;
mod verify;
