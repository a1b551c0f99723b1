//! Checks the samples in `tests/cases/images` against their README.

use dozo_codecs::Encoding;
use dozo_codecs::render::Rect;

use super::files::{assert_near, difference, littlecms, part_shown_at, sample, shown, shown_at};

#[test]
fn a_profile_of_a_table_alone_is_applied_at_every_size() {
    for (encoding, name) in [
        (Encoding::Png, "icc-lut-a2b0-only.png"),
        (Encoding::Jpeg, "icc-lut-a2b0-only.jpg"),
    ] {
        let file = sample(name);
        let mut decoder = image::ImageReader::new(std::io::Cursor::new(&file))
            .with_guessed_format()
            .unwrap()
            .into_decoder()
            .unwrap();
        let profile = image::ImageDecoder::icc_profile(&mut decoder)
            .unwrap()
            .unwrap();
        let mut wanted = image::load_from_memory(&file).unwrap().to_rgb8();
        let stored: Vec<[u8; 3]> = wanted.pixels().map(|pixel| pixel.0).collect();
        let converted = littlecms(&profile, lcms2::PixelFormat::RGB_8, &stored);
        wanted
            .pixels_mut()
            .zip(&converted)
            .for_each(|(pixel, colour)| pixel.0 = *colour);
        let off = difference(&shown(encoding, &file), &wanted);
        // Two different JPEG decoders are compared.
        assert!(off < 1.5, "{name}: {off}");
        // From Pillow 13.0 (LittleCMS), at the picture's corners, which are points of the table.
        for (x, y, colour) in [
            (95, 0, [20, 0, 255]),
            (0, 63, [181, 255, 0]),
            (95, 63, [15, 255, 255]),
        ] {
            let limit = if encoding == Encoding::Png { 8 } else { 24 };
            assert_near(
                shown(encoding, &file).get_pixel(x, y).0,
                colour,
                limit,
                name,
            );
        }
        // At an eighth (a JPEG is decoded from its DC coefficients alone), at half, and a part.
        for (width, height) in [(12, 8), (48, 32)] {
            let small = shown_at(encoding, &file, width, height).to_rgb8();
            let wanted = image::imageops::thumbnail(&wanted, width, height);
            let off = difference(&small, &wanted);
            assert!(off < 15.0, "{name} at {width}: {off}");
        }
        let crop = Rect {
            x: 48,
            y: 32,
            width: 48,
            height: 32,
        };
        let part = part_shown_at(encoding, &file, crop, 48, 32).to_rgb8();
        let wanted = image::imageops::crop_imm(&wanted, 48, 32, 48, 32).to_image();
        assert!(difference(&part, &wanted) < 1.5, "{name}, a part");
    }
}

#[test]
fn greys_are_the_same_with_transparency() {
    let plain = shown(Encoding::Png, &sample("png-grey-profile.png"));
    // The stored value is 4 in every column.
    assert_eq!(plain.get_pixel(20, 4).0, [152; 3]);
    for name in ["png-grey-alpha-profile.png", "png-grey-trns-profile.png"] {
        let file = sample(name);
        let veiled = shown_at(Encoding::Png, &file, 64, 8).to_rgba8();
        for (pixel, wanted) in veiled.pixels().zip(plain.pixels()) {
            let [red, green, blue, alpha] = pixel.0;
            if alpha > 0 {
                assert_eq!([red, green, blue], wanted.0, "{name}");
            }
        }
    }
}

#[test]
fn cmyk_without_adobes_marker_is_no_negative() {
    let file = sample("jpeg-cmyk-without-adobe-marker.jpg");
    let picture = shown(Encoding::Jpeg, &file);
    // From Pillow 13.0, for the inks (255, 255, 126, 0), (255, 0, 66, 0) and (0, 0, 179, 0).
    for (x, y, wanted) in [
        (0, 0, [0, 0, 129]),
        (0, 119, [0, 255, 189]),
        (159, 119, [255, 255, 76]),
    ] {
        assert_near(picture.get_pixel(x, y).0, wanted, 4, "a corner");
    }
    // The same file with Adobe's marker and no transform is the same picture.
    let marker = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0";
    let marked = [&file[..2], marker, &file[2..]].concat();
    assert_eq!(shown(Encoding::Jpeg, &marked), picture);
}

#[test]
fn chunks_of_png_go_by_their_precedence() {
    for (name, wanted) in [
        // The README gives (0, 178, 245) and (0, 176, 243).
        ("png-cicp-display-p3.png", [3, 178, 245]),
        ("png-profile-and-srgb-chunk.png", [0, 176, 243]),
    ] {
        let picture = shown(Encoding::Png, &sample(name));
        // The stored value is (80, 175, 240).
        assert_near(picture.get_pixel(20, 4).0, wanted, 4, name);
    }
}
