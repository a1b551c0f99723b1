//! Tests failures on the real stack: messages that cannot be handled, functions that die, events that come again, files
//! that change during validation, calls that fail on the network.

mod again;
mod configure;
mod crash;
mod document;
mod flooded;
mod junk;
mod logged;
mod lost;
mod new_account;
mod overwritten;
mod sweep;
mod wire;

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Keys, Stack};
use image::ImageFormat;

/// A picture that takes a moment to validate; a different shade makes a different file.
fn good(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 300, 200, shade).unwrap()
}

/// The same picture, cut off in the middle of its pixels.
fn bad(shade: u8) -> Vec<u8> {
    let mut cut = good(shade);
    cut.truncate(cut.len() / 2);
    cut
}

/// Sends a message as the account's root; returns its id.
async fn send(stack: &Stack, queue: &str, body: &str) -> String {
    let sent = stack
        .sqs(&Keys::root())
        .send_message()
        .queue_url(stack.queue(queue))
        .message_body(body)
        .send()
        .await
        .unwrap();
    sent.message_id.unwrap()
}
