//! Tests the documents of the cases.

use dozo_tests::stack::{DEMO, Stack};
use futures_util::future::join_all;

use crate::cases::picture::Picture;
use crate::cases::{Case, PATIENCE, assert_whole, file, put_all};

/// A document of a thousand pages, which short ones must not wait for; it has a test of its own.
const LONG: &str = "a-thousand-short-pages.pdf";

/// The expected outcome for a document.
enum Right {
    /// The text of the first page contains each of these words whole.
    Says(&'static [&'static str]),
    /// The text of the first page contains none of these.
    NeverSays(&'static [&'static str]),
    /// The image of this page looks as the function says.
    Looks(u16, fn(&Picture) -> bool),
    /// The sides of the first page's image have this proportion.
    Proportion(u32, u32),
    /// The first list of pages was given up; the second list is shown.
    Broken(&'static [u16], &'static [u16]),
    /// The manifest has this field with this value.
    Manifest(&'static str, &'static str),
    /// The document is rejected with this code; its message contains the first list of texts and none of the second.
    Refused(
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
    ),
}

use Right::{Broken, Looks, Manifest, NeverSays, Proportion, Refused, Says};

const EIGHT: Right = Says(&[
    "topleft", "topmid", "topright", "midleft", "midright", "lowleft", "lowmid", "lowright",
]);

/// The part of the page below the heading, with letters in a font that is not embedded.
const LETTERS: [u32; 4] = [0, 33, 100, 62];

const WHOLE: [u32; 4] = [0, 0, 100, 100];

fn is_red([red, green, blue]: [u8; 3]) -> bool {
    red > 180 && green < 90 && blue < 90
}

/// Returns whether there is a letter between these columns; the three Greek letters touch each other.
fn has_ink(page: &Picture, [left, right]: [u32; 2]) -> bool {
    page.share([left, 33, right, 62], |pixel| pixel < [128; 3]) > 0.02
}

fn is_dark(picture: &Picture) -> bool {
    picture
        .mean([2, 40, 20, 60])
        .iter()
        .all(|mean| *mean < 60.0)
}

fn is_white(picture: &Picture) -> bool {
    picture.mean(WHOLE).iter().all(|mean| *mean > 252.0)
}

const CASES: &[(&str, &[Right])] = &[
    (
        "book-read-from-right-to-left.pdf",
        &[Manifest("viewingDirection", "right-to-left")],
    ),
    (
        "colour-shading-under-grey-components.pdf",
        &[
            Looks(1, |page| page.share([0, 0, 20, 100], is_red) > 0.1),
            Looks(1, |page| {
                page.share([80, 0, 100, 100], |[r, _, b]| b > 180 && r < 90) > 0.1
            }),
        ],
    ),
    (
        "colour-tiling-under-grey-components.pdf",
        &[Looks(1, |page| page.share(WHOLE, is_red) > 0.05)],
    ),
    (
        "colour-transfer-function.pdf",
        &[Looks(1, |page| page.share(WHOLE, is_red) > 0.05)],
    ),
    (
        "colour-type3-font-with-basefont.pdf",
        &[Looks(1, |page| page.share(WHOLE, is_red) > 0.05)],
    ),
    (
        "content-without-endobj.pdf",
        &[Says(&["Readable text"]), INK],
    ),
    ("crop-box-outside-media-box.pdf", &[Proportion(300, 200)]),
    (
        "dynamic-xfa-please-wait.pdf",
        &[Refused("", &["XFA"], &["cut short", "damaged"])],
    ),
    (
        "encrypted-by-unknown-handler.pdf",
        &[Refused("pdf_encrypted", &[], &["password"])],
    ),
    (
        "encrypted-for-a-certificate.pdf",
        &[Refused("pdf_encrypted", &["certificate"], &["password"])],
    ),
    (
        "font-cyrillic-not-embedded.pdf",
        &[Looks(1, |page| page.dark_runs(LETTERS) >= 2)],
    ),
    (
        "font-greek-not-embedded.pdf",
        &[Looks(1, |page| {
            [[7, 12], [14, 18], [20, 24]]
                .iter()
                .all(|columns| has_ink(page, *columns))
        })],
    ),
    (
        "font-polish-czech-not-embedded.pdf",
        &[Looks(1, |page| page.dark_runs(LETTERS) >= 3)],
    ),
    ("no-pages.pdf", &[Refused("", &["no page"], &["cut short"])]),
    ("nothing-with-endobj.pdf", &[Says(&["Readable text"]), INK]),
    (
        "scan-second-page-default-grey.pdf",
        &[Looks(2, |page| {
            page.share(WHOLE, |[r, g, b]| {
                r > 200 && g.abs_diff(b) < 40 && r.saturating_sub(g) > 40
            }) > 0.3
        })],
    ),
    ("scan-second-page-layer-off.pdf", &[Looks(2, is_white)]),
    (
        "scan-second-page-soft-mask-behind-a-name.pdf",
        &[
            Looks(2, |page| {
                page.mean([0, 0, 48, 100]).iter().all(|mean| *mean > 250.0)
            }),
            Looks(2, |page| {
                page.share([52, 0, 100, 100], |[r, _, b]| b > 150 && r < 90) > 0.05
            }),
        ],
    ),
    (
        "scan-second-page-transfer-function-grey.pdf",
        &[Looks(2, is_dark)],
    ),
    (
        "scan-second-page-transfer-function.pdf",
        &[Looks(2, is_dark)],
    ),
    ("text-choice-fields.pdf", &[Says(&["Beta"])]),
    (
        "text-cropped-to-right-half.pdf",
        &[Says(&["topright", "midright", "lowright"])],
    ),
    (
        "text-filled-form-field.pdf",
        &[Says(&["Name:", "Filled value 42"])],
    ),
    (
        "text-hidden-layer.pdf",
        &[Says(&["Shown"]), NeverSays(&["SECRET LAYER", "SECRET"])],
    ),
    (
        "text-hyphens-at-line-ends.pdf",
        &[
            Says(&["well-\nknown"]),
            NeverSays(&["exam-ple", "soft-ly", "\u{2}", "\u{ad}", "\u{fffe}"]),
        ],
    ),
    ("text-media-box-negative.pdf", &[EIGHT]),
    ("text-media-box-off-origin.pdf", &[EIGHT]),
    (
        "text-page-trimmed.pdf",
        &[Says(&["first line", "last line"])],
    ),
    ("text-page-turned-90.pdf", &[EIGHT, Proportion(200, 300)]),
    (
        "three-pages-that-never-end.pdf",
        &[Broken(&[2, 3, 4], &[1, 5])],
    ),
];

/// There is something dark on the first page.
const INK: Right = Looks(1, |page| page.dark_runs(WHOLE) > 3);

#[tokio::test]
async fn say_what_they_show() {
    let names = || CASES.iter().map(|(name, _)| *name);
    assert_whole("pdf", names().chain([LONG]));
    let stack = Stack::running();
    let grant = put_all(&stack, "pdf", names()).await;
    for (name, rights) in CASES {
        let case = Case::decided(&stack, &grant, name).await;
        for right in *rights {
            hold(&case, right).await;
        }
    }
}

async fn hold(case: &Case<'_>, right: &Right) {
    let name = case.name;
    match right {
        Says(words) => {
            let text = text(case).await;
            for word in *words {
                assert!(text.contains(word), "{name}: no {word:?} in {text:?}");
            }
        }
        NeverSays(words) => {
            let text = text(case).await;
            for word in *words {
                assert!(!text.contains(word), "{name}: {word:?} in {text:?}");
            }
        }
        Looks(number, looks_right) => {
            assert!(
                looks_right(&page(case, *number).await),
                "{name}: page {number}"
            );
        }
        Proportion(width, height) => {
            let (w, h) = page(case, 1).await.size();
            assert!(
                (w * height).abs_diff(h * width) <= w.max(h),
                "{name}: {w} × {h}"
            );
        }
        Broken(given_up, shown) => {
            case.assert_ready();
            let broken = serde_json::to_value(given_up).unwrap();
            assert_eq!(case.shown["broken_pages"], broken, "{name}: {}", case.shown);
            for number in *shown {
                page(case, *number).await;
            }
        }
        Manifest(field, wanted) => {
            case.assert_ready();
            let manifest = case.fetch(case.url("manifest")).await;
            let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
            assert_eq!(manifest[field], *wanted, "{name}: {manifest}");
        }
        Refused(code, says, never) => case.assert_refused(code, says, never),
    }
}

async fn text(case: &Case<'_>) -> String {
    let bytes = part(case, "text/0001.txt").await;
    String::from_utf8(bytes).unwrap()
}

async fn page(case: &Case<'_>, number: u16) -> Picture {
    let bytes = part(case, &format!("pages/{number:04}.jpg")).await;
    Picture::decode(case.name, &bytes)
}

async fn part(case: &Case<'_>, path: &str) -> Vec<u8> {
    case.assert_ready();
    let manifest = case.url("manifest");
    let base = manifest.strip_suffix("manifest.json").unwrap();
    case.fetch(&format!("{base}{path}")).await
}

/// Uploads ten documents of one page after one of a thousand; each of the ten must be ready first.
#[tokio::test]
async fn that_are_short_do_not_wait_for_a_long_one() {
    let stack = Stack::running();
    let grant = put_all(&stack, "pdf", [LONG].into_iter()).await;
    let short = file("pdf", "text-page-trimmed.pdf");
    let names: Vec<_> = (0..10)
        .map(|number| format!("short-{number}.pdf"))
        .collect();
    let puts = names
        .iter()
        .map(|name| stack.put(&grant, name, short.clone()));
    join_all(puts).await;
    for name in &names {
        let case = Case::decided(&stack, &grant, name).await;
        case.assert_ready();
        let long = stack.show(DEMO, &grant.media(LONG)).await;
        let state = long.map(|long| long["state"].clone());
        assert_ne!(state, Some("ready".into()), "{name} came after it");
    }
    let long = dozo_tests::stack::until("the long one", PATIENCE, || async {
        let shown = stack.show(DEMO, &grant.media(LONG)).await?;
        (shown["state"] == "ready").then_some(shown)
    });
    assert_eq!(long.await["pages"], 1000);
}
