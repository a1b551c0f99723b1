//! Tests constructs that turn greys into colours while PDFium's interface reports only greys, and the handling of pages
//! in doubt.

use std::io::Write;

use dozo_tests::pdfs::Writer;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::DynamicImage;

use crate::pdfs::drawn::{drawn, is_grey, mean, mean_of, of_case, page};

const FONT: &str = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>";

fn only(file: Vec<u8>) -> DynamicImage {
    let [picture] = <[_; 1]>::try_from(drawn(file, 300)).unwrap();
    picture
}

fn is_red([red, green, blue]: [f64; 3]) -> bool {
    red > green + 50.0 && red > blue + 50.0
}

#[test]
fn colours_that_pdfium_tells_as_greys_are_seen() {
    for (name, across, down) in [
        (
            "colour-type3-font-with-basefont",
            (0.15, 0.65),
            (0.44, 0.62),
        ),
        (
            "colour-tiling-under-grey-components",
            (0.1, 0.9),
            (0.1, 0.9),
        ),
        ("colour-transfer-function", (0.1, 0.9), (0.1, 0.9)),
        (
            "colour-shading-under-grey-components",
            (0.1, 0.3),
            (0.1, 0.9),
        ),
    ] {
        let [picture] = <[_; 1]>::try_from(of_case(name)).unwrap();
        let found = mean(&picture, across, down);
        assert!(is_red(found), "{name}: {found:?}");
    }
    let shading = of_case("colour-shading-under-grey-components");
    let [red, _, blue] = mean(&shading[0], (0.7, 0.9), (0.1, 0.9));
    assert!(blue > red + 50.0);
    let shading = mean_of(&shading[0]);
    assert!(shading[1] < 230.0, "{shading:?}");
}

/// Constant transfer functions: 1 for the first component, 0 for the other three, of which the last is black.
const TO_RED: &str = "[1 0 R 2 0 R 2 0 R 2 0 R]";

fn functions() -> Writer {
    let mut writer = Writer::default();
    for constant in [1, 0] {
        writer.add(format!(
            "<< /FunctionType 2 /Domain [0 1] /N 1 /C0 [{constant}] /C1 [{constant}] >>"
        ));
    }
    writer
}

#[test]
fn transfer_functions_are_followed_however_they_are_written() {
    let squares = "/G gs 0.5 g 30 30 240 140 re f";
    let text = "/G gs BT /F1 90 Tf 20 70 Td (HHHH) Tj ET";
    let image = "/G gs q 240 0 0 140 30 30 cm BI /W 2 /H 1 /BPC 8 /CS /G ID aa EI Q";
    for content in [squares, text, image] {
        for state in [
            format!("/TR {TO_RED}"),
            format!("/TR2 {TO_RED}"),
            format!("/T#52 {TO_RED}"),
            format!("/TR /Identity /TR2 {TO_RED}"),
        ] {
            let resources = format!("{FONT} /ExtGState << /G << {state} >> >>");
            let picture = only(page(functions(), &resources, content));
            let [red, green, _] = mean_of(&picture);
            assert!(red > green + 20.0, "{content} {state}: {red} {green}");
        }
    }
}

/// The objects are in an object stream, which is compressed.
#[test]
fn transfer_functions_within_streams_of_objects_are_followed() {
    let objects = "1 0 << /G << /TR [2 0 R 3 0 R 3 0 R 3 0 R] >> >>";
    for spare in ["", "/Spare (of a kind that is not understood)"] {
        let file = with_object_stream(objects, spare);
        let found = mean_of(&only(file));
        assert!(is_red(found), "{spare} {found:?}");
    }
}

/// A file of one page whose graphics state, object 1, is in an object stream; the cross-reference stream says so.
fn with_object_stream(objects: &str, spare: &str) -> Vec<u8> {
    let packed = |bytes: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let first = objects.find("<<").unwrap();
    let data = packed(objects.as_bytes());
    let content = b"/G gs 0.5 g 0 0 300 200 re f";
    let stream = |dictionary: String, data: &[u8]| {
        let head = format!("<< {dictionary} /Length {} >>\nstream\n", data.len());
        [head.as_bytes(), data, b"\nendstream"].concat()
    };
    let constant = |value| {
        format!("<< /FunctionType 2 /Domain [0 1] /N 1 /C0 [{value}] /C1 [{value}] >>").into_bytes()
    };
    let bodies = [
        constant(1),
        constant(0),
        stream(
            format!("/Type /ObjStm /N 1 /First {first} /Filter /FlateDecode {spare}"),
            &data,
        ),
        stream(String::new(), content),
        b"<< /Type /Page /Parent 7 0 R /MediaBox [0 0 300 200] /Contents 5 0 R /Resources << /ExtGState 1 0 R >> >>".to_vec(),
        b"<< /Type /Pages /Kids [6 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Catalog /Pages 7 0 R >>".to_vec(),
    ];
    let mut file = b"%PDF-1.7\n".to_vec();
    // Object 1 is the first in stream 4; the others are in the file itself.
    let mut table: Vec<[u8; 5]> = vec![[0; 5], [2, 0, 0, 4, 0]];
    for (body, number) in bodies.iter().zip(2..) {
        let [_, a, b, c] = u32::try_from(file.len()).unwrap().to_be_bytes();
        table.push([1, a, b, c, 0]);
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend(body);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    let [_, a, b, c] = u32::try_from(start).unwrap().to_be_bytes();
    table.push([1, a, b, c, 0]);
    let dictionary = "/Type /XRef /W [1 3 1] /Size 10 /Root 8 0 R /Filter /FlateDecode".to_owned();
    file.extend(b"9 0 obj\n");
    file.extend(stream(dictionary, &packed(&table.concat())));
    file.extend(format!("\nendobj\nstartxref\n{start}\n%%EOF\n").into_bytes());
    file
}

#[test]
fn a_page_in_doubt_without_colours_is_one_of_greys() {
    let with = |resources: &str, content: &str| only(page(functions(), resources, content));
    let identity = "/ExtGState << /G << /TR /Identity /TR2 /Default >> >>";
    let one = "/ExtGState << /G << /TR 2 0 R >> >>";
    for (name, picture) in [
        (
            "transparency",
            with(
                "/ExtGState << /G << /ca 0.5 >> >>",
                "/G gs 0 g 30 30 200 90 re f",
            ),
        ),
        (
            "no transfer function",
            with(identity, "/G gs 0.5 g 30 30 200 90 re f"),
        ),
        (
            "one transfer function",
            with(one, "/G gs 0.5 g 30 30 200 90 re f"),
        ),
        (
            "a grey image in colours",
            with(
                "",
                "q 200 0 0 90 30 30 cm BI /W 2 /H 1 /BPC 8 /CS /RGB ID aaaZZZ EI Q",
            ),
        ),
        (
            "a shading of greys",
            with(
                "/Shading << /S << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 300 0] \
                /Function << /FunctionType 2 /Domain [0 1] /N 1 /C0 [0] /C1 [1] >> >> >>",
                "/S sh",
            ),
        ),
        (
            "white",
            with("", "1 g 0 0 300 200 re f 0 g 30 30 200 90 re f"),
        ),
    ] {
        assert!(is_grey(&picture), "{name}");
        assert!(mean_of(&picture)[0] < 250.0, "{name}");
    }
}

/// A default colour space that turns a grey image into colours is read only when the page is drawn.
#[test]
fn greys_that_stand_for_colours_are_drawn_in_colours() {
    let mut writer = Writer::default();
    let space = writer.add(
        "<< /DefaultGray [/Separation /Spot /DeviceRGB << /FunctionType 2 /Domain [0 1] /C0 [1 1 1] /C1 [1 0 0] /N 1 >>] >>",
    );
    let image = writer.stream(
        "/Type /XObject /Subtype /Image /Width 2 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
        &[255, 200],
    );
    let resources = format!("/ColorSpace {space} 0 R /XObject << /X {image} 0 R >>");
    let found = mean_of(&only(page(
        writer,
        &resources,
        "q 300 0 0 200 0 0 cm /X Do Q",
    )));
    assert!(is_red(found), "{found:?}");
}
