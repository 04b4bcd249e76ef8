//! Servers of objects, for tests and benches. All of them listen on loopback, on a port of their own, and end when they are dropped.
//!
//! [`TestServer`] runs within the process, counts what it is asked for, and misbehaves as it is told. [`Moto`] and [`Nginx`] are real
//! servers that others made; a test gets them from [`or_left_out`], since they may not be installed.

mod http;
mod real;

pub use http::TestServer;
pub use http::fault::Fault;
pub use http::latency::Latency;
pub use http::object::{Object, Objects};
pub use http::request::Request;
pub use real::moto::Moto;
pub use real::nginx::{Logged, Nginx};
pub use real::required::{NotInstalled, or_left_out};
