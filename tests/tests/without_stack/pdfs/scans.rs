//! Tests pages that are one picture: we reduce the picture ourselves if the result is the same, and PDFium draws pages
//! with anything else on them.

use std::io::{Cursor, Read, Seek, SeekFrom};

use image::{DynamicImage, ExtendedColorType, Rgb, RgbImage};

use crate::pdfs::drawn::{mean, mean_of, of_case};
use crate::pdfs::paper::{Scans, fax, jpeg, made, photo, samples};

/// Returns the largest difference between the means of blocks of 10 × 10 pixels, and whether any pixel differs.
fn compared(one: &DynamicImage, other: &DynamicImage) -> (u32, bool) {
    let (one, other) = (one.to_rgb8(), other.to_rgb8());
    assert_eq!(one.dimensions(), other.dimensions());
    let mean = |picture: &RgbImage, left: u32, top: u32| {
        let pixels = (0..100).map(|at| picture.get_pixel(left + at % 10, top + at / 10));
        pixels.fold([0; 3], |sum: [u32; 3], pixel| {
            std::array::from_fn(|c| sum[c] + u32::from(pixel.0[c]))
        })
    };
    let mut largest = 0;
    for top in (0..one.height() - 9).step_by(10) {
        for left in (0..one.width() - 9).step_by(10) {
            let (a, b) = (mean(&one, left, top), mean(&other, left, top));
            let differences = a.iter().zip(b).map(|(a, b)| a.abs_diff(b) / 100);
            largest = differences.fold(largest, u32::max);
        }
    }
    (largest, one != other)
}

#[test]
fn a_scan_is_reduced_to_what_pdfium_would_show() {
    let colours = samples(|grey| vec![grey, grey / 2, 255 - grey / 4]);
    let inks = samples(|grey| vec![0, (255 - grey) / 2, 255 - grey, 20]);
    let many = "/ColorSpace /DeviceRGB /BitsPerComponent 8";
    let mut words = photo();
    words.after += " BT /F1 10 Tf 3 Tr 20 100 Td (found, not seen) Tj ET";
    let mut layered = photo();
    layered.after += " /Fm1 Do";
    layered.objects = vec![stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 200 200] \
        /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
        b"BT /F1 10 Tf 3 Tr 20 100 Td (found, not seen) Tj ET",
    )];
    let mut clipped = photo();
    clipped.before = format!("0 0 200 200 re W n {}", clipped.before);
    let mut elsewhere = photo();
    elsewhere.entries = "/MediaBox [10 20 210 220]".to_owned();
    elsewhere.before = "q 200 0 0 200 10 20 cm".to_owned();
    let inverted = "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode /Decode [1 0]";
    let palette = "/ColorSpace [/Indexed /DeviceRGB 1 <FFFFE0400010>] /BitsPerComponent 1";
    for (name, scans) in [
        ("grey", photo()),
        ("inverted", Scans::of(inverted, photo().data)),
        (
            "colours",
            Scans::of(
                &format!("{many} /Filter /DCTDecode"),
                jpeg(&colours, ExtendedColorType::Rgb8),
            ),
        ),
        ("not compressed", Scans::of(many, colours)),
        (
            "inks",
            Scans::of("/ColorSpace /DeviceCMYK /BitsPerComponent 8", inks),
        ),
        (
            "a bit a sample",
            Scans::of(
                "/ColorSpace /DeviceGray /BitsPerComponent 1 /Decode [1 0]",
                fax(),
            ),
        ),
        ("a palette", Scans::of(palette, fax())),
        ("with words behind it", words),
        ("with a layer of words behind it", layered),
        ("clipped to the page", clipped),
        ("elsewhere", elsewhere),
    ] {
        let (ours, by_pdfium) = (scans.picture(), scans.with_a_speck().picture());
        let (largest, differ) = compared(&ours, &by_pdfium);
        assert!(largest <= 6, "{name}: {largest}");
        // PDFium reduces pictures in another way; if no pixel differed, PDFium would have drawn ours.
        assert!(differ, "{name}: drawn by PDFium");
    }
}

#[test]
fn whatever_else_is_on_a_page_is_drawn() {
    let with = |change: &dyn Fn(&mut Scans)| {
        let mut scans = photo();
        change(&mut scans);
        scans
    };
    let soft_mask = stream(
        "/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8",
        &[255, 255, 0, 0],
    );
    let square = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 100 100]",
        b"1 0 0 rg 0 0 100 100 re f",
    );
    let layer = b"<< /Type /OCG /Name (hidden) >>".to_vec();
    let hidden = "/OCProperties << /OCGs [1 0 R] /D << /OFF [1 0 R] /Order [1 0 R] >> >>";
    let spot = b"[/Separation /Spot /DeviceRGB << /FunctionType 2 /Domain [0 1] /C0 [1 1 1] /C1 [1 0 0] /N 1 >>]".to_vec();
    let negative = b"<< /FunctionType 2 /Domain [0 1] /N 1 /C0 [1] /C1 [0] >>".to_vec();
    for (name, scans) in [
        (
            "a soft mask",
            with(&|scans| {
                scans.dictionary += " /SMask 1 0 R";
                scans.objects = vec![soft_mask.clone()];
            }),
        ),
        (
            "a mask of colours",
            with(&|scans| scans.dictionary += " /Mask [0 60]"),
        ),
        (
            "a layer that is off",
            with(&|scans| {
                scans.dictionary += " /OC 1 0 R";
                (scans.objects, scans.catalog) = (vec![layer.clone()], hidden.to_owned());
            }),
        ),
        (
            "content of a layer that is off",
            with(&|scans| {
                scans.place = "/OC /L1 BDC /Im1 Do EMC".to_owned();
                scans.resources = "/Properties << /L1 1 0 R >>".to_owned();
                (scans.objects, scans.catalog) = (vec![layer.clone()], hidden.to_owned());
            }),
        ),
        (
            "a transfer function",
            with(&|scans| {
                scans.before = format!("/G1 gs {}", scans.before);
                scans.resources = "/ExtGState << /G1 << /TR 1 0 R >> >>".to_owned();
                scans.objects = vec![negative.clone()];
            }),
        ),
        (
            "a transfer function of another name",
            with(&|scans| {
                scans.before = format!("/G1 gs {}", scans.before);
                scans.resources = "/ExtGState << /G1 << /T#522 1 0 R >> >>".to_owned();
                scans.objects = vec![negative.clone()];
            }),
        ),
        (
            "a colour space instead of a device's",
            with(&|scans| {
                scans.resources = "/ColorSpace << /DefaultGray 1 0 R >>".to_owned();
                scans.objects = vec![spot.clone()];
            }),
        ),
        (
            "a soft mask behind a name",
            with(&|scans| {
                scans.dictionary += " /SMask 1 0 R /Name /obj";
                scans.objects = vec![soft_mask.clone()];
            }),
        ),
        (
            "a soft mask behind a name of a name",
            with(&|scans| {
                scans.dictionary += " /Name /Name /SMask 1 0 R";
                scans.objects = vec![soft_mask.clone()];
            }),
        ),
        (
            "half of its opacity",
            with(&|scans| {
                scans.before = format!("/G1 gs {}", scans.before);
                scans.resources = "/ExtGState << /G1 << /ca 0.5 >> >>".to_owned();
            }),
        ),
        (
            "words that are seen",
            with(&|scans| scans.after += " BT /F1 30 Tf 20 100 Td (Dozo) Tj ET"),
        ),
        (
            "a picture twice",
            with(&|scans| scans.after += " q 50 0 0 50 50 50 cm /Im1 Do Q"),
        ),
        (
            "a smaller picture",
            with(&|scans| scans.before = "q 150 0 0 200 0 0 cm".to_owned()),
        ),
        (
            "a shifted picture",
            with(&|scans| scans.before = "q 200 0 0 200 0 30 cm".to_owned()),
        ),
        (
            "a picture upside down",
            with(&|scans| scans.before = "q 200 0 0 -200 0 200 cm".to_owned()),
        ),
        (
            "a turned picture",
            with(&|scans| scans.before = "q 0 200 -200 0 200 0 cm".to_owned()),
        ),
        (
            "a turned page",
            with(&|scans| scans.entries = "/Rotate 90".to_owned()),
        ),
        (
            "a cropped page",
            with(&|scans| scans.entries = "/CropBox [0 0 200 150]".to_owned()),
        ),
        (
            "a clip",
            with(&|scans| scans.before = format!("50 50 100 100 re W n {}", scans.before)),
        ),
        (
            "a round clip",
            with(&|scans| {
                scans.before = format!("0 0 m 0 400 400 400 200 0 c h W n {}", scans.before)
            }),
        ),
        (
            "a clip like a bow tie",
            with(&|scans| {
                scans.before = format!("0 0 m 200 200 l 200 0 l 0 200 l h W n {}", scans.before)
            }),
        ),
        (
            "an annotation",
            with(&|scans| {
                scans.entries = "/Annots [<< /Type /Annot /Subtype /Square /Rect [50 50 150 150] /C [1 0 0] /IC [1 0 0] \
                /AP << /N 1 0 R >> >>]".to_owned();
                scans.objects = vec![square.clone()];
            }),
        ),
    ] {
        assert_drawn_by_pdfium(name, &scans);
        let begins_plainly = true;
        assert_drawn_by_pdfium(
            name,
            &Scans {
                begins_plainly,
                ..scans
            },
        );
    }
}

#[test]
fn a_later_page_is_drawn_as_it_is() {
    for (name, [red, green, blue]) in [
        ("transfer-function", [30.0, 60.0, 60.0]),
        ("transfer-function-grey", [60.0, 60.0, 60.0]),
        ("layer-off", [255.0, 255.0, 255.0]),
        ("default-grey", [240.0, 60.0, 60.0]),
    ] {
        let pages = of_case(&format!("scan-second-page-{name}"));
        let found = mean_of(&pages[1]);
        let is_near = |found: f64, expected: f64| (found - expected).abs() < 45.0;
        assert!(
            is_near(found[0], red) && is_near(found[1], green) && is_near(found[2], blue),
            "{name}: {found:?}"
        );
        assert!(mean_of(&pages[0])[0] > 170.0, "{name}: page 1");
    }
    let pages = of_case("scan-second-page-soft-mask-behind-a-name");
    assert!(mean(&pages[1], (0.0, 0.48), (0.0, 1.0))[2] > 254.0);
    assert!(mean(&pages[1], (0.52, 1.0), (0.0, 1.0))[2] < 250.0);
}

fn assert_drawn_by_pdfium(name: &str, scans: &Scans) {
    let (ours, by_pdfium) = (scans.picture(), scans.with_a_speck().picture());
    let are_equal = without_corners(&ours) == without_corners(&by_pdfium);
    assert!(are_equal, "{name}");
    let plain = photo().picture();
    if (ours.width(), ours.height()) == (plain.width(), plain.height()) {
        let (largest, _) = compared(&ours, &plain);
        assert!(largest > 6, "{name}: makes no difference");
    }
}

/// Pixels along the side of a JPEG block, plus one, because colours reach one pixel further.
const CORNER: u32 = 17;

/// Blanks all four corners, because the JPEG blocks with the speck may be coded differently, whichever corner it is in.
fn without_corners(picture: &DynamicImage) -> RgbImage {
    let mut pixels = picture.to_rgb8();
    let (right, bottom) = (pixels.width() - CORNER, pixels.height() - CORNER);
    for (x, y, pixel) in pixels.enumerate_pixels_mut() {
        if !(CORNER..right).contains(&x) && !(CORNER..bottom).contains(&y) {
            *pixel = Rgb([0; 3]);
        }
    }
    pixels
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// A file that returns at most a hundred bytes per read.
struct Trickle(Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = into.len().min(100);
        self.0.read(&mut into[..length])
    }
}

impl Seek for Trickle {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

/// PDFium takes a short read as complete, so a scan that lay in two blocks lost its second half.
#[test]
fn bytes_that_come_in_pieces_are_put_together() {
    for scans in [photo(), photo().with_a_speck()] {
        let (whole, pieces) = (
            Cursor::new(scans.file()),
            Trickle(Cursor::new(scans.file())),
        );
        assert!(made(Box::new(whole)) == made(Box::new(pieces)));
    }
}
