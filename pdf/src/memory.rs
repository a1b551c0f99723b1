//! What PDFium and we give back to the allocator is soon wanted again: the samples of a scan are megabytes, a page after a page.

#![allow(
    unsafe_code,
    reason = "the C library's allocator is told, which Rust has no function for"
)]

/// glibc asks the kernel for each piece from this size on, in bytes, and gives it back when it is freed; no larger one can be
/// set (mallopt(3), `M_MMAP_THRESHOLD`).
const ASK_FROM: libc::c_int = 32 << 20;

/// What may lie free at the end of the heap, in bytes, before it is given back.
const KEEP: libc::c_int = 256 << 20;

/// Keeps freed memory in this process. The kernel clears each page of memory that it hands out, and for a scan that took a
/// quarter of the time that it is drawn in.
pub(crate) fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: sets two numbers of the allocator; it may be called at any time (mallopt(3)).
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, ASK_FROM);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEEP);
    }
}
