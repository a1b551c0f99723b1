//! The state of an import: the lines of its state file, by the objects that they are about.

use std::collections::{BTreeMap, HashMap};

use crate::bulk::journal::{End, Grant, Line, Planned};
use crate::bulk::listing::Listed;
use crate::bulk::rows::Row;

/// The age of a grant, in seconds, from which on nothing more is copied with it: the longest life of credentials. The
/// platform finds an upload whose event was lost among those of the last three days, which leaves it time.
const GRANT_SECONDS: u64 = 43_200;

/// Everything that is known, by the keys of the objects.
#[derive(Debug, Default)]
pub(super) struct Known {
    items: BTreeMap<String, Item>,
    keys: HashMap<String, String>,
    /// The grants, without their files.
    grants: Vec<Grant>,
}

#[derive(Debug)]
enum Item {
    Refused(Refused),
    Granted(Placed),
}

#[derive(Debug)]
struct Refused {
    etag: String,
    bytes: u64,
    code: String,
    why: String,
}

/// An object that a grant was asked for.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) file: Planned,
    /// The place of the grant among all grants.
    pub(super) grant: usize,
    is_copied: bool,
    end: Option<End>,
}

/// The next step for an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// It was copied, or refused.
    Nothing,
    /// It is to be copied with the grant that it has.
    Copy,
    /// A grant is to be asked for.
    Grant,
}

impl Known {
    /// Reads the lines of a state file. What is decided but may change again is asked for anew, and so is what was refused
    /// if `forget_refused` is said.
    pub(super) fn of(lines: Vec<Line>, forget_refused: bool) -> Self {
        let mut known = Self::default();
        for line in lines {
            let is_forgotten = forget_refused && matches!(line, Line::Refused { .. });
            if !is_forgotten {
                known.learn(line);
            }
        }
        known
    }

    pub(super) fn learn(&mut self, line: Line) {
        match line {
            Line::Import(_) => {}
            Line::Granted(mut grant) => {
                let place = self.grants.len();
                for file in std::mem::take(&mut grant.files) {
                    self.keys.insert(file.media.clone(), file.key.clone());
                    let placed = Placed {
                        grant: place,
                        is_copied: false,
                        end: None,
                        file,
                    };
                    let key = placed.file.key.clone();
                    self.items.insert(key, Item::Granted(placed));
                }
                self.grants.push(grant);
            }
            Line::Copied { media } => self.about(&media, |placed| placed.is_copied = true),
            Line::Refused {
                key,
                etag,
                bytes,
                code,
                why,
            } => {
                let refused = Refused {
                    etag,
                    bytes,
                    code,
                    why,
                };
                self.items.insert(key, Item::Refused(refused));
            }
            Line::Ended { media, end } => self.about(&media, |placed| placed.end = Some(end)),
        }
    }

    fn about(&mut self, media: &str, learn: impl FnOnce(&mut Placed)) {
        let item = self.keys.get(media).and_then(|key| self.items.get_mut(key));
        // A media of an earlier grant for the same object is of no interest any more.
        if let Some(Item::Granted(placed)) = item
            && placed.file.media == media
        {
            learn(placed);
        }
    }

    /// Returns what is to be done about an object as it is listed now.
    pub(super) fn due(&self, object: &Listed, now: u64) -> Due {
        match self.items.get(&object.key) {
            None => Due::Grant,
            Some(Item::Refused(refused)) if refused.etag == object.etag => Due::Nothing,
            Some(Item::Refused(_)) => Due::Grant,
            // What was copied stays one media, whatever became of the object since.
            Some(Item::Granted(placed)) if placed.is_copied => Due::Nothing,
            Some(Item::Granted(placed)) => {
                let is_same = placed.file.etag == object.etag && placed.file.bytes == object.bytes;
                let grant = self.grants.get(placed.grant);
                let is_young = grant.is_some_and(|grant| grant.at + GRANT_SECONDS > now);
                if is_same && is_young {
                    Due::Copy
                } else {
                    Due::Grant
                }
            }
        }
    }

    /// Returns an object that a grant was asked for.
    pub(super) fn placed(&self, key: &str) -> Option<&Placed> {
        match self.items.get(key)? {
            Item::Granted(placed) => Some(placed),
            Item::Refused(_) => None,
        }
    }

    pub(super) fn grant(&self, place: usize) -> Option<&Grant> {
        self.grants.get(place)
    }

    /// Returns the objects of each grant that were not copied as far as is known, by the place of the grant.
    pub(super) fn not_copied(&self) -> BTreeMap<usize, Vec<Planned>> {
        self.by_grant(|placed| !placed.is_copied)
    }

    /// Returns the objects of each grant that were copied and whose end is not known, by the place of the grant.
    pub(super) fn open(&self) -> BTreeMap<usize, Vec<Planned>> {
        self.by_grant(|placed| placed.is_copied && placed.end.is_none())
    }

    fn by_grant(&self, is_wanted: impl Fn(&Placed) -> bool) -> BTreeMap<usize, Vec<Planned>> {
        let mut found: BTreeMap<usize, Vec<Planned>> = BTreeMap::new();
        for item in self.items.values() {
            if let Item::Granted(placed) = item
                && is_wanted(placed)
            {
                let files = found.entry(placed.grant).or_default();
                files.push(placed.file.clone());
            }
        }
        found
    }

    /// Returns what became of each object. `failed` has what went wrong in this run.
    pub(super) fn rows(&self, prefix: &str, failed: &BTreeMap<String, String>) -> Vec<Row> {
        let rows = self.items.iter().map(|(key, item)| {
            let name = key.strip_prefix(prefix).unwrap_or(key).to_owned();
            match item {
                Item::Refused(refused) => Row {
                    name,
                    bytes: refused.bytes,
                    media: None,
                    state: "not_imported".to_owned(),
                    code: Some(refused.code.clone()),
                    message: Some(refused.why.clone()),
                },
                Item::Granted(placed) => row(name, placed, failed.get(key)),
            }
        });
        rows.collect()
    }
}

fn row(name: String, placed: &Placed, failure: Option<&String>) -> Row {
    let row = Row {
        name,
        bytes: placed.file.bytes,
        media: Some(placed.file.media.clone()),
        ..Row::default()
    };
    match &placed.end {
        Some(end) => Row {
            state: end.state.clone(),
            code: end.code.clone(),
            message: end.message.clone(),
            ..row
        },
        None if placed.is_copied => Row {
            state: "undecided".to_owned(),
            ..row
        },
        None => Row {
            state: "not_copied".to_owned(),
            media: None,
            message: Some(failure.cloned().unwrap_or_else(|| {
                "It is not in the source any more, or the import ended before it.".to_owned()
            })),
            ..row
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str, etag: &str) -> Listed {
        Listed {
            key: key.to_owned(),
            bytes: 1,
            etag: etag.to_owned(),
        }
    }

    fn granted(key: &str, media: &str, at: u64) -> Line {
        Line::Granted(Grant {
            upload: "u".to_owned(),
            bucket: "b".to_owned(),
            region: "r".to_owned(),
            endpoint: None,
            at,
            files: vec![Planned {
                key: key.to_owned(),
                etag: "1".to_owned(),
                bytes: 1,
                to: format!("shop/u/{key}"),
                media: media.to_owned(),
            }],
        })
    }

    fn copied(media: &str) -> Line {
        Line::Copied {
            media: media.to_owned(),
        }
    }

    fn refused(key: &str) -> Line {
        Line::Refused {
            key: key.to_owned(),
            etag: "1".to_owned(),
            bytes: 1,
            code: "invalid_request".to_owned(),
            why: "No.".to_owned(),
        }
    }

    #[test]
    fn what_was_copied_is_done_and_the_rest_goes_on() {
        let lines = || vec![granted("a", "m", 100), refused("r")];
        let known = Known::of(lines(), false);
        let later = 100 + GRANT_SECONDS;
        for (key, etag, now, wanted) in [
            ("a", "1", 100, Due::Copy),
            ("a", "1", later - 1, Due::Copy),
            // The platform would not find it if its event were lost.
            ("a", "1", later, Due::Grant),
            // Another object is there now.
            ("a", "2", 100, Due::Grant),
            ("b", "1", 100, Due::Grant),
            ("r", "1", 100, Due::Nothing),
            ("r", "2", 100, Due::Grant),
        ] {
            assert_eq!(known.due(&object(key, etag), now), wanted, "{key} {etag}");
        }
        let again = Known::of(lines(), true);
        assert_eq!(again.due(&object("r", "1"), 100), Due::Grant);
        let mut known = known;
        known.learn(copied("m"));
        for (etag, now) in [("1", 100), ("2", 100), ("1", later)] {
            assert_eq!(known.due(&object("a", etag), now), Due::Nothing);
        }
        assert!(known.not_copied().is_empty());
        assert_eq!(known.open()[&0].len(), 1);
    }

    #[test]
    fn the_last_grant_for_an_object_counts() {
        let lines = vec![
            granted("a", "old", 0),
            granted("a", "new", 100),
            copied("old"),
        ];
        let known = Known::of(lines, false);
        assert_eq!(known.due(&object("a", "1"), 100), Due::Copy);
        assert_eq!(known.placed("a").unwrap().grant, 1);
        let rows = known.rows("", &BTreeMap::new());
        assert_eq!((rows.len(), rows[0].state.as_str()), (1, "not_copied"));
    }
}
