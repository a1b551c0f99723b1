//! The manifest of a document, with which IIIF viewers page through it: one canvas per page, in order, with its image
//! service and its text.
//!
//! Its ids are URLs, as the standard requires, so [`readdress`] rewrites it when its media moves. Its label and its summary
//! are the title and the alternative text that the app gives, so [`retell`] rewrites it when these change.
//! <https://iiif.io/api/presentation/3.0/>

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::page_result::PageResult;
use crate::platform::error::Error;
use crate::vocabulary::keys::Item;
use crate::vocabulary::keys::render::{Picture, RenderPath};
use crate::vocabulary::names::{AppId, FileName, MediaId, Visibility};
use crate::vocabulary::page::Reading;
use crate::vocabulary::record::MediaRecord;

/// The media type that the standard recommends.
pub(super) const CONTENT_TYPE: &str =
    "application/ld+json;profile=\"http://iiif.io/api/presentation/3/context.json\"";

/// The canvas size of broken pages if no page has a size: A4 portrait.
const BLANK: (u32, u32) = (1_131, 1_600);

/// The summary of a portfolio.
const PORTFOLIO: &str =
    "This PDF is a portfolio. The files in it are not shown here: they are in the original.";

#[derive(Serialize)]
struct Manifest {
    #[serde(rename = "@context")]
    context: &'static str,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    label: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thumbnail: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Value>,
    rendering: Vec<Value>,
    #[serde(rename = "viewingDirection", skip_serializing_if = "Option::is_none")]
    viewing_direction: Option<&'static str>,
    behavior: [&'static str; 1],
    items: Vec<Value>,
}

/// Writes the manifest of a document. `pages` are all of its pages, in order.
///
/// # Errors
/// Returns [`Error::Answer`] if it cannot be written as JSON, which never happens.
pub(super) fn write(
    base: &str,
    record: &MediaRecord,
    pages: &[PageResult],
) -> Result<Vec<u8>, Error> {
    let site = Site { base, record };
    let size = pages.iter().find_map(|page| page.size).unwrap_or(BLANK);
    let first = pages.iter().find(|page| page.size.is_some());
    let reading = record.content.as_ref().map(|content| content.reading);
    let reading = reading.unwrap_or_default();
    let manifest = Manifest {
        context: "http://iiif.io/api/presentation/3/context.json",
        id: site.object(Item::Manifest),
        kind: "Manifest",
        label: label(record),
        thumbnail: first
            .map(|page| vec![site.image(page, size, "!400,400")])
            .unwrap_or_default(),
        summary: summary(record),
        rendering: record.content.as_ref().map_or_else(Vec::new, |content| {
            vec![json!({
                "id": site.object(Item::Original(content.format)),
                "type": "Text",
                "label": {"en": ["Original PDF"]},
                "format": content.format.content_type(),
            })]
        }),
        viewing_direction: reading.right_to_left.then_some("right-to-left"),
        behavior: [behavior(reading, pages.len())],
        items: pages.iter().map(|page| site.canvas(page, size)).collect(),
    };
    serde_json::to_vec(&manifest).map_err(Error::Answer)
}

/// Returns the title that the app gives, or else the file's name.
fn label(record: &MediaRecord) -> Value {
    let name = record.file_name.as_ref().map_or("", FileName::as_str);
    let title = record.description.title.as_deref();
    json!({"none": [title.unwrap_or(name)]})
}

/// Returns the alternative text that the app gives, and what a reader of a portfolio has to know.
fn summary(record: &MediaRecord) -> Option<Value> {
    let content = record.content.as_ref();
    let is_portfolio = content.is_some_and(|content| content.reading.portfolio);
    let mut texts = Map::new();
    if let Some(alt) = &record.description.alt {
        texts.insert("none".to_owned(), json!([alt]));
    }
    if is_portfolio {
        texts.insert("en".to_owned(), json!([PORTFOLIO]));
    }
    (!texts.is_empty()).then(|| texts.into())
}

/// Returns whether a manifest says the same of these two records.
#[must_use]
pub(crate) fn says_the_same(one: &MediaRecord, other: &MediaRecord) -> bool {
    label(one) == label(other) && summary(one) == summary(other)
}

/// Returns the manifest with what the app says now; `None` if it says so already.
///
/// # Errors
/// Returns [`Error::Answer`] if the manifest is not one of ours.
pub(crate) fn retell(manifest: &[u8], record: &MediaRecord) -> Result<Option<Vec<u8>>, Error> {
    let before: Map<String, Value> = serde_json::from_slice(manifest).map_err(Error::Answer)?;
    let mut after = before.clone();
    after.insert("label".to_owned(), label(record));
    match summary(record) {
        Some(summary) => after.insert("summary".to_owned(), summary),
        None => after.remove("summary"),
    };
    if after == before {
        return Ok(None);
    }
    serde_json::to_vec(&after).map(Some).map_err(Error::Answer)
}

/// Returns the manifest's `behavior`. With `paged`, viewers show the first page alone and then two at a time, which
/// suits books but not slides.
/// <https://iiif.io/api/presentation/3.0/#behavior>
fn behavior(reading: Reading, pages: usize) -> &'static str {
    if reading.two_pages && pages > 1 {
        "paged"
    } else {
        "individuals"
    }
}

/// Builds the URLs of one media.
struct Site<'a> {
    base: &'a str,
    record: &'a MediaRecord,
}

impl Site<'_> {
    fn canvas(&self, page: &PageResult, blank: (u32, u32)) -> Value {
        let (width, height) = page.size.unwrap_or(blank);
        let number = page.page;
        let id = format!("{}/canvas/{number}", self.object(Item::Manifest));
        let label = page.label.clone();
        let label = label.unwrap_or_else(|| number.get().to_string());
        let mut canvas = json!({
            "id": id,
            "type": "Canvas",
            "label": {"none": [label]},
            "width": width,
            "height": height,
        });
        let (items, rest) = if page.size.is_some() {
            let painting = json!([{
                "id": format!("{id}/page"),
                "type": "AnnotationPage",
                "items": [{
                    "id": format!("{id}/image"),
                    "type": "Annotation",
                    "motivation": "painting",
                    "body": self.image(page, blank, "max"),
                    "target": id,
                }],
            }]);
            let text = json!([{
                "id": self.object(Item::Text(number)),
                "type": "Text",
                "label": {"en": ["Text of the page"]},
                "format": "text/plain",
            }]);
            (painting, ("seeAlso", text))
        } else {
            let why = json!({"en": ["This page of the document is broken and cannot be shown."]});
            (json!([]), ("summary", why))
        };
        if let Some(canvas) = canvas.as_object_mut() {
            canvas.insert("items".to_owned(), items);
            canvas.insert(rest.0.to_owned(), rest.1);
        }
        canvas
    }

    /// Describes the page's image in this size, with the image service that provides all other sizes.
    fn image(&self, page: &PageResult, blank: (u32, u32), size: &str) -> Value {
        let (width, height) = page.size.unwrap_or(blank);
        let service = RenderPath::Base(self.record.subject(), Picture::Page(page.page));
        let service = format!("{}{service}", self.base);
        let mut image = json!({
            "id": format!("{service}/full/{size}/0/default.jpg"),
            "type": "Image",
            "format": "image/jpeg",
            "service": [{"id": service, "type": "ImageService3", "profile": "level2"}],
        });
        if let Some(image) = image.as_object_mut().filter(|_| size == "max") {
            image.insert("width".to_owned(), json!(width));
            image.insert("height".to_owned(), json!(height));
        }
        image
    }

    fn object(&self, item: Item) -> String {
        format!("{}/{}", self.base, self.record.delivered(item))
    }
}

/// Rewrites a manifest's URLs for another visibility of its media; nothing else changes.
///
/// Each of our URLs in it contains visibility, app and media in a row, each between slashes, and no label looks like a
/// media's id.
#[must_use]
pub(crate) fn readdress(manifest: &str, app: &AppId, media: &MediaId, to: Visibility) -> String {
    let segments = |visibility: Visibility| format!("/{}/{app}/{media}/", visibility.as_str());
    manifest.replace(&segments(to.other()), &segments(to))
}
