//! A toy PDF engine whose documents have bad pages of every kind, and the queues of messages to it.
//!
//! Time stands still while one of its processes works, and advances only when a process hangs, so a good page is never
//! slow.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::SqsBatchResponse;
use dozo::memory::faults::Faults;
use dozo::stages::split::Times;
use dozo::stages::split::engine::{About, Crashed, Document, Engine, File, Made, Unopened, Wanted};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::page::Reading;
use dozo::vocabulary::stage::MAX_DELIVERIES;
use dozo_tests::pdfs::plain;
use dozo_tests::world::{Letter, World, far};
use tokio::sync::Notify;

/// The behaviour of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Good,
    /// It never ends.
    Endless,
    /// The second process that tries it succeeds.
    Slow,
    /// It crashes the engine, which can still report it.
    Crash,
    /// It ends the process without a report.
    Deadly,
}

/// The engine. It chooses the behaviour of pages by how many pages a document has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toy {
    documents: BTreeMap<usize, Vec<Page>>,
    met: Arc<Mutex<BTreeSet<u32>>>,
}

impl Toy {
    pub(crate) fn new(documents: &[&[Page]]) -> Self {
        let documents = documents.iter();
        Self {
            documents: documents
                .map(|pages| (pages.len(), pages.to_vec()))
                .collect(),
            met: Arc::default(),
        }
    }

    fn process(&self) -> (Arc<Process>, Sender<()>) {
        let (release, held) = channel();
        let process = Process {
            toy: self.clone(),
            crashed: Mutex::default(),
            hangs: Arc::default(),
            dies: Arc::default(),
            held: Mutex::new(held),
        };
        (Arc::new(process), release)
    }
}

/// A process of the engine.
struct Process {
    toy: Toy,
    crashed: Mutex<Option<Crashed>>,
    hangs: Arc<Notify>,
    dies: Arc<Notify>,
    /// Ends when the test releases the process.
    held: Mutex<Receiver<()>>,
}

impl Process {
    /// Blocks until the test releases the process.
    fn hang(&self) {
        self.hangs.notify_one();
        assert!(self.held.lock().unwrap().recv().is_err());
    }
}

impl Engine for Process {
    fn open(
        &self,
        mut file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened> {
        let mut body = Vec::new();
        if file.read_to_end(&mut body).is_err() {
            return Err(Unopened::Damaged);
        }
        let count = String::from_utf8_lossy(&body)
            .matches("/Type /Page ")
            .count();
        let good = vec![Page::Good; count];
        let pages = self.toy.documents.get(&count).unwrap_or(&good);
        work(&Open(self, pages));
        Ok(())
    }

    fn crashed(&self) -> Option<Crashed> {
        *self.crashed.lock().unwrap()
    }
}

struct Open<'a>(&'a Process, &'a [Page]);

impl Document for Open<'_> {
    fn about(&self) -> About {
        About {
            pages: u32::try_from(self.1.len()).unwrap(),
            reading: Reading::default(),
            refusal: None,
        }
    }

    fn make(
        &self,
        indices: &mut (dyn Iterator<Item = u32> + Send),
        _wanted: Wanted,
        take: &mut (dyn FnMut(u32, Option<Made>) -> bool + Send),
    ) {
        let process = self.0;
        for index in indices {
            match self.1[usize::try_from(index).unwrap()] {
                Page::Good => {}
                Page::Slow => {
                    if process.toy.met.lock().unwrap().insert(index) {
                        return process.hang();
                    }
                }
                Page::Endless => return process.hang(),
                Page::Crash => {
                    let page = Some(index);
                    *process.crashed.lock().unwrap() = Some(Crashed { page });
                    return process.hang();
                }
                Page::Deadly => {
                    process.dies.notify_one();
                    return process.hang();
                }
            }
            let made = Made {
                image: format!("image {index}").into_bytes(),
                width: 3,
                height: 4,
                text: format!("text {index}"),
                label: None,
            };
            if !take(index, Some(made)) {
                return;
            }
        }
    }
}

/// The two queues of split-pdf, each served in order. As with SQS, a message is delivered until it is acknowledged, at
/// most three times.
pub(crate) struct Lines<'a> {
    pub(crate) world: &'a World,
    toy: Option<Toy>,
    pub(crate) times: Times,
    pub(crate) spans_at_once: u16,
    pub(crate) main: VecDeque<Letter>,
    pub(crate) slow: VecDeque<Letter>,
    /// Messages sent so far.
    pub(crate) sent: u32,
    /// Messages given up so far.
    pub(crate) dead: u32,
}

impl<'a> Lines<'a> {
    /// Makes queues served by the toy engine, or else by PDFium, in turns of one piece each.
    pub(crate) fn new(world: &'a World, toy: Option<Toy>) -> Self {
        Self {
            world,
            toy,
            times: Times {
                turn: Duration::ZERO,
                ..Times::STANDARD
            },
            spans_at_once: 2,
            main: VecDeque::new(),
            slow: VecDeque::new(),
            sent: 0,
            dead: 0,
        }
    }

    /// Uploads a document and validates it.
    pub(crate) async fn put(&mut self, name: &str, body: &[u8]) -> UploadedFile {
        let file = self.world.file(name);
        self.world.upload(&file, body);
        let stage = self.world.validate_upload(&Faults::none());
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, name)])).await;
        self.collect();
        file
    }

    pub(crate) async fn put_plain(&mut self, name: &str, pages: usize) -> UploadedFile {
        self.put(name, &plain(pages)).await
    }

    fn collect(&mut self) {
        let sent = &mut self.sent;
        let mut letters = |queue: &dozo::memory::queue::MemoryQueue| {
            let letters = queue.take().into_iter().map(|message| {
                *sent += 1;
                Letter {
                    id: format!("sent {sent}"),
                    body: message.body,
                    attempts: 1,
                }
            });
            letters.collect::<Vec<_>>()
        };
        self.main.extend(letters(&self.world.pdfs));
        self.slow.extend(letters(&self.world.slow_pdfs));
    }

    /// Serves two slots: the first two messages are delivered at the same time, and the messages that they send come
    /// after all others.
    pub(crate) async fn serve_two(&mut self) -> bool {
        let taken: Vec<_> = self.main.drain(..self.main.len().min(2)).collect();
        for letter in &taken {
            self.deliver(letter, false, &Faults::none()).await;
        }
        self.collect();
        !taken.is_empty()
    }

    /// Delivers the first slow message.
    pub(crate) async fn serve_slow(&mut self) -> bool {
        let Some(letter) = self.slow.pop_front() else {
            return false;
        };
        self.deliver(&letter, true, &Faults::none()).await;
        self.collect();
        true
    }

    /// Delivers one message of either queue to a process with these faults.
    pub(crate) async fn serve_one(&mut self, faults: &Faults) -> bool {
        let (letter, is_slow) = match (self.main.pop_front(), self.slow.front()) {
            (Some(letter), _) => (letter, false),
            (None, Some(_)) => (self.slow.pop_front().unwrap(), true),
            (None, None) => return false,
        };
        self.deliver(&letter, is_slow, faults).await;
        self.collect();
        true
    }

    /// Delivers until nothing is on its way; returns the number of deliveries.
    pub(crate) async fn finish(&mut self) -> u32 {
        for count in 0..10_000 {
            if !self.serve_one(&Faults::none()).await {
                return count;
            }
        }
        panic!("messages without end");
    }

    async fn deliver(&mut self, letter: &Letter, is_slow: bool, faults: &Faults) {
        let is_done = self.hand(letter, is_slow, faults).await;
        if is_done {
            return;
        }
        let again = Letter {
            attempts: letter.attempts + 1,
            ..letter.clone()
        };
        if again.attempts > MAX_DELIVERIES {
            self.dead += 1;
            let recorder = self.world.record_failure(&Faults::none());
            let answer = record_failure::handle(&recorder, Letter::batch(&[again])).await;
            assert!(answer.batch_item_failures.is_empty());
        } else if is_slow {
            self.slow.push_back(again);
        } else {
            self.main.push_back(again);
        }
    }

    /// Delivers a message; returns whether it was acknowledged.
    async fn hand(&self, letter: &Letter, is_slow: bool, faults: &Faults) -> bool {
        let mut app = self.world.split_pdf(faults);
        app.splitter.times = self.times;
        app.splitter.spans_at_once = self.spans_at_once;
        let letters = std::slice::from_ref(letter);
        let batch = if is_slow {
            Letter::slow_batch(letters)
        } else {
            Letter::batch(letters)
        };
        let is_acknowledged =
            |answer: SqsBatchResponse| answer.batch_item_failures.is_empty() && !faults.died();
        let Some(toy) = &self.toy else {
            return is_acknowledged(split_pdf::handle(&app, batch, far()).await);
        };
        let (process, release) = toy.process();
        app.splitter.engine = process.clone();
        // The function's own deadline does not matter here, so it is far away.
        let deadline = SystemTime::now() + Duration::from_secs(1_000);
        let acknowledged = tokio::select! {
            biased;
            answer = split_pdf::handle(&app, batch, deadline) => is_acknowledged(answer),
            () = process.dies.notified() => false,
            () = time_goes_by(&process.hangs) => false,
        };
        drop(release);
        acknowledged
    }
}

/// Lets time pass as soon as a process hangs.
async fn time_goes_by(hangs: &Notify) {
    hangs.notified().await;
    loop {
        tokio::time::advance(Duration::from_millis(100)).await;
        tokio::task::yield_now().await;
    }
}
