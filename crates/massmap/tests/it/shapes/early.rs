//! Refusals during encoding, without decoding anything.

use std::io::ErrorKind;

use massmap::{FormatVersion, MassMapBuilder, MemoryWriter, ShapeError, WriteError};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use support::chain;

use super::types::*;
use super::{How, Outcome, outcome};

/// Every way of building without read back.
fn plain() -> impl Iterator<Item = How> {
    How::all().filter(|how| !how.read_back)
}

#[track_caller]
fn refusal<V: Serialize + for<'de> Deserialize<'de>>(how: How, value: V) -> (String, ShapeError) {
    let error = how.build(&[(1u8, value)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let message = error.to_string();
    match error.downcast::<WriteError>().unwrap() {
        WriteError::Shape {
            ordinal: 0,
            part: "value",
            shape,
            ..
        } => (message, shape),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_after_a_skipped_one_is_refused_with_the_advice_to_write_field_names() {
    for how in plain().filter(|how| !how.field_names) {
        let (message, shape) = refusal(
            how,
            Offer {
                discount: None,
                price: Some(99),
            },
        );
        let expected = ShapeError::FieldBehindSkipped {
            type_name: "Offer".to_owned(),
            skipped: "discount",
            field: "price",
        };
        assert_eq!(shape, expected);
        for part in ["Offer", "`discount`", "`price`", "with_field_names(true)"] {
            assert!(message.contains(part), "{message}");
        }
        // Of a type other than that of the next field, and nested deeply.
        let skips = || SkipsFirst {
            tags: vec![],
            count: 3,
        };
        for message in [
            refusal(how, skips()).0,
            refusal(how, vec![Some((skips(), 1))]).0,
            refusal(how, std::collections::BTreeMap::from([(1, skips())])).0,
            refusal(
                how,
                Flat {
                    id: 1,
                    rest: std::collections::BTreeMap::from([(String::new(), skips())]),
                },
            )
            .0,
        ] {
            assert!(
                message.contains("`SkipsFirst` skips its field `tags`"),
                "{message}"
            );
        }
        let (message, _) = refusal(how, Skipping::Struct { a: None, b: Some(1) });
        assert!(
            message.contains("`Skipping::Struct` skips its field `a`"),
            "{message}"
        );
    }
    for how in plain().filter(|how| how.field_names) {
        let offer = Offer {
            discount: None,
            price: Some(99),
        };
        assert_eq!(outcome(&1u8, &offer, how), Outcome::Equal);
    }
}

#[test]
fn skipped_fields_at_the_end_are_accepted() {
    for how in plain() {
        for offer in [
            Offer {
                discount: Some(1),
                price: None,
            },
            Offer {
                discount: None,
                price: None,
            },
            Offer {
                discount: Some(1),
                price: Some(2),
            },
        ] {
            assert_eq!(outcome(&1u8, &offer, how), Outcome::Equal, "{offer:?}");
            assert_eq!(outcome(&offer, &1u8, how), Outcome::Equal, "{offer:?}");
        }
    }
}

#[test]
fn keys_are_refused_like_values_and_the_error_names_the_entry() {
    let key = |n: u32| Offer {
        discount: (n != 700).then_some(n),
        price: Some(n),
    };
    let entries: Vec<_> = (0..1000).map(|n| (key(n), n)).collect();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let builder = || MassMapBuilder::default().with_format(format);
        let target = MemoryWriter::from(b"as it was".to_vec());
        for error in [
            builder().build(&target, entries.iter()).unwrap_err(),
            builder()
                .try_build(&target, entries.iter().map(Ok::<_, std::io::Error>))
                .unwrap_err(),
            builder().par_build(&target, entries.par_iter()).unwrap_err(),
        ] {
            let message = chain(&error);
            assert!(message.starts_with("the key of entry 700, of type "), "{message}");
        }
        assert_eq!(target.to_vec(), b"as it was");
    }
}

#[test]
fn an_option_of_none_is_refused_in_format_2_and_becomes_none_in_format_1() {
    for how in plain() {
        let outcomes = [
            outcome(&1u8, &Some(None::<u8>), how),
            outcome(&1u8, &Some(()), how),
            outcome(&1u8, &Some(Newtype(None::<Point>)), how),
            outcome(&1u8, &Nested::<Option<u8>>(vec![Some(Some(None))]), how),
        ];
        for outcome in outcomes {
            match how.format {
                FormatVersion::V1 => {
                    assert!(matches!(&outcome, Outcome::Wrong(found) if found.contains("None")))
                }
                _ => {
                    let Outcome::Refused(message) = outcome else {
                        panic!("{outcome:?}")
                    };
                    assert!(message.contains("would be read as `None`"), "{message}");
                }
            }
        }
    }
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Nested<T>(Vec<Option<Option<T>>>);

#[test]
fn keys_that_no_lookup_would_find_are_refused_in_either_format() {
    for how in plain() {
        for outcome in [
            outcome(&Some(None::<u8>), &1u8, how),
            outcome(&Some(()), &1u8, how),
            outcome(&(1u8, Some(Newtype(None::<u8>))), &1u8, how),
        ] {
            assert!(
                matches!(&outcome, Outcome::Refused(message) if message.contains("the key of entry 0")),
                "{outcome:?}"
            );
        }
        assert_eq!(outcome(&Some(Some(1u8)), &1u8, how), Outcome::Equal);
        assert_eq!(outcome(&None::<Option<u8>>, &1u8, how), Outcome::Equal);
    }
}

#[test]
fn values_that_serde_cannot_buffer_are_refused_and_the_error_names_the_field() {
    let address = std::net::IpAddr::from([192, 0, 2, 1]);
    for how in plain() {
        for (message, what, name) in [
            (refusal(how, Internal::Big { big: 1 }).0, "128-bit", "`big`"),
            (
                refusal(how, Internal::BigList { list: vec![1, 2] }).0,
                "128-bit",
                "`list`",
            ),
            (
                refusal(how, Internal::BigNewtype(BigField { big: 1, small: 2 })).0,
                "128-bit",
                "`big`",
            ),
            (
                refusal(how, Internal::Address { address }).0,
                "address",
                "`address`",
            ),
            (
                refusal(
                    how,
                    Flat {
                        id: 1,
                        rest: BigField { big: 1, small: 2 },
                    },
                )
                .0,
                "128-bit",
                "`big`",
            ),
            (
                refusal(
                    how,
                    Flat {
                        id: 1,
                        rest: AddressField { address },
                    },
                )
                .0,
                "address",
                "`address`",
            ),
            (
                refusal(
                    how,
                    Flat {
                        id: 1,
                        rest: std::collections::BTreeMap::from([("k".to_owned(), 1i128)]),
                    },
                )
                .0,
                "128-bit",
                "`k`",
            ),
            (
                refusal(
                    how,
                    vec![(
                        1,
                        Flat {
                            id: 1,
                            rest: Internal::Big { big: 1 },
                        },
                    )],
                )
                .0,
                "128-bit",
                "`big`",
            ),
        ] {
            assert!(message.contains(what) && message.contains(name), "{message}");
        }
    }
}

/// Looks like a tagged enum to a serializer, but is deserialized by hand without a buffer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct ByHand {
    kind: String,
    big: u128,
}

impl Serialize for ByHand {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Whatever", 2)?;
        fields.serialize_field("kind", self.kind.as_str())?;
        fields.serialize_field("big", &self.big)?;
        fields.end()
    }
}

/// The same, serialized as a map of unknown length, like a flattened type.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct MapByHand {
    kind: String,
    big: u128,
}

impl Serialize for MapByHand {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("kind", self.kind.as_str())?;
        fields.serialize_key("big")?;
        fields.serialize_value(&self.big)?;
        fields.end()
    }
}

#[test]
fn types_that_only_look_like_refused_ones_come_back() {
    let kind = || "kind".to_owned();
    for how in How::all() {
        assert_eq!(
            outcome(&1u8, &ByHand { kind: kind(), big: 1 }, how),
            Outcome::Equal
        );
        assert_eq!(
            outcome(&1u8, &MapByHand { kind: kind(), big: 1 }, how),
            Outcome::Equal
        );
        // What follows a buffered value is not buffered.
        let behind = (Internal::Newtype(Point { x: 1, y: 2 }), u128::MAX);
        assert_eq!(outcome(&1u8, &behind, how), Outcome::Equal);
        let behind = (
            Flat {
                id: 1,
                rest: Point { x: 1, y: 2 },
            },
            std::net::IpAddr::from([1; 4]),
        );
        assert_eq!(outcome(&1u8, &behind, how), Outcome::Equal);
    }
}

#[test]
fn keys_of_flattened_maps_that_serde_cannot_buffer_are_refused() {
    use std::collections::BTreeMap;
    use std::net::{IpAddr, Ipv4Addr};

    for how in plain() {
        let address = Ipv4Addr::LOCALHOST;
        let numbers = BTreeMap::from([(1u128 << 100, 1u8)]);
        for (message, shape) in [
            refusal(how, Flat { id: 1, rest: numbers }),
            refusal(
                how,
                Flat {
                    id: 1,
                    rest: BTreeMap::from([(IpAddr::V4(address), 1u8)]),
                },
            ),
            refusal(
                how,
                Flat {
                    id: 1,
                    rest: BTreeMap::from([(address, 1u8)]),
                },
            ),
        ] {
            assert!(matches!(shape, ShapeError::Buffered { .. }), "{message}");
            assert!(message.contains("a key of a flattened map"), "{message}");
        }
    }
}

#[test]
fn long_names_taken_from_values_are_shortened_in_messages() {
    let key = "\u{9b}x".repeat(1 << 19);
    let rest = std::collections::BTreeMap::from([(key, u128::MAX)]);
    let how = plain().next().unwrap();
    let (message, _) = refusal(how, Flat { id: 1, rest });
    assert!(
        message.chars().count() < 1000 && !message.contains('\u{9b}'),
        "{message}"
    );
}

/// All code of types that a macro expands to has the same source location.
macro_rules! in_one_place {
    () => {
        #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
        struct Inner {
            x: i32,
            y: i32,
        }

        #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
        #[serde(tag = "t", content = "c")]
        enum Outer {
            #[serde(serialize_with = "inner", deserialize_with = "Inner::deserialize")]
            A(Inner),
            B(Inner),
        }
    };
}
in_one_place!();

fn inner<S: serde::Serializer>(value: &Inner, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}

#[test]
fn structs_in_adjacently_tagged_variants_are_not_taken_for_variants_with_named_fields() {
    let value = Inner { x: 1, y: 2 };
    for how in plain() {
        for value in [Outer::A(value.clone()), Outer::B(value.clone())] {
            assert!(matches!(outcome(&1u8, &value, how), Outcome::Equal), "{value:?}");
            let flat = Flat { id: 1, rest: value };
            assert!(matches!(outcome(&1u8, &flat, how), Outcome::Equal), "{flat:?}");
        }
    }
}
