//! Messages as SQS may treat them: they get lost, come twice, come at the same time, and become dead letters.

use aws_lambda_events::sqs::SqsBatchResponse;
use dozo::memory::faults::Faults;
use dozo::memory::queue::MemoryQueue;
use dozo::ports::clock::Clock;
use dozo::vocabulary::stage::MAX_DELIVERIES;

use super::{Post, Stage, WAIT_SECONDS, later, once_more};
use crate::world::Letter;

impl Post<'_> {
    /// Hands each message to record-failure that was delivered as often as its queue delivers it, and waits between
    /// deliveries for as long as the stage asked.
    #[must_use]
    pub fn giving_up(self) -> Self {
        let gives_up = true;
        Self { gives_up, ..self }
    }

    /// Returns how many messages are on their way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.underway.len()
    }

    /// Returns whether no message is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.underway.is_empty()
    }

    /// Loses a message, unless it stands for the service's own work.
    pub fn lose(&mut self, which: usize) {
        let found = self.underway.get(which);
        if found.is_some_and(|(_, stage, _)| *stage != Stage::MediaConvert) {
            self.underway.remove(which);
            self.lost += 1;
        }
    }

    /// Delivers a message once more, this many seconds after it is delivered anyway.
    pub fn repeat(&mut self, which: usize, seconds: u32) {
        let found = self.underway.get(which).cloned();
        let found = found.filter(|(_, stage, _)| *stage != Stage::MediaConvert);
        if let Some((due, stage, letter)) = found {
            let attempts = letter.attempts + 1;
            let again = Letter { attempts, ..letter };
            self.underway.push((later(due, seconds), stage, again));
        }
    }

    /// Delivers the two messages that are due first at the same time; returns `false` if there are not as many.
    pub async fn deliver_two(&mut self, faults: [&Faults; 2]) -> bool {
        self.announce().await;
        self.collect();
        let mut two = Vec::new();
        for _ in 0..2 {
            let Some(first) = self.next() else { break };
            two.push(self.underway.remove(first));
        }
        let [(_, one, first), (due, other, second)] = match <[_; 2]>::try_from(two) {
            Ok(two) => two,
            Err(left) => {
                self.underway.extend(left);
                return false;
            }
        };
        let wait = due.as_second() - self.world.clock.now().as_second();
        self.world.clock.advance(u32::try_from(wait).unwrap_or(0));
        let responses = tokio::join!(
            Box::pin(self.hand(one, &first, faults[0])),
            Box::pin(self.hand(other, &second, faults[1])),
        );
        self.settle(one, first, &responses.0, faults[0]);
        self.settle(other, second, &responses.1, faults[1]);
        true
    }

    /// Takes what was sent, and keeps the message unless it was handled.
    pub(super) fn settle(
        &mut self,
        stage: Stage,
        letter: Letter,
        to: &SqsBatchResponse,
        faults: &Faults,
    ) {
        self.collect();
        if !faults.died() && to.batch_item_failures.is_empty() {
            return;
        }
        let now = self.world.clock.now();
        if !self.gives_up {
            let again = later(now, WAIT_SECONDS);
            self.underway.push((again, stage, once_more(letter)));
            return;
        }
        let seconds = self.asked(&letter).unwrap_or(WAIT_SECONDS);
        let attempts = letter.attempts + 1;
        let next = if stage == Stage::RecordFailure || attempts <= MAX_DELIVERIES {
            // A document's page is suspected where a process has died at a message twice.
            let is_suspicious =
                faults.died() && matches!(stage, Stage::SplitPdf | Stage::SplitSlowPdf);
            let (id, attempts) = if is_suspicious {
                (format!("{}+", letter.id), 1)
            } else {
                (letter.id, attempts)
            };
            let body = letter.body;
            (stage, Letter { id, body, attempts })
        } else {
            let attempts = 1;
            (Stage::RecordFailure, Letter { attempts, ..letter })
        };
        self.underway.push((later(now, seconds), next.0, next.1));
    }

    /// Returns the seconds after which the stage asked to get the message again.
    fn asked(&self, letter: &Letter) -> Option<u32> {
        let world = self.world;
        let receipt = format!("receipt of {}", letter.id);
        let queues = [
            &world.uploads,
            &world.bulk_uploads,
            &world.pdfs,
            &world.slow_pdfs,
            &world.videos,
            &world.transcoded,
            &world.operations,
            &world.invalidations,
            &world.dead_letters,
        ];
        let mut asked = queues.into_iter().flat_map(MemoryQueue::take_waits);
        asked
            .rfind(|(of, _)| *of == receipt)
            .map(|(_, seconds)| seconds)
    }
}
