//! PDFium as the engine of documents: one thread draws, another one encodes what was drawn before.

use std::sync::mpsc;
use std::thread;

use dozo::page::PageFormat;
use dozo::split::engine::{Document, Engine, Fallen, File, Made, Unopened, Wanted};
use dozo_codecs::render::Output;
use dozo_codecs::render::raster::{Raster, Samples};
use dozo_pdf::{Canvas, Library, crash};

/// Text stays crisp, and a page of it has a quarter of a megabyte.
const JPEG_QUALITY: u8 = 85;

/// Looks like [`JPEG_QUALITY`] of JPEG.
const WEBP_QUALITY: u8 = 80;

/// One is drawn on while the other is encoded.
const CANVASES: usize = 2;

/// PDFium.
pub struct Pdfium(Library);

impl Pdfium {
    /// With the library that was loaded.
    #[must_use]
    pub fn new(library: Library) -> Self {
        Self(library)
    }
}

impl Engine for Pdfium {
    fn open(
        &self,
        file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened> {
        let opened = self.0.open(file, |document| work(&Opened(document)));
        opened.map_err(|error| {
            tracing::debug!(cause = ?error, "a document does not open");
            match error {
                dozo_pdf::Unopened::Encrypted => Unopened::Encrypted,
                dozo_pdf::Unopened::Damaged(_) => Unopened::Damaged,
            }
        })
    }

    fn fallen(&self) -> Option<Fallen> {
        crash::fallen().map(|fallen| Fallen { page: fallen.page })
    }
}

struct Opened<'a, 'b>(&'a dozo_pdf::Document<'b>);

/// A page that was drawn.
struct Drawn {
    canvas: Canvas,
    text: String,
    label: Option<String>,
}

impl Document for Opened<'_, '_> {
    fn pages(&self) -> u32 {
        self.0.pages()
    }

    fn make(
        &self,
        indices: &[u32],
        wanted: Wanted,
        take: &mut (dyn FnMut(u32, Option<Made>) -> bool + Send),
    ) {
        let (free, canvases) = mpsc::channel();
        for _ in 0..CANVASES {
            drop(free.send(Canvas::default()));
        }
        let (draw, drawn) = mpsc::sync_channel::<(u32, Option<Drawn>)>(CANVASES);
        thread::scope(|scope| {
            scope.spawn(move || {
                for (index, page) in drawn {
                    let made = page.and_then(|page| {
                        let made = encode(&page, wanted.format);
                        drop(free.send(page.canvas));
                        made
                    });
                    if !take(index, made) {
                        return;
                    }
                }
            });
            for index in indices {
                let page = self.draw(*index, wanted.size, &canvases);
                if draw.send((*index, page)).is_err() {
                    break;
                }
            }
            drop(draw);
        });
    }
}

impl Opened<'_, '_> {
    fn draw(&self, index: u32, size: u32, canvases: &mpsc::Receiver<Canvas>) -> Option<Drawn> {
        let page = self.0.page(index).ok()?;
        let mut canvas = canvases.try_recv().or_else(|_| canvases.recv()).ok()?;
        match page.draw(&mut canvas, size) {
            Ok(()) => Some(Drawn {
                canvas,
                text: page.text(),
                label: page.label().map(str::to_owned),
            }),
            Err(error) => {
                tracing::debug!(cause = ?error, index, "a page cannot be drawn");
                None
            }
        }
    }
}

fn encode(page: &Drawn, format: PageFormat) -> Option<Made> {
    let canvas = &page.canvas;
    let output = match format {
        PageFormat::Jpeg => Output::Jpeg {
            quality: JPEG_QUALITY,
        },
        PageFormat::Webp => Output::Webp {
            quality: WEBP_QUALITY,
        },
    };
    let image = raster(canvas).encode(output);
    let image = image.inspect_err(|error| tracing::warn!(cause = ?error, "a page is not encoded"));
    Some(Made {
        image: image.ok()?,
        width: canvas.width(),
        height: canvas.height(),
        text: page.text.clone(),
        label: page.label.clone(),
    })
}

/// What was drawn, for an encoder.
#[must_use]
pub fn raster(canvas: &Canvas) -> Raster<'_> {
    Raster {
        width: canvas.width(),
        height: canvas.height(),
        samples: if canvas.is_grey() {
            Samples::Grey
        } else {
            Samples::Bgrx
        },
        stride: canvas.stride(),
        pixels: canvas.pixels(),
    }
}
