//! The ways a person or a supervisor asks us to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// Ctrl-C (SIGINT).
    Keyboard,
    /// SIGTERM, or SIGHUP when the terminal is closed.
    Terminate,
}

impl Interrupt {
    /// 130 after Ctrl-C, as a shell expects; a requested end is a success.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Keyboard => 130,
            Self::Terminate => 0,
        }
    }
}

/// Listens from its creation on, so that no signal ends the process with a stack behind it.
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
    /// When the system refuses a signal handler.
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
