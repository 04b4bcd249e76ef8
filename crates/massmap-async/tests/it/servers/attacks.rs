//! Answers that no server should give: each leads to what is right or to an error that says what is wrong, and never to a panic or a hang.

mod answer;
mod bodies;
mod connections;
mod heads;

use std::sync::Arc;
use std::time::Duration;

use massmap_async::{AsyncMassMap, AsyncOpenOptions, AsyncReader, Bytes, ObjectReader};
use servers::{Fault, Object, Request, TestServer};

use crate::maps::file::squares;
use crate::remote::{PATH, messages, readers};

const COUNT: u64 = 2000;

/// What is to come of lookups.
#[derive(Debug, Clone, Copy)]
enum Expect {
    Right,
    /// An error in the messages of which is one of these texts.
    Error(&'static [&'static str]),
}

use Expect::{Error, Right};

type Map = AsyncMassMap<u64, u64, ObjectReader>;

fn serve(file: &Bytes) -> TestServer {
    let server = TestServer::start();
    server.put(PATH, Object::new(file.clone()).with_etag("\"one\""));
    server
}

/// Turns a hang into a failure.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(60), future).await;
    ended.expect("it ends")
}

async fn look_up(map: &Map) -> std::io::Result<Option<u64>> {
    let value = soon(map.get(&7)).await?;
    // More than one page.
    let values = soon(map.batch_get([7, 8, 9, 3000])).await?;
    assert_eq!(values, [Some(49), Some(64), Some(81), None]);
    Ok(value)
}

#[track_caller]
fn check(name: &str, result: std::io::Result<Option<u64>>, expect: Expect) {
    match (result, expect) {
        (Ok(value), Right) => assert_eq!(value, Some(49), "{name}"),
        (Ok(value), Error(_)) => panic!("{name}: {value:?}"),
        (Err(error), Right) => panic!("{name}: {}", messages(&error)),
        (Err(error), Error(texts)) => {
            let messages = messages(&error);
            assert!(
                texts.iter().any(|text| messages.contains(text)),
                "{name}: {messages}"
            );
        }
    }
}

/// Opens a map and looks keys up, over HTTP and S3, while all answers are those of `attack`, of which `opening` is to come; and looks
/// them up in a map that was opened before, of which `lookup` is to come.
async fn attack(
    name: &str,
    (opening, lookup): (Expect, Expect),
    attack: impl Fn(&Request, &Bytes) -> Fault + Send + Sync + 'static,
) {
    let file = squares(COUNT);
    let server = serve(&file);
    let attack = Arc::new(attack);
    let options = AsyncOpenOptions::new().first_read(512).largest_gap(0);
    for reader in readers(&server) {
        let name = format!("{name}, {}", reader.location());
        server.clear_rules();
        let opened = Map::open_with(reader, &options).await.unwrap();
        let rule = {
            let (attack, file) = (Arc::clone(&attack), file.clone());
            move |request: &Request| match request.path == PATH {
                true => attack(request, &file),
                false => Fault::None,
            }
        };
        server.set_rule(rule);
        check(&name, look_up(&opened).await, lookup);
    }
    for reader in readers(&server) {
        let name = format!("opening: {name}, {}", reader.location());
        match soon(Map::open_with(reader, &options)).await {
            Ok(map) => check(&name, look_up(&map).await, opening),
            Err(error) => check(&name, Err(error), opening),
        }
    }
    server.clear_rules();
    for reader in readers(&server) {
        let opened = Map::open_with(reader, &options).await.unwrap();
        check(name, look_up(&opened).await, Right);
    }
}
