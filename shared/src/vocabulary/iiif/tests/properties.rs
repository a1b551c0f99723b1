//! Tests of the grammar for any request and any image.

use proptest::prelude::*;

use super::*;
use crate::vocabulary::iiif::{Decimal, Scale, Turn};

fn decimal() -> impl Strategy<Value = Decimal> {
    "[0-9]{1,3}(\\.[0-9]{1,9})?".prop_map(|text| Decimal::parse(&text).unwrap())
}

fn region() -> impl Strategy<Value = Region> {
    prop_oneof![
        Just(Region::Full),
        Just(Region::Square),
        (0..5_000_u32, 0..5_000_u32, 0..9_000_u32, 0..9_000_u32).prop_map(
            |(x, y, width, height)| Region::Pixels {
                x,
                y,
                width,
                height
            }
        ),
        (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
            |(x, y, width, height)| Region::Pixels {
                x,
                y,
                width,
                height
            }
        ),
        (decimal(), decimal(), decimal(), decimal()).prop_map(|(x, y, width, height)| {
            Region::Percent {
                x,
                y,
                width,
                height,
            }
        }),
    ]
}

fn size() -> impl Strategy<Value = Size> {
    let scale = prop_oneof![
        Just(Scale::Max),
        (0..5_000_u32).prop_map(Scale::Width),
        any::<u32>().prop_map(Scale::Height),
        decimal().prop_map(Scale::Percent),
        (0..3_000_u32, 0..3_000_u32).prop_map(|(w, h)| Scale::Exactly(w, h)),
        (any::<u32>(), 0..3_000_u32).prop_map(|(w, h)| Scale::Inside(w, h)),
    ];
    (any::<bool>(), scale).prop_map(|(upscale, scale)| Size { upscale, scale })
}

fn request() -> impl Strategy<Value = ImageRequest> {
    let turn = prop::sample::select(vec![
        Turn::None,
        Turn::Quarter,
        Turn::Half,
        Turn::ThreeQuarters,
    ]);
    let rotation = (any::<bool>(), turn).prop_map(|(mirror, turn)| Rotation { mirror, turn });
    let quality = prop::sample::select(vec![
        Quality::Default,
        Quality::Colour,
        Quality::Grey,
        Quality::Bitonal,
    ]);
    let format = prop::sample::select(OutputFormat::ALL.to_vec());
    (region(), size(), rotation, quality, format).prop_map(
        |(region, size, rotation, quality, format)| ImageRequest {
            region,
            size,
            rotation,
            quality,
            format,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_request_round_trips(request in request()) {
        prop_assert_eq!(ImageRequest::parse(&request.to_string()), Ok(request));
    }

    #[test]
    fn a_crop_never_leaves_the_image_nor_a_size_the_limits(
        request in request(), width in 1..70_000_u32, height in 1..70_000_u32,
    ) {
        if let Ok(given) = request.resolve(Dimensions { width, height }, None, LIMITS) {
            let Crop { x, y, width: w, height: h } = given.crop;
            prop_assert!(w > 0 && h > 0);
            prop_assert!(u64::from(x) + u64::from(w) <= u64::from(width));
            prop_assert!(u64::from(y) + u64::from(h) <= u64::from(height));
            prop_assert!(given.size.width > 0 && given.size.height > 0 && LIMITS.allow(given.size));
            prop_assert!(request.size.upscale || (given.size.width <= w && given.size.height <= h));
        }
    }

    #[test]
    fn the_canonical_form_is_a_fixed_point(
        request in request(), width in 1..70_000_u32, height in 1..70_000_u32,
    ) {
        let image = Dimensions { width, height };
        if let Ok(given) = request.resolve(image, None, LIMITS) {
            prop_assert_eq!(given.canonical.resolve(image, None, LIMITS), Ok(given));
        }
    }

    #[test]
    fn nothing_that_is_typed_panics(text in "\\PC{0,40}|[a-z0-9,:.!^/]{0,40}", width in 1..70_000_u32) {
        if let Ok(request) = ImageRequest::parse(&text) {
            prop_assert_eq!(ImageRequest::parse(&request.to_string()), Ok(request));
            let _given = request.resolve(Dimensions { width, height: 7 }, None, LIMITS);
        }
    }
}
