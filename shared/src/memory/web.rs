//! Other people's servers in memory, which answer as a test says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;

use crate::memory::faults::Faults;
use crate::ports::web::{Body, CALL, Request, Response, Web, WebError};

/// An answer as a test gives it.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The pieces of the body.
    pub body: Vec<Bytes>,
    /// Whether the connection breaks off after the pieces.
    pub breaks_off: bool,
    /// The time until it comes.
    pub after: Duration,
}

impl Answer {
    /// Answers with this status and nothing else.
    #[must_use]
    pub fn with_status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }
}

type Server = Arc<dyn Fn(&Request) -> Result<Answer, WebError> + Send + Sync>;

/// All servers; clones share what was received. Until [`MemoryWeb::answer_with`] is called, each request is answered with
/// 200.
#[derive(Clone)]
pub struct MemoryWeb {
    received: Arc<Mutex<Vec<(Request, Duration)>>>,
    server: Arc<Mutex<Server>>,
    faults: Faults,
}

impl Default for MemoryWeb {
    fn default() -> Self {
        Self {
            received: Arc::default(),
            server: Arc::new(Mutex::new(Arc::new(|_| Ok(Answer::with_status(200))))),
            faults: Faults::default(),
        }
    }
}

impl std::fmt::Debug for MemoryWeb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryWeb").finish_non_exhaustive()
    }
}

impl MemoryWeb {
    /// Returns the same servers, seen through the faults of a process.
    #[must_use]
    pub fn seen_by(&self, faults: &Faults) -> Self {
        Self {
            faults: faults.clone(),
            ..self.clone()
        }
    }

    /// Answers each request from now on with what `server` returns.
    pub fn answer_with(
        &self,
        server: impl Fn(&Request) -> Result<Answer, WebError> + Send + Sync + 'static,
    ) {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(server);
    }

    /// Returns the requests that servers received, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Request> {
        self.all().into_iter().map(|(request, _)| request).collect()
    }

    /// Returns how long the caller of each of these requests would have waited for the answer.
    #[must_use]
    pub fn waits(&self) -> Vec<Duration> {
        self.all().into_iter().map(|(_, within)| within).collect()
    }

    fn all(&self) -> Vec<(Request, Duration)> {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.clone()
    }
}

#[async_trait]
impl Web for MemoryWeb {
    async fn send(&self, request: Request, within: Duration) -> Result<Response, WebError> {
        let fate = self.faults.pass(CALL, || request.address.to_string());
        if !fate.acts {
            return Err(WebError::Broken("a fault of the test".into()));
        }
        let server = {
            let server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
            server.clone()
        };
        let answer = server(&request);
        {
            let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
            received.push((request, within));
        }
        let answer = answer?;
        tokio::time::sleep(answer.after).await;
        if !fate.answers {
            return Err(WebError::Broken("a fault of the test".into()));
        }
        Ok(Response {
            status: answer.status,
            headers: answer.headers,
            body: Box::new(Pieces {
                left: answer.body.into_iter(),
                breaks_off: answer.breaks_off,
            }),
        })
    }
}

/// The rest of a body.
struct Pieces {
    left: std::vec::IntoIter<Bytes>,
    breaks_off: bool,
}

#[async_trait]
impl Body for Pieces {
    async fn next(&mut self, _within: Duration) -> Result<Option<Bytes>, WebError> {
        match self.left.next() {
            Some(piece) => Ok(Some(piece)),
            None if self.breaks_off => Err(WebError::Broken("the server broke off".into())),
            None => Ok(None),
        }
    }
}
