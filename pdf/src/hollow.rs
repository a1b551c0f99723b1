//! Recognizes documents that open but whose pages are not their real content.

use crate::Document;

/// The reason why a document has nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hollow {
    /// It has no pages, and is intact.
    WithoutPages,
    /// Its only page is a placeholder for a form that only some programs build (dynamic XFA).
    DynamicForm,
    /// Its only page names the program that shows the files it holds.
    Portfolio,
}

/// Text on the cover page that a program for portfolios makes, in whatever language.
const PROGRAMS: [&str; 2] = ["acrobat", "adobe reader"];

impl Document<'_> {
    /// Tells whether the document has no pages, or only a placeholder.
    ///
    /// An XFA form whose page has no field exists only in its XML. (If the page has fields, the form can be seen and
    /// filled in there.) Other covers of portfolios count as ordinary pages.
    #[must_use]
    pub fn hollow(&self) -> Option<Hollow> {
        match self.pages() {
            0 => self.facts.is_without_pages.then_some(Hollow::WithoutPages),
            1 if self.opened.has_xfa() => {
                let page = self.page(0).ok()?;
                (!page.has_field()).then_some(Hollow::DynamicForm)
            }
            1 if self.is_portfolio() => {
                let text = self.page(0).ok()?.text().to_lowercase();
                let names_program = PROGRAMS.iter().any(|program| text.contains(program));
                names_program.then_some(Hollow::Portfolio)
            }
            _ => None,
        }
    }

    /// Tells whether the document is a collection of files.
    #[must_use]
    pub fn is_portfolio(&self) -> bool {
        self.facts.is_portfolio
    }
}
