//! Puts the document together.

use dozo::platform::problem::Problem;
use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::schemas::Schemas;
use crate::{about, problems, routes};

/// Returns the description of the API.
///
/// # Errors
/// [`Fault`]
pub fn document() -> Result<Value, Fault> {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for operation in routes::all(&mut schemas) {
        let (path, method, entry) = operation.entry();
        let of_path = paths.entry(path.clone()).or_insert_with(|| json!({}));
        let before = of_path
            .as_object_mut()
            .and_then(|methods| methods.insert(method.clone(), entry));
        if before.is_some() {
            return Err(Fault::Twice(format!("{method} {path}")));
        }
    }
    schemas.written::<Problem>();
    let mut named = schemas.named()?;
    named.insert("GatewayMessage".to_owned(), about::gateway_message());
    Ok(json!({
        "openapi": "3.1.1",
        "info": about::info(),
        "externalDocs": {"description": "The guide, with everything around the routes", "url": about::GUIDE},
        "servers": about::servers(),
        "security": [{"sigv4": []}],
        "tags": about::tags(),
        "paths": paths,
        "components": {
            "schemas": named,
            "headers": about::headers(),
            "responses": problems::shared(),
            "securitySchemes": about::security_schemes(),
        },
    }))
}
