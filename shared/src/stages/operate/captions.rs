//! Changes the captions of a media that viewers are served: what apps put, and what becomes of it in delivery.
//!
//! A text is checked and written anew before anything else happens. It waits in WORK under its digest, so it may be put
//! there twice. The record then lists it, and everything in delivery follows from the record's list, however often and
//! however late that is done: texts and their playlists are put, the master playlist is put last, and what the list does
//! not name is removed. The media stays served all the while.

use bytes::Bytes;
use futures_util::future::try_join_all;

use super::Operator;
use super::carry::Left;
use super::orders::{Orders, Placed};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::ports::store::{Condition, Headers, StoreError};
use crate::stages::captions::playlist::{playlist, with_captions};
use crate::stages::captions::zero::zero;
use crate::stages::captions::{read, with_zero};
use crate::stages::derived::Derived;
use crate::vocabulary::captions::{Captions, CaptionsId, MAX_NAME_CHARS, Origin, shown_name};
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::keys::{Bucket, Item, Key, Prefix, work};
use crate::vocabulary::language::Language;
use crate::vocabulary::message::order::{Command, Request};
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;

/// The number of attempts to put a text that others put at the same time.
const ATTEMPTS: u32 = 4;

/// The objects of a listing: all captions of a media and their playlists are fewer.
const PAGE: u16 = 1_000;

/// Reads the language in the path.
///
/// # Errors
/// 400 if it is not a tag.
pub fn language(tag: &str) -> Result<Language, Problem> {
    Language::parse(tag).ok_or_else(|| {
        Problem::invalid(
            "language",
            "Give a language tag (BCP 47) such as de, pt-BR or zh-Hant, or und.",
        )
    })
}

impl Orders {
    /// Accepts captions for a media, in WebVTT or SubRip.
    ///
    /// # Errors
    /// 400 with the reason for which they are not accepted; otherwise as [`Orders::place`].
    pub async fn put_captions(
        &self,
        (app, media): (&AppId, &MediaId),
        language: Language,
        name: Option<&str>,
        body: &[u8],
        by: &str,
    ) -> Result<Placed, Refusal> {
        let unfit = |fault| Problem::invalid("", format!("The captions cannot be used: {fault}."));
        let text = read(body).and_then(|cues| cues.write()).map_err(unfit)?;
        let name = name.map(checked_name).transpose()?;
        let key = Key::Media(app.clone(), media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let record = found.ok_or_else(Problem::unknown_media)?.value;
        let digest = FileDigest::of(text.as_bytes());
        // Of a media that is withdrawn, nothing is put anywhere.
        if record.state.is_served() {
            self.wait(&record, &digest, text.into()).await?;
        }
        let command = Command::PutCaptions(Captions {
            id: CaptionsId::first(language),
            name,
            from: Origin::Put,
            digest: Some(digest),
            waits: Some(record.generation),
        });
        let request = Request {
            command,
            by: by.to_owned(),
        };
        self.place(app, media, &request, 0).await
    }

    /// Puts a text into WORK, where it waits for the operation.
    async fn wait(
        &self,
        record: &MediaRecord,
        digest: &FileDigest,
        text: Bytes,
    ) -> Result<(), Error> {
        let (app, media) = (record.app.clone(), record.media.clone());
        let part = work::Part::Captions(digest.clone());
        let location = Key::Part(app, media, record.generation, part).location();
        let headers = Headers::default();
        let put = self.store.put(&location, text, &headers, Condition::Absent);
        match put.await {
            // The same text was put before.
            Ok(_) | Err(StoreError::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn checked_name(name: &str) -> Result<String, Problem> {
    let shown = shown_name(name).filter(|_| name.chars().count() <= MAX_NAME_CHARS);
    shown.ok_or_else(|| Problem::invalid("name", format!("Give 1 to {MAX_NAME_CHARS} letters.")))
}

/// The place of the text of captions.
enum Text {
    /// In WORK, and this is it.
    Waits(String),
    /// In DELIVERY.
    Delivered,
    /// It was in WORK, and is not there any more.
    Lost,
}

impl Operator {
    /// Makes delivery as the record's list says, unless another operation has overtaken this one.
    pub(super) async fn update(&self, record: &MediaRecord) -> Result<Left, Error> {
        let Some(content) = &record.content else {
            return Ok(Left::Nothing);
        };
        let master = record.delivered(Item::Hls(Hls::Master)).location();
        let before = match self.store.get(&master, None).await {
            Ok(found) => String::from_utf8_lossy(&found.body).into_owned(),
            Err(StoreError::Missing) => return Ok(Left::Nothing),
            Err(error) => return Err(error.into()),
        };
        let duration_ms = content
            .streams
            .as_ref()
            .and_then(|streams| streams.duration_ms);
        let duration_ms = duration_ms.unwrap_or(0);
        let zero = zero(&*self.store, record, &before).await?;
        let (mut texts, mut listed) = (Vec::new(), Vec::new());
        for one in &content.captions {
            match self.text(record, one).await? {
                Text::Waits(text) => texts.push((Hls::Captions(one.id), with_zero(&text, zero))),
                Text::Delivered => {}
                Text::Lost if self.is_delivered(record, one.id).await? => {
                    listed.push(Captions {
                        digest: None,
                        waits: None,
                        ..one.clone()
                    });
                    continue;
                }
                Text::Lost => continue,
            }
            listed.push(one.clone());
        }
        if listed != content.captions {
            self.list_what_is_left(record, &listed).await?;
        }
        for one in &listed {
            texts.push((Hls::CaptionsPlaylist(one.id), playlist(one.id, duration_ms)));
        }
        texts.push((Hls::Master, with_captions(&before, &listed)));
        for (hls, text) in texts {
            if !self.put_text(record, hls, text.into()).await? {
                return Ok(Left::Nothing);
            }
        }
        self.remove_unlisted(record, &listed).await?;
        Ok(Left::Nothing)
    }

    /// Returns where the text of captions is.
    async fn text(&self, record: &MediaRecord, one: &Captions) -> Result<Text, Error> {
        let (Some(generation), Some(digest)) = (one.waits, &one.digest) else {
            return Ok(Text::Delivered);
        };
        let (app, media) = (record.app.clone(), record.media.clone());
        let part = work::Part::Captions(digest.clone());
        let location = Key::Part(app, media, generation, part).location();
        match self.store.get(&location, None).await {
            Ok(found) => Ok(Text::Waits(
                String::from_utf8_lossy(&found.body).into_owned(),
            )),
            Err(StoreError::Missing) => Ok(Text::Lost),
            Err(error) => Err(error.into()),
        }
    }

    async fn is_delivered(&self, record: &MediaRecord, id: CaptionsId) -> Result<bool, Error> {
        let place = record.delivered(Item::Hls(Hls::Captions(id))).location();
        Ok(self.store.head(&place).await?.is_some())
    }

    /// Lists only the captions whose text there is. WORK keeps texts for some days only, and a media may be suspended for
    /// longer, in the middle of a change. What is delivered stays, without a digest, because it may be the text before: so
    /// the same text can be put again.
    async fn list_what_is_left(
        &self,
        record: &MediaRecord,
        listed: &[Captions],
    ) -> Result<(), Error> {
        tracing::warn!(media = %record.media, "captions of {} waited for so long that their text is gone", record.media);
        let written = self.records.change_if(
            (&record.app, &record.media),
            |current| current.generation == record.generation && current.state == record.state,
            |current| {
                if let Some(content) = current.content.as_mut() {
                    content.captions = listed.to_vec();
                }
                Ok(())
            },
        );
        written.await.map(|_| ())
    }

    /// Puts a text where it is not yet. Returns `false` if another operation has begun: then its texts count.
    async fn put_text(&self, record: &MediaRecord, hls: Hls, text: Bytes) -> Result<bool, Error> {
        let object = Derived::new(record, Item::Hls(hls));
        let (location, headers) = (object.location(), object.headers(hls.content_type()));
        for _ in 0..ATTEMPTS {
            let there = match self.store.get(&location, None).await {
                Ok(there) => Some(there),
                Err(StoreError::Missing) => None,
                Err(error) => return Err(error.into()),
            };
            // This look comes after the one at what is there. So whoever began later puts later, and this put fails.
            if !self.is_current(record).await? {
                return Ok(false);
            }
            if there.as_ref().is_some_and(|there| there.body == text) {
                return Ok(true);
            }
            let condition = there
                .as_ref()
                .map_or(Condition::Absent, |there| Condition::Is(&there.info.etag));
            match self
                .store
                .put(&location, text.clone(), &headers, condition)
                .await
            {
                Ok(_) => return Ok(true),
                Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Removes captions and playlists that no list names any more.
    async fn remove_unlisted(
        &self,
        record: &MediaRecord,
        listed: &[Captions],
    ) -> Result<(), Error> {
        let prefix = Prefix::captions(record.visibility, &record.app, &record.media);
        let found = self.store.list(&prefix, None, PAGE).await?;
        if !self.is_current(record).await? {
            return Ok(());
        }
        let unlisted = found.objects.iter().filter(|object| {
            let key = Key::parse(Bucket::Delivery, object.location.key());
            let Some(Key::Delivered {
                item: Item::Hls(Hls::Captions(id) | Hls::CaptionsPlaylist(id)),
                ..
            }) = key
            else {
                return false;
            };
            listed.iter().all(|one| one.id != id)
        });
        let removed = unlisted.map(async |object| {
            match self.store.delete(&object.location, &object.etag).await {
                Ok(()) | Err(StoreError::Changed | StoreError::Conflict) => Ok(()),
                Err(error) => Err(Error::from(error)),
            }
        });
        try_join_all(removed).await.map(|_| ())
    }

    async fn is_current(&self, record: &MediaRecord) -> Result<bool, Error> {
        let key = Key::Media(record.app.clone(), record.media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        Ok(found.is_some_and(|found| {
            found.value.generation == record.generation && found.value.state == record.state
        }))
    }
}
