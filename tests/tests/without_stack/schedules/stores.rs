//! Compares the buckets with the record, object by object.

use std::collections::{BTreeMap, BTreeSet};

use dozo::ports::store::{Object, ObjectStore};
use dozo::stages::captions::playlist::with_captions;
use dozo::stages::captions::with_zero;
use dozo::vocabulary::ahead::Ahead;
use dozo::vocabulary::app::AppRecord;
use dozo::vocabulary::captions::Origin;
use dozo::vocabulary::digest::FileDigest;
use dozo::vocabulary::keys::work::Part;
use dozo::vocabulary::keys::{Bucket, Item, Key, Prefix};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::page::PageFormat;
use dozo::vocabulary::record::{Content, MediaRecord, What};
use dozo::vocabulary::state::State;
use dozo_tests::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::asked::visibility_of;
use super::files::{Plain, Runs, Whole, plain_of};
use crate::operations::scene::{ENGLISH, OTHER_ENGLISH, put_as};

/// The versions that were accepted, each with its time.
pub(crate) type Accepted = BTreeSet<(Timestamp, Option<String>)>;

type Contents = BTreeMap<String, Object>;

/// The buckets as they are.
pub(crate) struct Stores {
    upload: Contents,
    delivery: Contents,
    backup: Contents,
    records: Contents,
    work: Contents,
}

/// How much of what a version becomes must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    All,
    /// The media was suspended before its stage had made everything.
    Some,
}

impl Stores {
    pub(crate) fn of(world: &World) -> Self {
        let at = |bucket| world.store.contents(bucket);
        Self {
            upload: at(Bucket::Upload),
            delivery: at(Bucket::Delivery),
            backup: at(Bucket::Backup),
            records: at(Bucket::Records),
            work: at(Bucket::Work),
        }
    }

    /// Returns the keys of all marks in RECORDS.
    pub(crate) fn marks(&self) -> Vec<&String> {
        let folders = ["begun/", "failed/", "stuck/", "suspended/"];
        let keys = self.records.keys();
        keys.filter(|key| folders.iter().any(|folder| key.starts_with(folder)))
            .collect()
    }

    /// Returns whether the media is where it may stay for ever, and nobody has to look at it again.
    pub(crate) fn are_at_rest(&self, file: &UploadedFile) -> bool {
        let key = Key::Media(file.app.clone(), file.media.clone()).to_string();
        let Some(object) = self.records.get(&key) else {
            return false;
        };
        let record: MediaRecord = serde_json::from_slice(&object.body).unwrap();
        let is_at_rest = record.is_at_rest() && record.state != State::Failed;
        let is_begun = self.records.keys().any(|key| key.starts_with("begun/"));
        let is_replaced = record.state == State::Rejected && {
            let there = self.upload.get(&file.key().to_string());
            there.is_some_and(|there| record.is_news(&there.info.etag))
        };
        is_at_rest && !is_begun && !is_replaced
    }

    /// Checks DELIVERY and BACKUP: exactly what the record promises is there, with the right bytes and headers.
    pub(crate) fn assert_right(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        whole: &BTreeMap<String, Whole>,
        granted: Visibility,
    ) {
        let (is_ready, is_suspended) = (State::Ready, State::Suspended);
        if record.state == is_ready {
            assert_eq!(record.visibility, visibility_of(record, granted));
        } else {
            assert_eq!(keys(&self.delivery), BTreeSet::new(), "{}", record.state);
        }
        if record.state != is_suspended {
            assert_eq!(keys(&self.backup), BTreeSet::new(), "{}", record.state);
        }
        let (held, resumes) = match record.state {
            State::Ready => (&self.delivery, State::Ready),
            State::Suspended => (&self.backup, record.resume_state.unwrap()),
            _ => return,
        };
        let share = if resumes == State::Ready {
            Share::All
        } else {
            Share::Some
        };
        let source = record
            .source
            .as_ref()
            .map(|source| whole.get(&source.to_string()));
        let Some(Some(expected)) = source else {
            assert_eq!(
                keys(held),
                BTreeSet::new(),
                "of no good version: {record:#?}"
            );
            assert_eq!(share, Share::Some);
            return;
        };
        // The record lists captions from when the media was ready for the first time.
        let expected = &if resumes == State::Ready {
            with_captions_of(record, expected)
        } else {
            expected.clone()
        };
        let expected = &self.without_given_up(file, record, expected);
        let (mut runs, mut found) = (Runs::new(), BTreeSet::new());
        for (key, object) in held {
            let (rest, plain) = plain_of(file, key, object, &mut runs);
            // A suspension may have interrupted a change of captions at any call.
            let is_changing = resumes == State::Updating
                && (rest.starts_with("hls/captions/") || rest == "hls/master.m3u8");
            if !is_changing {
                assert_eq!(Some(&plain), expected.get(rest), "{key}");
            }
            let is_of_here = key.starts_with(record.visibility.as_str());
            // A move that a suspension has interrupted leaves some objects under the earlier visibility.
            let has_moved = record
                .history
                .iter()
                .any(|event| event.what == What::Moving);
            assert!(
                is_of_here || (record.state == is_suspended && has_moved),
                "{key}"
            );
            found.insert(rest.to_owned());
        }
        if share == Share::All {
            // Thumbnails that are not made yet are rendered on demand.
            let is_promised = |key: &&String| !key.starts_with("thumbs/");
            let found: BTreeSet<_> = found.iter().filter(is_promised).collect();
            let promised = expected.keys().filter(is_promised).collect();
            assert_eq!(found, promised, "{record:#?}");
            assert!(runs.len() <= 1, "a film of several runs: {runs:?}");
        }
    }

    /// Returns what is expected of a document that has lost pages, each of which is noted as given up: processes died at it,
    /// one after the other, as if it were the page's fault.
    fn without_given_up(&self, file: &UploadedFile, record: &MediaRecord, whole: &Whole) -> Whole {
        let mut expected = whole.clone();
        let content = record.content.as_ref();
        let broken = content.map_or(&[][..], |content| &content.broken_pages);
        for page in broken {
            let is_noted = self.work.keys().any(|key| {
                let parsed = Key::parse(Bucket::Work, key);
                matches!(parsed, Some(Key::Part(.., Part::GivenUp(noted))) if noted == *page)
            });
            assert!(is_noted, "{page:?} of {record:#?}");
            let number = page.get();
            let key = record.delivered(Item::Manifest);
            let held = [&self.delivery, &self.backup];
            let object = held.iter().find_map(|held| held.get(&key.to_string()));
            let Some(object) = object else { continue };
            let key = key.to_string();
            let (_, found) = plain_of(file, &key, object, &mut Runs::new());
            let canvas = usize::from(number) - 1;
            let found: Value = serde_json::from_str(&found.body).unwrap();
            assert_eq!(found["items"][canvas]["items"], json!([]), "{number}");
            let manifest = expected.get_mut("manifest.json").unwrap();
            let told: Value = serde_json::from_str(&manifest.body).unwrap();
            for (told, found) in [
                (&told["items"][canvas], &found["items"][canvas]),
                (&told["thumbnail"], &found["thumbnail"]),
            ] {
                manifest.body = manifest.body.replace(&told.to_string(), &found.to_string());
            }
            // A process may have died right after it put them; then they stay, and nothing leads to them.
            for (item, rest) in [
                (
                    Item::Page(*page, PageFormat::Jpeg),
                    format!("pages/{number:04}.jpg"),
                ),
                (Item::Text(*page), format!("text/{number:04}.txt")),
            ] {
                let key = record.delivered(item).to_string();
                if !held.iter().any(|held| held.contains_key(&key)) {
                    expected.remove(&rest);
                }
            }
        }
        expected
    }

    /// Checks that a picture which is served has the thumbnails that are made ahead by the registration as it is, and no
    /// others.
    pub(crate) fn assert_made_ahead(&self, world: &World, record: &MediaRecord) {
        if record.state != State::Ready || !record.is_image() {
            return;
        }
        let registration = &self.records[&Key::App(world.app.clone()).to_string()];
        let registration: AppRecord = serde_json::from_slice(&registration.body).unwrap();
        let wanted = Ahead::all(&registration.presets);
        let wanted = wanted.iter().map(|one| {
            let key = record.delivered(Item::Thumb(one.thumb));
            key.to_string()
        });
        let mut made = self.delivery.keys().cloned().collect::<BTreeSet<_>>();
        made.retain(|key| key.contains("/thumbs/"));
        assert_eq!(made, wanted.collect(), "{record:#?}");
    }

    /// Checks RECORDS and WORK: no object is there that the record does not account for.
    pub(crate) fn assert_accounted(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        accepted: &Accepted,
    ) {
        let mut used: BTreeMap<_, usize> = BTreeMap::new();
        for key in self.records.keys() {
            let parsed = Key::parse(Bucket::Records, key);
            let parsed = parsed.unwrap_or_else(|| panic!("a key of nobody: {key}"));
            let is_accounted = match parsed {
                // The app with what was told of it, its grant, and how far uploads were compared.
                Key::App(_) | Key::AnnouncedApp(_) | Key::AppEvent(..) => true,
                Key::Grant(..) | Key::Compared => true,
                Key::Media(_, media) | Key::Announced(_, media) | Key::Event(_, media, _) => {
                    media == file.media
                }
                Key::Failed(_, media) => media == file.media && record.is_given_up(),
                Key::Suspended(_, media) => media == file.media && record.state == State::Suspended,
                // The bytes of a media that was erased while it was suspended stay blocked.
                Key::Blocked(_) => matches!(record.state, State::Suspended | State::Deleted),
                // Each quota counts an accepted file once, erased or not.
                Key::Used(_, ledger, mark) => {
                    *used.entry(ledger).or_default() += 1;
                    mark.media == file.media
                }
                Key::Stuck(..) | Key::Begun(_) | Key::Expiring(_) => false,
                Key::Unclaimed(_) | Key::Counted(..) => false,
                Key::Uploaded { .. } | Key::Delivered { .. } | Key::Part(..) => false,
                Key::UploadEvent(..) => false,
                Key::Webhooks(_) | Key::Standing(..) | Key::Delivery(..) => false,
                // A media is listed as it stands, and no longer when it was erased.
                Key::Indexed(_, media) => media == file.media && !record.facets(&[]).is_empty(),
                Key::Listed(_, facet, position) => {
                    position == record.position() && record.facets(&[]).contains(&facet)
                }
                Key::Stored(_, flow) => flow.media == file.media,
                Key::StoredSum(_) => true,
            };
            assert!(is_accounted, "{key} is left of {record:#?}");
        }
        let digest = record.content.as_ref().and_then(Content::digest);
        if let (State::Suspended, Some(digest)) = (record.state, digest) {
            let block = Key::Blocked(digest).to_string();
            assert!(
                self.records.contains_key(&block),
                "not blocked: {record:#?}"
            );
        }
        let is_doubled = used.values().any(|count| *count > accepted.len());
        assert!(!is_doubled, "{used:?}, accepted at {accepted:?}");
        // Of the day, and of the upload.
        let ledgers = used.len();
        assert!(ledgers == 2 || record.state != State::Ready, "{used:?}");
        // What stages made on the way is not needed any more, and WORK's lifecycle rule removes it within a week. A late
        // stage may leave something of its own generation, but never of one that is still to come.
        for key in self.work.keys() {
            let rest = key.strip_prefix(&format!("{}/{}/", file.app, file.media));
            let (generation, _) = rest.and_then(|rest| rest.split_once('/')).unwrap();
            let generation: u32 = generation.parse().unwrap();
            assert!(generation <= record.generation, "{key}");
        }
    }

    /// Checks UPLOAD: what is there is what the uploader put, and a rejection is of it.
    pub(crate) fn assert_uploaded(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        put_after_delete: bool,
        whole: &BTreeMap<String, Whole>,
    ) {
        let found = self.upload.get(&file.key().to_string());
        if record.state == State::Deleted {
            assert!(found.is_none() || put_after_delete, "the upload is left");
            return;
        }
        let etag = &found.unwrap().info.etag;
        if record.state == State::Rejected {
            assert!(
                !whole.contains_key(&etag.to_string()),
                "a good file: {record:#?}"
            );
            assert_eq!(record.source.as_ref(), Some(etag));
        }
    }

    /// Checks that nothing is left of a deleted media, not even earlier versions.
    pub(crate) async fn assert_erased(&self, world: &World, record: &MediaRecord) {
        if record.state != State::Deleted {
            return;
        }
        assert_eq!(keys(&self.work), BTreeSet::new());
        for visibility in Visibility::ALL {
            let (app, media) = (&record.app, &record.media);
            let prefix = Prefix::delivered(Bucket::Backup, visibility, app, media);
            assert_eq!(world.store.versions(&prefix, None).await.unwrap(), []);
        }
    }
}

/// Returns what is expected of a version when its captions are those that the record lists.
fn with_captions_of(record: &MediaRecord, whole: &Whole) -> Whole {
    let mut expected = whole.clone();
    let listed = &record.content.as_ref().unwrap().captions;
    let Some(german) = whole.get("hls/captions/de.vtt") else {
        return expected;
    };
    for one in listed.iter().filter(|one| one.from == Origin::Put) {
        let texts = [ENGLISH, OTHER_ENGLISH].map(put_as);
        let is_it = |text: &&String| one.digest == Some(FileDigest::of(text.as_bytes()));
        let text = texts.iter().find(is_it).unwrap();
        let playlist = &whole["hls/captions/de.m3u8"];
        let of = |plain: &Plain, body: String| Plain {
            body,
            headers: plain.headers.clone(),
        };
        let name = |extension| format!("hls/captions/{}.{extension}", one.id);
        expected.insert(name("vtt"), of(german, with_zero(text, 0)));
        let in_english = playlist.body.replace("de.vtt", "en.vtt");
        expected.insert(name("m3u8"), of(playlist, in_english));
    }
    // Plain texts lack the beginning of these lines, because it is a rate, and a line break at the end.
    let master = expected.get_mut("hls/master.m3u8").unwrap();
    let (plain, whole) = ("\nCODECS=", "\n#EXT-X-STREAM-INF:CODECS=");
    let text = with_captions(&master.body.replace(plain, whole), listed);
    master.body = text.replace(whole, plain).trim_end().to_owned();
    expected
}

fn keys(contents: &Contents) -> BTreeSet<&String> {
    contents.keys().collect()
}
