//! `BlockingReader` as the reader of ordinary maps.

mod maps;
mod reads;
mod runtimes;
