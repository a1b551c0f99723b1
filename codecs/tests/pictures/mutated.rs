//! Whatever is done to a file: stripping it either fails, or gives the same picture, and stripping again changes
//! nothing.

use std::sync::LazyLock;

use dozo_codecs::{Encoding, decode, header, strip};
use jpeg_encoder::SamplingFactor;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::pieces::{ENCODINGS, SECRET, case, encoded, jpeg, try_libjpeg};

/// A file of each kind.
static FILES: LazyLock<Vec<(Encoding, Vec<u8>)>> = LazyLock::new(files);

fn files() -> Vec<(Encoding, Vec<u8>)> {
    let mut files = ENCODINGS
        .map(|(encoding, format)| (encoding, encoded(format)))
        .to_vec();
    for is_progressive in [false, true] {
        for restarts in [0, 2] {
            let file = jpeg(is_progressive, restarts, SamplingFactor::R_4_2_0);
            files.push((Encoding::Jpeg, file));
        }
    }
    for (encoding, name) in [
        (Encoding::Webp, "webp-animation-disposed-to-background.webp"),
        (Encoding::Webp, "webp-exif-with-prefix-orientation-6.webp"),
        (Encoding::Webp, "webp-unknown-chunk-in-frame.webp"),
        (Encoding::Gif, "gif-without-trailer.gif"),
        (Encoding::Png, "icc-lut-a2b0-only.png"),
        (Encoding::Png, "png-grey-trns-profile.png"),
        (Encoding::Jpeg, "icc-lut-a2b0-only.jpg"),
        (Encoding::Jpeg, "jpeg-cmyk-without-adobe-marker.jpg"),
        (Encoding::Jpeg, "jpeg-sampling-3x1.jpg"),
    ] {
        files.push((encoding, case(name)));
    }
    files
}

#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    Repeat(Index, usize),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let bytes = prop_oneof![
        Just(SECRET.to_vec()),
        Just(vec![0; 9]),
        prop::collection::vec(any::<u8>(), 1..12),
    ];
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        2 => (any::<Index>(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (any::<Index>(), 1..200_usize).prop_map(|(at, count)| Change::Repeat(at, count)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

fn changed(mut file: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if file.is_empty() {
            break;
        }
        let place = |at: &Index| at.index(file.len());
        match change {
            Change::Set(at, byte) => {
                let at = place(at);
                file[at] = *byte;
            }
            Change::Remove(at, count) => {
                let at = place(at);
                file.drain(at..(at + count).min(file.len()));
            }
            Change::Insert(at, bytes) => {
                let at = place(at);
                file.splice(at..at, bytes.iter().copied());
            }
            Change::Repeat(at, count) => {
                let at = place(at);
                let piece = file[at..(at + count).min(file.len())].to_vec();
                file.splice(at..at, piece);
            }
            Change::Cut(at) => {
                let at = place(at);
                file.truncate(at);
            }
        }
    }
    file
}

/// Tells whether a file is small enough to be decoded a thousand times.
fn is_small(encoding: Encoding, file: &[u8]) -> bool {
    header::read(encoding, file).is_ok_and(|header| header.pixels() < 1 << 20)
}

/// The samples of a picture, or `None` if the referee does not show it.
///
/// The referee of JPEGs is libjpeg, because browsers use it. zune-jpeg, the decoder of `image`, shows something else in
/// damaged files: it takes the marker TEM for a segment with a length, but T.81, B.1.1.3 says that TEM stands alone.
fn samples(encoding: Encoding, file: &[u8]) -> Option<Vec<u8>> {
    if encoding == Encoding::Jpeg {
        return try_libjpeg(file);
    }
    let picture = image::load_from_memory(file).ok()?;
    Some(picture.into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn never_a_panic_and_never_another_picture(
        which in any::<Index>(),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let (encoding, file) = &FILES[which.index(FILES.len())];
        let (encoding, file) = (*encoding, changed(file.clone(), &changes));
        prop_assume!(is_small(encoding, &file));
        if let Some(closed) = strip::closed(encoding, &file) {
            prop_assert!(strip::closed(encoding, &closed).is_none(), "{encoding:?}: closed twice");
        }
        if let Ok(stripped) = strip::metadata(encoding, &file) {
            let again = strip::metadata(encoding, &stripped).unwrap();
            prop_assert!(again == stripped, "{encoding:?}: something was left to take");
            // If a decoder shows the upload, it must show the delivered file, too.
            if decode::verify(encoding, &file).is_ok() {
                let is_shown = decode::verify(encoding, &stripped).is_ok();
                // libwebp reads beyond the end of a chunk whose length is too small, and those bytes are not delivered.
                prop_assert!(is_shown || encoding == Encoding::Webp, "{encoding:?}: shown no more");
                if let (true, Some(before), Some(after)) =
                    (is_shown, samples(encoding, &file), samples(encoding, &stripped))
                {
                    prop_assert!(before == after, "{encoding:?}: another picture");
                }
            }
        }
    }
}

/// With TEM in the place of a scan's marker, a decoder of T.81 passes over the scan.
#[test]
fn a_marker_without_a_length_hides_the_same_scan_before_and_after() {
    let whole = jpeg(true, 0, SamplingFactor::R_4_2_0);
    let scans: Vec<_> = (0..whole.len() - 1)
        .filter(|at| whole[*at..*at + 2] == [0xFF, 0xDA])
        .collect();
    assert!(scans.len() > 2, "{scans:?}");
    for at in scans {
        let mut file = whole.clone();
        file[at + 1] = 0x01;
        let stripped = strip::metadata(Encoding::Jpeg, &file).unwrap();
        assert_eq!(try_libjpeg(&file), try_libjpeg(&stripped), "scan at {at}");
    }
}
