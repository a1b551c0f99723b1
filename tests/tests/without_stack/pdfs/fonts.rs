//! Tests letters of fonts that are not embedded in a document.

use dozo_tests::pdfs::Writer;
use image::DynamicImage;

use crate::pdfs::drawn::{drawn, of_case, page};

/// Points from one letter to the next: each is 600 of 1,000 wide, at a size of 28 points.
const STEP: f64 = 16.8;

/// Returns which pixels are black in each of the first letters of a line that starts at 20, 100.
fn letters(picture: &DynamicImage, count: u32) -> Vec<Vec<bool>> {
    let picture = picture.to_luma8();
    let points = |points: f64| (points * f64::from(picture.width()) / 300.0) as u32;
    let cell = |left: u32| {
        let rows = points(70.0)..points(108.0);
        let columns = move || left..left + points(STEP);
        rows.flat_map(move |y| columns().map(move |x| (x, y)))
    };
    let lefts = (0..count).map(|place| points(20.0 + STEP * f64::from(place)));
    let ink = |left| cell(left).map(|(x, y)| picture.get_pixel(x, y).0[0] < 128);
    lefts.map(|left| ink(left).collect()).collect()
}

fn assert_distinct(name: &str, picture: &DynamicImage, count: u32) {
    let letters = letters(picture, count);
    for (place, one) in letters.iter().enumerate() {
        let black = one.iter().filter(|black| **black).count();
        assert!(black > 150, "{name}: letter {place} has {black} pixels");
        for other in &letters[place + 1..] {
            let differing = one.iter().zip(other).filter(|(a, b)| a != b).count();
            assert!(differing > 100, "{name}: two letters look the same: boxes?");
        }
    }
}

#[test]
fn letters_of_all_europe_are_drawn() {
    for (name, count) in [
        ("font-cyrillic-not-embedded", 2),
        ("font-polish-czech-not-embedded", 3),
        ("font-greek-not-embedded", 3),
    ] {
        assert_distinct(name, &of_case(name)[0], count);
    }
}

const NAMES: &str = "/afii10017 /Omega /aogonek /ccaron /afii57664 /uni0416 /Abreve";

const WIDTHS: &str = "/FirstChar 0 /LastChar 255 /Widths 1 0 R";

fn widths(writer: &mut Writer) {
    // One width differs, because only a monospaced font has equal widths throughout.
    let widths = "600 ".repeat(255);
    assert_eq!(writer.add(format!("[{widths} 500]")), 1);
}

fn with_font(font: &str, codes: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    widths(&mut writer);
    let content = format!("BT /F 28 Tf 20 100 Td <{codes}> Tj ET");
    page(
        writer,
        &format!("/Font << /F << /Type /Font {font} >> >>"),
        &content,
    )
}

fn simple(kind: &str, family: &str, names: &str, flags: u32) -> String {
    format!(
        "/Subtype /{kind} /BaseFont /{family} {WIDTHS} /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [193 {names}] >> \
        /FontDescriptor << /Type /FontDescriptor /FontName /{family} /Flags {flags} /FontBBox [-200 -200 1000 900] \
        /ItalicAngle 0 /Ascent 800 /Descent -200 /StemV 80 >>"
    )
}

#[test]
fn whatever_the_font_is_called_its_letters_are_drawn() {
    for family in [
        "Arial",
        "ArialMT",
        "Arial,Bold",
        "Arial-BoldItalicMT",
        "Helvetica",
        "Helvetica-Oblique",
        "TimesNewRoman,Italic",
        "TimesNewRomanPSMT",
        "Times-Roman",
        "Times-Bold",
        "CourierNew",
        "CourierNewPS-BoldMT",
        "Courier",
        "Calibri",
        "Calibri,Bold",
        "Cambria",
        "ABCDEF+Verdana-Bold",
        "ArialNarrow",
        "Nobody-Knows#20It",
    ] {
        for (kind, flags) in [("TrueType", 32), ("Type1", 34)] {
            let file = with_font(&simple(kind, family, NAMES, flags), "C1C2C3C4C5C6C7");
            assert_distinct(family, &drawn(file, 900)[0], 7);
        }
    }
}

#[test]
fn letters_that_are_told_as_unicode_are_drawn() {
    let mut writer = Writer::default();
    let map = writer.stream(
        "",
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /x def /CMapType 2 def \
        1 begincodespacerange <0000> <FFFF> endcodespacerange 3 beginbfchar <0001> <0411> <0002> <03A9> <0003> <0105> endbfchar \
        endcmap end end",
    );
    let font = format!(
        "/Font << /F << /Type /Font /Subtype /Type0 /BaseFont /ArialMT /Encoding /Identity-H /ToUnicode {map} 0 R \
        /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ArialMT /DW 600 \
        /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
        /FontDescriptor << /Type /FontDescriptor /FontName /ArialMT /Flags 32 /FontBBox [-200 -200 1000 900] \
        /ItalicAngle 0 /Ascent 800 /Descent -200 /StemV 80 >> >>] >> >>"
    );
    let file = page(writer, &font, "BT /F 28 Tf 20 100 Td <000100020003> Tj ET");
    assert_distinct("Type0", &drawn(file, 900)[0], 3);
}

/// Pages with letters that PDFium's own fonts have look as before, even after a page that needs other fonts.
#[test]
fn other_pages_look_as_without_the_fonts() {
    let mut writer = Writer::default();
    widths(&mut writer);
    let tree = writer.add("");
    let mut kids = String::new();
    let latin = "/Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding".to_owned();
    for (font, codes) in [
        (latin.clone(), "446F7A6F"),
        (simple("TrueType", "CourierNew", NAMES, 32), "446FC1C2"),
        (latin, "446F7A6F"),
        (simple("TrueType", "CourierNew", "/z /o", 32), "446FC1C2"),
    ] {
        let content = writer.stream(
            "",
            format!("BT /F 28 Tf 20 100 Td <{codes}> Tj ET").as_bytes(),
        );
        let page = writer.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 300 200] /Contents {content} 0 R \
            /Resources << /Font << /F << /Type /Font {font} >> >> >> >>"
        ));
        kids += &format!("{page} 0 R ");
    }
    writer.set(tree, format!("<< /Type /Pages /Kids [{kids}] /Count 4 >>"));
    let root = writer.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    let pages = drawn(writer.finish(root), 900);
    assert!(pages[0] == pages[2]);
    // The same words come from the same font, although it could have had other letters.
    assert!(letters(&pages[0], 4) == letters(&pages[3], 4));
    assert!(letters(&pages[0], 1) != letters(&pages[1], 1));
}
