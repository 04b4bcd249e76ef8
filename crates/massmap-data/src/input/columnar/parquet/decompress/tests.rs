use std::io::Write;

use parquet::basic::{GzipLevel, ZstdLevel};

use super::*;

fn decompressed(codec: Compression, page: &[u8], length: usize) -> Result<Vec<u8>, String> {
    // Behind other bytes, as behind the levels of a page.
    let mut out = b"levels".to_vec();
    Decompressor::new(codec)
        .decompress(page, length, &mut out)
        .map_err(|error| format!("{error:#}"))?;
    assert!(out.starts_with(b"levels"));
    Ok(out.split_off(6))
}

/// The text in each compression that there is an encoder of here. Brotli is in the integration tests.
fn compressed(text: &[u8]) -> Vec<(Compression, Vec<u8>)> {
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let block = lz4_flex::block::compress(text);
    let framed = |text: &[u8]| {
        let block = lz4_flex::block::compress(text);
        let number = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
        [&number(text.len())[..], &number(block.len()), &block].concat()
    };
    let (front, back) = text.split_at(text.len() / 3);
    vec![
        (Compression::UNCOMPRESSED, text.to_vec()),
        (
            Compression::SNAPPY,
            snap::raw::Encoder::new().compress_vec(text).unwrap(),
        ),
        (Compression::GZIP(GzipLevel::default()), gzip),
        (
            Compression::ZSTD(ZstdLevel::default()),
            zstd::encode_all(text, 1).unwrap(),
        ),
        (Compression::LZ4_RAW, block.clone()),
        (Compression::LZ4, [framed(front), framed(back)].concat()),
        (Compression::LZ4, block),
    ]
}

#[test]
fn pages_of_every_compression_are_decompressed() {
    let text: Vec<u8> = (0..10_000u32)
        .flat_map(|number| (number / 7).to_le_bytes())
        .collect();
    for (codec, page) in compressed(&text) {
        assert_eq!(
            decompressed(codec, &page, text.len()).as_deref(),
            Ok(&*text),
            "{codec}"
        );
    }
}

#[test]
fn pages_of_another_length_are_errors() {
    let text = b"text that is written once and once more: text that is written once".repeat(30);
    for (codec, page) in compressed(&text) {
        for length in [0, 1, text.len() - 1, text.len() + 1, text.len() * 2, 1 << 30] {
            let message = decompressed(codec, &page, length).unwrap_err();
            assert!(message.len() < 400, "{codec} {length} {message}");
        }
        for end in (0..page.len()).step_by(11) {
            assert!(
                decompressed(codec, &page[..end], text.len()).is_err(),
                "{codec} {end}"
            );
        }
    }
}
