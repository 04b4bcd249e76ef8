//! Whole maps over HTTP and S3: over the server within the process, nginx and moto.

mod agreement;
mod attacks;
mod cancelling;
mod many;
mod replacement;
mod requests;
mod stalling;
mod unpolled;

mod leaks;
mod served;
