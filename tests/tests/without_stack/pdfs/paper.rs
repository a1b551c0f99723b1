//! Makes documents whose pages are scans.

use std::io::Cursor;

use dozo::stages::split::engine::{File, Made, Wanted};
use dozo::vocabulary::page::PageFormat;
use dozo_tests::pdfs::{Writer, engine};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType};

/// Samples along a side of a scan; a drawn page has a third of that.
pub(crate) const SAMPLES: u32 = 600;

/// Pages of a document; PDFium draws the first one too, for comparison.
pub(crate) const PAGES: u32 = 3;

/// A document whose pages are scans.
#[derive(Clone)]
pub(crate) struct Scans {
    /// Entries of the image's dictionary beside its size and its data.
    pub(crate) dictionary: String,
    pub(crate) data: Vec<u8>,
    /// Entries of the page beside the usual ones.
    pub(crate) entries: String,
    pub(crate) resources: String,
    /// Content before and after the image, which `place` draws.
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) place: String,
    /// Entries of the catalog.
    pub(crate) catalog: String,
    /// Objects that others refer to, numbered from 1.
    pub(crate) objects: Vec<Vec<u8>>,
    /// Whether the first page is a plain photo without any of these settings.
    pub(crate) begins_plainly: bool,
}

impl Scans {
    pub(crate) fn of(dictionary: &str, data: Vec<u8>) -> Self {
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

    /// Adds a small speck in the white corner, so that the picture is no longer alone on its page.
    pub(crate) fn with_a_speck(&self) -> Self {
        let mut scans = self.clone();
        scans.after += " 0.9 g 1 1 1 1 re f";
        scans
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        for object in &self.objects {
            writer.add(object.clone());
        }
        let tree = writer.add("");
        let mut kids = String::new();
        for number in 0..PAGES {
            let plain = photo_of(self.data.clone());
            let own = match (number, self.begins_plainly) {
                (0, true) => &plain,
                _ => self,
            };
            let dictionary = format!(
                "/Type /XObject /Subtype /Image /Width {SAMPLES} /Height {SAMPLES} {}",
                own.dictionary
            );
            let picture = writer.stream(&dictionary, &self.data);
            let content = format!("{} {} {}", own.before, own.place, own.after);
            let content = writer.stream("", content.as_bytes());
            let page = writer.add(format!(
                "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 200 200] /Contents {content} 0 R \
                /Resources << /XObject << /Im1 {picture} 0 R /Fm1 1 0 R >> /Font << /F1 << /Type /Font /Subtype /Type1 \
                /BaseFont /Helvetica >> >> {} >> {} >>",
                own.resources, own.entries
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

    /// Returns its last page.
    pub(crate) fn picture(&self) -> DynamicImage {
        let made = made(Box::new(Cursor::new(self.file())));
        image::load_from_memory(&made.last().unwrap().image).unwrap()
    }
}

pub(crate) fn made(file: Box<dyn File>) -> Vec<Made> {
    let wanted = Wanted {
        format: PageFormat::Jpeg,
        size: 200,
    };
    let indices: Vec<u32> = (0..PAGES).collect();
    let mut pages = Vec::new();
    let opened = engine().open(file, &mut |document| {
        document.make(&mut indices.iter().copied(), wanted, &mut |_, made| {
            pages.extend(made);
            true
        });
    });
    opened.unwrap();
    assert_eq!(pages.len(), indices.len());
    pages
}

/// A sample of paper with bars like words and noise between them, and white along the edges.
pub(crate) fn grey(x: u32, y: u32) -> u8 {
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

pub(crate) fn samples(channels: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let places = (0..SAMPLES).flat_map(|y| (0..SAMPLES).map(move |x| (x, y)));
    places.flat_map(|(x, y)| channels(grey(x, y))).collect()
}

pub(crate) fn jpeg(samples: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 90)
        .encode(samples, SAMPLES, SAMPLES, kind)
        .unwrap();
    file
}

pub(crate) const PHOTO: &str = "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode";

pub(crate) fn photo() -> Scans {
    photo_of(jpeg(&samples(|grey| vec![grey]), ExtendedColorType::L8))
}

pub(crate) fn photo_of(data: Vec<u8>) -> Scans {
    Scans::of(PHOTO, data)
}

/// The same paper in black and white, one bit a sample, where 1 is black.
pub(crate) fn fax() -> Vec<u8> {
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
