//! Switches off the text of hidden layers.
//!
//! PDFium decides which layers are hidden: by the document's settings, by conditions over several layers, and by nested
//! layers and forms. Its functions do not tell, but it does not draw hidden content. So text that may be in a layer is
//! drawn alone, in black on white, whatever its own style is (the invisible text behind a scan counts as text too).
//! Text that leaves no trace is hidden. Text within the same marks of a page is in the same layers, so only a few
//! objects of each group are drawn.

use std::collections::HashMap;
use std::ffi::{c_int, c_ulong};
use std::ptr::null_mut;

use super::page::{ViewedPage, ViewedText};
use crate::raw::{Handle, Rectangle};
use crate::text::words::{Characters, MOST_CHARACTERS};

/// `FPDF_PAGEOBJ_TEXT` and `FPDF_PAGEOBJ_FORM`.
const TEXT: c_int = 1;
const FORM: c_int = 5;

/// The maximum number of a page's objects that are examined, nested ones included.
const MOST_OBJECTS: usize = 100_000;

/// The maximum nesting of forms; PDFium draws no deeper.
const MOST_DEPTH: usize = 40;

/// The maximum number of drawings for a page; further text counts as visible. Each takes less than a millisecond.
const MOST_DRAWN: usize = 2_000;

/// The number of text objects that are drawn for each group.
const DRAWN_OF_EACH: usize = 3;

/// The name of a layer's mark: `OC` in UTF-16.
const MARK: [u16; 2] = [0x4f, 0x43];

/// `FPDF_TEXTRENDERMODE_FILL`.
const FILL: c_int = 0;

/// Text in the same layers has these in common: the form that contains it, and the marks around it.
type Group = (Handle, Vec<Handle>);

/// The objects that a page draws.
#[derive(Default)]
struct Found {
    texts: HashMap<Group, Vec<Handle>>,
    others: Vec<Handle>,
    left: usize,
}

impl ViewedPage<'_> {
    /// Switches off hidden text. Objects that are not text may be off afterwards, too.
    pub(super) fn switch_off_hidden(&self) {
        let mut found = Found {
            left: MOST_OBJECTS,
            ..Found::default()
        };
        for object in self.objects() {
            self.find(object, null_mut(), 0, &mut found);
        }
        let doubtful = |(form, marks): &Group| !form.is_null() || !marks.is_empty();
        if !found.texts.keys().any(doubtful) {
            return;
        }
        let Some(places) = self.places() else {
            return;
        };
        let all = found.texts.values().flatten().chain(&found.others);
        all.for_each(|object| self.switch(*object, false));
        let mut left = MOST_DRAWN;
        let hidden: Vec<_> = found
            .texts
            .iter()
            .filter(|(group, texts)| doubtful(group) && self.is_hidden(texts, &places, &mut left))
            .map(|(group, _)| group)
            .collect();
        for (group, texts) in &found.texts {
            if !hidden.contains(&group) {
                texts.iter().for_each(|text| self.switch(*text, true));
            }
        }
    }

    fn find(&self, object: Handle, form: Handle, depth: usize, found: &mut Found) {
        let Some(left) = found.left.checked_sub(1) else {
            return;
        };
        found.left = left;
        // SAFETY: objects live as long as their page is open; PDFium checks the index.
        match unsafe { (self.pdfium.FPDFPageObj_GetType)(object) } {
            TEXT => {
                let texts = found.texts.entry((form, self.layers(object)));
                texts.or_default().push(object);
            }
            FORM if depth < MOST_DEPTH => {
                let count = unsafe { (self.pdfium.FPDFFormObj_CountObjects)(object) };
                for index in 0..c_ulong::try_from(count).unwrap_or(0) {
                    let inner = unsafe { (self.pdfium.FPDFFormObj_GetObject)(object, index) };
                    if !inner.is_null() {
                        self.find(inner, object, depth + 1, found);
                    }
                }
            }
            _ => found.others.push(object),
        }
    }

    /// The layer marks around an object. PDFium has one mark for all objects within it.
    fn layers(&self, object: Handle) -> Vec<Handle> {
        // SAFETY: objects and their marks live as long as their page is open; PDFium checks the index.
        let count = unsafe { (self.pdfium.FPDFPageObj_CountMarks)(object) };
        (0..c_ulong::try_from(count).unwrap_or(0))
            .map(|index| unsafe { (self.pdfium.FPDFPageObj_GetMark)(object, index) })
            .filter(|mark| self.is_of_layer(*mark))
            .collect()
    }

    fn is_of_layer(&self, mark: Handle) -> bool {
        // There is room for the terminating zero.
        let mut name = [0_u16; 3];
        let (mut bytes, room): (c_ulong, c_ulong) = (0, 6);
        // SAFETY: the mark lives as long as the page is open, and `room` is the size of the buffer in bytes.
        let is_told = unsafe {
            let function = self.pdfium.FPDFPageObjMark_GetName;
            function(mark, name.as_mut_ptr(), room, &raw mut bytes)
        };
        is_told != 0 && bytes == room && name.starts_with(&MARK)
    }

    /// For each text object, the place of a character on the page that leaves a trace when it is drawn.
    fn places(&self) -> Option<HashMap<Handle, Rectangle>> {
        let words = ViewedText::load(self)?;
        let mut places = HashMap::new();
        for index in 0..words.count().min(MOST_CHARACTERS) {
            if let Some(object) = words.object(index)
                && !places.contains_key(&object)
                && words.code(index) > u32::from(b' ')
                && words.is_seen(index)
                && let Some(place) = words.place(index)
            {
                places.insert(object, place);
            }
        }
        Some(places)
    }

    /// Tells whether nothing is visible of these text objects, which are in the same layers. Objects without a place on
    /// the page are not counted.
    fn is_hidden(
        &self,
        texts: &[Handle],
        places: &HashMap<Handle, Rectangle>,
        left: &mut usize,
    ) -> bool {
        let placed = |text: &Handle| places.get(text).map(|place| (*text, place));
        let mut drawn = texts.iter().filter_map(placed).take(DRAWN_OF_EACH);
        let mut is_known = false;
        let is_seen = drawn.any(|(text, place)| {
            is_known = true;
            *left = left.saturating_sub(1);
            *left == 0 || self.leaves_trace(text, place)
        });
        is_known && !is_seen
    }

    fn leaves_trace(&self, text: Handle, place: &Rectangle) -> bool {
        self.switch(text, true);
        // SAFETY: objects live as long as their page is open.
        unsafe {
            (self.pdfium.FPDFTextObj_SetTextRenderMode)(text, FILL);
            (self.pdfium.FPDFPageObj_SetFillColor)(text, 0, 0, 0, u8::MAX.into());
        }
        let is_seen = self.shows(place, false);
        self.switch(text, false);
        is_seen
    }
}
