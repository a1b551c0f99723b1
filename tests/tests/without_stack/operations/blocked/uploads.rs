//! Tests what is refused, and from when to when.

use std::io::Write;
use std::process::{Command, Stdio};

use dozo::vocabulary::state::State;

use crate::operations::blocked::*;

#[tokio::test(start_paused = true)]
async fn the_same_bytes_are_refused_under_any_name_until_they_are_restored() {
    for kind in KINDS {
        let (world, context) = (kind.world(), format!("{kind:?}"));
        let [first, second, third, different] =
            ["first", "second", "third", "different"].map(|name| kind.file(&world, name));
        let (bytes, others) = (kind.bytes(1), kind.bytes(2));
        publish(&world, &first, &bytes).await;
        assert_eq!(blocks(&world), [].into(), "{context}");
        done(&world, &first, SUSPEND, Some(ABUSE)).await;
        assert_eq!(blocks(&world), block_of(&bytes, &[&first]), "{context}");

        let foreign = of_another_app(&world, &first);
        for file in [&second, &foreign] {
            bring(&world, file, &bytes).await;
            assert_refused(&world, file, &context);
            let told = record(&world, file).rejection.unwrap().message;
            let names = [first.media.as_str(), "demo"];
            assert!(!names.iter().any(|name| told.contains(name)), "{told}");
        }
        publish(&world, &different, &others).await;

        done(&world, &first, RESTORE, None).await;
        assert_eq!(state(&world, &first), State::Ready, "{context}");
        assert_eq!(blocks(&world), [].into(), "{context}");
        publish(&world, &third, &bytes).await;
        // The same file may also be put again under the name that was refused.
        for file in [&second, &foreign] {
            publish(&world, file, &bytes).await;
        }
    }
}

/// The event of a refused file comes again and again: it is not judged anew while its bytes are blocked.
#[tokio::test(start_paused = true)]
async fn a_refusal_stands_however_often_its_message_comes() {
    for kind in KINDS {
        let world = kind.world();
        let (first, second) = (kind.file(&world, "first"), kind.file(&world, "second"));
        publish(&world, &first, &kind.bytes(1)).await;
        done(&world, &first, SUSPEND, Some(ABUSE)).await;
        bring(&world, &second, &kind.bytes(1)).await;
        let refused = record(&world, &second);
        bring(&world, &second, &kind.bytes(1)).await;
        assert_eq!(record(&world, &second), refused, "{kind:?}");
        // Another file under the same name is.
        publish(&world, &second, &kind.bytes(2)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_are_blocked_until_the_last_of_their_media_is_restored() {
    for kind in KINDS {
        let (world, bytes) = (kind.world(), kind.bytes(1));
        let [first, second, third] =
            ["first", "second", "third"].map(|name| kind.file(&world, name));
        for file in [&first, &second] {
            publish(&world, file, &bytes).await;
        }
        for file in [&first, &second] {
            done(&world, file, SUSPEND, Some(ABUSE)).await;
        }
        assert_eq!(blocks(&world), block_of(&bytes, &[&first, &second]));
        done(&world, &first, RESTORE, None).await;
        assert_eq!(state(&world, &first), State::Ready);
        assert_eq!(blocks(&world), block_of(&bytes, &[&second]));
        bring(&world, &third, &bytes).await;
        assert_refused(&world, &third, &format!("{kind:?}"));
        done(&world, &second, RESTORE, None).await;
        publish(&world, &third, &bytes).await;
    }
}

/// A second suspension, another reason, an order that comes twice: one entry.
#[tokio::test(start_paused = true)]
async fn a_media_blocks_its_bytes_once() {
    let kind = Kind::Picture;
    let (world, bytes) = (kind.world(), kind.bytes(1));
    let file = kind.file(&world, "first");
    publish(&world, &file, &bytes).await;
    for body in [ABUSE, ABUSE, LEGAL] {
        ask(&world, &file, SUSPEND, Some(body), &Faults::none()).await;
    }
    Post::new(&world).finish().await;
    assert_eq!(blocks(&world), block_of(&bytes, &[&file]));
    done(&world, &file, RESTORE, None).await;
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    assert_eq!(blocks(&world), block_of(&bytes, &[&file]));
}

/// Another program computes the same digest.
#[tokio::test(start_paused = true)]
async fn the_record_has_the_digest_of_the_upload() {
    for kind in KINDS {
        let (world, bytes) = (kind.world(), kind.bytes(1));
        let file = kind.file(&world, "first");
        publish(&world, &file, &bytes).await;
        let mut program = Command::new("sha256sum");
        program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = program.spawn().unwrap();
        program.stdin.take().unwrap().write_all(&bytes).unwrap();
        let said = program.wait_with_output().unwrap().stdout;
        let said = String::from_utf8(said).unwrap();
        let digest = record(&world, &file).content.unwrap().sha256;
        assert_eq!(digest.as_deref(), said.split(' ').next(), "{kind:?}");
    }
}
