//! Handmade documents for tests: small, and broken where a test wants them to be.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use dozo::stages::split::engine::Engine;
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma};
use split_pdf::Pdfium;

use crate::template::workspace;

/// A document that opens with the password `secret`. (256-bit encryption would test no more: PDFium's first answer
/// already refuses it.)
pub const USER_PASSWORD: &[u8] = include_bytes!("../data/user-password.pdf");

/// A document that everybody can open, and only changing it needs a password. It has one page with the text "secret".
pub const OWNER_PASSWORD: &[u8] = include_bytes!("../data/owner-password.pdf");

/// Returns the directory of the PDFium that split-pdf ships with, as `make` fetches it.
#[must_use]
pub fn pdfium() -> PathBuf {
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    workspace().join(".local/pdfium").join(architecture)
}

/// Returns PDFium, loaded once.
///
/// # Panics
/// Panics if `make` has not fetched it.
#[must_use]
pub fn engine() -> Arc<dyn Engine> {
    static ENGINE: OnceLock<Arc<Pdfium>> = OnceLock::new();
    ENGINE
        .get_or_init(|| {
            let engine = Pdfium::load(&pdfium());
            Arc::new(engine.unwrap_or_else(|error| panic!("run local/ensure-pdfium: {error:?}")))
        })
        .clone()
}

/// The objects of a document, numbered from 1 in the order in which they were added.
#[derive(Debug, Default)]
pub struct Writer {
    objects: Vec<Vec<u8>>,
}

impl Writer {
    /// Adds an object; returns its number.
    pub fn add(&mut self, object: impl Into<Vec<u8>>) -> usize {
        self.objects.push(object.into());
        self.objects.len()
    }

    /// Adds a stream; returns its number.
    pub fn stream(&mut self, dictionary: &str, data: &[u8]) -> usize {
        let mut object =
            format!("<< {dictionary} /Length {} >>\nstream\n", data.len()).into_bytes();
        object.extend_from_slice(data);
        object.extend_from_slice(b"\nendstream");
        self.add(object)
    }

    /// Replaces an object that was added before.
    pub fn set(&mut self, number: usize, object: impl Into<Vec<u8>>) {
        if let Some(place) = self.objects.get_mut(number - 1) {
            *place = object.into();
        }
    }

    /// Writes the file; `root` is the number of its catalog.
    #[must_use]
    pub fn finish(&self, root: usize) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut table = String::from("0000000000 65535 f \n");
        for (place, object) in self.objects.iter().enumerate() {
            writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
            file.extend_from_slice(format!("{} 0 obj\n", place + 1).as_bytes());
            file.extend_from_slice(object);
            file.extend_from_slice(b"\nendobj\n");
        }
        let start = file.len();
        let count = self.objects.len() + 1;
        let trailer = format!(
            "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root {root} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        );
        file.extend_from_slice(trailer.as_bytes());
        file
    }
}

/// A page to be written.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Entries of the page's dictionary beside the usual ones, including its `/MediaBox`.
    pub entries: String,
    /// The content stream.
    pub content: Vec<u8>,
}

impl Sheet {
    /// A page of 200 × 300 with this text in Helvetica.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self {
            entries: "/MediaBox [0 0 200 300]".to_owned(),
            content: format!("BT /F1 18 Tf 20 200 Td ({text}) Tj ET").into_bytes(),
        }
    }
}

/// The font of [`Sheet::text`], and a Japanese font that is not embedded (`/F2`).
const FONTS: &str = "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> \
    /F2 << /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-H \
    /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 \
    /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /DW 1000 \
    /FontDescriptor << /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 6 /FontBBox [-123 -257 1001 910] \
    /ItalicAngle 0 /Ascent 709 /Descent -241 /CapHeight 709 /StemV 69 >> >>] >> >>";

/// Writes a document of these pages; `catalog` holds entries of its catalog beside the usual ones.
#[must_use]
pub fn document(sheets: &[Sheet], catalog: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    let root = writer.add("");
    let tree = writer.add("");
    let mut kids = String::new();
    for sheet in sheets {
        let content = writer.stream("", &sheet.content);
        let page = writer.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /Resources << /Font {FONTS} >> /Contents {content} 0 R {} >>",
            sheet.entries
        ));
        write!(kids, "{page} 0 R ").unwrap();
    }
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", sheets.len()),
    );
    writer.set(
        root,
        format!("<< /Type /Catalog /Pages {tree} 0 R {catalog} >>"),
    );
    writer.finish(root)
}

/// A document of pages with the texts "Page 1", "Page 2" and so on.
#[must_use]
pub fn plain(pages: usize) -> Vec<u8> {
    let sheets: Vec<_> = (1..=pages)
        .map(|page| Sheet::text(&format!("Page {page}")))
        .collect();
    document(&sheets, "")
}

/// A page of dense text like a manual's: fifty-five lines of A4.
#[must_use]
pub fn dense(page: usize) -> Sheet {
    let mut content = String::from("BT /F1 11 Tf 40 800 Td 14 TL\n");
    for line in 1..=55 {
        writeln!(
            content,
            "(Page {page}, line {line}: the quick brown fox jumps over the lazy dog, again and again) Tj T*"
        )
        .unwrap();
    }
    content.push_str("ET");
    Sheet {
        entries: "/MediaBox [0 0 595 842]".to_owned(),
        content: content.into_bytes(),
    }
}

/// A document of about this many bytes: A4 scans at 300 dpi, of noise, which no encoder makes small.
///
/// # Panics
/// Panics if the one picture that all pages show cannot be encoded.
#[must_use]
pub fn scans(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let noise = GrayImage::from_fn(2_480, 3_508, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Luma([state.to_be_bytes()[0] / 4 + 160])
    });
    let mut jpeg = Vec::new();
    noise
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 85))
        .unwrap();
    let mut writer = Writer::default();
    let (root, tree) = (writer.add(""), writer.add(""));
    let content = writer.stream("", b"595 0 0 842 0 0 cm /X0 Do");
    let mut kids = String::new();
    let pages = bytes.div_ceil(jpeg.len());
    for _ in 0..pages {
        let scan = writer.stream(
            "/Type /XObject /Subtype /Image /Width 2480 /Height 3508 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode",
            &jpeg,
        );
        let page = writer.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
             /Resources << /XObject << /X0 {scan} 0 R >> >> >>"
        ));
        write!(kids, "{page} 0 R ").unwrap();
    }
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"),
    );
    writer.set(root, format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    writer.finish(root)
}

/// A page of Japanese text whose font is not embedded.
#[must_use]
pub fn japanese(text: &str) -> Sheet {
    let codes: String = text
        .encode_utf16()
        .map(|unit| format!("{unit:04X}"))
        .collect();
    Sheet {
        entries: "/MediaBox [0 0 300 100]".to_owned(),
        content: format!("BT /F2 24 Tf 20 40 Td <{codes}> Tj ET").into_bytes(),
    }
}
