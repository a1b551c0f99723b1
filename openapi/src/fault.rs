//! Mistakes in the description itself.

/// A mistake in the description itself.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// An example is not as the type reads it.
    #[error("the example {0} cannot be read")]
    Example(String, #[source] serde_json::Error),
    /// Two types have one name.
    #[error(
        "the schema {0} has two meanings: give one of the types another name, by #[schemars(rename = \"…\")]"
    )]
    TwoMeanings(String),
    /// Two operations have one route or one id.
    #[error("{0} is described twice")]
    Twice(String),
}
