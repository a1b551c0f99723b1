//! The fonts by which the text of drawings is drawn.

use std::path::PathBuf;
use std::sync::Arc;

use resvg::usvg::fontdb::{Database, Family, ID, Query, Stretch, Style, Weight};
use resvg::usvg::{Font, FontFamily, FontResolver, FontStretch, FontStyle};

/// The families that ship: those that PDFium has, too.
const SERIF: &str = "Liberation Serif";
const SANS: &str = "Liberation Sans";
const MONOSPACE: &str = "Liberation Mono";

/// The family that is drawn, and the names in lower case of those that it stands in for, which have similar letters.
const OTHERS: &[(&str, &[&str])] = &[
    (
        SERIF,
        &[
            "times new roman",
            "times",
            "georgia",
            "cambria",
            "garamond",
            "dejavu serif",
            "noto serif",
        ],
    ),
    (
        MONOSPACE,
        &[
            "courier new",
            "courier",
            "consolas",
            "menlo",
            "monaco",
            "dejavu sans mono",
            "noto sans mono",
        ],
    ),
];

/// A directory of fonts. They are read only when a drawing has text.
#[derive(Debug, Clone, Default)]
pub struct Fonts {
    directory: Option<PathBuf>,
}

impl Fonts {
    /// Takes all fonts of a directory; without one, drawings with text are refused.
    #[must_use]
    pub fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// Reads the fonts. Returns `None` if there is none.
    pub(super) fn read(&self) -> Option<Arc<Database>> {
        let directory = self.directory.as_ref()?;
        let mut files: Vec<_> = std::fs::read_dir(directory)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        // The order decides which font is taken for a letter that the wanted one does not have.
        files.sort_by_key(|path| std::cmp::Reverse(path.clone()));
        let mut database = Database::new();
        for file in files {
            if let Ok(bytes) = std::fs::read(file) {
                database.load_font_data(bytes);
            }
        }
        database.set_serif_family(SERIF);
        database.set_sans_serif_family(SANS);
        database.set_monospace_family(MONOSPACE);
        database.set_cursive_family(SERIF);
        database.set_fantasy_family(SANS);
        (!database.is_empty()).then(|| Arc::new(database))
    }
}

/// Chooses fonts as a browser does that has only these. For a family with an unknown name it takes the one without serifs,
/// because most families have none.
pub(super) fn resolver() -> FontResolver<'static> {
    FontResolver {
        select_font: Box::new(|font, database| select(font, database)),
        select_fallback: FontResolver::default_fallback_selector(),
    }
}

fn select(font: &Font, database: &Database) -> Option<ID> {
    let mut families: Vec<_> = font.families().iter().filter_map(family).collect();
    families.push(Family::Name(SANS));
    database.query(&Query {
        families: &families,
        weight: Weight(font.weight()),
        stretch: match font.stretch() {
            FontStretch::UltraCondensed => Stretch::UltraCondensed,
            FontStretch::ExtraCondensed => Stretch::ExtraCondensed,
            FontStretch::Condensed => Stretch::Condensed,
            FontStretch::SemiCondensed => Stretch::SemiCondensed,
            FontStretch::Normal => Stretch::Normal,
            FontStretch::SemiExpanded => Stretch::SemiExpanded,
            FontStretch::Expanded => Stretch::Expanded,
            FontStretch::ExtraExpanded => Stretch::ExtraExpanded,
            FontStretch::UltraExpanded => Stretch::UltraExpanded,
        },
        style: match font.style() {
            FontStyle::Normal => Style::Normal,
            FontStyle::Italic => Style::Italic,
            FontStyle::Oblique => Style::Oblique,
        },
    })
}

/// Returns what is drawn for a family, or `None` for one that is not known.
fn family(named: &FontFamily) -> Option<Family<'_>> {
    match named {
        FontFamily::Serif => Some(Family::Serif),
        FontFamily::SansSerif => Some(Family::SansSerif),
        FontFamily::Cursive => Some(Family::Cursive),
        FontFamily::Fantasy => Some(Family::Fantasy),
        FontFamily::Monospace => Some(Family::Monospace),
        FontFamily::Named(name) => {
            let lower = name.to_lowercase();
            let known = OTHERS.iter().find(|(_, names)| names.contains(&&*lower));
            Some(known.map_or(Family::Name(name), |(family, _)| Family::Name(family)))
        }
    }
}
