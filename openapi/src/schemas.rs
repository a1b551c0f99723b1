//! Schemas of bodies and answers, derived from the library's types.
//!
//! The shapes that a function reads and those that it writes differ: a body may leave out what an answer always has. So
//! there are two generators. A name that both define must mean the same.

use dozo::platform::http::MAX_BODY_BYTES;
use schemars::generate::{Contract, SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::tidy::{self, Direction};

/// The place of the schemas in the document.
const PLACE: &str = "/components/schemas";

/// Derives schemas, and remembers those that others refer to.
pub(crate) struct Schemas {
    bodies: SchemaGenerator,
    answers: SchemaGenerator,
    faults: Vec<Fault>,
}

/// The body of a call.
pub(crate) struct Body {
    /// Its entry in the description.
    pub(crate) entry: Value,
    /// The most bytes that it may have.
    pub(crate) most_bytes: usize,
}

impl Body {
    /// Describes a body of JSON that is read as `T`. An empty one reads as `{}`.
    fn json<T: DeserializeOwned>(says: &str, schema: &Value, example: &Value) -> Self {
        Self {
            entry: json!({
                "required": T::deserialize(json!({})).is_err(),
                "description": says,
                "content": {"application/json": {"schema": schema, "example": example}},
            }),
            most_bytes: MAX_BODY_BYTES,
        }
    }
}

/// The body of an answer.
pub(crate) struct Content(pub(crate) Value);

impl Schemas {
    pub(crate) fn new() -> Self {
        Self {
            bodies: settings(Contract::Deserialize).into_generator(),
            answers: settings(Contract::Serialize).into_generator(),
            faults: Vec::new(),
        }
    }

    /// Describes a body that is read as `T`, as the example is.
    pub(crate) fn body<T: JsonSchema + DeserializeOwned>(&mut self, example: Value) -> Body {
        self.is_read::<T>(&example);
        let says = format!("At most {MAX_BODY_BYTES} bytes. Unknown fields are refused.");
        Body::json::<T>(&says, &self.read::<T>(), &example)
    }

    /// Describes a merge patch (RFC 7396) of what is read as `T`: nothing is required, and `null` removes.
    pub(crate) fn patch<T: JsonSchema + DeserializeOwned>(
        &mut self,
        name: &str,
        example: Value,
    ) -> Body {
        self.is_read::<T>(&example);
        let mut settings = settings(Contract::Deserialize);
        settings.inline_subschemas = true;
        let mut schema = T::json_schema(&mut settings.into_generator()).to_value();
        tidy::patch(&mut schema);
        self.bodies
            .definitions_mut()
            .insert(name.to_owned(), schema);
        let says = format!(
            "A JSON merge patch (RFC 7396) of at most {MAX_BODY_BYTES} bytes: what is left out stays, and `null` removes."
        );
        let schema = json!({"$ref": format!("#{PLACE}/{name}")});
        Body::json::<T>(&says, &schema, &example)
    }

    /// Describes an answer that is written from `T`.
    pub(crate) fn answer<T: JsonSchema>(&mut self, example: Value) -> Content {
        let schema = tidied(self.answers.subschema_for::<T>(), Direction::Answer);
        Content(json!({"application/json": {"schema": schema, "example": example}}))
    }

    /// Returns the schema of a part of a call.
    pub(crate) fn read<T: JsonSchema>(&mut self) -> Value {
        tidied(self.bodies.subschema_for::<T>(), Direction::Call)
    }

    /// Returns the schema of a part of an answer.
    pub(crate) fn written<T: JsonSchema>(&mut self) -> Value {
        tidied(self.answers.subschema_for::<T>(), Direction::Answer)
    }

    /// Returns all schemas that others refer to, by name.
    ///
    /// # Errors
    /// The examples that cannot be read, and a name with two meanings.
    pub(crate) fn named(mut self) -> Result<Map<String, Value>, Fault> {
        let mut all = Map::new();
        for (generator, direction) in [
            (&mut self.bodies, Direction::Call),
            (&mut self.answers, Direction::Answer),
        ] {
            for (name, mut schema) in generator.take_definitions(true) {
                tidy::schema(&mut schema, direction);
                if all.get(&name).is_some_and(|known| *known != schema) {
                    self.faults.push(Fault::TwoMeanings(name.clone()));
                }
                all.insert(name, schema);
            }
        }
        match self.faults.into_iter().next() {
            None => Ok(all),
            Some(fault) => Err(fault),
        }
    }

    fn is_read<T: DeserializeOwned>(&mut self, example: &Value) {
        if let Err(error) = T::deserialize(example) {
            self.faults.push(Fault::Example(example.to_string(), error));
        }
    }
}

fn settings(contract: Contract) -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = PLACE.into();
        settings.meta_schema = None;
        settings.contract = contract;
    })
}

fn tidied(schema: Schema, direction: Direction) -> Value {
    let mut schema = schema.to_value();
    tidy::schema(&mut schema, direction);
    schema
}
