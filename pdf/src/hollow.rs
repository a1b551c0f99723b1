//! Documents that open, and whose pages are not what they are about.

use crate::Document;

/// Why there is nothing of a document to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hollow {
    /// It has no pages, and is whole.
    WithoutPages,
    /// Its only page asks to wait for a form that a program other than a viewer of pages makes (dynamic XFA).
    DynamicForm,
    /// Its only page says which program shows the files that it holds.
    Portfolio,
}

/// What stands on the page that a program for portfolios makes, in whatever language.
const PROGRAMS: [&str; 2] = ["acrobat", "adobe reader"];

impl Document<'_> {
    /// Whether its pages are none, or stand for something else.
    ///
    /// A form in XML whose page has no field is nowhere but in the XML. (Those that have fields can be seen, and filled in, on
    /// the page.) Other covers of portfolios are pages as any.
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

    /// Whether it is a collection of files.
    #[must_use]
    pub fn is_portfolio(&self) -> bool {
        self.facts.is_portfolio
    }
}
