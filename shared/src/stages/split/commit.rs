//! Commits pages: the result of each piece, then the manifest of the whole document.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::engine::Made;
use super::page_result::PageResult;
use super::{Span, Splitter, manifest};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::metrics::Metric;
use crate::ports::store::{Condition, StoreError};
use crate::stages::derived::Derived;
use crate::stages::{placeholder, progress};
use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::keys::work::Part;
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::page::{PageFormat, PageNumber};
use crate::vocabulary::placeholder::Placeholder;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

/// Number of results that are read at the same time.
const READS_AT_ONCE: usize = 16;

/// Maximum size of a page's text in bytes. A page of the smallest print has a tenth of it.
const MOST_TEXT: usize = 1 << 20;

/// Maximum number of broken pages that the record lists. The manifest leaves all of them blank.
const BROKEN_NAMED: usize = 100;

/// How often a manifest is written while what the app says changes each time, before it is left to a later delivery.
const PASSES: u32 = 4;

/// The media type of page texts.
const TEXT: &str = "text/plain; charset=utf-8";

/// The finished pages of a piece.
pub(super) struct Piece {
    span: Span,
    format: PageFormat,
    pages: Vec<(PageNumber, Option<Made>)>,
}

#[derive(Serialize, Deserialize)]
struct Results {
    pages: Vec<PageResult>,
}

impl Piece {
    /// Creates a piece from pages numbered from 0.
    pub(super) fn new(span: Span, format: PageFormat, made: Vec<(u32, Option<Made>)>) -> Self {
        let number = |index: u32| {
            let number = u16::try_from(index.saturating_add(1)).ok()?;
            PageNumber::try_from(number).ok()
        };
        let pages = made.into_iter();
        Self {
            span,
            format,
            pages: pages
                .filter_map(|(index, made)| Some((number(index)?, made)))
                .collect(),
        }
    }
}

impl Splitter {
    /// Stores the pages of a piece, then its result. Returns `false` if the order no longer applies to the media.
    pub(super) async fn put(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
        piece: Piece,
    ) -> Result<bool, Error> {
        if self.current(order).await?.is_none() {
            return Ok(false);
        }
        let format = piece.format;
        let puts = piece
            .pages
            .into_iter()
            .map(|(page, made)| self.put_page(record, page, format, made));
        let pages: Vec<PageResult> = stream::iter(puts)
            .buffered(super::PIECE.into())
            .try_collect()
            .await?;
        if self.current(order).await?.is_none() {
            return Ok(false);
        }
        let part = piece.span.part();
        let key = Key::Part(
            order.app.clone(),
            order.media.clone(),
            order.generation,
            part,
        );
        let (location, results) = (key.location(), Results { pages });
        match json::put(&*self.store, &location, &results, Condition::Absent).await {
            // It exists already: another delivery has made the same.
            Ok(_) | Err(StoreError::Changed) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    async fn put_page(
        &self,
        record: &MediaRecord,
        page: PageNumber,
        format: PageFormat,
        made: Option<Made>,
    ) -> Result<PageResult, Error> {
        let Some(made) = made else {
            return Ok(PageResult {
                page,
                size: None,
                label: None,
            });
        };
        let (width, height) = (made.width, made.height);
        let image = Derived {
            record,
            item: Item::Page(page, format),
            size: Some(Dimensions { width, height }),
        };
        let text = Derived::new(record, Item::Text(page));
        tokio::try_join!(
            image.put(&*self.store, Bytes::from(made.image), format.content_type()),
            text.put(&*self.store, Bytes::from(bounded(made.text)), TEXT),
        )?;
        Ok(PageResult {
            page,
            size: Some((width, height)),
            label: made.label,
        })
    }

    /// Writes the manifest and declares the media ready, if all pages are stored.
    pub(super) async fn commit(&self, order: &StageOrder) -> Result<Ending, Error> {
        let Some(record) = self.current(order).await? else {
            return Ok(Ending::Overtaken);
        };
        let Some(pages) = record.content.as_ref().and_then(|content| content.pages) else {
            return Ok(Ending::Overtaken);
        };
        let made = BTreeSet::from_iter(progress::parts(&*self.store, &record).await?);
        let all = Span::of(1, pages).map(Span::pieces).unwrap_or_default();
        let results = all.into_iter().map(|piece| piece.results(&made));
        let Some(results) = results.collect::<Option<Vec<_>>>() else {
            return Ok(Ending::OthersAtWork);
        };
        let read = |part: Part| self.read(order, part);
        let results: Vec<Results> = stream::iter(results.into_iter().flatten().map(read))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        let pages: Vec<_> = results
            .into_iter()
            .flat_map(|result| result.pages)
            .collect();
        if pages.iter().all(|page| page.size.is_none()) {
            return self.settle_nothing(order, &record, &made).await;
        }
        let placeholder = self.placeholder(&record, &pages).await;
        for _ in 0..PASSES {
            let Some(told) = self.put_manifest(order, &pages).await? else {
                return Ok(Ending::Overtaken);
            };
            let after = self.declare_ready(order, &told, &pages, placeholder.as_ref());
            match after.await? {
                Some(record) if order.is_of(&record) => {}
                Some(record) if is_ready(&record, order) => return Ok(Ending::Ready),
                Some(_) | None => return Ok(Ending::Overtaken),
            }
        }
        Err(Error::Unsteady)
    }

    /// Puts the manifest. Returns the record that it tells of, or `None` if the order no longer applies to the media.
    ///
    /// The app may change its words meanwhile. So the record is read after the manifest that is there: if another
    /// process puts a manifest in between, this put fails, and the record is read again.
    async fn put_manifest(
        &self,
        order: &StageOrder,
        pages: &[PageResult],
    ) -> Result<Option<MediaRecord>, Error> {
        for _ in 0..PASSES {
            let Some(before) = self.current(order).await? else {
                return Ok(None);
            };
            let location = Derived::new(&before, Item::Manifest).location();
            let there = self.store.head(&location).await?;
            let Some(record) = self.current(order).await? else {
                return Ok(None);
            };
            let body = manifest::write(&self.public_base_url, &record, pages)?;
            let headers = Derived::new(&record, Item::Manifest).headers(manifest::CONTENT_TYPE);
            let condition = there
                .as_ref()
                .map_or(Condition::Absent, |there| Condition::Is(&there.etag));
            let put = self.store.put(&location, body.into(), &headers, condition);
            match put.await {
                Ok(_) => return Ok(Some(record)),
                Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Unsteady)
    }

    /// Returns the placeholder of the first page, unless it has no image.
    async fn placeholder(&self, record: &MediaRecord, pages: &[PageResult]) -> Option<Placeholder> {
        let first = PageNumber::try_from(1).ok();
        let format = record
            .content
            .as_ref()
            .and_then(|content| content.page_format);
        let has_image = |first| {
            pages
                .iter()
                .any(|page| page.page == first && page.size.is_some())
        };
        let (first, format) = first.filter(|first| has_image(*first)).zip(format)?;
        let image = Derived::new(record, Item::Page(first, format));
        placeholder::of_made(&*self.store, &image, format.encoding()).await
    }

    /// Settles a document of which no page could be made. It is rejected as damaged, unless pages were given up: the
    /// fault may then be the engine's, and another version of it may succeed. The original is in DELIVERY by now, and
    /// is taken away.
    async fn settle_nothing(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
        made: &BTreeSet<Part>,
    ) -> Result<Ending, Error> {
        if made.iter().any(|part| matches!(part, Part::GivenUp(_))) {
            return Err(Error::NoPage);
        }
        self.refuse(order, record, &super::plan::DAMAGED, true)
            .await
    }

    async fn read(&self, order: &StageOrder, part: Part) -> Result<Results, Error> {
        let key = Key::Part(
            order.app.clone(),
            order.media.clone(),
            order.generation,
            part,
        );
        let location = key.location();
        let found = json::get(&*self.store, &location).await?;
        let (results, _) = found.ok_or(StoreError::Missing)?;
        Ok(results)
    }

    /// Declares the media ready, unless the app says something else by now than the manifest that was put. Returns the
    /// record as it is then.
    async fn declare_ready(
        &self,
        order: &StageOrder,
        told: &MediaRecord,
        pages: &[PageResult],
        placeholder: Option<&Placeholder>,
    ) -> Result<Option<MediaRecord>, Error> {
        let broken = pages.iter().filter(|page| page.size.is_none());
        let broken: Vec<_> = broken.map(|page| page.page).take(BROKEN_NAMED).collect();
        let now = self.clock.now();
        let written = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record) && manifest::says_the_same(record, told),
            |record| {
                if let Some(content) = record.content.as_mut() {
                    content.broken_pages.clone_from(&broken);
                    content.placeholder = placeholder.cloned();
                }
                record.manifest_behind = false;
                Ok(record.publish(Stage::SplitPdf, now)?)
            },
        );
        let after = written.await?;
        if after.written {
            self.metrics.count(Metric::MediaReady);
        }
        Ok(after.record)
    }
}

fn is_ready(record: &MediaRecord, order: &StageOrder) -> bool {
    record.state == State::Ready && record.generation == order.generation
}

/// Truncates a text to the maximum size.
fn bounded(mut text: String) -> String {
    let end = (0..=MOST_TEXT.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}
