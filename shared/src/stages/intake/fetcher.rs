//! Fetches a file from an address into UPLOAD, under the grant that was made for it.
//!
//! The server is a stranger's. Nobody but a public server is called, redirects are not followed, and only the status 200
//! is an answer. What it says of the file's size is compared before anything is read, and what it sends is counted; a file
//! goes to S3 in parts, of which one is in memory at a time.
//!
//! A file that cannot be fetched ends as rejected, with a sentence that says what the server answered. What may be better the
//! next time is tried again first. The object is written where nothing is, so two processes that fetch at the same time
//! leave one file.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::Instant;

use super::arrivals::{Arrivals, Wanted};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::parts::{PART_BYTES, Parts};
use crate::ports::store::{Condition, Headers, StoreError};
use crate::ports::web::{Request, Response, Web, WebError};
use crate::stages::tries::Try;
use crate::vocabulary::app::{AppRecord, Limits};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Key, ObjectLocation};
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::not_fetched::NotFetched;
use crate::vocabulary::origin::{Address, Origin};
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::web_address::{Reach, WebAddress};

/// The most bytes of a file that is fetched (4 GiB): with 10.3 MB a second, it arrives in `FETCHING`.
pub const MOST_BYTES: u64 = 4 << 30;

/// The time in which a file must arrive. The function's timeout is 600 s, and an alarm goes off from 480 s on.
const FETCHING: Duration = Duration::from_secs(420);

/// The longest wait for the server's answer, and for each piece of the file.
const SILENCE: Duration = Duration::from_secs(30);

/// Fetches files.
pub struct Fetcher {
    /// The place that files are brought to.
    pub arrivals: Arrivals,
    /// The store of these, for large files.
    pub parts: Arc<dyn Parts>,
    /// Other people's servers.
    pub web: Arc<dyn Web>,
    /// The servers that may be called.
    pub reach: Reach,
    /// The platform's limits.
    pub limits: Limits,
}

/// The reasons why a file was not put.
enum Failed {
    /// The server is to blame.
    Remote(NotFetched),
    /// It could not be decided.
    Ours(Error),
}

impl Fetcher {
    /// Fetches what the order is about, if its media still waits for it.
    ///
    /// # Errors
    /// Any error that kept it from being fetched; the message must then come again.
    pub async fn fetch(&self, order: &StageOrder, begun: Try) -> Result<Ending, Error> {
        let (file, address) = match self.arrivals.wanted(order).await? {
            Wanted::File(file, Origin::Fetch(address)) => (file, address),
            Wanted::File(_, Origin::Copy(_)) => return Ok(Ending::Overtaken),
            Wanted::Nothing(ending) => return Ok(ending),
        };
        let key = Key::App(file.app.clone());
        let Some(app) = self.arrivals.records.load::<AppRecord>(&key).await? else {
            let why = Reason::UnknownUpload;
            return self.arrivals.refuse(order, &why).await;
        };
        let limits = app.value.limits.within(self.limits);
        let limit = limits.most_bytes(&app.value.kinds).min(MOST_BYTES);
        let why = match self.bring(&address, limit, &file.key().location()).await {
            Ok(()) => return Ok(Ending::Fetched),
            Err(Failed::Ours(error)) => return Err(error),
            Err(Failed::Remote(why)) => why,
        };
        if why.may_pass() && begun.number < order.stage.max_attempts() {
            return Err(Error::NotFetched(why));
        }
        self.arrivals.refuse(order, &Reason::NotFetched(why)).await
    }

    /// Fetches a file of at most `limit` bytes.
    async fn bring(
        &self,
        address: &Address,
        limit: u64,
        to: &ObjectLocation,
    ) -> Result<(), Failed> {
        let end = Instant::now() + FETCHING;
        let address = WebAddress::parse(&address.0, self.reach).map_err(NotFetched::from)?;
        let request = Request {
            method: Method::GET,
            address,
            headers: asked(),
            body: Bytes::new(),
        };
        let answer = self.web.send(request, SILENCE).await.map_err(remote)?;
        match answer.status {
            200 => {}
            status @ 300..=399 => return Err(NotFetched::Redirect(status).into()),
            status => return Err(NotFetched::Status(status).into()),
        }
        let said = said_bytes(&answer);
        if said.is_some_and(|said| said > limit) {
            return Err(NotFetched::TooLarge { limit }.into());
        }
        let mut pieces = Pieces {
            answer,
            said,
            limit,
            end,
            came: 0,
        };
        self.put(&mut pieces, to).await
    }

    /// Puts a file where nothing is: whole, or in parts if it has more than one.
    async fn put(&self, pieces: &mut Pieces, to: &ObjectLocation) -> Result<(), Failed> {
        let store = &*self.arrivals.store;
        let headers = Headers::default();
        let first = pieces.part().await?;
        if first.len() < PART_BYTES {
            let put = store.put(to, first, &headers, Condition::Absent).await;
            return there(put);
        }
        let upload = self.parts.begin_parts(to, &headers).await?;
        let put = self.put_parts(pieces, first, to, &upload).await;
        if put.is_err()
            && let Err(error) = self.parts.drop_parts(to, &upload).await
        {
            tracing::warn!(cause = %error, "the parts of a file that did not arrive could not be removed");
        }
        match put {
            // Another process was first.
            Err(Failed::Ours(Error::Store(StoreError::Changed))) => Ok(()),
            put => put,
        }
    }

    async fn put_parts(
        &self,
        pieces: &mut Pieces,
        first: Bytes,
        to: &ObjectLocation,
        upload: &str,
    ) -> Result<(), Failed> {
        let (mut part, mut etags) = (first, Vec::new());
        while !part.is_empty() {
            let number = u16::try_from(etags.len() + 1).unwrap_or(u16::MAX);
            etags.push(self.parts.put_part(to, upload, number, part).await?);
            part = pieces.part().await?;
        }
        self.parts.end_parts(to, upload, &etags).await?;
        Ok(())
    }
}

/// The file that a server sends, piece by piece.
struct Pieces {
    answer: Response,
    /// How many bytes it says that it sends.
    said: Option<u64>,
    /// The most bytes that are read.
    limit: u64,
    /// The time by which everything must have come.
    end: Instant,
    /// How many bytes came.
    came: u64,
}

impl Pieces {
    /// Returns the next part of the file, of at least [`PART_BYTES`] unless it is the last one; it is empty at the end.
    async fn part(&mut self) -> Result<Bytes, Failed> {
        let mut part = BytesMut::new();
        while part.len() < PART_BYTES {
            let left = self.end.saturating_duration_since(Instant::now());
            let piece = self.answer.body.next(SILENCE.min(left)).await;
            if left.is_zero() || (piece.is_err() && Instant::now() >= self.end) {
                let seconds = FETCHING.as_secs();
                return Err(NotFetched::TooLong { seconds }.into());
            }
            let Some(piece) = piece.map_err(remote)? else {
                break;
            };
            let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.came = self.came.saturating_add(bytes);
            if self.came > self.limit {
                return Err(NotFetched::TooLarge { limit: self.limit }.into());
            }
            part.extend_from_slice(&piece);
        }
        let is_cut_short = self.said.is_some_and(|said| self.came < said);
        if part.len() < PART_BYTES && is_cut_short {
            return Err(NotFetched::Broken.into());
        }
        Ok(part.freeze())
    }
}

/// The headers of a request. A file is asked for as it is, because its bytes are counted and kept.
fn asked() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, HeaderValue::from_static("Dozo"));
    headers
}

fn said_bytes(answer: &Response) -> Option<u64> {
    let said = answer.headers.get(CONTENT_LENGTH)?;
    said.to_str().ok()?.parse().ok()
}

/// Another process may have put the file, or this one before its answer was lost.
fn there(put: Result<ETag, StoreError>) -> Result<(), Failed> {
    match put {
        Ok(_) | Err(StoreError::Changed) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn remote(error: WebError) -> NotFetched {
    match error {
        WebError::NotPublic => NotFetched::NotPublic,
        WebError::UnknownName => NotFetched::UnknownName,
        WebError::TooSlow => NotFetched::TooSlow,
        WebError::Broken(cause) => {
            tracing::warn!(
                cause = crate::platform::error::causes(&*cause),
                "a server could not be reached"
            );
            NotFetched::Broken
        }
    }
}

impl From<NotFetched> for Failed {
    fn from(why: NotFetched) -> Self {
        Self::Remote(why)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Ours(error.into())
    }
}
