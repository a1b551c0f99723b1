//! Copies finished output from WORK into delivery, whichever engine made it.
//!
//! Objects are public as soon as they are copied. So nothing is copied before everything is made, and nothing after the
//! media is withdrawn: the record is read before and after each round of copies. The claim notes after each round how
//! many objects have been copied, so that another process can continue when one runs out of time.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::time::Instant;

use super::Output;
use super::claim::Claim;
use super::delivery::Delivery;
use super::service::outputs::{self, Lacking, Outputs};
use super::task::Task;
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::store::Listed;
use crate::stages::derived::Derived;
use crate::vocabulary::job::Attempt;
use crate::vocabulary::keys::Prefix;
use crate::vocabulary::rejection::Reason;

/// Objects copied between two looks at the record.
const ROUND: usize = 128;

/// Objects copied at the same time.
const AT_ONCE: usize = 16;

/// The result of publishing.
pub(super) enum Published {
    /// The media is ready, refused or withdrawn; the word is for the log.
    Settled(Ending),
    /// The time was over before everything was copied. The claim says how far it came.
    InPart,
}

impl Delivery {
    /// Publishes the output that an attempt left in WORK, within this time.
    pub(super) async fn publish(
        &self,
        task: &Task<'_>,
        (attempt, lacking): (&Attempt, Lacking),
        claim: &mut Claim<'_>,
        deadline: Instant,
    ) -> Result<Published, Error> {
        let record = task.record;
        let made = Prefix::attempt_at(&record.app, &record.media, record.generation, attempt);
        let outputs = outputs::read(&*self.store, &made, &task.ladder, lacking).await?;
        if outputs.made.iter().all(|made| made.microseconds() == 0) {
            return self
                .refused(task, &Reason::Undecodable { kind: None })
                .await;
        }
        let Some(current) = self.current(task.order).await? else {
            return Ok(Published::Settled(Ending::Withdrawn));
        };
        if self.must_refuse(&current).await? {
            return self.refused(task, &Reason::BlockedContent).await;
        }
        if let Some(reason) = self.keep_original(task).await? {
            return self.refused(task, &reason).await;
        }
        match self
            .copy_all(task, attempt, &outputs, claim, deadline)
            .await?
        {
            Copied::All => {}
            Copied::InPart => return Ok(Published::InPart),
            Copied::Withdrawn => return Ok(Published::Settled(Ending::Withdrawn)),
        }
        match self
            .put_sheets(task, attempt, &outputs, claim, deadline)
            .await?
        {
            Copied::All => self.declare(task, &outputs).await,
            Copied::InPart => Ok(Published::InPart),
            Copied::Withdrawn => Ok(Published::Settled(Ending::Withdrawn)),
        }
    }

    async fn refused(&self, task: &Task<'_>, reason: &Reason) -> Result<Published, Error> {
        self.refuse(task, reason).await.map(Published::Settled)
    }

    async fn declare(&self, task: &Task<'_>, outputs: &Outputs) -> Result<Published, Error> {
        self.finish(task, outputs).await.map(Published::Settled)
    }

    async fn copy_all(
        &self,
        task: &Task<'_>,
        attempt: &Attempt,
        outputs: &Outputs,
        claim: &mut Claim<'_>,
        deadline: Instant,
    ) -> Result<Copied, Error> {
        let copied = claim.copied(attempt);
        if copied >= outputs.files.len() {
            // Sheets of the storyboard may be counted, too.
            return Ok(Copied::All);
        }
        let rounds = outputs.files.chunks(ROUND).enumerate();
        for (number, round) in rounds.skip(copied / ROUND) {
            if Instant::now() >= deadline {
                return Ok(Copied::InPart);
            }
            if !self.copy_round(task, round).await? {
                return Ok(Copied::Withdrawn);
            }
            let stand = number * ROUND + round.len();
            if !claim.note_copied(attempt, stand).await? {
                return Err(Error::Unsteady);
            }
        }
        Ok(Copied::All)
    }

    /// Copies a round. Returns whether the media belonged to this order before and after.
    async fn copy_round(&self, task: &Task<'_>, round: &[(Output, Listed)]) -> Result<bool, Error> {
        if self.current(task.order).await?.is_none() {
            return Ok(false);
        }
        let copies = round
            .iter()
            .map(|(output, from)| self.copy_one(task, *output, from));
        stream::iter(copies)
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(self.current(task.order).await?.is_some())
    }

    async fn copy_one(&self, task: &Task<'_>, output: Output, from: &Listed) -> Result<(), Error> {
        let Some((item, content_type)) = task.item(output) else {
            return Ok(());
        };
        let object = Derived {
            size: task.size(output),
            ..Derived::new(task.record, item)
        };
        let (location, headers) = (object.location(), object.headers(content_type));
        Ok(self.store.copy(from, &location, Some(&headers)).await?)
    }
}

/// How far the copying came.
pub(super) enum Copied {
    All,
    InPart,
    Withdrawn,
}
