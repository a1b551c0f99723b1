//! Tests that pages without colours are drawn and encoded as greys, and that a single colour anywhere makes a page
//! coloured.

use dozo::stages::split::engine::{Made, Wanted};
use dozo::vocabulary::page::PageFormat;
use dozo_tests::pdfs::{Writer, engine};
use image::{DynamicImage, Rgb, RgbImage};

const FONT: &str = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>";

const TEXT: &str = "BT /F1 40 Tf 20 100 Td (Dozo) Tj ET";

/// A page of 200 × 200 points.
struct Sample {
    writer: Writer,
    resources: String,
    entries: String,
    content: String,
}

impl Sample {
    fn of(content: &str) -> Self {
        Self {
            writer: Writer::default(),
            resources: FONT.to_owned(),
            entries: String::new(),
            content: content.to_owned(),
        }
    }

    /// Adds a stream to the page's resources.
    fn with(mut self, kind: &str, name: &str, dictionary: &str, data: &[u8]) -> Self {
        let number = self.writer.stream(dictionary, data);
        self.resources += &format!(" /{kind} << /{name} {number} 0 R >>");
        self
    }

    fn entries(mut self, entries: &str) -> Self {
        self.entries = entries.to_owned();
        self
    }

    fn resources(mut self, resources: &str) -> Self {
        self.resources += resources;
        self
    }

    fn made(mut self, format: PageFormat) -> Made {
        let content = self.writer.stream("", self.content.as_bytes());
        let tree = self.writer.add("");
        let page = self.writer.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 200 200] /Contents {content} 0 R \
            /Resources << {} >> {} >>",
            self.resources, self.entries
        ));
        let kids = format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>");
        self.writer.set(tree, kids);
        let catalog = format!("<< /Type /Catalog /Pages {tree} 0 R >>");
        let root = self.writer.add(catalog);
        let file = std::io::Cursor::new(self.writer.finish(root));
        let mut page = None;
        let wanted = Wanted { format, size: 201 };
        let opened = engine().open(Box::new(file), &mut |document| {
            document.make(&mut std::iter::once(0), wanted, &mut |_, made| {
                page = made;
                true
            });
        });
        opened.unwrap();
        page.unwrap()
    }

    fn picture(self) -> DynamicImage {
        image::load_from_memory(&self.made(PageFormat::Jpeg).image).unwrap()
    }
}

fn is_grey(picture: &DynamicImage) -> bool {
    matches!(picture, DynamicImage::ImageLuma8(_))
}

fn mean(picture: &RgbImage, channel: usize) -> f64 {
    let sum: f64 = picture
        .pixels()
        .map(|pixel| f64::from(pixel.0[channel]))
        .sum();
    sum / f64::from(picture.width() * picture.height())
}

/// A page with an image of two pixels.
fn image_of(space: &str, data: &[u8]) -> Sample {
    let dictionary = format!(
        "/Type /XObject /Subtype /Image /Width 2 /Height 1 /BitsPerComponent 8 /ColorSpace {space}"
    );
    Sample::of("150 0 0 150 20 20 cm /X Do").with("XObject", "X", &dictionary, data)
}

const FORM: &str = "/Type /XObject /Subtype /Form /BBox [0 0 200 200]";

#[test]
fn a_page_without_colours_is_one_of_greys() {
    let samples = [
        ("black text", Sample::of(TEXT)),
        ("a grey line", Sample::of("0.4 G 9 w 20 20 m 150 150 l S")),
        (
            "a grey of three",
            Sample::of("0.5 0.5 0.5 rg 20 20 100 100 re f"),
        ),
        ("a grey image", image_of("/DeviceGray", &[10, 200])),
        (
            "a form",
            Sample::of("/X Do").with("XObject", "X", FORM, b"0.2 g 20 20 100 100 re f"),
        ),
        ("nothing", Sample::of("")),
    ];
    for (name, sample) in samples {
        assert!(is_grey(&sample.picture()), "{name}");
    }
}

#[test]
fn a_colour_anywhere_is_kept() {
    let red_tile = "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 /Resources << >>";
    let shading = "<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 200 0] /Extend [true true] \
        /Function << /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [1 0.5 0] /N 1 >> >>";
    let glyphs = "/Font << /F3 << /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] \
        /FirstChar 97 /LastChar 97 /Widths [1] /Encoding << /Differences [97 /a] >> /Resources << >> \
        /CharProcs << /a 1 0 R >> >> >>";
    let stamp = "/Annots [<< /Type /Annot /Subtype /Square /Rect [20 20 180 180] /IC [1 0 0] /C [1 0 0] >>]";
    let samples = [
        ("text", Sample::of(&format!("1 0 0 rg {TEXT}"))),
        (
            "outlined text",
            Sample::of(&format!("1 0 0 RG 2 Tr 5 w {TEXT}")),
        ),
        ("a fill", Sample::of("1 0 0 rg 20 20 100 100 re f")),
        ("a stroke", Sample::of("1 0 0 RG 9 w 20 20 m 150 150 l S")),
        ("ink", Sample::of("0 1 1 0 k 20 20 100 100 re f")),
        (
            "a pattern of tiles",
            Sample::of("/Pattern cs /P scn 20 20 100 100 re f").with(
                "Pattern",
                "P",
                red_tile,
                b"1 0 0 rg 0 0 5 5 re f",
            ),
        ),
        (
            "a pattern of a shading",
            Sample::of("/Pattern cs /P scn 20 20 100 100 re f").resources(&format!(
                "/Pattern << /P << /PatternType 2 /Shading {shading} >> >>"
            )),
        ),
        (
            "a shading",
            Sample::of("/S sh").resources(&format!("/Shading << /S {shading} >>")),
        ),
        (
            "an image",
            image_of("/DeviceRGB", &[200, 0, 0, 255, 40, 40]),
        ),
        (
            "an image with a palette",
            image_of("[/Indexed /DeviceRGB 1 <FF0000FF4040>]", &[0, 1]),
        ),
        (
            "a form",
            Sample::of("/X Do").with("XObject", "X", FORM, b"1 0 0 rg 20 20 100 100 re f"),
        ),
        ("an annotation", Sample::of(TEXT).entries(stamp)),
        ("a glyph that is a drawing", {
            let mut sample = Sample::of("BT /F3 100 Tf 20 20 Td (a) Tj ET");
            sample.writer.stream("", b"1 0 d0 1 0 0 rg 0 0 1 1 re f");
            sample.resources = glyphs.to_owned();
            sample
        }),
    ];
    for (name, sample) in samples {
        let picture = sample.picture();
        assert!(!is_grey(&picture), "{name}");
        let picture = picture.to_rgb8();
        let (red, blue) = (mean(&picture, 0), mean(&picture, 2));
        assert!(red > blue + 2.0, "{name}: {red} {blue}");
    }
}

#[test]
fn a_grey_page_looks_as_it_would_in_colours() {
    // A red dot in a corner makes the page coloured.
    let dot = "1 0 0 rg 0 0 1 1 re f 0 g";
    for drawn in [TEXT, "0.4 g 20 20 100 100 re f", "9 w 20 20 m 150 190 l S"] {
        let grey = Sample::of(drawn).picture();
        let coloured = Sample::of(&format!("{dot} {drawn}")).picture();
        assert!(is_grey(&grey) && !is_grey(&coloured), "{drawn}");
        let (grey, coloured) = (grey.to_rgb8(), coloured.to_rgb8());
        assert_eq!(grey.dimensions(), (201, 201));
        let apart = |one: &Rgb<u8>, other: &Rgb<u8>| f64::from(one.0[1].abs_diff(other.0[1]));
        let distance: f64 = grey
            .pixels()
            .zip(coloured.pixels())
            .map(|(one, other)| apart(one, other))
            .sum();
        let distance = distance / f64::from(grey.width() * grey.height());
        assert!(distance < 1.5, "{drawn}: {distance}");
    }
}

#[test]
fn greys_become_any_encoding() {
    let jpeg = Sample::of(TEXT).picture().to_rgb8();
    let webp = Sample::of(TEXT).made(PageFormat::Webp).image;
    let webp = image::load_from_memory(&webp).unwrap().to_rgb8();
    assert_eq!(webp.dimensions(), (201, 201));
    let (one, other) = (mean(&jpeg, 1), mean(&webp, 1));
    assert!((one - other).abs() < 2.0, "{one} {other}");
}
