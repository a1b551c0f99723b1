//! PDFium as the engine for documents: one thread draws a page while another encodes the one drawn before.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use dozo::stages::split::engine::{About, Crashed, Document, Engine, File, Made, Unopened, Wanted};
use dozo::vocabulary::page::{PageFormat, Reading};
use dozo::vocabulary::rejection::{Lock, Reason};
use dozo_codecs::render::Output;
use dozo_pdf::{Canvas, Hollow, Library, LoadError, crash};

/// Text stays crisp, and a page of text takes a quarter of a megabyte.
const JPEG_QUALITY: u8 = 85;

/// Looks like a JPEG of [`JPEG_QUALITY`].
const WEBP_QUALITY: u8 = 80;

/// Number of canvases: one is drawn on while the other is encoded.
const CANVASES: usize = 2;

/// PDFium.
pub struct Pdfium(Library);

impl Pdfium {
    /// Loads PDFium from this directory, which is that of the function's package.
    ///
    /// # Errors
    /// [`LoadError`] if the package is incomplete.
    pub fn load(task_root: &Path) -> Result<Self, LoadError> {
        Library::load(task_root).map(Self)
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
            tracing::debug!(cause = ?error, "a document cannot be opened");
            match error {
                dozo_pdf::Unopened::Encrypted(lock) => Unopened::Encrypted(match lock {
                    dozo_pdf::Lock::Password => Lock::Password,
                    dozo_pdf::Lock::Certificate => Lock::Certificate,
                    dozo_pdf::Lock::Unknown => Lock::Unknown,
                }),
                dozo_pdf::Unopened::Damaged(_) => Unopened::Damaged,
            }
        })
    }

    fn crashed(&self) -> Option<Crashed> {
        crash::crashed().map(|crashed| Crashed { page: crashed.page })
    }
}

struct Opened<'a, 'b>(&'a dozo_pdf::Document<'b>);

/// The text of a page, and its label.
struct Words {
    text: String,
    label: Option<String>,
}

/// A page that was drawn.
struct Drawn {
    canvas: Canvas,
    words: Words,
}

impl Document for Opened<'_, '_> {
    fn about(&self) -> About {
        let reading = self.0.reading();
        About {
            pages: self.0.pages(),
            reading: Reading {
                right_to_left: reading.right_to_left,
                two_pages: reading.two_pages,
                portfolio: self.0.is_portfolio(),
            },
            refusal: self.0.hollow().map(|hollow| match hollow {
                Hollow::WithoutPages => Reason::WithoutPages,
                Hollow::DynamicForm => Reason::DynamicForm,
                Hollow::Portfolio => Reason::Portfolio,
            }),
        }
    }

    fn make(
        &self,
        indices: &mut (dyn Iterator<Item = u32> + Send),
        wanted: Wanted,
        take: &mut (dyn FnMut(u32, Option<Made>) -> bool + Send),
    ) {
        let (free, canvases) = mpsc::channel();
        for _ in 0..CANVASES {
            drop(free.send(Canvas::default()));
        }
        let (draw, drawn) = mpsc::sync_channel::<(u32, Option<Drawn>)>(CANVASES);
        thread::scope(|scope| {
            let encoder = scope.spawn(move || {
                let mut encoding = Duration::ZERO;
                for (index, page) in drawn {
                    let begun = Instant::now();
                    let made = page.and_then(|page| {
                        let made = encode(&page, wanted.format);
                        drop(free.send(page.canvas));
                        made
                    });
                    encoding += begun.elapsed();
                    if !take(index, made) {
                        break;
                    }
                }
                encoding
            });
            let (pages, drawing) = self.draw_all(indices, wanted.size, &canvases, &draw);
            drop(draw);
            if let Ok(encoding) = encoder.join() {
                let (drawing_ms, encoding_ms) = (milliseconds(drawing), milliseconds(encoding));
                tracing::info!(pages, drawing_ms, encoding_ms, "pages were rendered");
            }
        });
    }
}

impl Opened<'_, '_> {
    /// Draws pages on canvases as these become free, and sends them on. Returns the number of pages and the drawing
    /// time, which includes waiting for bytes of the document, but not waiting for canvases.
    fn draw_all(
        &self,
        indices: &mut dyn Iterator<Item = u32>,
        size: u32,
        canvases: &mpsc::Receiver<Canvas>,
        draw: &mpsc::SyncSender<(u32, Option<Drawn>)>,
    ) -> (u64, Duration) {
        let (mut pages, mut drawing) = (0, Duration::ZERO);
        let mut spare = None;
        // No canvas arrives once the encoder has ended.
        while let Some(mut canvas) = spare.take().or_else(|| canvases.recv().ok()) {
            let Some(index) = indices.next() else {
                break;
            };
            let begun = Instant::now();
            let words = self.draw(index, size, &mut canvas);
            drawing += begun.elapsed();
            pages += 1;
            let page = match words {
                Some(words) => Some(Drawn { canvas, words }),
                None => {
                    spare = Some(canvas);
                    None
                }
            };
            if draw.send((index, page)).is_err() {
                break;
            }
        }
        (pages, drawing)
    }

    fn draw(&self, index: u32, size: u32, canvas: &mut Canvas) -> Option<Words> {
        let page = self.0.page(index).ok()?;
        match page.draw(canvas, size) {
            Ok(()) => Some(Words {
                text: page.text(),
                label: page.label().map(str::to_owned),
            }),
            Err(error) => {
                tracing::debug!(cause = ?error, index, "a page cannot be rendered");
                None
            }
        }
    }
}

/// Converts to a number that the log supports; it has no 128-bit numbers.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
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
    let image = canvas.raster().encode(output);
    let image =
        image.inspect_err(|error| tracing::warn!(cause = ?error, "a page cannot be encoded"));
    Some(Made {
        image: image.ok()?,
        width: canvas.width(),
        height: canvas.height(),
        text: page.words.text.clone(),
        label: page.words.label.clone(),
    })
}
