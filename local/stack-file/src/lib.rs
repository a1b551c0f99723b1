//! `stack.json`: the addresses, names and keys of a running local stack.
//!
//! The local stack writes it; the command line, the tests, the benchmarks and scripts read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The file's contents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StackFile {
    /// The AWS region.
    pub region: String,
    /// The account id, 12 digits.
    pub account: String,
    /// The stack's name in CloudFormation.
    pub stack: String,
    /// Base URL of all AWS services.
    pub aws_endpoint: String,
    /// Base URL of the API; works with `curl --aws-sigv4`.
    pub api: String,
    /// Base URL of the edge.
    pub cdn: String,
    /// Base URL of the demo page; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo: Option<String>,
    /// Bucket names by purpose: `upload`, `delivery`, `backup`, `records` and `work`.
    pub buckets: BTreeMap<String, String>,
    /// Queue URLs by the queue's name without the stack's prefix, such as `uploads`, `dead` and `last-resort`.
    pub queues: BTreeMap<String, String>,
    /// Function names by the function's directory in `functions/`.
    pub functions: BTreeMap<String, String>,
    /// The id of the CloudFront distribution.
    pub distribution_id: String,
    /// The keys of the users that may call the API.
    pub credentials: Credentials,
}

/// The keys of the two API users.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// This key may call `/apps/demo/*` only.
    pub app: AccessKey,
    /// This key may call `/admin/*` and `/apps/*`.
    pub admin: AccessKey,
}

/// A long-term key of a local IAM user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The key's id.
    pub access_key_id: String,
    /// The key's secret.
    pub secret_access_key: String,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}
