//! `ObjectReader` on the test server, on real ones and in the stores of `object_store`.

mod faults;
mod requests;
mod stores;
mod urls;
mod versions;
