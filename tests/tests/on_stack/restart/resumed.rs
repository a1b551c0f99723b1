//! Tests stops by Ctrl-C, by SIGTERM, and by `kill -9` of everything: the next start continues.

use dozo_tests::own_stack::{OwnStack, Ports, Signal};
use dozo_tests::pictures::picture;
use dozo_tests::stack::{DEMO, Grant, Stack};
use image::ImageFormat;
use serde_json::Value;

/// The things that a person has when the stack is stopped.
struct Kept {
    picture: Vec<u8>,
    grant: Grant,
    shown: Value,
}

impl Kept {
    /// Uploads a picture and waits until it is ready.
    async fn made(stack: &Stack, shade: u8) -> Self {
        let picture = picture(ImageFormat::Png, 60, 40, shade).unwrap();
        let grant = stack.grant().await;
        stack.put(&grant, "kept.png", picture.clone()).await;
        let shown = stack
            .until_state(DEMO, &grant.media("kept.png"), "ready")
            .await;
        let kept = Self {
            picture,
            grant,
            shown,
        };
        kept.assert_delivered(&kept.shown).await;
        kept
    }

    /// Asserts that the API still shows it and the edge still serves it.
    async fn assert_there(&self, stack: &Stack) {
        let media = self.grant.media("kept.png");
        let shown = stack.show(DEMO, &media).await.expect("the record is gone");
        assert_eq!(shown["state"], "ready");
        assert_eq!(shown["history"], self.shown["history"]);
        self.assert_delivered(&shown).await;
    }

    /// Asserts that it is served at the address given out before the stop.
    async fn assert_at_its_old_address(&self) {
        self.assert_delivered(&self.shown).await;
    }

    async fn assert_delivered(&self, shown: &Value) {
        let url = shown["urls"]["original"].as_str().unwrap();
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        assert_eq!(answer.bytes().await.unwrap(), self.picture, "{url}");
    }

    /// Asserts that the credentials issued before the stop still work, and that a file uploaded with them becomes
    /// ready.
    async fn assert_credentials_work(&self, stack: &Stack, name: &str) {
        stack.put(&self.grant, name, self.picture.clone()).await;
        stack
            .until_state(DEMO, &self.grant.media(name), "ready")
            .await;
    }
}

async fn assert_nothing_is_left(own: &OwnStack, ports: Ports) {
    assert_eq!(own.processes(), Vec::<u32>::new(), "left running");
    for port in [ports.aws, ports.cdn] {
        let connected = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
        assert!(connected.is_err(), "somebody still listens at {port}");
    }
    assert!(!own.directory().join("stack.json").exists());
}

#[tokio::test]
async fn whatever_stops_it_the_next_start_goes_on() {
    let mut own = OwnStack::new("restart");
    let stack = own.start(Ports::default()).await;
    let ports = Ports::of(&stack);
    let first = Kept::made(&stack, 1).await;
    assert_eq!(own.stop(Signal::INT).await, Some(130));
    assert_nothing_is_left(&own, ports).await;

    // At the same ports nothing has changed for anybody.
    let stack = own.start(ports).await;
    assert_eq!(Ports::of(&stack), ports);
    first.assert_there(&stack).await;
    first.assert_at_its_old_address().await;
    first
        .assert_credentials_work(&stack, "after Ctrl-C.png")
        .await;
    let second = Kept::made(&stack, 2).await;
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
    assert_nothing_is_left(&own, ports).await;

    // The state belongs to its port of the AWS endpoint.
    let elsewhere = Ports {
        aws: if ports.aws == 4566 { 4567 } else { 4566 },
        ..ports
    };
    let refused = own.command(elsewhere).output().await.unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains(&format!("DOZO_AWS_PORT={}", ports.aws)),
        "{said}"
    );
    assert_nothing_is_left(&own, ports).await;

    // At any ports, it takes that one, and another for the edge; stack.json names them.
    let stack = own.start(Ports::default()).await;
    assert_eq!(Ports::of(&stack).aws, ports.aws);
    first.assert_there(&stack).await;
    second
        .assert_credentials_work(&stack, "after a move.png")
        .await;
    let third = Kept::made(&stack, 3).await;
    own.kill_everything().await;

    let stack = own.start(Ports::of(&stack)).await;
    for kept in [&first, &second, &third] {
        kept.assert_there(&stack).await;
    }
    third.assert_at_its_old_address().await;
    Kept::made(&stack, 4).await;
    let ports = Ports::of(&stack);
    assert_eq!(own.stop(Signal::INT).await, Some(130));
    assert_nothing_is_left(&own, ports).await;
}

/// The first snapshot is written at the first clean stop; until then there is none.
#[tokio::test]
async fn media_survive_a_kill_before_the_first_clean_stop() {
    let mut own = OwnStack::new("killed");
    let stack = own.start(Ports::default()).await;
    let kept = Kept::made(&stack, 5).await;
    let ports = Ports::of(&stack);
    own.kill_everything().await;
    let stack = own.start(ports).await;
    kept.assert_there(&stack).await;
    kept.assert_at_its_old_address().await;
    Kept::made(&stack, 6).await;
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
    assert_nothing_is_left(&own, ports).await;
}
