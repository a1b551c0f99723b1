//! Messages that were given up and belong to no media.

use dozo::platform::problem::Problem;
use dozo::stages::unclaimed::{Messages, UnclaimedMessage};
use serde_json::json;

use super::message;
use crate::about::MESSAGES;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    // Whatever it is, the list goes on behind it.
    let after = json!({"type": "string"});
    vec![
        Operation::new("GET /admin/messages", "listMessages", MESSAGES)
            .says(
                "List messages",
                "Lists what was given up and belongs to no media, 100 a page. Nothing in the platform waits for such a message.",
            )
            .query("after", "`next` of the page before.", &after)
            .answers(
                200,
                "A page of messages.",
                schemas.answer::<Messages>(json!({"items": [examples::message()]})),
            ),
        Operation::new("DELETE /admin/messages/{message}", "deleteMessage", MESSAGES)
            .says("Clear a message", "Removes the message.")
            .at([message(schemas)])
            .answers(
                200,
                "The message that was removed.",
                schemas.answer::<UnclaimedMessage>(examples::message()),
            )
            .refuses([Problem::unknown_message()]),
    ]
}
