//! Pages that are one picture: reduced by us where that is the same, drawn by PDFium where anything else is on them.

use std::io::{Cursor, Read, Seek, SeekFrom};

use dozo::page::PageFormat;
use dozo::split::engine::{File, Made, Wanted};
use dozo_tests::pdfs::{Writer, engine};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, Rgb, RgbImage};

/// Samples along a side; a page has a third of that.
const SAMPLES: u32 = 600;

/// Pages; the first one is drawn by PDFium, too, and compared.
const PAGES: u32 = 3;

/// A document whose pages are scans.
#[derive(Clone)]
struct Scans {
    /// Of the picture, beside its sides and its data.
    dictionary: String,
    data: Vec<u8>,
    /// Of the page, beside the usual.
    entries: String,
    resources: String,
    /// Before and after the picture, which is drawn by the third.
    before: String,
    after: String,
    place: String,
    /// Of the catalog.
    catalog: String,
    /// Objects that others refer to, from number 1 on.
    objects: Vec<Vec<u8>>,
    /// Whether the first page has a picture without anything about it.
    begins_plainly: bool,
}

impl Scans {
    fn of(dictionary: &str, data: Vec<u8>) -> Self {
        Self {
            dictionary: dictionary.to_owned(),
            data,
            entries: String::new(),
            resources: String::new(),
            before: "q 200 0 0 200 0 0 cm".to_owned(),
            after: "Q".to_owned(),
            place: "/Im1 Do".to_owned(),
            catalog: String::new(),
            objects: Vec::new(),
            begins_plainly: false,
        }
    }

    /// With something small in its white corner: then it is not a picture alone any more.
    fn with_a_speck(&self) -> Self {
        let mut scans = self.clone();
        scans.after += " 0.9 g 1 1 1 1 re f";
        scans
    }

    fn file(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        for object in &self.objects {
            writer.add(object.clone());
        }
        let tree = writer.add("");
        let mut kids = String::new();
        for number in 0..PAGES {
            let own = match (number, self.begins_plainly) {
                (0, true) => PHOTO,
                _ => &self.dictionary,
            };
            let dictionary =
                format!("/Type /XObject /Subtype /Image /Width {SAMPLES} /Height {SAMPLES} {own}");
            let picture = writer.stream(&dictionary, &self.data);
            let content = format!("{} {} {}", self.before, self.place, self.after);
            let content = writer.stream("", content.as_bytes());
            let page = writer.add(format!(
                "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 200 200] /Contents {content} 0 R \
                /Resources << /XObject << /Im1 {picture} 0 R /Fm1 1 0 R >> /Font << /F1 << /Type /Font /Subtype /Type1 \
                /BaseFont /Helvetica >> >> {} >> {} >>",
                self.resources, self.entries
            ));
            kids += &format!("{page} 0 R ");
        }
        writer.set(
            tree,
            format!("<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>"),
        );
        let root = writer.add(format!(
            "<< /Type /Catalog /Pages {tree} 0 R {} >>",
            self.catalog
        ));
        writer.finish(root)
    }

    /// Its last page.
    fn picture(&self) -> DynamicImage {
        let made = made(Box::new(Cursor::new(self.file())));
        image::load_from_memory(&made.last().unwrap().image).unwrap()
    }
}

fn made(file: Box<dyn File>) -> Vec<Made> {
    let wanted = Wanted {
        format: PageFormat::Jpeg,
        size: 200,
    };
    let mut pages = Vec::new();
    let opened = engine().open(file, &mut |document| {
        document.make(&mut (0..PAGES), wanted, &mut |_, made| {
            pages.extend(made);
            true
        });
    });
    opened.unwrap();
    assert_eq!(pages.len(), usize::try_from(PAGES).unwrap());
    pages
}

/// Paper with bars of words, and noise between them; white along the edges.
fn grey(x: u32, y: u32) -> u8 {
    if x.min(y) < 20 || x.max(y) >= SAMPLES - 20 {
        return 255;
    }
    let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)).rotate_left(9);
    let noise = noise.to_le_bytes()[1] % 40;
    if y % 40 < 20 && x % 90 < 60 {
        noise
    } else {
        255 - noise
    }
}

fn samples(channels: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let places = (0..SAMPLES).flat_map(|y| (0..SAMPLES).map(move |x| (x, y)));
    places.flat_map(|(x, y)| channels(grey(x, y))).collect()
}

fn jpeg(samples: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 90)
        .encode(samples, SAMPLES, SAMPLES, kind)
        .unwrap();
    file
}

const PHOTO: &str = "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode";

fn photo() -> Scans {
    Scans::of(
        PHOTO,
        jpeg(&samples(|grey| vec![grey]), ExtendedColorType::L8),
    )
}

/// The same in black and white, a bit a sample; 1 is black.
fn fax() -> Vec<u8> {
    let grey = samples(|grey| vec![grey]);
    let rows = grey.chunks(SAMPLES as usize);
    let bytes = rows.flat_map(|row| {
        row.chunks(8).map(|eight| {
            let bits = eight.iter().zip((0..8).rev());
            bits.fold(0, |byte, (grey, bit)| byte | u8::from(*grey < 128) << bit)
        })
    });
    bytes.collect()
}

/// The largest difference between the means of 10 × 10 pixels, and whether any pixel differs.
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
        // PDFium reduces in another way: were no pixel different, it would have done it.
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
        if scans.dictionary != PHOTO {
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

/// The speck's own blocks of the JPEG may be coded otherwise, in whichever corner it is.
fn without_corners(picture: &DynamicImage) -> RgbImage {
    let mut pixels = picture.to_rgb8();
    let (right, bottom) = (pixels.width() - 16, pixels.height() - 16);
    for (x, y, pixel) in pixels.enumerate_pixels_mut() {
        if !(16..right).contains(&x) && !(16..bottom).contains(&y) {
            *pixel = Rgb([0; 3]);
        }
    }
    pixels
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// Gives a hundred bytes at most.
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

/// PDFium takes a part of what it asked for as all of it: a scan that lay in two blocks lost its second half.
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
