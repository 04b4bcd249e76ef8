//! Answers and connections.

use std::time::Duration;

use futures_util::future::join_all;
use massmap_async::object_store::path::Path;
use massmap_async::{Bytes, ObjectReader};
use servers::{Fault, Request};

use super::Expect::Right;
use super::answer::Answer;
use super::{COUNT, Map, attack, serve, soon};
use crate::maps::file::squares;
use crate::remote::{PATH, http_store};

#[tokio::test]
async fn answers_before_and_after_the_right_one_are_not_taken_for_it() {
    for before in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    ] {
        let answer = move |request: &Request, file: &Bytes| {
            Fault::Raw([before.as_bytes(), &Answer::right(request, file).bytes()].concat())
        };
        attack(before, (Right, Right), answer).await;
    }
    // The next request on the connection must not be answered by what came too early.
    let twice = |request: &Request, file: &Bytes| {
        let right = Answer::right(request, file);
        let forged = right.clone().with_body(vec![b'!'; right.body.len()]);
        Fault::Raw([right.bytes(), forged.bytes()].concat())
    };
    attack("twice", (Right, Right), twice).await;
}

#[tokio::test]
async fn connections_that_end_after_each_answer_or_are_reset_are_made_anew() {
    attack("closed", (Right, Right), |_, _| Fault::ThenClose).await;
    attack("closed as it says", (Right, Right), |request, file| {
        Answer::right(request, file).and("Connection", "close").fault()
    })
    .await;
    attack("byte by byte", (Right, Right), |_, _| {
        Fault::Trickle(Duration::ZERO)
    })
    .await;

    let file = squares(COUNT);
    let server = serve(&file);
    let reader = ObjectReader::new(http_store(&server, 10), Path::from(PATH), "the map");
    let map = Map::open(reader).await.unwrap();
    server.set_rule(|request| match request.number % 16 {
        0 => Fault::Reset,
        1 => Fault::ThenClose,
        2 => Fault::CloseAfter(10),
        _ => Fault::None,
    });
    let keys: Vec<u64> = (0..COUNT).collect();
    let lookups = join_all(keys.iter().map(|key| map.get(key)));
    for (key, value) in (0..).zip(soon(lookups).await) {
        assert_eq!(value.unwrap(), Some(key * key));
    }
}
