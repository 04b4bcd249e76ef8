//! What the types of the front door are.

use std::fmt::Debug;
use std::fs::File;
use std::iter::FusedIterator;
use std::panic::{RefUnwindSafe, UnwindSafe};

use massmap::{
    AnyReader, Builder, BytesReader, Error, Iter, Keys, KnownHashLoader, Map, MassMap,
    MassMapDefaultHashLoader, OpenOptions, ParIter, UntypedEntries, UntypedMap, Values,
};

fn is_shareable<T: Send + Sync + Unpin>() {}
fn survives_panics<T: UnwindSafe + RefUnwindSafe>() {}
fn is_clone<T: Clone>() {}
fn is_debug<T: Debug>() {}
fn is_fused<T: FusedIterator>() {}

/// What a map's types need not be.
struct Bare(#[expect(dead_code, reason = "only makes the type what it is")] *const u8);

#[test]
fn maps_options_builders_and_errors_can_be_shared_among_threads() {
    is_shareable::<Map<String, u32>>();
    is_shareable::<Map<Bare, Bare>>();
    is_shareable::<UntypedMap>();
    is_shareable::<AnyReader>();
    is_shareable::<OpenOptions>();
    is_shareable::<Builder>();
    is_shareable::<Error>();
    is_shareable::<Iter<'_, String, u32, AnyReader>>();
    is_shareable::<ParIter<'_, Bare, Bare, AnyReader>>();
    survives_panics::<Map<String, u32>>();
    survives_panics::<Map<String, u32, BytesReader<Vec<u8>>>>();
    survives_panics::<Builder>();
}

#[test]
fn everything_can_be_debugged_and_cloned_where_that_makes_sense() {
    is_debug::<Map<Bare, Bare>>();
    is_debug::<(
        Iter<'_, Bare, Bare, File>,
        Keys<'_, Bare, Bare, File>,
        Values<'_, Bare, Bare, File>,
    )>();
    is_debug::<ParIter<'_, Bare, Bare, File>>();
    is_debug::<(UntypedMap, UntypedEntries<'_, File>)>();
    is_debug::<(OpenOptions, Builder, AnyReader, Error)>();
    is_clone::<(OpenOptions, Builder)>();
    is_clone::<Map<Bare, Bare, BytesReader<std::sync::Arc<[u8]>>>>();
    is_clone::<ParIter<'_, Bare, Bare, File>>();
    is_fused::<Iter<'_, String, u32, File>>();
    is_fused::<Keys<'_, String, u32, File>>();
    is_fused::<Values<'_, String, u32, File>>();
}

#[test]
fn a_map_reads_through_any_backend_and_a_mass_map_through_a_file_with_foldhash_unless_told_otherwise() {
    fn same<T>(_: fn(T), _: fn(T)) {}
    same::<MassMap<String, u32, File>>(
        drop::<MassMap<String, u32, File, MassMapDefaultHashLoader>>,
        |_| {},
    );
    same::<Map<u8, u8>>(drop, |_: Map<u8, u8, AnyReader>| {});
    fn converts<T: Into<Map<u8, u8>>>() {}
    converts::<MassMap<u8, u8, AnyReader, KnownHashLoader>>();
}

#[test]
fn every_type_that_a_function_returns_has_a_name_here() {
    use massmap::dynamic::{EncodedKey, OutOfMemory, Type, Value};
    use massmap::format::{PageRun, Section, SectionBuilder, SectionCheck, SectionKind};
    use massmap::{
        EntryLayout, KnownBuildHasher, KnownHasher, MassMapKeys, MassMapParIter, MassMapValues, PagedHeader,
        RawBlock, RawBlocks, RawEntry, TolerantHashLoader, Xxh3BuildHasher, Xxh3Hasher,
    };
    is_debug::<(EncodedKey<'_>, OutOfMemory, Type, Value)>();
    is_debug::<(PageRun, Section, SectionBuilder, SectionCheck, SectionKind)>();
    is_debug::<(
        EntryLayout,
        PagedHeader,
        RawBlock,
        RawEntry<'_>,
        TolerantHashLoader,
    )>();
    is_debug::<(KnownBuildHasher, KnownHasher, Xxh3BuildHasher, Xxh3Hasher)>();
    is_debug::<RawBlocks<'_, File, TolerantHashLoader>>();
    is_debug::<(
        MassMapKeys<'_, u8, u8, File, KnownHashLoader>,
        MassMapValues<'_, u8, u8, File, KnownHashLoader>,
    )>();
    is_debug::<MassMapParIter<'_, u8, u8, File, KnownHashLoader>>();
}
