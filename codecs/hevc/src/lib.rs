//! Decodes the pictures of HEIC files with FFmpeg, as a separate process: what a hostile file does to a decoder ends there.
//!
//! The process reads coded pictures from its standard input and writes frames to its standard output. It runs as the same
//! user as we do. It sees none of our environment, is told to use no protocol but pipes, and has limits on memory, time,
//! the size of files that it writes and the number that it opens. Frames are handed over as they come, so that only one is
//! in our memory.

use std::io::{BufWriter, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use dozo_codecs::convert::{Hevc, HevcError, Pictures};
use rustix::fd::OwnedFd;
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, pidfd_open, pidfd_send_signal, prlimit,
};

/// The memory of the function that this runs in, in bytes: `MemorySize` of `ValidateUpload` in the template.
const FUNCTION_BYTES: u64 = 2_048 << 20;

/// The memory that our own process takes beside the picture, in bytes.
const OURSELVES_BYTES: u64 = 160 << 20;

/// The most memory that the process may address, in bytes: enough for a single picture of 100 megapixels and 10 bits at
/// 4:2:0. Where our own buffers leave less of the function's memory, it is less.
const MOST_BYTES: u64 = 1_280 << 20;

/// The memory that the program addresses before it decodes anything, in bytes.
const PROGRAM_BYTES: u64 = 256 << 20;

/// The largest single piece of memory, in bytes: a plane of the largest picture.
const PIECE_BYTES: u64 = 512 << 20;

/// The time of a processor that the process may take, in seconds. 100 megapixels take about ten.
const SECONDS: u64 = 60;

/// The seconds after which a process that goes on is killed by the kernel.
const GRACE_SECONDS: u64 = 5;

/// The threads of the process: it takes at most so many seconds of a processor in a second, and a little.
const THREADS: u64 = 2;

/// The most files that the process may have open at once. It is given three.
const FILES: u64 = 16;

/// The bytes of messages that are kept.
const MESSAGE_BYTES: u64 = 2_000;

/// FFmpeg as a decoder.
#[derive(Debug, Clone)]
pub struct Ffmpeg {
    /// The path of the program.
    pub program: PathBuf,
}

impl Hevc for Ffmpeg {
    fn decode(
        &self,
        pictures: &Pictures<'_>,
        frame: &mut dyn FnMut(&[u8]),
    ) -> Result<(), HevcError> {
        let left = pictures.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(HevcError::Time);
        }
        let memory = memory(pictures).ok_or(HevcError::Memory)?;
        let begun = Instant::now();
        let mut running = Running::start(self, pictures, memory).map_err(HevcError::Unavailable)?;
        let Running { child, fd } = &mut running;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            let what = "FFmpeg was started without pipes";
            return Err(HevcError::Unavailable(std::io::Error::other(what)));
        };
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut buffered = BufWriter::with_capacity(1 << 16, &mut stdin);
                // A process that ends early reads no more of it; its exit says why.
                pictures
                    .write(&mut buffered)
                    .and_then(|()| buffered.flush())
                    .ok();
            });
            let said = scope.spawn(move || {
                let mut said = Vec::new();
                let mut stderr = stderr;
                let read = stderr.by_ref().take(MESSAGE_BYTES).read_to_end(&mut said);
                read.and_then(|_| std::io::copy(&mut stderr, &mut std::io::sink()))
                    .ok();
                String::from_utf8_lossy(&said).into_owned()
            });
            let (done, waiting) = mpsc::channel::<()>();
            let fd: &OwnedFd = fd;
            let watch = scope.spawn(move || {
                let waited = waiting.recv_timeout(left);
                let is_late = waited == Err(RecvTimeoutError::Timeout);
                if is_late {
                    kill(fd);
                }
                is_late
            });
            let given = frames(stdout, pictures, frame);
            if given == Given::More {
                kill(fd);
            }
            let status = child.wait().map_err(HevcError::Unavailable);
            drop(done);
            let is_late =
                watch.join().unwrap_or(false) || is_spent(begun.elapsed(), status.as_ref().ok());
            let said = said.join().unwrap_or_default();
            verdict(status?, given, is_late, said)
        })
    }
}

/// A process, which ends when it is dropped.
struct Running {
    child: Child,
    fd: OwnedFd,
}

impl Running {
    fn start(ffmpeg: &Ffmpeg, pictures: &Pictures<'_>, memory: u64) -> std::io::Result<Self> {
        let mut child = Command::new(&ffmpeg.program)
            .args(arguments(pictures))
            // The environment contains credentials, which the program must not see.
            .env_clear()
            // A static program must not load this machine's character set modules, because those of another glibc crash it.
            .env("GCONV_PATH", "/var/empty")
            // Each arena of glibc would address 64 MiB.
            .env("MALLOC_ARENA_MAX", "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pid = Pid::from_child(&child);
        let fd = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => fd,
            Err(error) => {
                child.kill().ok();
                child.wait().ok();
                return Err(error.into());
            }
        };
        let running = Self { child, fd };
        // It has been given no input yet, so nothing of the file was read before these limits.
        for (resource, soft, hard) in [
            (Resource::As, memory, memory),
            (Resource::Cpu, SECONDS, SECONDS + GRACE_SECONDS),
            (Resource::Fsize, 0, 0),
            (Resource::Core, 0, 0),
            (Resource::Nofile, FILES, FILES),
        ] {
            let limit = Rlimit {
                current: Some(soft),
                maximum: Some(hard),
            };
            prlimit(Some(pid), resource, limit)?;
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless something failed here.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Returns the memory that the process may address, or `None` if what we hold ourselves leaves too little for a frame.
fn memory(pictures: &Pictures<'_>) -> Option<u64> {
    let frame = u64::try_from(pictures.frame_bytes).ok()?;
    let ours = u64::try_from(pictures.held_bytes)
        .ok()?
        .checked_add(frame)?
        .checked_add(OURSELVES_BYTES)?;
    let left = FUNCTION_BYTES.checked_sub(ours)?.min(MOST_BYTES);
    (left >= PROGRAM_BYTES.checked_add(frame)?).then_some(left)
}

/// Returns whether the process ended because its time of a processor was over. FFmpeg takes the signal that says so as a
/// wish to end, and then returns 255; if it goes on, it is killed. Neither is told from other ends but by the time.
fn is_spent(elapsed: Duration, status: Option<&ExitStatus>) -> bool {
    let is_so = |status: &ExitStatus| {
        status.code() == Some(255) || status.signal() == Some(Signal::KILL.as_raw())
    };
    elapsed >= Duration::from_secs(SECONDS / (THREADS + 1)) && status.is_some_and(is_so)
}

fn kill(fd: &OwnedFd) {
    // It may have ended by itself.
    pidfd_send_signal(fd, Signal::KILL).ok();
}

/// Returns the program's arguments. The format of the frames is that of the coding: nothing is converted.
fn arguments(pictures: &Pictures<'_>) -> Vec<String> {
    let (width, height) = (pictures.width, pictures.height);
    let text = format!(
        "-hide_banner -nostdin -nostats -loglevel error -max_alloc {PIECE_BYTES} -xerror \
         -protocol_whitelist pipe -noautorotate -threads {THREADS} -thread_type slice -err_detect explode \
         -f hevc -i pipe:0 \
         -map 0:v:0 -vf crop={width}:{height}:0:0:exact=1 -filter_threads 1 -fps_mode passthrough \
         -threads 1 -c:v rawvideo -f rawvideo pipe:1"
    );
    text.split_whitespace().map(str::to_owned).collect()
}

/// How many frames were given, beside those that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Fewer,
    All,
    More,
}

/// Hands over the frames.
fn frames(mut stdout: ChildStdout, pictures: &Pictures<'_>, frame: &mut dyn FnMut(&[u8])) -> Given {
    let mut bytes = vec![0; pictures.frame_bytes];
    for _ in 0..pictures.count {
        if stdout.read_exact(&mut bytes).is_err() {
            return Given::Fewer;
        }
        frame(&bytes);
    }
    match stdout.read(&mut [0]) {
        Ok(0) => Given::All,
        Ok(_) | Err(_) => Given::More,
    }
}

fn verdict(status: ExitStatus, given: Given, is_late: bool, said: String) -> Result<(), HevcError> {
    if is_late || status.signal() == Some(Signal::XCPU.as_raw()) {
        return Err(HevcError::Time);
    }
    if said.contains("Cannot allocate memory") {
        return Err(HevcError::Memory);
    }
    if given == Given::All && status.success() {
        return Ok(());
    }
    // Not killed by us, so there was no memory for all.
    if given != Given::More && status.signal() == Some(Signal::KILL.as_raw()) {
        return Err(HevcError::Memory);
    }
    Err(HevcError::Damaged(said))
}
