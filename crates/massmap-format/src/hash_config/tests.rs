use serde_json::json;

use super::MassMapHashConfig;

fn encoded(parameters: serde_json::Value) -> Vec<u8> {
    rmp_serde::to_vec(&MassMapHashConfig {
        name: "h".to_owned(),
        parameters,
    })
    .unwrap()
}

#[test]
fn numbers_are_stored_as_plain_messagepack_numbers() {
    assert_eq!(encoded(json!({ "seed": 0 })), b"\x92\xa1h\x81\xa4seed\x00");
    assert_eq!(encoded(json!(-5)), b"\x92\xa1h\xfb");
    assert_eq!(encoded(json!(1.5)), b"\x92\xa1h\xcb\x3f\xf8\0\0\0\0\0\0");
    assert_eq!(
        encoded(json!(u64::MAX)),
        b"\x92\xa1h\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
    );
}

#[test]
fn every_kind_of_parameter_comes_back() {
    let parameters = json!({
        "a": null, "b": [true, false], "c": u64::MAX, "d": i64::MIN, "e": -0.25, "f": "text", "g": { "h": [[]] }
    });
    let config = MassMapHashConfig {
        name: "custom".to_owned(),
        parameters,
    };
    let bytes = rmp_serde::to_vec(&config).unwrap();
    assert_eq!(
        rmp_serde::from_slice::<MassMapHashConfig>(&bytes).unwrap(),
        config
    );
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<MassMapHashConfig>(&text).unwrap(), config);
}

#[test]
fn values_that_json_cannot_hold_are_refused() {
    for bytes in [
        &b"\x92\xa1h\xcb\x7f\xf8\0\0\0\0\0\0"[..],
        b"\x92\xa1h\xc4\x01x",
        b"\x92\xa1h\x81\x01\x01",
    ] {
        rmp_serde::from_slice::<MassMapHashConfig>(bytes).unwrap_err();
    }
}
