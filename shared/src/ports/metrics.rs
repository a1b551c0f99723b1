//! Metrics, written to the log as lines of CloudWatch's embedded metric format.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::ports::clock::Clock;

/// The namespace of all metrics.
const NAMESPACE: &str = "Dozo";

/// The dimension of all metrics: several stacks may share an account.
const DIMENSION: &str = "StackName";

/// An event that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// A media was published.
    MediaReady,
    /// A media was refused.
    MediaRejected,
    /// A media was given up.
    MediaFailed,
    /// Work did not go on although its message was sent again as often as it may be.
    MediaLost,
    /// A dead letter belonged to no media and was kept.
    MessageUnclaimed,
    /// Upload credentials were issued.
    GrantIssued,
    /// Viewers were granted access to a private media.
    AccessGranted,
    /// A media was withdrawn.
    MediaSuspended,
    /// A media was restored.
    MediaRestored,
    /// A media changed its visibility.
    MediaMoved,
    /// A media was erased.
    MediaDeleted,
    /// A published image could not be rendered because of its file or a fault of ours.
    RenderingFailed,
    /// A webhook was paused, because its endpoint does nothing but fail.
    WebhookPaused,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::MediaReady => "MediaReady",
            Self::MediaRejected => "MediaRejected",
            Self::MediaFailed => "MediaFailed",
            Self::MediaLost => "MediaLost",
            Self::MessageUnclaimed => "MessageUnclaimed",
            Self::GrantIssued => "GrantIssued",
            Self::AccessGranted => "AccessGranted",
            Self::MediaSuspended => "MediaSuspended",
            Self::MediaRestored => "MediaRestored",
            Self::MediaMoved => "MediaMoved",
            Self::MediaDeleted => "MediaDeleted",
            Self::RenderingFailed => "RenderingFailed",
            Self::WebhookPaused => "WebhookPaused",
        }
    }
}

/// A counter of events.
pub trait Metrics: Send + Sync {
    /// Counts an event once.
    fn count(&self, metric: Metric);
}

/// Writes counts to standard output, where CloudWatch Logs finds them.
pub struct Emf {
    clock: Arc<dyn Clock>,
    stack: Option<String>,
}

impl Emf {
    /// Takes the times of the counts from this clock, and counts for the stack of this name.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, stack: Option<String>) -> Self {
        Self { clock, stack }
    }
}

impl Metrics for Emf {
    fn count(&self, metric: Metric) {
        let line = line(metric, self.clock.now(), self.stack.as_deref());
        // A metric that cannot be written must not fail the work that it counts.
        if writeln!(std::io::stdout().lock(), "{line}").is_err() {
            tracing::warn!(metric = metric.name(), "a metric could not be written");
        }
    }
}

fn line(metric: Metric, now: Timestamp, stack: Option<&str>) -> serde_json::Value {
    let name = metric.name();
    let dimensions: Vec<&str> = stack.map(|_| DIMENSION).into_iter().collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": [{"Name": name, "Unit": "Count"}],
            }],
        },
        name: 1,
    });
    if let (Some(stack), Some(fields)) = (stack, line.as_object_mut()) {
        fields.insert(DIMENSION.to_owned(), json!(stack));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_metric_and_holds_its_value() {
        let line = line(Metric::MediaReady, Timestamp::UNIX_EPOCH, None);
        assert_eq!(
            line.pointer("/_aws/CloudWatchMetrics/0/Metrics/0/Name"),
            Some(&json!("MediaReady"))
        );
        assert_eq!(line.get("MediaReady"), Some(&json!(1)));
        let dimensions = "/_aws/CloudWatchMetrics/0/Dimensions";
        assert_eq!(line.pointer(dimensions), Some(&json!([[]])));
    }

    #[test]
    fn a_line_of_a_stack_names_it_as_its_dimension() {
        let line = line(
            Metric::RenderingFailed,
            Timestamp::UNIX_EPOCH,
            Some("media"),
        );
        let dimensions = "/_aws/CloudWatchMetrics/0/Dimensions";
        assert_eq!(line.pointer(dimensions), Some(&json!([["StackName"]])));
        assert_eq!(line.get("StackName"), Some(&json!("media")));
    }
}
