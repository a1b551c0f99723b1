//! Languages of sound and captions: tags of RFC 5646 (BCP 47), in a bounded part of its grammar.
//!
//! A tag has a language, and may have a script, a region and variants: `de`, `pt-BR`, `zh-Hant-TW`, `de-1996`. Extensions,
//! private tags and those from before the grammar are refused: no player knows them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The maximum length of a tag in bytes, RFC 5646, 4.4.1.
const MAX: usize = 35;

/// A tag in the usual case: `zh-Hant-TW`. It is small, so that keys with it can be copied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language {
    bytes: [u8; MAX],
    length: u8,
}

/// The language of what is in no language, or in an unknown one (ISO 639-2).
const UNKNOWN: &str = "und";

impl Language {
    /// Returns the tag for an unknown language, `und`.
    #[must_use]
    pub fn unknown() -> Self {
        Self::from_text(UNKNOWN).unwrap_or(Self {
            bytes: [0; MAX],
            length: 0,
        })
    }

    /// Returns whether the language is unknown.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.as_str() == UNKNOWN
    }

    /// Parses a tag in any case. A code of three letters that has one of two letters becomes that one, as RFC 5646
    /// (2.2.1) demands.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut subtags = text.split('-');
        let primary = subtags.next().filter(|tag| is_letters(tag, 2..=3))?;
        let primary = primary.to_ascii_lowercase();
        let mut tag = two_letters(&primary).unwrap_or(&primary).to_owned();
        // Each part may follow only the parts before it in this order.
        let mut rank = 0;
        for subtag in subtags {
            let (part, written) = part(subtag)?;
            if part < rank || (part == rank && part < VARIANT) {
                return None;
            }
            rank = part;
            tag.push('-');
            tag.push_str(&written);
        }
        Self::from_text(&tag)
    }

    /// Returns the tag in the usual case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length));
        std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// Returns the name of the language in itself, with the rest of the tag behind it: `Português (BR)`. A language that
    /// is not in the table is named by its tag.
    #[must_use]
    pub fn name(&self) -> String {
        let tag = self.as_str();
        let (primary, rest) = tag.split_once('-').unwrap_or((tag, ""));
        let known = NAMES.iter().find(|(known, _)| *known == primary);
        match (known, rest) {
            (None, _) => tag.to_owned(),
            (Some((_, name)), "") => (*name).to_owned(),
            (Some((_, name)), rest) => format!("{name} ({rest})"),
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut bytes = [0; MAX];
        bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        Some(Self {
            bytes,
            length: u8::try_from(text.len()).ok()?,
        })
    }
}

/// The rank of variants, of which a tag may have several.
const VARIANT: u8 = 3;

/// Returns the rank of a subtag after the language (script, region, variant), and the subtag in its usual case.
fn part(subtag: &str) -> Option<(u8, String)> {
    let is_digits = subtag.bytes().all(|byte| byte.is_ascii_digit());
    let is_alphanumeric = subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let begins_with_digit = subtag.starts_with(|c: char| c.is_ascii_digit());
    match subtag.len() {
        4 if is_letters(subtag, 4..=4) => {
            let (first, rest) = subtag.split_at_checked(1)?;
            let script = first.to_ascii_uppercase() + &rest.to_ascii_lowercase();
            Some((1, script))
        }
        2 if is_letters(subtag, 2..=2) => Some((2, subtag.to_ascii_uppercase())),
        3 if is_digits => Some((2, subtag.to_owned())),
        4 if begins_with_digit && is_alphanumeric => Some((VARIANT, subtag.to_ascii_lowercase())),
        5..=8 if is_alphanumeric => Some((VARIANT, subtag.to_ascii_lowercase())),
        _ => None,
    }
}

fn is_letters(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn two_letters(three: &str) -> Option<&'static str> {
    let mut words = ISO_639.split(' ');
    while let (Some(long), Some(short)) = (words.next(), words.next()) {
        if long == three {
            return Some(short);
        }
    }
    None
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl JsonSchema for Language {
    fn schema_name() -> Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A language tag (BCP 47) such as `de`, `pt-BR` or `zh-Hant`, without extensions; `und` stands for none.",
            "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
            "maxLength": MAX,
        })
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a language tag"))
    }
}

/// The codes of ISO 639-2, terminological and bibliographic, each before its code of ISO 639-1.
/// <https://www.loc.gov/standards/iso639-2/php/code_list.php>
const ISO_639: &str = "aar aa abk ab afr af aka ak alb sq amh am ara ar arg an arm hy asm as ava av ave ae aym ay aze az \
    bak ba bam bm baq eu bel be ben bn bih bh bis bi bod bo bos bs bre br bul bg bur my cat ca ces cs \
    cha ch che ce chi zh chu cu chv cv cor kw cos co cre cr cym cy cze cs dan da deu de div dv dut nl \
    dzo dz ell el eng en epo eo est et eus eu ewe ee fao fo fas fa fij fj fin fi fra fr fre fr fry fy \
    ful ff geo ka ger de gla gd gle ga glg gl glv gv gre el grn gn guj gu hat ht hau ha heb he her hz \
    hin hi hmo ho hrv hr hun hu hye hy ibo ig ice is ido io iii ii iku iu ile ie ina ia ind id ipk ik \
    isl is ita it jav jv jpn ja kal kl kan kn kas ks kat ka kau kr kaz kk khm km kik ki kin rw kir ky \
    kom kv kon kg kor ko kua kj kur ku lao lo lat la lav lv lim li lin ln lit lt ltz lb lub lu lug lg \
    mac mk mah mh mal ml mao mi mar mr may ms mkd mk mlg mg mlt mt mon mn mri mi msa ms mya my nau na \
    nav nv nbl nr nde nd ndo ng nep ne nld nl nno nn nob nb nor no nya ny oci oc oji oj ori or orm om \
    oss os pan pa per fa pli pi pol pl por pt pus ps que qu roh rm ron ro rum ro run rn rus ru sag sg \
    san sa sin si slk sk slo sk slv sl sme se smo sm sna sn snd sd som so sot st spa es sqi sq srd sc \
    srp sr ssw ss sun su swa sw swe sv tah ty tam ta tat tt tel te tgk tg tgl tl tha th tib bo tir ti \
    ton to tsn tn tso ts tuk tk tur tr twi tw uig ug ukr uk urd ur uzb uz ven ve vie vi vol vo wel cy \
    wln wa wol wo xho xh yid yi yor yo zha za zho zh zul zu";

/// The names of languages in themselves, by their tags.
const NAMES: &[(&str, &str)] = &[
    ("ar", "العربية"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("eu", "Euskara"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("ga", "Gaeilge"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("is", "Íslenska"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("ms", "Bahasa Melayu"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("sr", "Српски"),
    ("sv", "Svenska"),
    ("ta", "தமிழ்"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_written_in_their_usual_case() {
        for (given, tag) in [
            ("de", Some("de")),
            ("ENG", Some("en")),
            ("ger", Some("de")),
            ("deu", Some("de")),
            ("gsw", Some("gsw")),
            ("und", Some("und")),
            ("pt-br", Some("pt-BR")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("de-1996", Some("de-1996")),
            ("sl-rozaj-biske", Some("sl-rozaj-biske")),
            ("", None),
            ("d", None),
            ("deutsch", None),
            ("de_DE", None),
            ("de-", None),
            ("-de", None),
            ("de-DE-Latn", None),
            ("de-DE-AT", None),
            ("x-klingon", None),
            ("en-u-ca-gregory", None),
            ("de/../x", None),
            ("dé", None),
            ("sl-rozaj-biske-1994-abcdefgh-ijklmnop", None),
        ] {
            let parsed = Language::parse(given);
            assert_eq!(parsed.as_ref().map(Language::as_str), tag, "{given}");
        }
    }

    #[test]
    fn a_language_is_called_as_its_speakers_call_it() {
        let name = |tag| Language::parse(tag).map(|language| language.name());
        assert_eq!(name("de").as_deref(), Some("Deutsch"));
        assert_eq!(name("por-br").as_deref(), Some("Português (BR)"));
        assert_eq!(name("gsw").as_deref(), Some("gsw"));
        assert!(Language::unknown().is_unknown());
    }

    proptest! {
        #[test]
        fn a_tag_is_parsed_as_it_prints(text in "[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8}){0,4}|\\PC{0,12}") {
            if let Some(parsed) = Language::parse(&text) {
                let printed = parsed.to_string();
                prop_assert!(printed.len() <= MAX && printed.is_ascii());
                prop_assert_eq!(Language::parse(&printed), Some(parsed));
                prop_assert_eq!(Language::parse(&printed.to_lowercase()), Some(parsed));
            }
        }
    }
}
