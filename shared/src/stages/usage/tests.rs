use super::*;
use crate::memory::clock::MemoryClock;
use crate::memory::faults::{Fault, Faults};
use crate::memory::store::MemoryStore;
use crate::ports::clock::Clock;
use crate::ports::store::{LIST, READ};
use crate::vocabulary::keys::used::milliseconds;
use crate::vocabulary::keys::{Bucket, Prefix};
use crate::vocabulary::names::{FileName, MediaId, Visibility};

mod sums;

struct Stand {
    store: MemoryStore,
    clock: MemoryClock,
    app: AppId,
    upload: UploadId,
    counts_in_upload: bool,
}

/// The usage as one process sees it.
struct Process {
    usage: Usage,
    faults: Faults,
}

fn stand() -> Stand {
    let clock = MemoryClock::new(1);
    Stand {
        store: MemoryStore::default(),
        app: AppId::parse("demo").unwrap(),
        upload: UploadId::new(clock.now(), clock.random()),
        counts_in_upload: false,
        clock,
    }
}

fn quotas(media_per_day: u32) -> Quotas {
    Quotas {
        media_per_day,
        bytes_per_day: 10 * u64::from(media_per_day),
        ..Quotas::default()
    }
}

const ONE: Used = Used { media: 1, bytes: 1 };

impl Stand {
    fn process(&self) -> Process {
        let faults = Faults::none();
        Process {
            usage: Usage::new(Arc::new(self.store.seen_by(&faults))),
            faults,
        }
    }

    fn accepted(&self, name: &str) -> MediaRecord {
        let (now, name) = (self.clock.now(), FileName::new(name).unwrap());
        let mut record = MediaRecord::new(
            self.app.clone(),
            &self.upload,
            name,
            Visibility::Public,
            now,
        );
        record.accepted_at = Some(now);
        record.counts_in_upload = self.counts_in_upload;
        record
    }

    async fn let_in(&self, process: &Process, name: &str, quotas: &Quotas) -> Option<Quota> {
        let (usage, now) = (&process.usage, self.clock.now());
        let refused = usage.exceeded(&self.app, quotas, ONE, now).await.unwrap();
        if refused.is_none() {
            usage.mark(&self.accepted(name), 1, now).await.unwrap();
        }
        refused
    }

    /// Puts marks of media that were accepted one after the other, this many milliseconds apart, until now.
    fn fill(&self, media: u64, apart: u64) {
        let now = milliseconds(self.clock.now());
        for n in 0..media {
            self.put(now - (media - n) * apart, n);
        }
    }

    fn put(&self, accepted_at: u64, number: u64) {
        let name = FileName::new(&format!("filled {number}")).unwrap();
        let mark = Mark {
            accepted_at: Some(accepted_at),
            media: MediaId::of(&self.upload, &name),
            bytes: 1,
        };
        let key = Key::Used(self.app.clone(), self.today(), mark);
        self.store.upload(&key.location(), b"");
    }

    fn today(&self) -> Ledger {
        Ledger::Day(Day::of(self.clock.now()))
    }

    fn marks(&self) -> usize {
        let keys = self.store.contents(Bucket::Records).into_keys();
        let prefix = Prefix::used(&self.app, &self.today());
        keys.filter(|key| key.starts_with(prefix.as_str())).count()
    }

    /// Counts as a new process does, until the count is whole.
    async fn whole_count(&self) -> u64 {
        let (app, today, now) = (&self.app, self.today(), self.clock.now());
        loop {
            let count = self.process().usage.count(app, &today, now).await.unwrap();
            if count.is_whole {
                return count.used.media;
            }
        }
    }
}

/// An hour that is in no mark's way to midnight.
const NOON: u32 = 43_200;

#[tokio::test]
async fn one_count_makes_few_calls_whatever_the_quota_and_its_use() {
    const QUOTA: u32 = 10_000;
    let quotas = quotas(QUOTA);
    for used in [0, 5_000, 9_990, 10_000, 12_000] {
        // They came at once, in seconds, and in minutes.
        for apart in [0, 1, 90] {
            let stand = stand();
            stand.clock.advance(NOON);
            stand.fill(used, apart);
            stand.clock.advance(1);
            // Nobody has counted before, so the first counts are behind.
            for n in 0..30 {
                let process = stand.process();
                let answer = stand.let_in(&process, &n.to_string(), &quotas).await;
                let (made, marked) = (process.faults.calls(), usize::from(answer.is_none()));
                assert!(made <= MOST_CALLS + marked, "{used} {apart}: {made}");
            }
            let marks = u64::try_from(stand.marks()).unwrap();
            let most = used.max(QUOTA.into()).min(used + 30);
            assert!(
                (most..=most + 2).contains(&marks),
                "{used} {apart}: {marks}"
            );
        }
    }
}

/// Uploads come for hours through processes that come and go, faster than a page in the time until sums are settled.
#[tokio::test]
async fn no_quota_is_exceeded_by_more_than_a_share_for_each_process() {
    const PROCESSES: usize = 20;
    for (media, seconds) in [(10, 1), (400, 60), (2_000, 20)] {
        let (stand, quotas) = (stand(), quotas(media));
        stand.clock.advance(NOON);
        let mut processes: Vec<_> = (0..PROCESSES).map(|_| stand.process()).collect();
        let (mut n, mut in_a_row, mut calls) = (0_u32, 0, 0);
        // By then every process has counted again, or will never admit anything again.
        while in_a_row < 10 * PROCESSES {
            let turn = usize::try_from(stand.clock.random() % 20).unwrap();
            if stand.clock.random() % 500 == 0 {
                processes[turn] = stand.process();
            }
            let process = &processes[turn];
            let before = process.faults.calls();
            let refused = stand.let_in(process, &n.to_string(), &quotas).await;
            let made = process.faults.calls() - before;
            calls += made;
            assert!(
                made <= MOST_CALLS + 1,
                "{made} calls for file {n} of {media}"
            );
            in_a_row = refused.map_or(0, |_| in_a_row + 1);
            n += 1;
            if n.is_multiple_of(40) {
                stand.clock.advance(seconds);
            }
        }
        let quota = usize::try_from(media).unwrap();
        let most = quota + PROCESSES * (quota / 10_000).max(1);
        assert!((quota..=most).contains(&stand.marks()), "{}", stand.marks());
        let files = usize::try_from(n).unwrap();
        assert!(calls < 5 * files, "{calls} calls for {files} files");
    }
}

/// A process counts again after a ten-thousandth of the quota, and not at all once it is used up.
#[tokio::test]
async fn a_large_quota_is_counted_now_and_then_and_a_used_one_not_at_all() {
    let (stand, quotas) = (stand(), quotas(100_000_000));
    let process = stand.process();
    for n in 0..2_500 {
        assert_eq!(stand.let_in(&process, &n.to_string(), &quotas).await, None);
    }
    let log = process.faults.log();
    let counts = log.iter().filter(|(call, _)| *call == READ).count();
    assert_eq!(
        counts, 3,
        "after a thousand each time, and not ten thousand"
    );
    let small = Quotas {
        media_per_day: 2_500,
        ..quotas
    };
    let process = stand.process();
    for (name, more) in [("first", true), ("second", false)] {
        let before = process.faults.calls();
        let over = stand.let_in(&process, name, &small).await;
        assert_eq!(over, Some(Quota::MediaPerDay(2_500)));
        assert_eq!(process.faults.calls() > before, more);
    }
}

/// issue-token counts, too, but writes nothing.
#[tokio::test]
async fn a_reader_writes_no_checkpoint() {
    let stand = stand();
    stand.clock.advance(NOON);
    stand.fill(3_000, 1_000);
    let faults = Faults::none();
    let reader = Usage::reader(Arc::new(stand.store.seen_by(&faults)));
    let quotas = quotas(3_000);
    let over = reader.exceeded(&stand.app, &quotas, ONE, stand.clock.now());
    assert_eq!(over.await.unwrap(), Some(Quota::MediaPerDay(3_000)));
    let log = faults.log();
    assert!(
        log.iter().all(|(call, _)| [READ, LIST].contains(call)),
        "{log:?}"
    );
}

#[tokio::test]
async fn each_quota_is_told_by_its_name() {
    let (stand, process) = (stand(), stand().process());
    let quotas = Quotas {
        files_per_upload: 1,
        media_per_day: 2,
        bytes_per_day: 100,
    };
    let now = stand.clock.now();
    for (wanted, expected) in [
        ((0, 0), None),
        ((2, 100), None),
        ((3, 100), Some(Quota::MediaPerDay(2))),
        ((2, 101), Some(Quota::BytesPerDay(100))),
        ((u64::MAX, u64::MAX), Some(Quota::MediaPerDay(2))),
    ] {
        let wanted = Used {
            media: wanted.0,
            bytes: wanted.1,
        };
        let found = process.usage.exceeded(&stand.app, &quotas, wanted, now);
        assert_eq!(found.await.unwrap(), expected, "{wanted:?}");
    }
}

/// An upload's count goes on past midnight, while the day's count starts again.
#[tokio::test]
async fn a_day_ends_and_an_upload_goes_on() {
    let stand = Stand {
        counts_in_upload: true,
        ..stand()
    };
    let quotas = Quotas {
        files_per_upload: 2,
        media_per_day: 1,
        bytes_per_day: 100,
    };
    for (name, expected) in [("a", None), ("b", Some(Quota::FilesPerUpload(2)))] {
        let process = stand.process();
        assert_eq!(stand.let_in(&process, name, &quotas).await, None);
        let over = stand.let_in(&process, "over", &quotas).await;
        assert_eq!(over, Some(Quota::MediaPerDay(1)));
        let upload =
            process
                .usage
                .exceeded_by_upload(&stand.app, &quotas, &stand.upload, stand.clock.now());
        assert_eq!(upload.await.unwrap(), expected);
        stand.clock.advance(86_400);
    }
}
