//! The description itself.

use serde_json::json;

use crate::about::DESCRIPTION;
use crate::operation::Operation;
use crate::schemas::Content;

pub(super) fn routes() -> Vec<Operation> {
    let schema = json!({
        "type": "object",
        "description": "A document of OpenAPI 3.1.",
        "properties": {
            "openapi": {"type": "string", "const": "3.1.1", "description": "The version of OpenAPI."},
            "info": {"type": "object", "description": "Title and version."},
            "paths": {"type": "object", "description": "The routes."},
        },
        "required": ["openapi", "info", "paths"],
    });
    let example =
        json!({"openapi": "3.1.1", "info": {"title": "Dozo", "version": "0.1.0"}, "paths": {}});
    vec![
        Operation::new("GET /openapi.json", "getDescription", DESCRIPTION)
            .says(
                "Describe the API",
                "Answers this document, as the deployed version has it.",
            )
            .answers(
                200,
                "The description.",
                Content(json!({"application/json": {"schema": schema, "example": example}})),
            ),
    ]
}
