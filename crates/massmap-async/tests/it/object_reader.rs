//! `ObjectReader` on the test server, on real ones and in the stores of `object_store`.

mod faults;
mod real_servers;
mod requests;
mod stores;
mod suite;
mod urls;
mod versions;
