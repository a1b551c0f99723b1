//! Files that are not accepted again.

use dozo::platform::problem::Problem;
use dozo::stages::blocked::list::{Blocks, Shown};
use dozo::vocabulary::digest::FileDigest;
use serde_json::json;

use super::sha256;
use crate::about::BLOCKED;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    let after = schemas.read::<FileDigest>();
    vec![
        Operation::new("GET /admin/blocked", "listBlocks", BLOCKED)
            .says(
                "List blocked files",
                "Lists the files whose upload is refused, 100 a page, in the order of their digests.",
            )
            .query("after", "`next` of the page before.", &after)
            .answers(
                200,
                "A page of blocks.",
                schemas.answer::<Blocks>(json!({"items": [examples::block()]})),
            ),
        Operation::new("GET /admin/blocked/{sha256}", "getBlock", BLOCKED)
            .says(
                "Show why a file is blocked",
                "Answers for which media a file is blocked.",
            )
            .at([sha256(schemas)])
            .answers(
                200,
                "The block.",
                schemas.answer::<Shown>(examples::block()),
            )
            .refuses([Problem::unknown_block()]),
        Operation::new("DELETE /admin/blocked/{sha256}", "deleteBlock", BLOCKED)
            .says(
                "Lift a block",
                "Lets a file be uploaded again, whichever media it is blocked for. These stay suspended.",
            )
            .at([sha256(schemas)])
            .answers(
                200,
                "The block that was lifted.",
                schemas.answer::<Shown>(examples::block()),
            )
            .refuses([Problem::unknown_block()]),
    ]
}
