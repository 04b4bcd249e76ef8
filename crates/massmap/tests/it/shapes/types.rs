//! Types of every shape that serde can derive.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Derives the traits that all of them need.
macro_rules! types {
    ($($item:item)*) => {
        $(
            #[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            $item
        )*
    };
}

types! {
    pub(super) struct Point { pub(super) x: i32, pub(super) y: i32 }
    pub(super) struct Nested { pub(super) name: String, pub(super) at: Point, pub(super) note: Option<String> }
    pub(super) struct Newtype<T>(pub(super) T);
    pub(super) struct Pair(pub(super) u8, pub(super) String);
    pub(super) struct Unit;
    pub(super) struct Empty {}
    pub(super) struct Generic<T> { pub(super) of: PhantomData<T>, pub(super) id: u8 }
    #[serde(transparent)]
    pub(super) struct Transparent { pub(super) inner: Vec<u8> }
    #[serde(rename = "other", rename_all = "SCREAMING-KEBAB-CASE", deny_unknown_fields)]
    pub(super) struct Renamed { pub(super) first_name: String, #[serde(rename = "n", alias = "number")] pub(super) number: u8 }
    pub(super) struct RenamedOneWay { #[serde(rename(serialize = "written", deserialize = "read"))] pub(super) field: u8 }
    #[serde(default)]
    pub(super) struct Defaults { pub(super) a: u8, pub(super) b: Option<u8> }
    #[serde(from = "(u8, u8)", into = "(u8, u8)")]
    pub(super) struct Converted { pub(super) a: u8, pub(super) b: u8 }

    pub(super) struct Offer {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub(super) discount: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub(super) price: Option<u32>,
    }
    pub(super) struct SkipsFirst {
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        pub(super) tags: Vec<String>,
        pub(super) count: u8,
    }
    pub(super) struct SkipsLast {
        pub(super) count: u8,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub(super) note: Option<u8>,
    }
    pub(super) struct SkipsLastWithoutDefault {
        pub(super) count: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) note: Option<u8>,
    }
    pub(super) struct SkipsAlways { pub(super) a: u8, #[serde(skip)] pub(super) cache: u8, pub(super) b: u8 }
    pub(super) struct SkipsWriting { pub(super) a: u8, #[serde(skip_serializing, default)] pub(super) old: u8, #[serde(default)] pub(super) b: u8 }
    pub(super) struct SkipsElement(
        #[serde(skip_serializing_if = "Option::is_none", default)] pub(super) Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none", default)] pub(super) Option<u8>,
    );
    pub(super) enum Skipping {
        Struct {
            #[serde(skip_serializing_if = "Option::is_none", default)]
            a: Option<u8>,
            b: Option<u8>,
        },
        Tuple(
            #[serde(skip_serializing_if = "Option::is_none", default)] Option<u8>,
            #[serde(skip_serializing_if = "Option::is_none", default)] Option<u8>,
        ),
    }

    pub(super) enum External {
        Unit,
        Newtype(u8),
        Struct { x: u8, y: String },
        Tuple(u8, String),
        Optional(Option<u8>),
        Nothing(()),
        Big(u128),
        BigField { big: i128 },
        Address(IpAddr),
    }
    #[serde(tag = "type")]
    pub(super) enum Internal {
        Unit,
        Struct { x: u8, y: String },
        Newtype(Point),
        UnitStruct(Unit),
        Map(BTreeMap<String, u8>),
        Number(u8),
        Big { big: u128 },
        BigNewtype(BigField),
        BigList { list: Vec<i128> },
        Address { address: IpAddr },
        Skips {
            #[serde(skip_serializing_if = "Option::is_none", default)]
            a: Option<u8>,
            b: Option<u8>,
        },
        Flattened { id: u8, #[serde(flatten)] rest: Point },
    }
    #[serde(tag = "type", content = "content")]
    pub(super) enum Adjacent {
        Unit,
        Newtype(u8),
        OfStruct(Point),
        Struct { x: u8, y: String },
        Tuple(u8, String),
        Optional(Option<u8>),
        Nothing(()),
        Big(u128),
        Address(IpAddr),
        Recursive(Box<Adjacent>, u8),
    }
    #[serde(untagged)]
    pub(super) enum Untagged {
        Number(u8),
        Tuple(u8, String),
        Struct { x: u8, y: String },
        Unit,
    }
    #[serde(untagged)]
    pub(super) enum UntaggedBig { Big(u128), Text(String), Address(IpAddr) }
    #[serde(tag = "type")]
    pub(super) struct TaggedStruct { pub(super) x: u8, pub(super) big: u128 }

    pub(super) struct BigField { pub(super) big: u128, pub(super) small: u8 }
    pub(super) struct AddressField { pub(super) address: IpAddr }
    pub(super) struct Flat<T> { pub(super) id: u8, #[serde(flatten)] pub(super) rest: T }
    pub(super) struct FlatBesideBig { pub(super) id: u128, pub(super) address: IpAddr, #[serde(flatten)] pub(super) rest: Point }
    pub(super) struct FlatSkips {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub(super) a: Option<u8>,
        #[serde(flatten)]
        pub(super) rest: Point,
        pub(super) b: Option<u8>,
    }
}

impl Default for Defaults {
    fn default() -> Self {
        Self { a: 1, b: Some(2) }
    }
}

impl From<(u8, u8)> for Converted {
    fn from((a, b): (u8, u8)) -> Self {
        Self { a, b }
    }
}

impl From<Converted> for (u8, u8) {
    fn from(Converted { a, b }: Converted) -> Self {
        (a, b)
    }
}
