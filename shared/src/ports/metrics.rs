//! Metrics, as lines of CloudWatch's embedded metric format among the logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::ports::clock::Clock;

/// The namespace of all of them.
const NAMESPACE: &str = "Dozo";

/// The dimension of those that are counted by function.
const DIMENSION: &str = "FunctionName";

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
    /// A published image could not be rendered, and its file is to blame or we are.
    RenderingFailed,
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
            Self::RenderingFailed => "RenderingFailed",
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
    function: Option<String>,
}

impl Emf {
    /// With the times of this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            function: None,
        }
    }

    /// Counts by the function's name, as AWS's own metrics are: an alarm on such a count is one stack's, where several share
    /// an account.
    #[must_use]
    pub fn of_function(self, name: Option<String>) -> Self {
        Self {
            function: name,
            ..self
        }
    }
}

impl Metrics for Emf {
    fn count(&self, metric: Metric) {
        let line = line(metric, self.clock.now(), self.function.as_deref());
        // A metric that cannot be written must not fail the work that it counts.
        if writeln!(std::io::stdout().lock(), "{line}").is_err() {
            tracing::warn!(metric = metric.name(), "a metric could not be written");
        }
    }
}

fn line(metric: Metric, now: Timestamp, function: Option<&str>) -> serde_json::Value {
    let name = metric.name();
    let dimensions: Vec<&str> = function.map(|_| DIMENSION).into_iter().collect();
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
    if let (Some(function), Some(fields)) = (function, line.as_object_mut()) {
        fields.insert(DIMENSION.to_owned(), json!(function));
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
    fn a_line_of_a_function_names_it_as_its_dimension() {
        let line = line(
            Metric::RenderingFailed,
            Timestamp::UNIX_EPOCH,
            Some("s-render-thumbnail"),
        );
        let dimensions = "/_aws/CloudWatchMetrics/0/Dimensions";
        assert_eq!(line.pointer(dimensions), Some(&json!([["FunctionName"]])));
        assert_eq!(line.get("FunctionName"), Some(&json!("s-render-thumbnail")));
    }
}
