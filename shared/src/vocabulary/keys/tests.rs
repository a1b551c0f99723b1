use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::vocabulary::day::Day;
use crate::vocabulary::kind::Format;
use crate::vocabulary::page::{PageFormat, PageNumber};
use crate::vocabulary::preset::{Density, FORMATS, PresetName};
use crate::vocabulary::rendition::Rendition;

const MEDIA: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc";

#[test]
fn what_is_not_ours_is_refused() {
    for (bucket, key) in [
        (Bucket::Upload, "demo/01jd8f5w2v9k3m4n5p6q7r8s9t/"),
        (Bucket::Upload, "demo/01JD8F5W2V9K3M4N5P6Q7R8S9T/cat.jpg"),
        (Bucket::Upload, "/01jd8f5w2v9k3m4n5p6q7r8s9t/cat.jpg"),
        (Bucket::Upload, "demo/cat.jpg"),
        (
            Bucket::Delivery,
            "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t/original.jpg",
        ),
        (
            Bucket::Delivery,
            "secret/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/original.jpg",
        ),
        (
            Bucket::Delivery,
            "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/original.html",
        ),
        (
            Bucket::Delivery,
            "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/x/original.jpg",
        ),
        (Bucket::Records, "apps/Demo.json"),
        (Bucket::Records, "apps/demo"),
        (Bucket::Records, "media/demo/x.json"),
        (Bucket::Records, "failed/_unknown/a/b"),
        (Bucket::Records, "blocked/ba7816bf"),
        (
            Bucket::Records,
            "blocked/BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        ),
        (
            Bucket::Records,
            "usage/demo/day-2026-02-30/late.01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc.7",
        ),
        (
            Bucket::Records,
            "usage/demo/day-2026-02-28/late.01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc.07",
        ),
        (
            Bucket::Records,
            "usage/demo/day-2026-02-28/1.01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc.7",
        ),
        (
            Bucket::Records,
            "usage/demo/upload-01jd8f5w2v9k3m4n5p6q7r8s9t/late.01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc",
        ),
        // As marks were until the ledgers.
        (
            Bucket::Records,
            "usage/demo/2026-02-28/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc.7",
        ),
        (Bucket::Records, "usage/demo/month-2026-02.json"),
        (Bucket::Work, "demo/x"),
        (
            Bucket::Work,
            "demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/1/pages/0002-0001.json",
        ),
        (
            Bucket::Delivery,
            "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/pages/0000.jpg",
        ),
        (
            Bucket::Delivery,
            "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/text/1.txt",
        ),
    ] {
        assert_eq!(Key::parse(bucket, key), None, "{key}");
    }
}

#[test]
fn every_listing_holds_the_keys_it_is_for() {
    let (app, media) = (
        AppId::parse("demo").unwrap(),
        MediaId::parse(MEDIA).unwrap(),
    );
    for (prefix, key) in [
        (Prefix::apps(), Key::App(app.clone())),
        (
            Prefix::media_of_upload(&app, &media.upload()),
            Key::Media(app.clone(), media.clone()),
        ),
        (
            Prefix::failed(&app),
            Key::Failed(app.clone(), media.clone()),
        ),
        (
            Prefix::suspended(&app),
            Key::Suspended(app.clone(), media.clone()),
        ),
    ] {
        assert!(key.to_string().starts_with(prefix.as_str()), "{key}");
        if !matches!(key, Key::App(_)) {
            assert_eq!(prefix.start_after(&app, &media), key.to_string());
        }
    }
    let day = Ledger::Day(Day::parse("2026-11-23").unwrap());
    for ledger in [day, Ledger::Upload(media.upload())] {
        let prefix = Prefix::used(&app, &ledger);
        let mark = Mark::new(Timestamp::UNIX_EPOCH, media.clone(), 7);
        let used = Key::Used(app.clone(), ledger.clone(), mark).to_string();
        assert!(used.starts_with(prefix.as_str()), "{used}");
        let counted = Key::Counted(app.clone(), ledger).to_string();
        assert!(!counted.starts_with(prefix.as_str()), "{counted}");
    }
}

/// Marks are listed by the time of their media, and those that were written late after all others.
#[test]
fn marks_go_by_time() {
    let media = MediaId::parse(MEDIA).unwrap();
    let at = |second| Timestamp::from_second(second).unwrap();
    let mark = |second| Mark::new(at(second), media.clone(), 7);
    let latest = 9_999_999_999;
    let marks = [mark(0), mark(1), mark(1_767_225_600), mark(latest)];
    let late = mark(0).late();
    let printed: Vec<_> = marks.iter().chain([&late]).map(Mark::to_string).collect();
    assert!(printed.is_sorted(), "{printed:?}");
}

fn page(number: u16) -> PageNumber {
    PageNumber::try_from(number).unwrap()
}

fn any_item() -> impl Strategy<Value = Item> {
    let number = (1..=PageNumber::LAST).prop_map(page);
    let format = prop::sample::select(&PageFormat::ALL[..]);
    prop_oneof![
        prop::sample::select(Format::ALL).prop_map(Item::Original),
        (number.clone(), format).prop_map(|(page, format)| Item::Page(page, format)),
        number.prop_map(Item::Text),
        prop::sample::select(&[Item::Manifest, Item::Film, Item::Sound, Item::Poster][..]),
        prop::sample::select(&[Item::Preview, Item::Storyboard][..]),
        (1_u16..1_000).prop_map(Item::Sheet),
        any_thumb().prop_map(Item::Thumb),
        any_hls().prop_map(Item::Hls),
    ]
}

fn any_thumb() -> impl Strategy<Value = Thumb> {
    let format = prop::sample::select(&FORMATS[..]);
    ("[a-z][a-z0-9-]{0,30}", 1_u8..=Density::MOST, format).prop_map(|(name, density, format)| {
        let name = PresetName::parse(&name).unwrap();
        Thumb::new(&name, Density::new(density).unwrap(), format)
    })
}

fn any_hls() -> impl Strategy<Value = hls::Hls> {
    let rendition = prop_oneof![
        any::<u16>().prop_map(Rendition::Picture),
        any::<u8>().prop_map(Rendition::Track),
        any::<u16>().prop_map(Rendition::Sound),
    ];
    (rendition, 1..u32::MAX, 0_u8..4).prop_map(|(rendition, number, which)| match which {
        0 => hls::Hls::Master,
        1 => hls::Hls::Playlist(rendition),
        2 => hls::Hls::Init(rendition),
        _ => hls::Hls::Segment(rendition, number),
    })
}

fn any_key() -> impl Strategy<Value = Key> {
    let app = "[a-z][a-z0-9-]{1,30}".prop_map(|s| AppId::parse(&s).unwrap());
    let upload = "[0-7][0-9a-hjkmnp-tv-z]{25}".prop_map(|s| UploadId::parse(&s).unwrap());
    let name = prop_oneof!["\\PC{1,60}", "[ -~/]{1,60}", "(\\.\\./|%2F|\n|//){1,9}"];
    (
        app,
        upload,
        name,
        any_item(),
        0_u8..20,
        (0_i64..=253_402_300_799, any::<u64>()),
    )
        .prop_map(|(app, upload, name, item, which, (second, bytes))| {
            let name = FileName::new(&name).unwrap();
            let media = MediaId::of(&upload, &name);
            let delivered = |visibility| Key::Delivered {
                visibility,
                app: app.clone(),
                media: media.clone(),
                item,
            };
            match which {
                0 => Key::Uploaded { app, upload, name },
                1 => delivered(Visibility::Public),
                2 => delivered(Visibility::Private),
                3 => Key::App(app),
                4 => Key::Grant(app, upload),
                5 => Key::Media(app, media),
                6 => Key::Failed(app, media),
                7 => Key::Suspended(app, media),
                11 => Key::Announced(app, media),
                12 => Key::AnnouncedApp(app),
                13 => Key::Event(app, media, u32::try_from(bytes >> 40).unwrap()),
                14 => Key::AppEvent(app, u32::try_from(bytes >> 40).unwrap()),
                15 => {
                    let at = Timestamp::from_second(second % 9_999_999_999).unwrap();
                    Key::Listed(app, Facet::tag(media.as_str()), Position::new(at, media))
                }
                16 => Key::Indexed(app, media),
                17 => Key::Stored(
                    app,
                    Flow {
                        at: bytes % 9_999_999_999_999,
                        is_in: bytes % 2 == 0,
                        media,
                        bytes,
                        nonce: u32::try_from(bytes % 1_000).unwrap(),
                    },
                ),
                18 => Key::StoredSum(app),
                10 => Key::Blocked(FileDigest::of(&bytes.to_le_bytes())),
                8 => {
                    let first = page(u16::try_from(bytes % 9_999).unwrap() + 1);
                    let part = work::Part::Pages { first, last: first };
                    Key::Part(app, media, u32::try_from(bytes >> 40).unwrap(), part)
                }
                _ => {
                    let at = Timestamp::from_second(second).unwrap();
                    let ledger = match bytes % 2 {
                        0 => Ledger::Day(Day::of(at)),
                        _ => Ledger::Upload(upload),
                    };
                    let mark = Mark::new(at, media, bytes);
                    match bytes % 3 {
                        0 => Key::Used(app, ledger, mark),
                        1 => Key::Used(app, ledger, mark.late()),
                        _ => Key::Counted(app, ledger),
                    }
                }
            }
        })
}

proptest! {
    #[test]
    fn keys_round_trip(key in any_key()) {
        prop_assert_eq!(Key::parse(key.bucket(), &key.to_string()), Some(key));
    }

    #[test]
    fn a_key_that_is_parsed_prints_as_it_was(key in "\\PC{0,80}") {
        for bucket in [Bucket::Upload, Bucket::Delivery, Bucket::Records, Bucket::Work] {
            if let Some(parsed) = Key::parse(bucket, &key) {
                prop_assert_eq!(parsed.to_string(), key.clone());
            }
        }
    }
}
