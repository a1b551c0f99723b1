//! Makes the allocator keep freed memory: it is needed again soon, as each page of a scan takes megabytes of samples.

#![allow(
    unsafe_code,
    reason = "the C library's allocator is configured, and Rust has no function for that"
)]

/// The size in bytes from which glibc asks the kernel for each allocation and returns it when it is freed. This is the
/// largest value allowed (mallopt(3), `M_MMAP_THRESHOLD`).
const ASK_FROM: libc::c_int = 32 << 20;

/// The number of free bytes at the end of the heap above which they are returned to the kernel.
const KEEP: libc::c_int = 256 << 20;

/// Keeps freed memory in this process. The kernel clears each page of memory that it hands out; for a scan, that took a
/// quarter of the drawing time.
pub(crate) fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: sets two numbers of the allocator; it may be called at any time (mallopt(3)).
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, ASK_FROM);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEEP);
    }
}
