//! Tests the pictures of the cases.

use dozo_tests::stack::{Program, Stack};

use crate::cases::picture::{Picture, assert_close};
use crate::cases::{Case, assert_whole, file, put_all};

/// Paths below the base of the IIIF Image API that together use every way of decoding.
const RENDERINGS: [&str; 6] = [
    "full/max/0/default.jpg",
    "full/max/0/default.png",
    "full/!24,24/0/default.webp",
    "full/!40,40/0/default.jpg",
    "pct:25,25,50,50/max/0/default.png",
    "square/max/90/gray.gif",
];

/// The expected outcome for a picture.
enum Right {
    /// The picture is `ready`, and every rendering works.
    Rendered,
    /// The picture is `rejected` as damaged, or `ready` and every rendering works.
    RenderedOrDamaged,
    /// Red grows to the right and green downwards, in the original and in renderings alike; the picture has this size.
    Ramps(u32, u32),
    /// Like `Ramps`, but in renderings only: the original's pixels mean something else.
    RampsWhenRendered(u32, u32),
    /// The mean colours of the quarters, left to right and top to bottom, as LittleCMS computes them.
    Quarters([[f64; 3]; 4]),
    /// Pixels stored as the first colour are shown as the second.
    Shows([u8; 3], [u8; 3]),
    /// Each frame of the animation shows one bar of this many columns.
    OneBar(usize),
    /// The delivered original ends with these bytes.
    EndsWith(&'static [u8]),
    /// The delivered original does not contain this text, and its pixels are the upload's.
    Without(&'static str),
    /// The delivered original is at least this many bytes shorter than the upload, and its pixels are the upload's.
    Shorter(usize),
    /// The picture has this size.
    Size(u32, u32),
    /// The picture is rejected with this code; its message contains the first list of texts and none of the second.
    Refused(
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
    ),
}

use Right::{
    EndsWith, OneBar, Quarters, Ramps, RampsWhenRendered, Refused, Rendered, RenderedOrDamaged,
    Shorter, Shows, Size, Without,
};

/// The result of a profile that is a lookup table.
const TABLE_APPLIED: Right = Quarters([
    [74.0, 31.4, 24.6],
    [97.5, 36.4, 139.1],
    [107.9, 142.4, 39.8],
    [115.1, 145.0, 146.5],
]);

const CASES: &[(&str, &[Right])] = &[
    ("avif-of-brand-mif1.avif", &[Size(96, 64), Rendered]),
    ("bmp-ramps.bmp", &[Ramps(96, 64), Rendered]),
    ("bmp.bmp", &[Rendered]),
    (
        "gif-first-frame-larger-than-screen.gif",
        &[Size(16, 16), Rendered],
    ),
    (
        "gif-without-trailer.gif",
        &[EndsWith(b"\x3B"), Ramps(60, 40), Rendered],
    ),
    (
        "gif-zero-bytes-in-place-of-trailer.gif",
        &[EndsWith(b"\x3B"), Ramps(60, 40), Rendered],
    ),
    ("heic-tiles-turned.heic", &[Ramps(96, 64), Rendered]),
    ("icc-lut-a2b0-only.jpg", &[TABLE_APPLIED, Rendered]),
    ("icc-lut-a2b0-only.png", &[TABLE_APPLIED, Rendered]),
    (
        "jpeg-12-bit-header.jpg",
        &[Refused("", &["12"], &["cut short", "damaged"])],
    ),
    (
        "jpeg-arithmetic-coded.jpg",
        &[Refused("", &["arithmetic"], &["cut short", "damaged"])],
    ),
    (
        "jpeg-cmyk-without-adobe-marker.jpg",
        &[RampsWhenRendered(160, 120), Rendered],
    ),
    ("jpeg-half-of-the-scan-missing.jpg", &[RenderedOrDamaged]),
    (
        "jpeg-jfif-thumbnail.jpg",
        &[Shorter(16 * 12 * 3), Ramps(96, 64), Rendered],
    ),
    ("jpeg-progressive-cut-then-ended.jpg", &[RenderedOrDamaged]),
    (
        "jpeg-sampling-3x1.jpg",
        &[RampsWhenRendered(96, 64), Rendered],
    ),
    (
        "jpeg-text-behind-adobe.jpg",
        &[Without("secret text"), Ramps(96, 64), Rendered],
    ),
    (
        "jpeg-text-behind-jfif.jpg",
        &[Without("secret text"), Ramps(96, 64), Rendered],
    ),
    (
        "jpeg-without-eoi.jpg",
        &[EndsWith(b"\xFF\xD9"), Ramps(96, 64), Rendered],
    ),
    (
        "jpeg-without-huffman-tables.jpg",
        &[RampsWhenRendered(160, 120), Rendered],
    ),
    // Display P3's matrix leaves 0.002 of linear red, which becomes 6 on sRGB's curve; the README says about 0.
    (
        "png-cicp-display-p3.png",
        &[Shows([80, 175, 240], [6, 178, 246]), Rendered],
    ),
    (
        "png-grey-alpha-profile.png",
        &[Shows([80; 3], [152; 3]), Rendered],
    ),
    (
        "png-grey-profile.png",
        &[Shows([80; 3], [152; 3]), Rendered],
    ),
    (
        "png-grey-trns-profile.png",
        &[Shows([80; 3], [152; 3]), Rendered],
    ),
    (
        "png-profile-and-srgb-chunk.png",
        &[Shows([80, 175, 240], [0, 176, 243]), Rendered],
    ),
    ("tiff-orientation-6.tif", &[Ramps(96, 64), Rendered]),
    (
        "webp-animation-disposed-to-background.webp",
        &[OneBar(8), Rendered],
    ),
    (
        "webp-exif-with-prefix-orientation-3.webp",
        &[Ramps(96, 64), Rendered],
    ),
    (
        "webp-exif-with-prefix-orientation-6.webp",
        &[Ramps(96, 64), Rendered],
    ),
    (
        "webp-unknown-chunk-in-frame.webp",
        &[Without("secret text"), OneBar(8), Rendered],
    ),
];

#[tokio::test]
async fn are_what_a_browser_shows() {
    let names = || CASES.iter().map(|(name, _)| *name);
    assert_whole("images", names());
    let stack = Stack::running();
    let grant = put_all(&stack, "images", names()).await;
    for (name, rights) in CASES {
        let case = Case::decided(&stack, &grant, name).await;
        for right in *rights {
            hold(&case, right).await;
        }
    }
}

async fn hold(case: &Case<'_>, right: &Right) {
    match right {
        Rendered => renderings(case).await,
        RenderedOrDamaged if case.state() == "rejected" => case.assert_refused("damaged", &[], &[]),
        RenderedOrDamaged => renderings(case).await,
        Ramps(width, height) => {
            ramps(case, &original(case).await, (*width, *height));
            ramps(case, &rendered(case).await, (*width, *height));
        }
        RampsWhenRendered(width, height) => ramps(case, &rendered(case).await, (*width, *height)),
        Quarters(means) => quarters_are(case, means).await,
        Shows(stored, shown) => shows(case, *stored, *shown).await,
        OneBar(columns) => one_bar(case, *columns).await,
        EndsWith(mark) => assert!(delivered(case).await.ends_with(mark), "{}", case.name),
        Without(text) => {
            let delivered = delivered(case).await;
            let text = text.as_bytes();
            let left = delivered.windows(text.len()).any(|bytes| bytes == text);
            assert!(!left, "{}", case.name);
            same_pixels(case, &delivered);
        }
        Shorter(bytes) => {
            let delivered = delivered(case).await;
            let uploaded = file("images", case.name).len();
            assert!(delivered.len() + bytes <= uploaded, "{}", case.name);
            same_pixels(case, &delivered);
        }
        Size(width, height) => {
            let (shown, name) = (&case.shown, case.name);
            assert_eq!(
                (&shown["width"], &shown["height"]),
                (&(*width).into(), &(*height).into()),
                "{name}"
            );
            assert_eq!(rendered(case).await.size(), (*width, *height), "{name}");
        }
        Refused(code, says, never) => case.assert_refused(code, says, never),
    }
}

async fn renderings(case: &Case<'_>) {
    case.assert_ready();
    for path in RENDERINGS {
        let url = format!("{}/{path}", case.url("iiif"));
        let body = case.fetch(&url).await;
        Picture::decode(&url, &body);
    }
}

async fn delivered(case: &Case<'_>) -> Vec<u8> {
    case.assert_ready();
    case.fetch(case.url("original")).await
}

async fn original(case: &Case<'_>) -> Picture {
    Picture::decode(case.name, &delivered(case).await)
}

async fn rendered(case: &Case<'_>) -> Picture {
    case.assert_ready();
    let url = format!("{}/full/max/0/default.png", case.url("iiif"));
    Picture::decode(&url, &case.fetch(&url).await)
}

/// Asserts the ramps that Pillow finds in those files: each quarter's mean is a quarter or three quarters of the way
/// from 0 to 255.
fn ramps(case: &Case<'_>, picture: &Picture, size: (u32, u32)) {
    let name = case.name;
    assert_eq!(picture.size(), size, "{name}");
    for (quarter, red, green) in QUARTERS {
        let [r, g, blue] = picture.mean(quarter);
        assert_close(name, [r, g, blue], [red, green, blue], 6.0);
    }
}

const QUARTERS: [([u32; 4], f64, f64); 4] = [
    ([0, 0, 50, 50], 63.0, 63.0),
    ([50, 0, 100, 50], 191.0, 63.0),
    ([0, 50, 50, 100], 63.0, 191.0),
    ([50, 50, 100, 100], 191.0, 191.0),
];

async fn quarters_are(case: &Case<'_>, means: &[[f64; 3]; 4]) {
    let picture = rendered(case).await;
    for ((quarter, ..), wanted) in QUARTERS.into_iter().zip(means) {
        assert_close(case.name, picture.mean(quarter), *wanted, 5.0);
    }
}

async fn shows(case: &Case<'_>, stored: [u8; 3], shown: [u8; 3]) {
    let upload = Picture::decode(case.name, &file("images", case.name));
    let picture = rendered(case).await;
    let same = |pixel: &[u8; 3]| pixel.iter().zip(stored).all(|(a, b)| a.abs_diff(b) <= 1);
    let places = upload
        .0
        .enumerate_pixels()
        .filter(|(.., pixel)| same(&pixel.0));
    let found: Vec<_> = places
        .map(|(x, y, _)| picture.0.get_pixel(x, y).0)
        .collect();
    assert!(
        !found.is_empty(),
        "{}: nothing is stored as {stored:?}",
        case.name
    );
    for pixel in found {
        assert_close(case.name, pixel.map(f64::from), shown.map(f64::from), 4.0);
    }
}

fn same_pixels(case: &Case<'_>, delivered: &[u8]) {
    let before = Picture::decode(case.name, &file("images", case.name));
    let after = Picture::decode(case.name, delivered);
    assert!(before.0 == after.0, "{}: other pixels", case.name);
}

/// Counts the visible columns of every frame, with Pillow, which uses libwebp.
const COUNT_COLUMNS: &str = "
import io, sys
from PIL import Image, ImageSequence
frames = ImageSequence.Iterator(Image.open(io.BytesIO(sys.stdin.buffer.read())))
masks = [frame.convert('RGBA').getchannel('A').point(lambda a: 255 * (a > 127)) for frame in frames]
print([mask.resize((mask.width, 1), Image.BOX).point(lambda a: a > 0).tobytes().count(b'\\x01') for mask in masks])
";

async fn one_bar(case: &Case<'_>, columns: usize) {
    case.assert_ready();
    let python =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/venv-iiif/bin/python3");
    for format in ["webp", "gif"] {
        let url = format!("{}/full/max/0/default.{format}", case.url("iiif"));
        let body = case.fetch(&url).await;
        let counted = Program::new(&python)
            .args(["-c", COUNT_COLUMNS])
            .input(body);
        let counted = counted.run().await.succeeded();
        let counted: Vec<usize> = serde_json::from_str(&counted).unwrap();
        assert!(
            counted.len() > 1 && counted.iter().all(|count| *count == columns),
            "{url}: {counted:?}"
        );
    }
}
