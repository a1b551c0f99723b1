//! Tests how long a file is where its header says too little or too much.

use crate::cases::{TONE, at, film, patched, replaced, sample};
use crate::clips::{look, make};

#[test]
fn a_wav_is_as_long_as_its_file_where_its_header_is_a_placeholder() {
    let found = sample("wav-length-of-sox-to-a-pipe.wav");
    assert!(
        found.duration_ms.unwrap().abs_diff(1_000) <= 10,
        "{found:?}"
    );
    let plain = make("a.wav", TONE);
    let data = at(&plain, b"data");
    for size in [
        0,
        0x7FFF_EFDC,
        0x7FFF_FFFF,
        0x7FFF_0000,
        0xFFFF_FFFF,
        0xFFFF_FFDB_u32,
        0x8000_0000,
        200_000,
    ] {
        let file = patched(&plain, data, &size.to_le_bytes());
        let found = look(&file).unwrap();
        assert!(
            found.duration_ms.unwrap().abs_diff(1_000) <= 10,
            "{size:x}: {found:?}"
        );
    }
    let long = make("a.wav", &format!("{TONE} -rf64 always"));
    let sizes = at(&long, b"ds64") + 12;
    for size in [0, u64::MAX, i64::MAX as u64, 1 << 40] {
        let file = patched(&long, sizes, &size.to_le_bytes());
        let found = look(&file).unwrap();
        assert!(
            found.duration_ms.unwrap().abs_diff(1_000) <= 10,
            "{size:x}: {found:?}"
        );
    }
    let other = replaced(&long, b"RF64", b"BW64");
    assert_eq!(look(&other).unwrap().duration_ms, Some(1_000));
}

#[test]
fn samples_that_last_absurdly_long_are_not_hidden() {
    // In 10 samples of 209,715 seconds: far too long for any app.
    let found = sample("one-sample-lasts-days.mp4");
    assert!(found.duration_ms.unwrap() > 2_000_000_000, "{found:?}");
    let film = film();
    let times = at(&film, b"stts") + 12;
    let one = patched(&film, times, &0x7FFF_FFFF_u32.to_be_bytes());
    assert!(look(&one).unwrap().duration_ms.unwrap() > 200_000_000);
    // A list that shows a second of ten is believed, as is a header that promises more than there is.
    let header = at(&film, b"mdhd") + 16;
    let long = patched(&film, header, &(10_240_u32 * 36_000).to_be_bytes());
    assert_eq!(look(&long).unwrap().duration_ms, Some(1_000));
    let cut = make(
        "a.mp4",
        &format!(
            "-f lavfi -i testsrc=size=160x120:rate=10:duration=10 {TONE} -c:v libx264 -c:a aac"
        ),
    );
    let list = at(&cut, b"elst") + 8;
    let short = patched(&cut, list, &1_000_u32.to_be_bytes());
    assert_eq!(look(&short).unwrap().duration_ms, Some(1_000));
}
