//! Tests what is said about a document: the reasons for its refusal, and how it is read.

use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::{Sheet, Writer, document, plain};
use serde_json::{Value, json};

use crate::pdfs::scene::*;
use crate::pdfs::words::{case, text_of};

/// Returns the code and the message that a document is refused with.
async fn refused(body: &[u8]) -> (String, String) {
    let (world, file) = settled(1, body).await;
    let record = record(&world, &file);
    assert_eq!(record.state, State::Rejected);
    assert!(objects(&world, Bucket::Delivery).is_empty());
    let rejection = record.rejection.unwrap();
    (rejection.code, rejection.message)
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_told_why() {
    for (name, code, says) in [
        ("no-pages.pdf", "pdf_without_pages", "no pages"),
        (
            "encrypted-for-a-certificate.pdf",
            "pdf_encrypted",
            "certificates",
        ),
        (
            "encrypted-by-unknown-handler.pdf",
            "pdf_encrypted",
            "not known here",
        ),
        (
            "dynamic-xfa-please-wait.pdf",
            "pdf_dynamic_form",
            "dynamic XFA form",
        ),
    ] {
        let (found, message) = refused(&case(name)).await;
        assert_eq!(found, code, "{name}");
        assert!(message.contains(says), "{name}: {message}");
        assert!(!message.contains("password"), "{name}: {message}");
        assert!(!message.contains("cut short"), "{name}: {message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_told_wherever_it_stands() {
    // Map each byte to a character, because the file's header is not UTF-8.
    let good = case("encrypted-for-a-certificate.pdf");
    let good: String = good.iter().map(|byte| char::from(*byte)).collect();
    for (handler, says) in [
        ("Adobe.PubSec", "certificates"),
        ("FopnHandler", "not known here"),
        ("ADBE_EBX", "not known here"),
    ] {
        let direct = good.replace("Adobe.PubSec", handler);
        // Move the dictionary into an object of its own, in place of the font.
        let begin = direct.find("<< /Filter").unwrap();
        let end = direct.find(" /ID [").unwrap();
        let dictionary = direct.get(begin..end).unwrap().to_owned();
        let font = direct.find("<< /Type /Font").unwrap();
        let font_end = font + direct.get(font..).unwrap().find("endobj").unwrap();
        let room = font_end - font;
        let entries = dictionary.replace("/Recipients [<30820102>]", "");
        let object = format!("{:room$}", entries.trim_end());
        assert_eq!(object.len(), room, "it takes its place");
        let mut indirect = direct.replace(&dictionary, "3 0 R");
        indirect.replace_range(font..font_end, &object);
        for body in [direct, indirect] {
            let body: Vec<u8> = body.chars().map(|c| u8::try_from(c).unwrap()).collect();
            let (code, message) = refused(&body).await;
            assert_eq!(code, "pdf_encrypted", "{handler}");
            assert!(message.contains(says), "{handler}: {message}");
        }
    }
    let (_, message) = refused(dozo_tests::pdfs::USER_PASSWORD).await;
    assert!(message.contains("asks for a password"), "{message}");
}

/// A form of one page with these annotations and entries of the catalog; objects 10 and 11 are a field and the XFA
/// stream.
fn form(fields: &str, annotations: &str, catalog: &str, words: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    let (root, tree) = (writer.add(""), writer.add(""));
    let content = writer.stream(
        "",
        format!("BT /F1 12 Tf 20 100 Td ({words}) Tj ET").as_bytes(),
    );
    let page = writer.add(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 300 200] /Contents {content} 0 R /Annots [{annotations}] \
         /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
    ));
    while writer.add("null") < 9 {}
    writer.add("<< /Type /Annot /Subtype /Widget /F 4 /FT /Tx /T (a) /Rect [20 20 200 40] >>");
    let template = b"<xdp:xdp xmlns:xdp=\"http://ns.adobe.com/xdp/\"><template/></xdp:xdp>";
    writer.stream("", template);
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"),
    );
    writer.set(root, format!(
        "<< /Type /Catalog /Pages {tree} 0 R /AcroForm << /Fields [{fields}] /XFA 11 0 R >> {catalog} >>"
    ));
    writer.finish(root)
}

/// A form that exists only in the XML is refused, in whatever language it asks to wait; one that stands on its page is
/// shown.
#[tokio::test(start_paused = true)]
async fn a_form_in_xml_is_shown_where_it_stands_on_the_page() {
    for words in ["Please wait...", "Bitte warten...", "Veuillez patienter"] {
        for catalog in ["", "/NeedsRendering true"] {
            let (code, message) = refused(&form("", "", catalog, words)).await;
            assert_eq!(code, "pdf_dynamic_form");
            assert!(message.contains("print it"), "{message}");
        }
    }
    for catalog in ["", "/NeedsRendering true"] {
        let body = form("10 0 R", "10 0 R", catalog, "A static form");
        assert_eq!(text_of(&body).await, "A static form");
    }
}

#[tokio::test(start_paused = true)]
async fn a_portfolio_is_told_from_its_cover() {
    let catalog = "/Collection << /Type /Collection /View /T >>";
    let cover = Sheet {
        entries: "/MediaBox [0 0 900 300]".to_owned(),
        ..Sheet::text("For the best experience, open this PDF portfolio in Acrobat or Adobe Reader")
    };
    let (code, message) = refused(&document(std::slice::from_ref(&cover), catalog)).await;
    assert_eq!(code, "pdf_portfolio");
    assert!(message.contains("Take the files out"), "{message}");
    for sheets in [
        vec![Sheet::text("Minutes of the meeting")],
        vec![cover, Sheet::text("Contents")],
    ] {
        let (world, file) = settled(1, &document(&sheets, catalog)).await;
        assert_eq!(state(&world, &file), State::Ready);
        let summary = manifest(&world, &file)["summary"]["en"][0].to_string();
        assert!(summary.contains("portfolio"), "{summary}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_crop_box_holds_nothing_is_shown_by_its_media_box() {
    let (world, file) = settled(1, &case("crop-box-outside-media-box.pdf")).await;
    assert_eq!(state(&world, &file), State::Ready);
    let image = picture(&world, &file, 1);
    assert_eq!(image.dimensions(), (200, 133));
    // There is a red square at the lower left and a blue one at the upper right.
    let is = |x, y, colour: [i16; 3]| {
        let pixel = image.get_pixel(x, y).0.map(i16::from);
        pixel
            .iter()
            .zip(colour)
            .all(|(one, other)| (one - other).abs() < 60)
    };
    assert!(is(30, 110, [255, 0, 0]) && is(160, 20, [0, 0, 255]));
    assert_eq!(text(&world, &file, 1), "Upright text");
    for (boxes, turn, expected) in [
        (
            "/MediaBox [0 0 200 100] /CropBox [-300 -300 -200 -200]",
            0,
            (200, 100),
        ),
        (
            "/MediaBox [500 500 700 600] /CropBox [0 0 100 100]",
            90,
            (100, 200),
        ),
        (
            "/MediaBox [0 0 200 100] /CropBox [200 0 400 100]",
            0,
            (200, 100),
        ),
        (
            "/MediaBox [0 0 200 100] /CropBox [50 50 50 50]",
            0,
            (200, 100),
        ),
    ] {
        let sheet = Sheet {
            entries: format!("{boxes} /Rotate {turn}"),
            content: b"0 0 1 rg 0 0 1000 1000 re f".to_vec(),
        };
        let (world, file) = settled(1, &document(&[sheet], "")).await;
        assert_eq!(state(&world, &file), State::Ready, "{boxes}");
        let image = picture(&world, &file, 1);
        assert_eq!(image.dimensions(), expected, "{boxes}");
    }
}

async fn manifest_of(pages: usize, catalog: &str) -> Value {
    let sheets: Vec<_> = (0..pages).map(|_| Sheet::text("x")).collect();
    let (world, file) = settled(1, &document(&sheets, catalog)).await;
    manifest(&world, &file)
}

#[tokio::test(start_paused = true)]
async fn a_manifest_tells_how_a_document_is_read() {
    let leftwards = "/ViewerPreferences << /Direction /R2L >>";
    for (pages, catalog, direction, behavior) in [
        (4, String::new(), Value::Null, "individuals"),
        (
            4,
            format!("{leftwards} /PageLayout /TwoPageRight"),
            json!("right-to-left"),
            "paged",
        ),
        (
            9,
            leftwards.to_owned(),
            json!("right-to-left"),
            "individuals",
        ),
        (
            4,
            "/PageLayout /TwoPageLeft".to_owned(),
            Value::Null,
            "paged",
        ),
        (
            4,
            "/PageLayout /TwoColumnRight".to_owned(),
            Value::Null,
            "paged",
        ),
        (
            4,
            "/PageLayout /OneColumn".to_owned(),
            Value::Null,
            "individuals",
        ),
        (
            1,
            "/PageLayout /TwoPageRight".to_owned(),
            Value::Null,
            "individuals",
        ),
        (
            4,
            "/ViewerPreferences << /Direction /L2R >>".to_owned(),
            Value::Null,
            "individuals",
        ),
    ] {
        let manifest = manifest_of(pages, &catalog).await;
        assert_eq!(manifest["viewingDirection"], direction, "{catalog}");
        assert_eq!(manifest["behavior"], json!([behavior]), "{catalog}");
    }
    let (world, file) = settled(1, &case("book-read-from-right-to-left.pdf")).await;
    assert_eq!(manifest(&world, &file)["viewingDirection"], "right-to-left");
}

/// This works whether the cross-reference table is right or not, and whichever object follows a stream that is not
/// ended.
#[tokio::test(start_paused = true)]
async fn documents_without_endobj_are_read() {
    let samples = ["content-without-endobj.pdf", "nothing-with-endobj.pdf"].map(case);
    let good = String::from_utf8_lossy(&plain(6)).into_owned();
    let unended = good.replace("endobj\n", "");
    let astray = good.replace("%PDF-1.7\n", "%PDF-1.7\n% moved by an editor\n");
    let both = astray.replace("endobj\n", "");
    let without_table = unended
        .get(..unended.find("xref\n").unwrap())
        .unwrap()
        .to_owned();
    for body in samples {
        let (world, file) = settled(1, &body).await;
        assert_eq!(state(&world, &file), State::Ready);
        assert_eq!(text(&world, &file, 1), "Readable text");
        let image = picture(&world, &file, 1);
        let dark = |pixel: &&image::Rgb<u8>| pixel.0.iter().all(|colour| *colour < 100);
        assert!(image.pixels().filter(dark).count() > 100, "nothing is seen");
    }
    for body in [unended, astray, both, without_table] {
        let (world, file) = settled(1, body.as_bytes()).await;
        assert_eq!(state(&world, &file), State::Ready);
        for number in 1..=6 {
            assert_eq!(text(&world, &file, number), format!("Page {number}"));
        }
    }
}
