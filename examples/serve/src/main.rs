//! An HTTP service over a map in an object store.
//!
//! ```text
//! serve-example s3://bucket/fruits.massmap --listen 127.0.0.1:8080
//! curl http://127.0.0.1:8080/entries/apple
//! curl http://127.0.0.1:8080/entries --json '["apple", "banana", "cherry"]'
//! curl http://127.0.0.1:8080/status
//! ```
//!
//! Nothing is downloaded beforehand: opening takes a request or two to the store, a lookup one, and one of a page that was looked up before
//! none. `docs/serving-from-s3.md` walks through it.

mod service;
mod stack;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use massmap::remote::PageCache;
use tokio::net::TcpListener;

/// An HTTP service over a map in an object store.
#[derive(Debug, Parser)]
struct Arguments {
    /// The map: an URL that begins with s3://, gs://, az://, https:// or file://. Credentials come from the environment.
    url: String,
    /// Where to listen; port 0 for any that is free.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How many MiB of pages to keep in memory.
    #[arg(long, default_value_t = 256)]
    cache: u64,
    /// After how many milliseconds a request to the store is given up.
    #[arg(long, default_value_t = 2000)]
    timeout: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let cache = PageCache::new(arguments.cache << 20);
    let map = stack::open(&arguments.url, &cache, Duration::from_millis(arguments.timeout)).await?;
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("{} entries on http://{}", map.len(), listener.local_addr()?);
    axum::serve(listener, service::routes(map, cache))
        .with_graceful_shutdown(async { _ = tokio::signal::ctrl_c().await })
        .await?;
    Ok(())
}
