//! Hundreds of files that verification accepts: see [`oracle::verified`].

use std::panic::catch_unwind;

use massmap::{BytesReader, KnownHashLoader, MassMapInner};
use oracle::verified::{Choices, Shape, check, check_file, mutate};
use proptest::prelude::*;

/// Whether verification accepts the file of an input.
fn accepts(data: &[u8]) -> bool {
    let mut choices = Choices::new(data);
    let mut file = Shape::choose(&mut choices).build();
    mutate(&mut file, &mut choices);
    MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(file)).is_ok_and(|inner| inner.verify().is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn files_that_verification_accepts_give_consistent_answers(data in proptest::collection::vec(any::<u8>(), 20..200)) {
        check(&data);
    }
}

#[test]
fn unchanged_files_are_accepted_and_changed_ones_sometimes() {
    let mut random = 1u64;
    let mut inputs = (0..300).map(|_| {
        let bytes = (0..150).map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as u8
        });
        bytes.collect::<Vec<u8>>()
    });
    let mut changed = [0; 2];
    for data in inputs.by_ref().take(200) {
        changed[usize::from(accepts(&data))] += 1;
    }
    assert!(changed.iter().all(|count| *count >= 10), "{changed:?}");
    for data in inputs {
        let mut choices = Choices::new(&data);
        let shape = Shape::choose(&mut choices);
        let file = shape.build();
        let inner = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(&file)).unwrap();
        let report = inner.verify();
        assert!(report.is_ok(), "{shape:?}: {report:?}");
        let checked = catch_unwind(|| check_file(&file, shape.types));
        assert!(checked.is_ok(), "{shape:?}");
    }
}
