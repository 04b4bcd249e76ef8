//! One program, compiled with this crate and with massmap 0.1.5.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Fruit {
    name: String,
    price: Option<Price>,
    season: Season,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Price {
    cents: u32,
    per: String,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Season {
    Always,
    Month(u8),
    Between { from: u8, to: u8 },
}

fn fruits() -> Vec<(String, Fruit)> {
    let seasons = [
        Season::Always,
        Season::Month(7),
        Season::Between { from: 5, to: 9 },
    ];
    ["apple", "banana", "cherry", "date", "elderberry", "fig", "grape"]
        .into_iter()
        .zip(seasons.into_iter().cycle())
        .zip(0..)
        .map(|((name, season), i)| {
            let price = (i % 2 == 0).then(|| Price {
                cents: 100 + 13 * i,
                per: "kg".to_owned(),
            });
            let fruit = Fruit {
                name: name.to_uppercase(),
                price,
                season,
            };
            (name.to_owned(), fruit)
        })
        .collect()
}

#[test]
fn a_program_written_for_0_1_5_has_the_same_output_with_this_crate() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ours = ported::run(ours.path(), &fruits()).unwrap();
    let theirs = ported_0_1_5::run(theirs.path(), &fruits()).unwrap();
    for ((name, ours), (their_name, theirs)) in ours.parts.iter().zip(&theirs.parts) {
        assert_eq!(name, their_name);
        assert!(
            ours == theirs,
            "{name}: ours {:?}, 0.1.5's {:?}",
            String::from_utf8_lossy(ours),
            String::from_utf8_lossy(theirs)
        );
    }
    assert_eq!(ours.parts.len(), theirs.parts.len());
    assert!(ours.parts.len() > 50, "the program ran to its end");
}
