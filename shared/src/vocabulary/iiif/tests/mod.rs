//! Tests of the grammar, by tables and, in `properties`, by properties.

mod properties;

use super::super::Info;
use super::*;

const LIMITS: SizeLimits = SizeLimits {
    max_width: 2_000,
    max_height: 1_500,
    max_area: 1_000_000,
};

fn resolve(request: &str, width: u32, height: u32) -> Result<Resolved, Refused> {
    ImageRequest::parse(request)?.resolve(Dimensions { width, height }, None, LIMITS)
}

/// Each row has a request, its meaning for an image of 300 × 200 (`x,y,w,h → w,h`), and its canonical form.
#[test]
fn the_standard_s_examples() {
    for (request, crop, size, canonical) in [
        (
            "full/max/0/default.jpg",
            "0,0,300,200",
            (300, 200),
            "full/max/0/default.jpg",
        ),
        ("full/^max/0/default.jpg", "0,0,300,200", (1224, 816), ""),
        (
            "square/max/0/default.jpg",
            "50,0,200,200",
            (200, 200),
            "50,0,200,200/max/0/default.jpg",
        ),
        (
            "125,15,120,140/max/0/color.jpg",
            "125,15,120,140",
            (120, 140),
            "125,15,120,140/max/0/default.jpg",
        ),
        (
            "pct:41.6,7.5,40,70/max/0/default.jpg",
            "125,15,120,140",
            (120, 140),
            "125,15,120,140/max/0/default.jpg",
        ),
        (
            "125,15,200,200/max/0/default.jpg",
            "125,15,175,185",
            (175, 185),
            "125,15,175,185/max/0/default.jpg",
        ),
        (
            "pct:41.6,7.5,66.6,100/max/0/default.jpg",
            "125,15,175,185",
            (175, 185),
            "125,15,175,185/max/0/default.jpg",
        ),
        (
            "0,0,9999,9999/max/0/default.jpg",
            "0,0,300,200",
            (300, 200),
            "full/max/0/default.jpg",
        ),
        (
            "full/150,/0/default.jpg",
            "0,0,300,200",
            (150, 100),
            "full/150,100/0/default.jpg",
        ),
        (
            "full/,150/0/default.jpg",
            "0,0,300,200",
            (225, 150),
            "full/225,150/0/default.jpg",
        ),
        (
            "full/pct:50/0/default.png",
            "0,0,300,200",
            (150, 100),
            "full/150,100/0/default.png",
        ),
        (
            "full/225,100/0/default.jpg",
            "0,0,300,200",
            (225, 100),
            "full/225,100/0/default.jpg",
        ),
        (
            "full/!225,100/0/default.jpg",
            "0,0,300,200",
            (150, 100),
            "full/150,100/0/default.jpg",
        ),
        (
            "full/^360,/0/default.jpg",
            "0,0,300,200",
            (360, 240),
            "full/^360,240/0/default.jpg",
        ),
        (
            "full/^,240/0/default.jpg",
            "0,0,300,200",
            (360, 240),
            "full/^360,240/0/default.jpg",
        ),
        (
            "full/^pct:120/0/default.jpg",
            "0,0,300,200",
            (360, 240),
            "full/^360,240/0/default.jpg",
        ),
        (
            "full/^360,360/0/default.jpg",
            "0,0,300,200",
            (360, 360),
            "full/^360,360/0/default.jpg",
        ),
        (
            "full/^!360,360/0/default.jpg",
            "0,0,300,200",
            (360, 240),
            "full/^360,240/0/default.jpg",
        ),
        (
            "full/^!99999,99999/0/default.jpg",
            "0,0,300,200",
            (1224, 816),
            "full/^max/0/default.jpg",
        ),
        (
            "full/^150,/0/default.jpg",
            "0,0,300,200",
            (150, 100),
            "full/150,100/0/default.jpg",
        ),
        (
            "full/300,200/!360/gray.webp",
            "0,0,300,200",
            (300, 200),
            "full/max/!0/gray.webp",
        ),
        (
            "full/!300,999/90/bitonal.gif",
            "0,0,300,200",
            (300, 200),
            "full/max/90/bitonal.gif",
        ),
        (
            "full/!301,201/0/default.jpg",
            "0,0,300,200",
            (300, 200),
            "full/max/0/default.jpg",
        ),
        (
            "full/!99999,150/0/default.jpg",
            "0,0,300,200",
            (225, 150),
            "full/225,150/0/default.jpg",
        ),
        (
            "10,10,20,10/!500,500/0/default.jpg",
            "10,10,20,10",
            (20, 10),
            "10,10,20,10/max/0/default.jpg",
        ),
        (
            "full/max/270.0/default.avif",
            "0,0,300,200",
            (300, 200),
            "full/max/270/default.avif",
        ),
    ] {
        let resolved = resolve(request, 300, 200).unwrap();
        let Crop {
            x,
            y,
            width,
            height,
        } = resolved.crop;
        assert_eq!(format!("{x},{y},{width},{height}"), crop, "{request}");
        if !canonical.is_empty() {
            assert_eq!(
                (resolved.size.width, resolved.size.height),
                size,
                "{request}"
            );
            assert_eq!(resolved.canonical.to_string(), canonical, "{request}");
        }
    }
}

#[test]
fn what_is_refused() {
    for (request, refused) in [
        ("", Refused::Form),
        ("full/max/0", Refused::Form),
        ("full/max/0/default", Refused::Form),
        ("full/max/0/default.jpg/", Refused::Form),
        ("full/max/0/default.jpg/x", Refused::Form),
        ("all/max/0/default.jpg", Refused::Region),
        ("0,0,1/max/0/default.jpg", Refused::Region),
        ("0,0,1,1,1/max/0/default.jpg", Refused::Region),
        ("0,0,1.5,1/max/0/default.jpg", Refused::Region),
        ("-1,0,1,1/max/0/default.jpg", Refused::Region),
        ("pct:0,0,1e1,1/max/0/default.jpg", Refused::Region),
        ("0,0,0,1/max/0/default.jpg", Refused::EmptyRegion),
        ("300,0,1,1/max/0/default.jpg", Refused::EmptyRegion),
        (
            "0,99999999999999,1,1/max/0/default.jpg",
            Refused::EmptyRegion,
        ),
        ("pct:100,0,10,10/max/0/default.jpg", Refused::EmptyRegion),
        ("pct:0,0,0.01,10/max/0/default.jpg", Refused::EmptyRegion),
        ("full/full/0/default.jpg", Refused::Size),
        ("full/,/0/default.jpg", Refused::Size),
        ("full/150/0/default.jpg", Refused::Size),
        ("full/!150,/0/default.jpg", Refused::Size),
        ("full/!^150,100/0/default.jpg", Refused::Size),
        ("full/^^max/0/default.jpg", Refused::Size),
        ("full/,^240/0/default.jpg", Refused::Size),
        ("full/pct:/0/default.jpg", Refused::Size),
        ("full/0,/0/default.jpg", Refused::TooSmall),
        ("full/!0,10/0/default.jpg", Refused::TooSmall),
        ("full/^0,0/0/default.jpg", Refused::TooSmall),
        ("full/pct:0.1/0/default.jpg", Refused::TooSmall),
        ("full/301,/0/default.jpg", Refused::Enlarged),
        ("full/,201/0/default.jpg", Refused::Enlarged),
        ("full/100,201/0/default.jpg", Refused::Enlarged),
        ("full/pct:101/0/default.jpg", Refused::Enlarged),
        ("full/^2001,1/0/default.jpg", Refused::TooLarge),
        ("full/^1,1501/0/default.jpg", Refused::TooLarge),
        ("full/^1001,1000/0/default.jpg", Refused::TooLarge),
        ("full/^99999999999,/0/default.jpg", Refused::TooLarge),
        ("full/max/45/default.jpg", Refused::Rotation),
        ("full/max/22.5/default.jpg", Refused::Rotation),
        ("full/max/-90/default.jpg", Refused::Rotation),
        ("full/max/450/default.jpg", Refused::Rotation),
        ("full/max/!/default.jpg", Refused::Rotation),
        ("full/max/0/native.jpg", Refused::Quality),
        ("full/max/0/.jpg", Refused::Quality),
        ("full/max/0/default.tif", Refused::Format),
        ("full/max/0/default.jp2", Refused::Format),
        ("full/max/0/default.JPG", Refused::Format),
        ("full/max/0/default.", Refused::Format),
    ] {
        assert_eq!(
            resolve(request, 300, 200).map(|_| ()),
            Err(refused),
            "{request}"
        );
    }
}

#[test]
fn a_max_that_is_limited_stays_within_every_limit() {
    let wide = resolve("full/max/0/default.jpg", 10_000, 100).unwrap();
    assert_eq!((wide.size.width, wide.size.height), (2_000, 20));
    let large = resolve("full/max/0/default.jpg", 4_000, 4_000).unwrap();
    assert_eq!((large.size.width, large.size.height), (1_000, 1_000));
    assert_eq!(large.canonical.to_string(), "full/max/0/default.jpg");
}

/// Section 5.3: each listed size must be available, by `full/w,h/0/default`.
#[test]
fn every_listed_size_is_given() {
    for (width, height) in [
        (1, 1),
        (99, 5),
        (300, 200),
        (1_001, 3),
        (6_000, 4_000),
        (65_500, 1),
        (9_999, 9_999),
        // The largest size that is given is one of the halves.
        (4_000, 1_000),
    ] {
        let sizes = Info::sizes(Dimensions { width, height }, LIMITS);
        assert!(!sizes.is_empty());
        let is_larger = |pair: &[Dimensions]| pair[0].width < pair[1].width;
        assert!(sizes.windows(2).all(is_larger), "{sizes:?}");
        for size in sizes {
            let request = format!("full/{},{}/0/default.jpg", size.width, size.height);
            assert_eq!(
                resolve(&request, width, height).map(|given| given.size),
                Ok(size),
                "{request} of {width}×{height}"
            );
        }
    }
}

/// Section 5.4 and the implementation notes: a viewer computes these requests from `tiles`.
#[test]
fn every_tile_is_given() {
    let (width, height) = (5_001, 3_333);
    let info = Info::new(String::new(), Dimensions { width, height }, LIMITS, false);
    let json = serde_json::to_value(&info).unwrap();
    let tiles = json.pointer("/tiles/0").unwrap();
    let tile = u32::try_from(tiles.get("width").unwrap().as_u64().unwrap()).unwrap();
    let factors: Vec<u32> =
        serde_json::from_value(tiles.get("scaleFactors").unwrap().clone()).unwrap();
    assert_eq!(factors, [1, 2, 4, 8]);
    let mut asked = 0;
    for factor in factors {
        let step = tile * factor;
        for x in (0..width).step_by(usize::try_from(step).unwrap()) {
            for y in (0..height).step_by(usize::try_from(step).unwrap()) {
                let (w, h) = (step.min(width - x), step.min(height - y));
                let request = format!(
                    "{x},{y},{w},{h}/{},{}/0/default.jpg",
                    w.div_ceil(factor),
                    h.div_ceil(factor)
                );
                let limits = SizeLimits::OF_ANSWERS;
                let given = ImageRequest::parse(&request).unwrap().resolve(
                    Dimensions { width, height },
                    None,
                    limits,
                );
                assert!(given.is_ok(), "{request}: {given:?}");
                asked += 1;
            }
        }
    }
    assert_eq!(asked, 20 + 6 + 2 + 1);
}
