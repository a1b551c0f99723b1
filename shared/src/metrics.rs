//! Metrics, as lines of CloudWatch's embedded metric format among the logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::clock::Clock;

/// The namespace of all of them.
const NAMESPACE: &str = "Dozo";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// A media was published.
    MediaReady,
    /// A media was refused.
    MediaRejected,
    /// A media was given up.
    MediaFailed,
    /// A dead letter belonged to no media, and was kept.
    MessageUnclaimed,
    /// Upload credentials were issued.
    GrantIssued,
    /// Viewers were granted a private media.
    AccessGranted,
    /// A media was withdrawn.
    MediaSuspended,
    /// A media came back.
    MediaRestored,
    /// A media changed its visibility.
    MediaMoved,
    /// A media was erased.
    MediaDeleted,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::MediaReady => "MediaReady",
            Self::MediaRejected => "MediaRejected",
            Self::MediaFailed => "MediaFailed",
            Self::MessageUnclaimed => "MessageUnclaimed",
            Self::GrantIssued => "GrantIssued",
            Self::AccessGranted => "AccessGranted",
            Self::MediaSuspended => "MediaSuspended",
            Self::MediaRestored => "MediaRestored",
            Self::MediaMoved => "MediaMoved",
            Self::MediaDeleted => "MediaDeleted",
        }
    }
}

/// Where counts go.
pub trait Metrics: Send + Sync {
    /// Counts one.
    fn count(&self, metric: Metric);
}

/// To standard output, where CloudWatch Logs finds them.
pub struct Emf {
    clock: Arc<dyn Clock>,
}

impl Emf {
    /// With the times of this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl Metrics for Emf {
    fn count(&self, metric: Metric) {
        let line = line(metric, self.clock.now());
        // A metric that cannot be written must not fail the work that it counts.
        if writeln!(std::io::stdout().lock(), "{line}").is_err() {
            tracing::warn!(metric = metric.name(), "a metric could not be written");
        }
    }
}

fn line(metric: Metric, now: Timestamp) -> serde_json::Value {
    let name = metric.name();
    json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[]],
                "Metrics": [{"Name": name, "Unit": "Count"}],
            }],
        },
        name: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_metric_and_holds_its_value() {
        let line = line(Metric::MediaReady, Timestamp::UNIX_EPOCH);
        assert_eq!(
            line.pointer("/_aws/CloudWatchMetrics/0/Metrics/0/Name"),
            Some(&json!("MediaReady"))
        );
        assert_eq!(line.get("MediaReady"), Some(&json!(1)));
    }
}
