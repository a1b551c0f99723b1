//! The credentials open exactly one door: to put files under their own prefix. Denied by the stack, never by our
//! code; and each request that must be denied is one that works with other keys, so a malformed one shows itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod api_users;
mod declared;
// libfaketime is shipped for this kind of machine only.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod expiry;
mod multipart;
mod other_doors;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod shifted;
mod storage;

use dozo_tests::pictures::picture;
use dozo_tests::stack::Reply;
use image::ImageFormat;

fn photo(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 40, 30, shade).unwrap()
}

/// Refused for want of permission, not for anything wrong with the request.
fn assert_denied(what: &str, reply: &Reply) {
    let text = reply.text();
    let denied = ["AccessDenied", "not authorized", "Forbidden"];
    // A HEAD has no body to say it in.
    let says_so = text.is_empty() || denied.iter().any(|word| text.contains(word));
    // JSON services say 400, the others 403.
    assert!(
        matches!(reply.status, 400 | 403) && says_so,
        "{what}: {} {text}",
        reply.status
    );
}
