//! Whole maps over HTTP and S3: over the server within the process, nginx and moto.

mod agreement;
mod replacement;
mod requests;

mod served;
