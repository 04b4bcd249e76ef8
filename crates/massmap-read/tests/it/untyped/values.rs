//! Values of untyped maps: as bytes, as dynamic values, and as types.

use massmap_core::dynamic::{Value, ValueError};
use massmap_io::BytesReader;
use massmap_read::UntypedMap;
use serde::{Deserialize, Serialize};
use support::cause;

use super::files;

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Fruit {
    color: String,
    seeds: Option<u128>,
}

fn fruits() -> Vec<(String, Fruit)> {
    let fruit = |number: u32| Fruit {
        color: format!("color {number}"),
        seeds: number.is_multiple_of(2).then_some(number.into()),
    };
    (0..50)
        .map(|number| (format!("fruit {number}"), fruit(number)))
        .collect()
}

#[test]
fn a_value_comes_out_in_any_of_three_ways() {
    for file in files(&fruits()) {
        let map = UntypedMap::load(BytesReader::new(file)).unwrap();
        for (name, fruit) in fruits() {
            assert_eq!(map.get_as::<Fruit>(&name).unwrap(), Some(fruit.clone()));
            let bytes = map.get_with(&name, <[u8]>::to_vec).unwrap().unwrap();
            assert_eq!(bytes, rmp_serde::to_vec(&fruit).unwrap());
            // What a struct of the program holds, no name tells.
            let is_known = map.inner().entry_types().is_some();
            let seeds = fruit.seeds.map(|seeds| match is_known {
                true => seeds.into(),
                false => Value::Bytes(seeds.to_be_bytes().into()),
            });
            assert_eq!(
                map.get(&name).unwrap(),
                Some((fruit.color, seeds.unwrap_or_default()).into())
            );
        }
        assert_eq!(map.get_as::<Fruit>("no fruit").unwrap(), None);
        assert!(map.get_as::<u32>("fruit 1").is_err());
    }
}

#[test]
fn values_of_known_types_are_what_their_types_say() {
    for file in files(&[(1u8, u128::MAX), (2, 7)]) {
        let map = UntypedMap::load(BytesReader::new(file)).unwrap();
        assert_eq!(map.value_type().to_string(), "u128");
        assert_eq!(map.get(1).unwrap(), Some(u128::MAX.into()));
        assert_eq!(map.get(2).unwrap(), Some(7.into()));
    }
    for file in files(&[(1u8, vec![1u8, 2, 255])]) {
        let map = UntypedMap::load(BytesReader::new(file)).unwrap();
        assert_eq!(map.get(1).unwrap(), Some(Value::Bytes(vec![1, 2, 255])));
    }
}

#[test]
fn a_value_that_takes_too_much_memory_is_an_error_and_its_bytes_can_be_had() {
    for file in files(&[(1u8, vec![true; 10_000]), (2, vec![true])]) {
        let map = UntypedMap::load(BytesReader::new(file))
            .unwrap()
            .with_value_limit(100_000);
        let error = map.get(1).unwrap_err();
        assert!(
            matches!(cause(&error), ValueError::TooLarge { limit: 100_000 }),
            "{error:?}"
        );
        assert_eq!(map.get_with(1, <[u8]>::len).unwrap(), Some(10_003));
        assert_eq!(map.get_as::<Vec<bool>>(1).unwrap().unwrap().len(), 10_000);
        assert_eq!(map.get(2).unwrap(), Some([true].into()));
        assert_eq!(map.iter().filter(Result::is_err).count(), 1);
        let map = map.with_value_limit(1 << 20);
        assert_eq!(map.get(1).unwrap().unwrap().as_array().unwrap().len(), 10_000);
    }
}
