//! The call of the AWS CLI that a test answers in memory.

/// A call that a test answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made<'a> {
    /// The arguments.
    pub(crate) arguments: &'a [&'a str],
    /// The text that goes through standard input.
    pub(crate) input: &'a str,
    /// The id of the access key that signs it, if it is not the deployer's.
    pub(crate) signer: Option<&'a str>,
}

/// A stand-in for the program: it answers calls in tests.
pub(crate) trait Memory: std::fmt::Debug + Send + Sync {
    /// Returns what the CLI would print, or write to standard error.
    fn answer(&self, made: Made<'_>) -> Result<String, String>;
}
