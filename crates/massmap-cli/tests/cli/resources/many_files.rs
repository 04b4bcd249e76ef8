//! Merging more files than can be open at once.
#![cfg(unix)]

use massmap::{FormatVersion, KnownHashLoader, MassMapBuilder};

use crate::harness::Directory;

#[test]
fn hundreds_of_shards_are_merged_with_few_files_open() {
    const SHARDS: u32 = 300;
    let entries: Vec<_> = (0..5000u64).map(|n| (format!("key {n}"), n)).collect();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let directory = Directory::new();
        let builder = <MassMapBuilder<KnownHashLoader> as Default>::default().with_format(format);
        let build = |name: &str, builder: MassMapBuilder<KnownHashLoader>| {
            let file = std::fs::File::create(directory.path(name)).unwrap();
            builder.build(&file, entries.iter()).unwrap();
        };
        build("whole", builder.clone());
        let names: Vec<_> = (0..SHARDS).map(|index| format!("shard {index}")).collect();
        for (index, name) in (0..SHARDS).zip(&names) {
            build(name, builder.clone().with_shard(index, SHARDS));
        }
        let merge = ["merge", "--memory-limit", "1MiB", "-o", "merged", "-i"];
        let arguments = || merge.into_iter().chain(names.iter().map(String::as_str));
        directory.run_after("ulimit -n 20", arguments()).success();
        assert!(directory.read("merged") == directory.read("whole"), "{format:?}");

        // With no file left for the shards, this is the error.
        let message = directory.run_after("ulimit -n 4", arguments()).failure();
        assert!(message.contains("Too many open files"), "{message}");
        assert!(directory.read("merged") == directory.read("whole"));
    }
}
