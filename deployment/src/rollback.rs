//! The alarm that makes CloudFormation roll an update back by itself.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html>

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, list_at};

/// How an update is watched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    /// `RollbackConfiguration` of the request. CloudFormation keeps the triggers of the update before if it is absent, and
    /// fails if one of them is gone; so it is always given.
    pub(crate) configuration: Value,
    /// The reason why nothing is watched although it should be.
    pub(crate) note: Option<String>,
}

impl Watch {
    fn nothing(note: Option<String>) -> Self {
        Self {
            configuration: json!({ "RollbackTriggers": [], "MonitoringTimeInMinutes": 0 }),
            note,
        }
    }

    /// Tells whether an alarm may roll the update back.
    pub(crate) fn is_on(&self) -> bool {
        !list_at(&self.configuration, "/RollbackTriggers").is_empty()
    }
}

/// Returns how an update of the stack is watched, during it and for `minutes` after it; 0 watches nothing.
///
/// An alarm that is on already says nothing about the update, and CloudFormation would roll back the very update that
/// mends the cause: it is left out then, as one that does not exist yet or cannot be read.
pub(crate) async fn watch(aws: &AwsCli, stack: &str, minutes: u8) -> Watch {
    if minutes == 0 {
        return Watch::nothing(None);
    }
    let name = format!("{stack}-deployment");
    let command = ["cloudwatch", "describe-alarms", "--alarm-types"];
    let which = ["CompositeAlarm", "--alarm-names", &name];
    let Ok(described) = aws.call(&[&command[..], &which].concat()).await else {
        return Watch::nothing(Some(format!(
            "this update will not be rolled back by itself: the alarm {name} could not be read (cloudwatch:DescribeAlarms)"
        )));
    };
    let field = |name: &str| described.pointer("/CompositeAlarms/0")?.get(name)?.as_str();
    let Some(arn) = field("AlarmArn") else {
        return Watch::nothing(Some(format!(
            "this update will not be rolled back by itself: the stack has no alarm {name} yet"
        )));
    };
    if field("StateValue") == Some("ALARM") {
        return Watch::nothing(Some(format!(
            "this update will not be rolled back by itself: the alarm {name} is on already. What is wrong: {}",
            what_is_wrong(stack)
        )));
    }
    let trigger = json!({ "Arn": arn, "Type": "AWS::CloudWatch::CompositeAlarm" });
    Watch {
        configuration: json!({ "RollbackTriggers": [trigger], "MonitoringTimeInMinutes": minutes }),
        note: None,
    }
}

/// Returns the command that lists the stack's alarms that are on.
pub(crate) fn what_is_wrong(stack: &str) -> String {
    format!(
        "aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix {stack}- --query MetricAlarms[].AlarmName"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_aws::FakeAws;

    const DESCRIBE: &str = "cloudwatch.describe-alarms";
    const ARN: &str = "arn:aws:cloudwatch:eu-west-1:1:alarm:dozo-deployment";

    fn with_alarm(state: &str) -> FakeAws {
        let alarm = json!({"CompositeAlarms": [{"AlarmArn": ARN, "StateValue": state}]});
        FakeAws::new().answers(DESCRIBE, &alarm.to_string())
    }

    #[tokio::test]
    async fn an_update_is_watched_by_the_stacks_composite_alarm() {
        for state in ["OK", "INSUFFICIENT_DATA"] {
            let fake = with_alarm(state);
            let watch = watch(&fake.cli(), "dozo", 7).await;
            let trigger = json!({"Arn": ARN, "Type": "AWS::CloudWatch::CompositeAlarm"});
            let expected = json!({"RollbackTriggers": [trigger], "MonitoringTimeInMinutes": 7});
            assert_eq!((&watch.configuration, watch.is_on()), (&expected, true));
            let asked = "cloudwatch describe-alarms --alarm-types CompositeAlarm --alarm-names dozo-deployment";
            assert_eq!(fake.calls(), [asked]);
        }
    }

    #[tokio::test]
    async fn an_alarm_that_is_absent_or_on_or_unreadable_does_not_hold_an_update_up() {
        let denied = FakeAws::new().refuses(DESCRIBE, "AccessDenied", "no");
        let absent = FakeAws::new().answers(DESCRIBE, r#"{"CompositeAlarms": []}"#);
        for (fake, says) in [
            (denied, "could not be read"),
            (absent, "no alarm dozo-deployment yet"),
            (with_alarm("ALARM"), "is on already"),
        ] {
            let watch = watch(&fake.cli(), "dozo", 5).await;
            let nothing = json!({"RollbackTriggers": [], "MonitoringTimeInMinutes": 0});
            assert_eq!((&watch.configuration, watch.is_on()), (&nothing, false));
            let note = watch.note.unwrap_or_default();
            assert!(note.contains(says), "{says}: {note}");
        }
    }

    #[tokio::test]
    async fn zero_minutes_take_an_earlier_trigger_away() {
        let fake = with_alarm("OK");
        let watch = watch(&fake.cli(), "dozo", 0).await;
        assert_eq!(watch, Watch::nothing(None));
        assert!(fake.calls().is_empty());
    }
}
