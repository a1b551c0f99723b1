//! Connections that can be reset from within, as a network failure would do.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Accepts connections that can be broken.
#[derive(Debug)]
pub(super) struct Listener(pub(super) TcpListener);

/// An accepted connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    breaker: Breaker,
}

/// Breaks the connection on which a request arrived.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaker(Arc<AtomicBool>);

impl Breaker {
    /// Stops all output at once; then the connection is reset.
    pub(super) fn trip(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_tripped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.0).await;
        let breaker = Breaker::default();
        (Connection { stream, breaker }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Breaker {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().breaker.clone()
    }
}

impl Connection {
    fn check(&self) -> io::Result<()> {
        if self.breaker.is_tripped() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.breaker.is_tripped() {
            // With zero linger, closing sends RST instead of FIN; if it does not, the client sees a close without an
            // answer.
            self.stream.set_zero_linger().unwrap_or_default();
        }
    }
}
