//! Works on a hostile file in a copy of this process, which `fork` makes. If the file crashes a parser or a renderer, only the
//! copy ends.
//!
//! A drawing is a program: a few hundred bytes of it may ask for any amount of time, memory and nesting, and neither usvg nor
//! resvg can be interrupted. The copy has limits on memory, time and files that the kernel holds. It writes its result into
//! memory that both processes share, and ends by `_exit`, so that nothing else of ours runs in it. A copy instead of another
//! program costs about a millisecond, ships nothing, and works wherever this crate is linked.

use std::io;
use std::os::fd::AsRawFd;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, WaitStatus, kill_process, pidfd_open,
    set_parent_process_death_signal, setrlimit, waitpid,
};

use super::flaw::Flaw;
use super::shared::Shared;

/// The stack, in bytes. Parsers and renderers call themselves for each level of nesting, of which usvg allows 1,024. It is
/// addressed, and becomes memory only where it is used.
const STACK_BYTES: usize = 256 << 20;

/// The seconds that are left to a copy that has used up its processor time: the kernel signals it, and kills it after
/// them.
const GRACE_SECONDS: u64 = 1;

/// The exit code of a copy whose work panicked.
const CRASHED: i32 = 101;

/// The exit code of a copy that could not be bounded.
const UNBOUNDED: i32 = 102;

/// The bounds of the work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The memory that it may take beside what this process has, in bytes.
    pub(super) bytes: u64,
    /// The processor time that it may take, in seconds.
    pub(super) seconds: u64,
    /// The time at which it is ended.
    pub(super) until: Instant,
}

/// The reason why there is no result.
#[derive(Debug)]
pub(super) enum Ended {
    /// The work says so.
    Flawed(Flaw),
    /// It took too much processor time.
    Time,
    /// It took too much memory or too deep a stack, or met an error of the library's.
    Crash,
    /// There is no copy of this process, or it had no processor for its work.
    Unavailable(io::Error),
}

/// Does the work within bounds. The work gets `room` bytes of zeros for its result, and returns the length of the result.
///
/// # Errors
/// [`Ended`]
pub(super) fn apart(
    bounds: Bounds,
    room: usize,
    work: impl FnOnce(&mut [u8]) -> Result<usize, Flaw> + Send,
) -> Result<Shared, Ended> {
    // A copy has only the thread that called `fork`, so this thread's stack is the one that the work uses.
    let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
    std::thread::scope(|scope| {
        builder
            .spawn_scoped(scope, || copied(bounds, room, work))
            .map_err(Ended::Unavailable)?
            .join()
            .unwrap_or(Err(Ended::Crash))
    })
}

#[allow(
    unsafe_code,
    reason = "a copy of the process is made, and ended before it returns from here"
)]
fn copied(
    bounds: Bounds,
    room: usize,
    work: impl FnOnce(&mut [u8]) -> Result<usize, Flaw>,
) -> Result<Shared, Ended> {
    let mut shared = Shared::new(room).map_err(Ended::Unavailable)?;
    let addressed = addressed_bytes().map_err(Ended::Unavailable)?;
    // SAFETY: glibc's allocator can be used after a fork, whatever the other threads were doing: it takes its locks for it
    // (https://sourceware.org/glibc/manual/latest/html_node/Creating-a-Process.html). The work takes no other lock that
    // another thread of ours may hold: it reads memory and files, and logs nothing. If that is ever wrong, the copy waits
    // for a lock until its time is over.
    let made = unsafe { libc::fork() };
    match made {
        0 => {
            let code = inside(&mut shared, bounds, addressed, work);
            // SAFETY: it ends this process at once. Nothing is flushed or dropped twice.
            unsafe { libc::_exit(code) }
        }
        ..0 => Err(Ended::Unavailable(io::Error::last_os_error())),
        1.. => outcome(made, bounds.until).map(|()| shared),
    }
}

/// Works in the copy. Returns its exit code.
fn inside(
    shared: &mut Shared,
    bounds: Bounds,
    addressed: u64,
    work: impl FnOnce(&mut [u8]) -> Result<usize, Flaw>,
) -> i32 {
    log::set_max_level(log::LevelFilter::Off);
    panic::set_hook(Box::new(|_| {}));
    if silence().is_err() || bound(bounds, addressed).is_err() {
        return UNBOUNDED;
    }
    match panic::catch_unwind(AssertUnwindSafe(|| work(shared.room()))) {
        Ok(Ok(length)) => {
            shared.finish(length);
            0
        }
        Ok(Err(flaw)) => flaw.code(),
        Err(_panic) => CRASHED,
    }
}

/// Discards the standard error stream. Rust writes a message there when memory runs out, and that is no fault for the log.
#[allow(
    unsafe_code,
    reason = "the standard library does not replace a standard stream"
)]
fn silence() -> io::Result<()> {
    let nowhere = std::fs::File::options().write(true).open("/dev/null")?;
    // SAFETY: both are open, and nothing here owns the second.
    match unsafe { libc::dup2(nowhere.as_raw_fd(), libc::STDERR_FILENO) } {
        ..0 => Err(io::Error::last_os_error()),
        0.. => Ok(()),
    }
}

fn bound(bounds: Bounds, addressed: u64) -> rustix::io::Result<()> {
    // It does not outlive the thread that waits for it.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let memory = addressed.saturating_add(bounds.bytes);
    for (resource, soft, hard) in [
        (Resource::As, memory, memory),
        (
            Resource::Cpu,
            bounds.seconds,
            bounds.seconds.saturating_add(GRACE_SECONDS),
        ),
        (Resource::Fsize, 0, 0),
        (Resource::Core, 0, 0),
        // No process is made by it.
        (Resource::Nproc, 0, 0),
    ] {
        let limit = Rlimit {
            current: Some(soft),
            maximum: Some(hard),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// Returns how many bytes this process addresses, of which most are no memory. The first number of `statm` is in pages:
/// <https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html>.
fn addressed_bytes() -> io::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: Option<u64> = text
        .split(' ')
        .next()
        .and_then(|pages| pages.trim().parse().ok());
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(u64::MAX);
    let bytes = pages.and_then(|pages| pages.checked_mul(page));
    bytes.ok_or_else(|| io::Error::other("/proc/self/statm is not understood"))
}

/// Waits for the copy, and ends it if it is late.
fn outcome(pid: i32, until: Instant) -> Result<(), Ended> {
    let pid = Pid::from_raw(pid).ok_or_else(|| Ended::Unavailable(Errno::CHILD.into()))?;
    let in_time = in_time(pid, until);
    if !matches!(in_time, Ok(true)) {
        // It has not been waited for yet, so the number is still its.
        kill_process(pid, Signal::KILL).ok();
    }
    let status = loop {
        match waitpid(Some(pid), WaitOptions::empty()) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(Ended::Unavailable(error.into())),
            Ok(status) => break status.map(|(_, status)| status),
        }
    };
    match in_time {
        Ok(true) => status.map_or(Err(Ended::Crash), verdict),
        // The kernel would have ended it before if it had used up its processor time. So the machine was busy.
        Ok(false) => Err(Ended::Unavailable(io::ErrorKind::TimedOut.into())),
        Err(error) => Err(Ended::Unavailable(error.into())),
    }
}

/// Waits until the copy has ended. Returns `false` if it has not in time.
fn in_time(pid: Pid, until: Instant) -> rustix::io::Result<bool> {
    let fd = pidfd_open(pid, PidfdFlags::empty())?;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left.min(Duration::from_secs(3_600)))
            .map_err(|_too_long| Errno::INVAL)?;
        match poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Ok(false),
            Ok(_) => return Ok(true),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn verdict(status: WaitStatus) -> Result<(), Ended> {
    if let Some(code) = status.exit_status() {
        return match Flaw::by_code(code) {
            _ if code == 0 => Ok(()),
            Some(flaw) => Err(Ended::Flawed(flaw)),
            None if code == UNBOUNDED => {
                let what = "a copy of the process could not be bounded";
                Err(Ended::Unavailable(io::Error::other(what)))
            }
            None => Err(Ended::Crash),
        };
    }
    let is_time = status.terminating_signal() == Some(Signal::XCPU.as_raw());
    Err(if is_time { Ended::Time } else { Ended::Crash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_copy_nothing_is_known() {
        let bounds = Bounds {
            bytes: 1 << 20,
            seconds: 1,
            until: Instant::now() + Duration::from_secs(10),
        };
        let ended = apart(bounds, usize::MAX / 2, |_| Ok(0));
        assert!(matches!(ended, Err(Ended::Unavailable(_))), "{ended:?}");
    }
}
