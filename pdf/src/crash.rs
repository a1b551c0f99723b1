//! Handles crashes of PDFium: the crashed thread is stopped, so that another thread can still report the page.
//!
//! A segmentation fault, a failed check, a failed allocation and a stack overflow each send a signal to the thread that
//! caused it. By default the signal ends the process, and nobody learns which page it was. After [`watch`] was called,
//! a thread that crashes while it has a document open is suspended forever. The state of the process cannot be trusted
//! from then on: a caller that learns of the crash from [`crashed`] should record the page and end the process. Crashes
//! of other threads, and a kill from outside (out of memory), have their usual effect.

#![allow(
    unsafe_code,
    clippy::as_conversions,
    reason = "a signal handler is passed as the address of a function, and a thread is identified by its pthread handle"
)]

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// The signals that a thread causes by its own actions.
const SIGNALS: [libc::c_int; 6] = [
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGSEGV,
    libc::SIGTRAP,
];

/// Stands for no page.
const NONE: u32 = u32::MAX;

/// The pthread handle of the thread that has a document open; 0 for none.
static THREAD: AtomicUsize = AtomicUsize::new(0);

/// The page that this thread works on, counted from 0.
static PAGE: AtomicU32 = AtomicU32::new(NONE);

static HAS_FALLEN: AtomicBool = AtomicBool::new(false);

/// PDFium has crashed. Its thread and the lock of its library are lost to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crashed {
    /// The page that was being worked on, counted from 0; `None` if the document was being opened or closed.
    pub page: Option<u32>,
}

/// Installs handlers for the signals of a crash.
///
/// # Errors
/// The system's error if a handler cannot be installed.
pub fn watch() -> io::Result<()> {
    for signal in SIGNALS {
        // SAFETY: all zeroes is an action without flags, and `sigemptyset` initializes its mask; `caught` does nothing
        // that is forbidden in a handler.
        let set = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            // Run on the alternate stack that Rust gives each thread: the thread's own may have overflowed.
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

/// Returns the crash if PDFium has crashed.
#[must_use]
pub fn crashed() -> Option<Crashed> {
    HAS_FALLEN.load(Ordering::SeqCst).then(|| Crashed {
        page: Some(PAGE.load(Ordering::SeqCst)).filter(|page| *page != NONE),
    })
}

/// Marks this thread as working for PDFium until this value is dropped.
pub(crate) struct Watched;

impl Watched {
    pub(crate) fn new() -> Self {
        PAGE.store(NONE, Ordering::SeqCst);
        THREAD.store(this_thread(), Ordering::SeqCst);
        Self
    }

    /// Notes that the thread works on the document as a whole, no longer on a page.
    pub(crate) fn leave_page(&self) {
        PAGE.store(NONE, Ordering::SeqCst);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        THREAD.store(0, Ordering::SeqCst);
    }
}

/// Notes that the thread works on this page now.
pub(crate) fn enter_page(index: u32) {
    PAGE.store(index, Ordering::SeqCst);
}

fn this_thread() -> usize {
    // SAFETY: `pthread_self` can always be called.
    unsafe { libc::pthread_self() as usize }
}

/// Handles a signal. It uses only what a handler may use: atomics and async-signal-safe system calls.
/// <https://man7.org/linux/man-pages/man7/signal-safety.7.html>
extern "C" fn caught(signal: libc::c_int) {
    if THREAD.load(Ordering::SeqCst) == this_thread() {
        HAS_FALLEN.store(true, Ordering::SeqCst);
        loop {
            // SAFETY: `pause` can always be called.
            unsafe { libc::pause() };
        }
    }
    // Another thread crashed. With the default action restored, the signal ends the process when this handler returns.
    // SAFETY: both may be called by a handler.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}
