//! Plots.

use super::ramp;
use crate::harness::fixtures::{map, paged_map};
use crate::harness::{Directory, is_harmful};

/// Checks that every element that begins ends, in the right order, and that nothing needs escaping.
#[track_caller]
fn assert_well_formed(svg: &str) {
    assert!(!svg.contains(|character| is_harmful(character) && character != '\n'));
    let mut open: Vec<&str> = Vec::new();
    let mut parts = svg.split('<');
    assert_eq!(parts.next(), Some(""));
    for part in parts {
        let (tag, text) = part.split_once('>').unwrap();
        assert!(!text.contains('>'), "{part}");
        for entity in text.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;"];
            assert!(known.iter().any(|known| entity.starts_with(known)), "{part}");
        }
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{part}"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn plots_are_well_formed_and_say_what_they_show() {
    for bytes in [map(100, &ramp()), paged_map(&ramp())] {
        let directory = Directory::with("a.massmap", bytes);
        let text = directory.run(["stats", "a.massmap"]).success();
        let arguments = ["stats", "--svg", "plot.svg", "a.massmap"];
        assert_eq!(directory.run(arguments).success(), text);
        let svg = String::from_utf8(directory.read("plot.svg")).unwrap();
        assert_well_formed(&svg);
        for expected in [
            "a.massmap: 1,000 entries",
            "How long keys are",
            "How long values are",
            "number of values",
            "length of a value in bytes",
            "How large the file is",
            "page size",
            "estimate",
            ">16 KiB</text>",
        ] {
            assert!(svg.contains(expected), "{expected}");
        }
        assert_eq!(directory.names(), ["a.massmap", "plot.svg"]);
    }
}

#[test]
fn names_cannot_break_out_of_the_plot() {
    let name = "<script>&\"'\u{1b}\u{202e}.massmap";
    let directory = Directory::with(name, paged_map(&ramp()));
    directory.run(["stats", "--svg", "plot.svg", name]).success();
    let svg = String::from_utf8(directory.read("plot.svg")).unwrap();
    assert_well_formed(&svg);
    assert!(svg.contains("&lt;script&gt;&amp;&quot;'"), "{svg}");
}

#[test]
fn plots_replace_a_file_and_go_to_no_stream() {
    let directory = Directory::with("a", paged_map(&ramp()));
    directory.write("plot.svg", "old");
    directory.run(["stats", "--svg", "plot.svg", "a"]).success();
    assert!(directory.read("plot.svg").starts_with(b"<svg"));
    let message = directory.run(["stats", "--svg", "-", "a"]).usage_error();
    assert!(message.contains("not to a stream"), "{message}");
    let message = directory.run(["stats", "--svg", "none/plot.svg", "a"]).failure();
    assert!(message.contains("none/plot.svg"), "{message}");
}
