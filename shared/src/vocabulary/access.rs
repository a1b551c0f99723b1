//! What a function may do: the calls it makes, and what of.
//!
//! An adapter declares, beside its code, which IAM actions each of its calls needs. A function declares which calls
//! it makes on which resources. A test holds the roles of the template against the union of both, and another
//! one holds the declaration against the calls that are really made.

use crate::vocabulary::keys::Bucket;

/// A call of an adapter, and the IAM actions that it needs, implied ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// For the log of the in-memory implementation.
    pub name: &'static str,
    /// All of them.
    pub actions: &'static [Action],
}

/// An IAM action, by the kind of resource it is granted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Granted on the bucket.
    OnBucket(&'static str),
    /// Granted on objects, secrets, queues: the resource itself.
    OnResource(&'static str),
}

/// What a call is made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Objects of a bucket, by an IAM pattern of their keys.
    Objects(Bucket, &'static str),
    /// A queue, by its logical id in the template.
    Queue(&'static str),
    /// A secret, by its logical id in the template.
    Secret(&'static str),
    /// A distribution, by its logical id in the template.
    Distribution(&'static str),
    /// The account's default queue of MediaConvert.
    JobQueue,
    /// The jobs of MediaConvert: their ids are the service's to give.
    Jobs,
    /// A role that is handed on to a service, by its logical id in the template.
    Role(&'static str),
}

/// A function's right to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The call.
    pub call: Call,
    /// On what.
    pub on: Resource,
}

impl Access {
    /// A call on objects.
    #[must_use]
    pub const fn objects(call: Call, bucket: Bucket, pattern: &'static str) -> Self {
        Self {
            call,
            on: Resource::Objects(bucket, pattern),
        }
    }

    /// A call on a queue.
    #[must_use]
    pub const fn queue(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Queue(logical_id),
        }
    }

    /// A call on a distribution.
    #[must_use]
    pub const fn distribution(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Distribution(logical_id),
        }
    }

    /// A call on MediaConvert's queue.
    #[must_use]
    pub const fn job_queue(call: Call) -> Self {
        Self {
            call,
            on: Resource::JobQueue,
        }
    }

    /// A call on jobs of MediaConvert's.
    #[must_use]
    pub const fn jobs(call: Call) -> Self {
        Self {
            call,
            on: Resource::Jobs,
        }
    }

    /// A role handed on to a service.
    #[must_use]
    pub const fn role(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Role(logical_id),
        }
    }

    /// A call on a secret.
    #[must_use]
    pub const fn secret(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Secret(logical_id),
        }
    }
}
