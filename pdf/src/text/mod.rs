//! Extracts the text of a page.

pub(crate) mod words;

use pdfium_render::prelude::{PdfPage, PdfPageAnnotationType, PdfPageTextChars, PdfRect};

use crate::raw::Rectangle;
use words::{Characters, text_of};

/// The text of a page's content, as PDFium reports it.
pub(crate) fn of_content(page: &PdfPage<'_>) -> String {
    let Ok(text) = page.text() else {
        return String::new();
    };
    let page_box = page
        .boundaries()
        .bounding()
        .map(|found| rectangle(&found.bounds));
    text_of(&Content {
        characters: text.chars(),
        page_box: page_box.ok(),
    })
}

/// Tells whether the page has annotations that may show text of their own; links and text markup do not count.
pub(crate) fn has_more_words(page: &PdfPage<'_>) -> bool {
    page.annotations().iter().any(|annotation| {
        !matches!(
            annotation.annotation_type(),
            PdfPageAnnotationType::Link
                | PdfPageAnnotationType::Popup
                | PdfPageAnnotationType::Highlight
                | PdfPageAnnotationType::Underline
                | PdfPageAnnotationType::Squiggly
                | PdfPageAnnotationType::Strikeout
                | PdfPageAnnotationType::Ink
        )
    })
}

struct Content<'a> {
    characters: PdfPageTextChars<'a>,
    page_box: Option<Rectangle>,
}

impl Characters for Content<'_> {
    fn count(&self) -> usize {
        self.characters.len()
    }

    fn code(&self, index: usize) -> u32 {
        let character = self.characters.get(index);
        character.map_or(0, |character| character.unicode_value())
    }

    fn is_hyphen(&self, index: usize) -> bool {
        let character = self.characters.get(index);
        character.is_ok_and(|character| character.is_hyphen().unwrap_or(false))
    }

    fn is_seen(&self, index: usize) -> bool {
        let character = self.characters.get(index).ok();
        let place = character.and_then(|character| character.tight_bounds().ok());
        match (place, &self.page_box) {
            (Some(place), Some(page_box)) => rectangle(&place).touches(page_box),
            _ => true,
        }
    }
}

fn rectangle(found: &PdfRect) -> Rectangle {
    Rectangle {
        left: found.left().value,
        top: found.top().value,
        right: found.right().value,
        bottom: found.bottom().value,
    }
}
