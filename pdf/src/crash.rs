//! When PDFium crashes: its thread is held where it fell, and another one can still say which page it was.
//!
//! A segmentation fault, a failed check, memory that is not given, a stack that is too deep: each is a signal to the thread
//! that caused it, and by default the end of the process, which leaves no word about the page. Once [`watch`] was called, a
//! thread that falls while it has a document open never goes on instead. What the process did before cannot be trusted
//! for long: whoever learns of it by [`fallen`] notes the page, and ends the process. Crashes of other threads, and
//! a kill from outside (out of memory), are what they always were.
#![allow(
    unsafe_code,
    clippy::as_conversions,
    reason = "signals are caught in C's way: by the address of a function, and threads have no other name"
)]

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// All that a thread sends itself by what it does.
const SIGNALS: [libc::c_int; 6] = [
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGSEGV,
    libc::SIGTRAP,
];

/// No thread, no page.
const NONE: u32 = u32::MAX;

/// The thread that has a document open, as pthreads call it; 0 for none.
static THREAD: AtomicUsize = AtomicUsize::new(0);

/// The page that it is at, from 0.
static PAGE: AtomicU32 = AtomicU32::new(NONE);

static HAS_FALLEN: AtomicBool = AtomicBool::new(false);

/// PDFium has crashed; its thread, and the lock of its library with it, are lost to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallen {
    /// The page that it was at, counted from 0; none while it opened or closed the document.
    pub page: Option<u32>,
}

/// Catches crashes from now on.
///
/// # Errors
/// The system's.
pub fn watch() -> io::Result<()> {
    for signal in SIGNALS {
        // SAFETY: all zeroes is an action without flags whose mask `sigemptyset` makes; `caught` does nothing that a
        // handler must not do.
        let set = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            // On the stack that Rust gives each thread for it: the thread's own may be what is used up.
            action.sa_flags = libc::SA_ONSTACK;
            action.sa_sigaction = caught as extern "C" fn(libc::c_int) as libc::sighandler_t;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(signal, &raw const action, ptr::null_mut())
        };
        if set != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Whether PDFium has crashed, and where.
#[must_use]
pub fn fallen() -> Option<Fallen> {
    HAS_FALLEN.load(Ordering::SeqCst).then(|| Fallen {
        page: Some(PAGE.load(Ordering::SeqCst)).filter(|page| *page != NONE),
    })
}

/// From now on this thread works for PDFium, until it is dropped.
pub(crate) struct Watched;

impl Watched {
    pub(crate) fn new() -> Self {
        PAGE.store(NONE, Ordering::SeqCst);
        THREAD.store(this_thread(), Ordering::SeqCst);
        Self
    }

    /// At the document as a whole, no longer at a page of it.
    pub(crate) fn leave_page(&self) {
        PAGE.store(NONE, Ordering::SeqCst);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        THREAD.store(0, Ordering::SeqCst);
    }
}

/// It is at this page now.
pub(crate) fn enter_page(index: u32) {
    PAGE.store(index, Ordering::SeqCst);
}

fn this_thread() -> usize {
    // SAFETY: always can be called.
    unsafe { libc::pthread_self() as usize }
}

/// Does nothing but what a handler may: atomics and calls of the system.
/// <https://man7.org/linux/man-pages/man7/signal-safety.7.html>
extern "C" fn caught(signal: libc::c_int) {
    if THREAD.load(Ordering::SeqCst) == this_thread() {
        HAS_FALLEN.store(true, Ordering::SeqCst);
        loop {
            // SAFETY: always can be called.
            unsafe { libc::pause() };
        }
    }
    // Somebody else's. With nobody to catch it, it ends the process when the handler is left.
    // SAFETY: both may be called by a handler.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}
