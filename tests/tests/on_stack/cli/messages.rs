//! Messages that were given up and belong to no media.

use dozo_tests::stack::{Keys, PATIENCE, Stack, until};
use serde_json::Value;

use crate::cli::local;

#[tokio::test]
async fn are_listed_and_cleared() {
    let stack = Stack::running();
    let text = "a message\u{202e} of nobody";
    let sent = stack
        .sqs(&Keys::root())
        .send_message()
        .queue_url(stack.queue("dead"));
    let sent = sent.message_body(text).send().await.unwrap();
    let id = sent.message_id.unwrap();
    let list = until("the message in the list", PATIENCE, || async {
        let list = local(&stack).arg("messages").run().await.succeeded();
        list.contains(&id).then_some(list)
    })
    .await;
    let row = list.lines().find(|line| line.contains(&id)).unwrap();
    assert!(
        row.contains("validate-upload") && row.contains("of nobody"),
        "{row}"
    );
    assert!(
        !row.contains('\u{202e}'),
        "what turns a terminal's text is not shown: {row}"
    );

    let clear = ["messages", "clear", &id, "--json"];
    let cleared = local(&stack).args(clear).run().await.succeeded();
    let cleared: Value = serde_json::from_str(&cleared).unwrap();
    assert_eq!(
        cleared["items"][0]["message"],
        Value::from(id.clone()),
        "{cleared}"
    );
    let list = local(&stack).arg("messages").run().await.succeeded();
    assert!(!list.contains(&id), "{list}");
    let again = local(&stack).args(clear).run().await;
    assert_eq!(again.code, 1, "{again:#?}");
    assert!(again.stderr.contains("unknown_message"), "{again:#?}");
}
