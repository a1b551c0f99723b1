//! The parameters of the query string by which a caller asks for a list, each checked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{ById, unusable};
use crate::platform::http::Call;
use crate::platform::problem::Problem;
use crate::vocabulary::description::{MOST_FIELD_BYTES, MOST_TAG};
use crate::vocabulary::keys::listed::{Cursor, Facet, Position, Rest};
use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{MediaId, UploadId};

/// The parameters that are no field of metadata.
const KNOWN: [&str; 8] = [
    "upload",
    "state",
    "kind",
    "tag",
    "created_from",
    "created_before",
    "order",
    "after",
];

/// How a parameter begins that names a field of metadata.
const METADATA: &str = "metadata.";

/// A list that is asked for, and where it goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// A list in the order of ids.
    ById(ById, Option<MediaId>),
    /// A list of the newest first.
    ByEntries(Filters, Option<Cursor>),
}

/// The properties that all media of a list have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filters {
    state: Option<Rest>,
    kind: Option<Kind>,
    tag: Option<String>,
    fields: BTreeMap<String, String>,
    created_from: Option<Timestamp>,
    created_before: Option<Timestamp>,
}

impl Query {
    /// Reads the parameters of a call.
    ///
    /// # Errors
    /// 400 with the parameter's name.
    pub(super) fn read(call: &Call) -> Result<Self, Problem> {
        let given: BTreeMap<&str, &str> = call.queries().collect();
        for (name, value) in &given {
            if !KNOWN.contains(name) && !name.starts_with(METADATA) {
                return unusable(
                    name,
                    "Give upload, state, kind, tag, metadata.{field}, created_from, created_before, order or after.",
                );
            }
            if value.len() > MOST_FIELD_BYTES {
                return unusable(name, &format!("Give at most {MOST_FIELD_BYTES} bytes."));
            }
        }
        match by_id(&given)? {
            Some(by_id) => Ok(Self::ById(by_id, after_media(&given)?)),
            None => Ok(Self::ByEntries(filters(&given)?, after_entry(&given)?)),
        }
    }
}

/// Returns the list in the order of ids that is asked for, if it is one.
fn by_id(given: &BTreeMap<&str, &str>) -> Result<Option<ById>, Problem> {
    let oldest_first = match given.get("order").copied() {
        Some("oldest") => true,
        Some("newest") | None => false,
        Some(_) => return unusable("order", "Give newest or oldest."),
    };
    let others = |wanted: &str| {
        let mut names = given.keys().copied();
        names.find(|name| ![wanted, "order", "after"].contains(name))
    };
    if let Some(upload) = given.get("upload") {
        if others("upload").is_some() {
            return unusable(
                "upload",
                "Give either upload=… or the other parameters: the media of one upload are listed whole.",
            );
        }
        if given.get("order").is_some_and(|order| *order == "newest") {
            return unusable(
                "order",
                "Leave it out: the media of one upload are listed in the order of their ids.",
            );
        }
        let upload = UploadId::parse(upload)
            .map_err(|error| Problem::invalid("upload", format!("{error}.")))?;
        return Ok(Some(ById::Upload(upload)));
    }
    let by_mark = match given.get("state").copied() {
        Some("failed") => Some(ById::Failed),
        Some("suspended") => Some(ById::Suspended),
        Some("stuck") => Some(ById::Stuck),
        Some(_) | None => None,
    };
    let is_alone = others("state").is_none();
    let asks_for_order = given.contains_key("order");
    match by_mark {
        Some(ById::Stuck) if !is_alone || asks_for_order && !oldest_first => unusable(
            "state",
            "Give state=stuck by itself: it is listed in the order of ids, by nothing else.",
        ),
        Some(by_mark) if is_alone && (oldest_first || !asks_for_order) => Ok(Some(by_mark)),
        None if oldest_first && is_alone && !given.contains_key("state") => Ok(Some(ById::All)),
        Some(_) | None if oldest_first => unusable(
            "order",
            "Leave order=oldest out: with these parameters, only the newest first can be listed. From the oldest on there are \
             lists of all media, of one upload, and of state=failed, suspended or stuck.",
        ),
        Some(_) | None => Ok(None),
    }
}

fn after_media(given: &BTreeMap<&str, &str>) -> Result<Option<MediaId>, Problem> {
    let Some(after) = given.get("after") else {
        return Ok(None);
    };
    let media = MediaId::parse(after);
    Ok(Some(media.map_err(|error| {
        Problem::invalid("after", format!("{error}."))
    })?))
}

fn after_entry(given: &BTreeMap<&str, &str>) -> Result<Option<Cursor>, Problem> {
    let Some(after) = given.get("after") else {
        return Ok(None);
    };
    let Some(cursor) = Cursor::parse(after) else {
        return unusable("after", "Give `next` of a page of this list.");
    };
    Ok(Some(cursor))
}

fn filters(given: &BTreeMap<&str, &str>) -> Result<Filters, Problem> {
    let get = |name: &str| given.get(name).copied();
    let moment = |name: &str| {
        let Some(text) = get(name) else {
            return Ok(None);
        };
        let Ok(moment) = text.parse::<Timestamp>() else {
            return unusable(name, "Give a time such as 2026-11-29T12:00:00Z.");
        };
        Ok(Some(moment))
    };
    let tag = get("tag");
    if tag.is_some_and(|tag| !(1..=MOST_TAG).contains(&tag.chars().count())) {
        return unusable("tag", &format!("Give a tag of 1 to {MOST_TAG} characters."));
    }
    let state = get("state").map(|text| match Rest::parse(text) {
        Some(state) => Ok(state),
        None => unusable(
            "state",
            "Give ready, rejected, failed, suspended or stuck: media in other states are in the lists without a state.",
        ),
    });
    let kind = get("kind").map(|text| {
        let known = Kind::PROCESSED.iter().find(|kind| kind.as_str() == text);
        match known {
            Some(kind) => Ok(*kind),
            None => unusable("kind", "Give image, pdf, audio or video."),
        }
    });
    let fields = given.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(METADATA)?;
        Some((name.to_owned(), (*value).to_owned()))
    });
    Ok(Filters {
        state: state.transpose()?,
        kind: kind.transpose()?,
        tag: tag.map(ToOwned::to_owned),
        fields: fields.collect(),
        created_from: moment("created_from")?,
        created_before: moment("created_before")?,
    })
}

impl Filters {
    /// Makes sure that media can be listed by the fields.
    ///
    /// # Errors
    /// 400 with the parameter's name.
    pub(super) fn check_fields(&self, indexed: &[String]) -> Result<(), Problem> {
        let Some(other) = self.fields.keys().find(|name| !indexed.contains(name)) else {
            return Ok(());
        };
        let can = if indexed.is_empty() {
            "none is".to_owned()
        } else {
            format!("these are: {}", indexed.join(", "))
        };
        let detail = format!(
            "Name a field that the app's registration has in `indexed`; {can}. An admin adds fields there, and has the app's media \
             indexed anew."
        );
        Err(Problem::invalid(&format!("{METADATA}{other}"), detail))
    }

    /// Returns the facets whose listings are walked together.
    pub(super) fn facets(&self) -> BTreeSet<Facet> {
        let fields = self.fields.iter();
        let mut facets: BTreeSet<_> = fields
            .map(|(name, value)| Facet::field(name, value))
            .chain(self.state.map(Facet::State))
            .chain(self.kind.map(Facet::Kind))
            .chain(self.tag.as_ref().map(|tag| Facet::tag(tag)))
            .collect();
        if facets.is_empty() {
            facets.insert(Facet::All);
        }
        facets
    }

    /// Returns where the list begins, or goes on.
    pub(super) fn begin(&self, after: Option<Cursor>) -> Cursor {
        let first = self.created_before.map(Cursor::behind_all_since);
        first.max(after).unwrap_or_default()
    }

    /// Returns whether this position and all that follow were created too early.
    pub(super) fn is_past(&self, position: &Position) -> bool {
        self.created_from
            .is_some_and(|from| position.is_before(from))
    }

    /// Returns whether a media was created when it is asked for.
    pub(super) fn holds(&self, position: &Position) -> bool {
        let before = self.created_before;
        !self.is_past(position) && before.is_none_or(|before| position.is_before(before))
    }
}
