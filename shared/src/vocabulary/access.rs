//! The rights of a function: the calls that it makes, and the resources it makes them on.
//!
//! Each adapter declares, beside its code, the IAM actions that its calls need. Each function declares the calls that
//! it makes, and on which resources. One test compares the roles in the template with the union of both, and another
//! one compares the declarations with the calls that are really made.

use crate::vocabulary::keys::Bucket;

/// A call of an adapter, and all IAM actions that it needs, including implied ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The name of the call in the log of the in-memory implementation.
    pub name: &'static str,
    /// All IAM actions that the call needs.
    pub actions: &'static [Action],
}

/// An IAM action, by the kind of resource that it is granted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An action that is granted on the bucket.
    OnBucket(&'static str),
    /// An action that is granted on the resource itself: an object, a secret, a queue.
    OnResource(&'static str),
}

/// The resource of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The objects of a bucket whose keys match an IAM pattern.
    Objects(Bucket, &'static str),
    /// The objects of media in DELIVERY or BACKUP, of both visibilities.
    Published(Bucket),
    /// A queue, by its logical id in the template.
    Queue(&'static str),
    /// A secret, by its logical id in the template.
    Secret(&'static str),
    /// A distribution, by its logical id in the template.
    Distribution(&'static str),
    /// The account's default queue of MediaConvert.
    JobQueue,
    /// The jobs of MediaConvert, whose ids the service chooses.
    Jobs,
    /// An event bus, by its logical id in the template.
    Bus(&'static str),
    /// A role that is passed to a service, by its logical id in the template.
    Role(&'static str),
}

/// The right of a function to make one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The call.
    pub call: Call,
    /// The resource it is made on.
    pub on: Resource,
}

impl Access {
    /// Returns the right to a call on objects.
    #[must_use]
    pub const fn objects(call: Call, bucket: Bucket, pattern: &'static str) -> Self {
        Self {
            call,
            on: Resource::Objects(bucket, pattern),
        }
    }

    /// Returns the right to a call on the objects of media in DELIVERY or BACKUP, of both visibilities.
    #[must_use]
    pub const fn published(call: Call, bucket: Bucket) -> Self {
        Self {
            call,
            on: Resource::Published(bucket),
        }
    }

    /// Returns the right to a call on a queue.
    #[must_use]
    pub const fn queue(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Queue(logical_id),
        }
    }

    /// Returns the right to a call on a distribution.
    #[must_use]
    pub const fn distribution(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Distribution(logical_id),
        }
    }

    /// Returns the right to a call on an event bus.
    #[must_use]
    pub const fn bus(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Bus(logical_id),
        }
    }

    /// Returns the right to a call on MediaConvert's queue.
    #[must_use]
    pub const fn job_queue(call: Call) -> Self {
        Self {
            call,
            on: Resource::JobQueue,
        }
    }

    /// Returns the right to a call on MediaConvert's jobs.
    #[must_use]
    pub const fn jobs(call: Call) -> Self {
        Self {
            call,
            on: Resource::Jobs,
        }
    }

    /// Returns the right to pass a role to a service.
    #[must_use]
    pub const fn role(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Role(logical_id),
        }
    }

    /// Returns the right to a call on a secret.
    #[must_use]
    pub const fn secret(call: Call, logical_id: &'static str) -> Self {
        Self {
            call,
            on: Resource::Secret(logical_id),
        }
    }
}
