//! The thumbnails that are made before anybody asks for one: those of eager presets, in each of their densities and
//! formats.

use serde_json::json;

use crate::vocabulary::app::AppRecord;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::keys::Thumb;
use crate::vocabulary::preset::{Density, Preset, PresetName, Presets};

/// The most thumbnails of one picture that an app may have made ahead: eight presets in three formats. Each is a rendering
/// and an object of every picture, whether anybody asks for it or not.
pub const MOST: usize = 24;

/// A thumbnail that is made ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// The name of the preset.
    pub name: PresetName,
    /// Its key.
    pub thumb: Thumb,
    /// The density.
    pub density: Density,
    /// The format.
    pub format: OutputFormat,
    /// The preset at the thumbnail's density and in its format only, so that it says what the thumbnail looks like and
    /// nothing else.
    pub preset: Preset,
}

impl Ahead {
    /// Returns a preset's thumbnail in a density and a format, if it is made ahead.
    #[must_use]
    pub fn new(
        name: &PresetName,
        preset: &Preset,
        density: Density,
        format: OutputFormat,
    ) -> Option<Self> {
        let is_made = preset.is_made_ahead() && preset.formats.contains(&format);
        let at_density = preset.at(density).filter(|_| is_made)?;
        Some(Self {
            name: name.clone(),
            thumb: Thumb::new(name, density, format),
            density,
            format,
            preset: Preset {
                dpr: Density::ONE,
                eager: false,
                formats: vec![format],
                ..at_density
            },
        })
    }

    /// Returns all thumbnails of these presets that are made ahead.
    #[must_use]
    pub fn all(presets: &Presets) -> Vec<Self> {
        let each = presets.iter().flat_map(|(name, preset)| {
            let densities = (1..=preset.dpr.get()).filter_map(Density::new);
            densities.flat_map(move |density| {
                let formats = preset.formats.iter();
                formats.filter_map(move |format| Self::new(name, preset, density, *format))
            })
        });
        each.collect()
    }
}

/// Returns whether any thumbnail is made ahead for an app.
#[must_use]
pub fn is_any(app: &AppRecord) -> bool {
    app.presets.values().any(Preset::is_made_ahead)
}

/// Returns a digest of what is made ahead for an app, and of how. Registrations with the same one have the same thumbnails.
#[must_use]
pub fn digest(app: &AppRecord) -> FileDigest {
    let all = Ahead::all(&app.presets);
    let all: Vec<_> = all.iter().map(|one| (&one.name, &one.preset)).collect();
    FileDigest::of(json!([app.previews, all]).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presets(text: &str) -> Presets {
        serde_json::from_str(text).unwrap()
    }

    const CARD: &str = r#"{"card": {"fit": "cover", "width": 32, "height": 24, "blur": 3, "eager": true, "dpr": 2,
        "formats": ["webp", "jpg"]}, "wide": {"fit": "inside", "width": 90, "height": 9, "formats": ["jpg"]}}"#;

    #[test]
    fn each_density_and_format_of_an_eager_preset_is_made() {
        let made = Ahead::all(&presets(CARD));
        let made: Vec<_> = made
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.preset.width,
                    one.preset.blur,
                    one.format,
                )
            })
            .collect();
        assert_eq!(
            made,
            [
                ("card", 32, 3, OutputFormat::Webp),
                ("card", 32, 3, OutputFormat::Jpg),
                ("card", 64, 6, OutputFormat::Webp),
                ("card", 64, 6, OutputFormat::Jpg)
            ]
        );
        let marked = CARD.replace(
            r#""eager": true"#,
            r#""eager": true, "watermark": {"media": "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc", "position": "top", "opacity": 9, "scale": 9}"#,
        );
        assert_eq!(Ahead::all(&presets(&marked)), []);
    }

    #[test]
    fn keys_differ_by_name_density_and_format() {
        let mut text = CARD.to_owned();
        text = text.replace(
            r#""height": 9,"#,
            r#""height": 9, "eager": true, "dpr": 4,"#,
        );
        let all = Ahead::all(&presets(&text));
        let keys: std::collections::BTreeSet<_> = all.iter().map(|one| one.thumb).collect();
        assert_eq!((all.len(), keys.len()), (8, 8));
    }
}
