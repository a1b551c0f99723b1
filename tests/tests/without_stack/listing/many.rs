//! Tests that a page of any list costs the same among a hundred thousand media as among few.
//!
//! Only the entries are there of most media, and records of those that can be on a page: a list reads no others.

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::ports::store::{LIST, READ};
use dozo::stages::show::{MOST_LISTS, MOST_RECORDS};
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::keys::listed::Facet;
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::names::{FileName, MediaId, Visibility};
use dozo::vocabulary::record::{Content, MediaRecord};
use dozo::vocabulary::state::State;
use dozo_tests::world::World;
use jiff::SignedDuration;
use serde_json::json;

use super::counted;

/// The numbers of media that a world has.
#[derive(Debug, Clone, Copy)]
struct Mix {
    /// All of them.
    media: u32,
    /// One in as many has the tag `rare`.
    rare: u32,
}

/// The largest number of media.
const MANY: u32 = 100_000;

/// Makes a world with this many pictures, one a second. Each has a tag and an album of ten; one in two has the tag `even`,
/// the others `odd`; some have the tag `rare`; one in three is suspended, and one of a thousand a document.
fn filled(mix: Mix) -> World {
    let world = World::new(51);
    world.register(|app| app.indexed = vec!["album".to_owned(), "by".to_owned()]);
    let now = world.clock.now();
    for number in 0..mix.media {
        let name = FileName::new(&number.to_string()).unwrap();
        let created = now - SignedDuration::from_secs(i64::from(mix.media - number));
        let mut record = MediaRecord::new(
            world.app.clone(),
            &world.upload,
            name,
            Visibility::Public,
            created,
        );
        let is_document = number % 1_000 == 0;
        let format = if is_document {
            Format::Pdf
        } else {
            Format::Png
        };
        record.content = Some(Content::new(format, 10));
        record.state = match number % 3 {
            0 => State::Suspended,
            _ => State::Ready,
        };
        let halves = ["even", "odd"];
        let half = halves[usize::try_from(number % 2).unwrap()];
        record.description.tags = vec![half.to_owned()];
        if number % mix.rare == 0 {
            record.description.tags.push("rare".to_owned());
        }
        let fields = [
            ("album", (number % 10).to_string()),
            ("by", "Ada".to_owned()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        record.description.metadata = fields.into();
        put(&world, &record);
    }
    world
}

fn put(world: &World, record: &MediaRecord) {
    let indexed = ["album", "by"].map(ToOwned::to_owned);
    for facet in record.facets(&indexed) {
        let key = Key::Listed(record.app.clone(), facet, record.position());
        world.store.upload(&key.location(), b"{}");
    }
    let key = Key::Media(record.app.clone(), record.media.clone());
    let text = json!(record).to_string();
    world.store.upload(&key.location(), text.as_bytes());
}

/// Returns how many listings and reads a page takes, and how many media are on it.
async fn page(world: &World, query: &[(&str, &str)]) -> (usize, usize, usize) {
    let faults = Faults::none();
    let (status, page) = counted(world, query, &faults).await;
    assert_eq!(status, 200, "{page}");
    let log = faults.log();
    let lists = log.iter().filter(|(call, _)| *call == LIST).count();
    let reads = log.iter().filter(|(call, _)| *call == READ).count();
    assert_eq!(lists + reads, faults.calls(), "and nothing else");
    (lists, reads, page["items"].as_array().unwrap().len())
}

#[tokio::test]
async fn a_page_costs_the_same_among_a_hundred_thousand_media() {
    let few = filled(Mix {
        media: 3_000,
        rare: 10,
    });
    let many = filled(Mix {
        media: MANY,
        rare: 10,
    });
    let now = many.clock.now();
    let before = (now - SignedDuration::from_secs(1_000)).to_string();
    let lists: [(&[(&str, &str)], usize); 9] = [
        (&[], 1),
        (&[("state", "ready")], 1),
        (&[("state", "suspended"), ("order", "newest")], 1),
        (&[("kind", "image")], 1),
        (&[("tag", "rare")], 1),
        (&[("metadata.album", "7")], 1),
        (&[("created_before", &before)], 1),
        (&[("state", "ready"), ("kind", "image")], 2),
        (
            &[
                ("tag", "even"),
                ("metadata.by", "Ada"),
                ("state", "ready"),
                ("kind", "image"),
            ],
            4,
        ),
    ];
    for (query, calls) in lists {
        // The registration, and a record for each media that is shown.
        let expected = (calls, 101, 100);
        assert_eq!(page(&few, query).await, expected, "{query:?}");
        assert_eq!(page(&many, query).await, expected, "{query:?}");
    }
}

/// Twenty media have a tag, and all have the field: its listing is leapt through, not walked.
#[tokio::test]
async fn a_rare_facet_leads_a_common_one() {
    let world = filled(Mix {
        media: MANY,
        rare: 5_000,
    });
    let (lists, reads, found) = page(&world, &[("tag", "rare"), ("metadata.by", "Ada")]).await;
    assert_eq!((reads, found), (21, 20));
    assert_eq!(
        lists, 21,
        "one for the tag, and one for each leap through the other"
    );
}

/// The worst: two listings of half of all media each, which have nothing in common. No page takes more than its bound, and
/// pages come to an end.
#[tokio::test]
async fn what_has_nothing_in_common_takes_pages_but_no_page_takes_long() {
    let world = filled(Mix {
        media: MANY,
        rare: 10,
    });
    let query = [("tag", "odd"), ("metadata.album", "4")];
    let mut after = None::<String>;
    let mut pages = 0;
    loop {
        let mut asked = query.to_vec();
        asked.extend(after.as_deref().map(|after| ("after", after)));
        let faults = Faults::none();
        let (status, page) = counted(&world, &asked, &faults).await;
        assert_eq!((status, &page["items"]), (200, &json!([])));
        let lists = usize::try_from(MOST_LISTS).unwrap();
        assert!(faults.calls() <= lists + 1, "{}", faults.calls());
        pages += 1;
        after = page["next"].as_str().map(ToOwned::to_owned);
        if after.is_none() {
            break;
        }
    }
    // 10,000 of one and 50,000 of the other, a thousand a call.
    assert_eq!(pages, 2);
}

/// Many entries are outdated, because all media of an album were described anew and nobody has been told yet.
#[tokio::test]
async fn outdated_entries_take_reads_but_no_more_than_the_bound() {
    let world = filled(Mix {
        media: 2_000,
        rare: 10,
    });
    let outdated = Facet::tag("old");
    for number in 0..2_000 {
        let name = FileName::new(&number.to_string()).unwrap();
        let media = MediaId::of(&world.upload, &name);
        let key = Key::Media(world.app.clone(), media);
        let record = world.store.find(&key.location()).unwrap();
        let record: MediaRecord = serde_json::from_slice(&record.body).unwrap();
        let entry = Key::Listed(record.app.clone(), outdated.clone(), record.position());
        world.store.upload(&entry.location(), b"{}");
    }
    let (lists, reads, found) = page(&world, &[("tag", "old")]).await;
    assert_eq!((reads, found), (MOST_RECORDS + 1, 0));
    assert_eq!(lists, 3);
}
