use super::*;
use crate::memory::clock::MemoryClock;
use crate::memory::faults::Faults;
use crate::memory::store::MemoryStore;
use crate::ports::clock::Clock;
use crate::vocabulary::keys::Bucket;
use crate::vocabulary::names::{FileName, Visibility};

struct Stand {
    store: MemoryStore,
    clock: MemoryClock,
    app: AppId,
    upload: UploadId,
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
        record
    }

    async fn let_in(&self, process: &Process, name: &str, quotas: &Quotas) -> Option<Quota> {
        let (usage, now) = (&process.usage, self.clock.now());
        let refused = usage.exceeded(&self.app, quotas, ONE, now).await.unwrap();
        if refused.is_none() {
            usage.mark(&self.accepted(name), 1).await.unwrap();
        }
        refused
    }

    fn marks(&self) -> usize {
        self.store.contents(Bucket::Records).len()
    }
}

#[tokio::test]
async fn a_large_quota_is_listed_now_and_then_and_a_used_one_not_at_all() {
    let (stand, quotas) = (stand(), quotas(6_000));
    let process = stand.process();
    let listings = || {
        let log = process.faults.log();
        log.iter().filter(|(call, _)| *call == COUNT).count()
    };
    for n in 0..1_000 {
        assert_eq!(stand.let_in(&process, &n.to_string(), &quotas).await, None);
    }
    // Each listing admits six files while 6,000 are left, then five.
    assert!((167..=200).contains(&listings()), "{} listings", listings());
    for n in 1_000..6_000 {
        let record = stand.accepted(&n.to_string());
        process.usage.mark(&record, 1).await.unwrap();
    }
    for n in 0..7 {
        stand.let_in(&process, &n.to_string(), &quotas).await;
    }
    let before = listings();
    let over = stand.let_in(&process, "over", &quotas).await;
    assert_eq!(over, Some(Quota::MediaPerDay(6_000)));
    assert_eq!((listings(), stand.marks()), (before, 6_000));
}

/// Checks the accuracy that the module's docs promise, with processes that take turns at random.
#[tokio::test]
async fn many_processes_let_in_too_much_by_a_share_each_at_most() {
    const PROCESSES: usize = 50;
    for media in [10, 400, 3_000] {
        let (stand, quotas) = (stand(), quotas(media));
        let processes: Vec<_> = (0..PROCESSES).map(|_| stand.process()).collect();
        let mut in_a_row = 0;
        for n in 0.. {
            let turn = usize::try_from(stand.clock.random() % 50).unwrap();
            let refused = stand
                .let_in(&processes[turn], &n.to_string(), &quotas)
                .await;
            in_a_row = refused.map_or(0, |_| in_a_row + 1);
            // Marks are never removed, so by now every process has listed again, or will never admit anything again.
            if in_a_row == 20 * PROCESSES {
                break;
            }
        }
        let media = usize::try_from(media).unwrap();
        let most = media + PROCESSES * (media / 1_000).max(1);
        assert!((media..=most).contains(&stand.marks()), "{}", stand.marks());
    }
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
    let stand = stand();
    let quotas = Quotas {
        files_per_upload: 2,
        media_per_day: 1,
        bytes_per_day: 100,
    };
    let granted_at = stand.clock.now();
    for (name, expected) in [("a", None), ("b", Some(Quota::FilesPerUpload(2)))] {
        let process = stand.process();
        assert_eq!(stand.let_in(&process, name, &quotas).await, None);
        let over = stand.let_in(&process, "over", &quotas).await;
        assert_eq!(over, Some(Quota::MediaPerDay(1)));
        let upload = process.usage.exceeded_by_upload(
            &stand.app,
            &quotas,
            &stand.upload,
            granted_at,
            stand.clock.now(),
        );
        assert_eq!(upload.await.unwrap(), expected);
        stand.clock.advance(86_400);
    }
}
