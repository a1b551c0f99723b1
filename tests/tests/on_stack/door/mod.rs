//! Tests that upload credentials allow exactly one thing: to put files under their own prefix.
//!
//! The stack denies everything else, not our code. Each request that must be denied works with other keys, so that a
//! malformed request is noticed.

mod api_users;
mod declared;
// The tests' libfaketime is available for x86-64 Linux only.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod expiry;
mod multipart;
mod other_doors;
mod role;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod shifted;
mod storage;

use dozo_tests::pictures::picture;
use dozo_tests::stack::Reply;
use image::ImageFormat;

fn photo(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 40, 30, shade).unwrap()
}

/// Asserts that a request was refused for lack of permission, not for an error in it.
fn assert_denied(what: &str, reply: &Reply) {
    let text = reply.text();
    let denied = ["AccessDenied", "not authorized", "Forbidden"];
    // A HEAD has no body that could contain it.
    let says_so = text.is_empty() || denied.iter().any(|word| text.contains(word));
    // JSON services answer 400, the others 403.
    assert!(
        matches!(reply.status, 400 | 403) && says_so,
        "{what}: {} {text}",
        reply.status
    );
}
