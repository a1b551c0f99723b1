//! Memory that a process shares with the copies of it.

#![allow(
    unsafe_code,
    reason = "memory that a process shares with its copies is not had otherwise"
)]

use std::io;
use std::ptr::{self, NonNull};

/// The bytes before the result, which hold its length.
const HEAD: usize = 8;

/// Zeros at first, and then a result. Pages that nobody writes to are no memory.
#[derive(Debug)]
pub(super) struct Shared {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: it is memory that only its owner refers to, in each of the processes.
unsafe impl Send for Shared {}

impl Shared {
    pub(super) fn new(room: usize) -> io::Result<Self> {
        let bytes = room.checked_add(HEAD).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: new memory is asked for, at any place.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, bytes })
    }

    /// Returns the room for the result.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.all_mut().get_mut(HEAD..).unwrap_or_default()
    }

    /// Notes how many bytes of the room are the result.
    pub(super) fn finish(&mut self, length: usize) {
        if let Some(head) = self.all_mut().first_chunk_mut::<HEAD>() {
            *head = u64::try_from(length).unwrap_or(u64::MAX).to_ne_bytes();
        }
    }

    /// Returns the result.
    pub(super) fn result(&self) -> &[u8] {
        let (head, room) = self.all().split_at_checked(HEAD).unwrap_or_default();
        let length = head.first_chunk().copied().map_or(0, u64::from_ne_bytes);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        room.get(..length).unwrap_or_default()
    }

    fn all(&self) -> &[u8] {
        // SAFETY: the memory is mapped as long as this lives. The other process has ended when this is called.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.bytes) }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        // SAFETY: the memory is mapped as long as this lives, and the copy is alone in writing to it.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.bytes) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: it was mapped by `new`, and nothing refers to it any more. It cannot fail for such memory.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}
