//! The signals with which a user or a supervisor asks the process to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The kind of request to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// Ctrl-C (SIGINT).
    Keyboard,
    /// SIGTERM, or SIGHUP when the terminal is closed.
    Terminate,
}

impl Interrupt {
    /// Returns 130 after Ctrl-C, as a shell expects, and 0 otherwise, because a requested stop is a success.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Keyboard => 130,
            Self::Terminate => 0,
        }
    }
}

/// Listens for signals. Create it before a stack is started, so that no signal ends the process and leaves the stack
/// running.
#[derive(Debug)]
pub struct Interrupts {
    keyboard: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Interrupts {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// An I/O error if the system refuses a signal handler.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            keyboard: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next request to stop.
    pub async fn next(&mut self) -> Interrupt {
        tokio::select! {
            _ = self.keyboard.recv() => Interrupt::Keyboard,
            _ = self.terminate.recv() => Interrupt::Terminate,
            _ = self.hangup.recv() => Interrupt::Terminate,
        }
    }
}
