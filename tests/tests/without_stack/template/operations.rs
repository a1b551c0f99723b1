//! Tests the alarms: everything that must not go unnoticed has one.

use std::collections::BTreeSet;

use dozo_tests::template::{Resource, Template, referenced, text};
use serde_json::json;

use crate::template::template;

fn alarm<'a>(template: &'a Template, metric: &str, of: &str) -> Resource<'a> {
    let found = template.of_type("AWS::CloudWatch::Alarm").find(|alarm| {
        alarm.property("/MetricName") == metric
            && referenced(alarm.property("/Dimensions/0/Value")) == of
    });
    found.unwrap_or_else(|| unreachable!("no alarm on {metric} of {of}"))
}

fn alarm_id(template: &Template, metric: &str, of: &str) -> String {
    alarm(template, metric, of).id.to_owned()
}

#[test]
fn every_function_is_watched() {
    let template = template();
    for function in template.functions() {
        for metric in ["Errors", "Throttles"] {
            assert_eq!(
                alarm(&template, metric, &function.id).property("/Threshold"),
                &json!(0)
            );
        }
        let slow = alarm(&template, "Duration", &function.id);
        let milliseconds = slow.property("/Threshold").as_u64().unwrap();
        assert_eq!(slow.property("/Statistic"), "Maximum");
        assert_eq!(
            milliseconds,
            function.timeout * 800,
            "{}: four fifths of its time",
            function.id
        );
    }
}

#[test]
fn what_failed_is_seen() {
    let template = template();
    let recorded = alarm(&template, "Invocations", "RecordFailure");
    assert_eq!(recorded.property("/Threshold"), &json!(0));
    let last = alarm(
        &template,
        "ApproximateNumberOfMessagesVisible",
        "LastResortQueue",
    );
    assert_eq!(last.property("/Threshold"), &json!(0));
    let dead = alarm(&template, "ApproximateAgeOfOldestMessage", "DeadLetters");
    assert_eq!(dead.property("/Threshold"), &json!(900), "15 minutes");
    let _waiting = alarm(&template, "ApproximateAgeOfOldestMessage", "UploadsQueue");
    let _api = alarm(&template, "5xx", "Api");
    let failed = alarm(&template, "RenderingFailed", "AWS::StackName");
    assert_eq!(failed.property("/Dimensions/0/Name"), "StackName");
    assert_eq!(failed.property("/Namespace"), "Dozo");
    assert_eq!(failed.property("/Threshold"), &json!(0));
    let lost = alarm(&template, "MediaLost", "AWS::StackName");
    assert_eq!(lost.property("/Threshold"), &json!(0));
}

#[test]
fn what_was_lost_is_looked_for_every_five_minutes() {
    let template = template();
    let rule = template.resource("SweepLostRule").unwrap();
    assert_eq!(rule.property("/ScheduleExpression"), "rate(5 minutes)");
    assert_eq!(text(rule.property("/Targets/0/Arn")), "${SweepLost.Arn}");
    assert!(rule.property("/State").is_null(), "it is enabled");
    let call = template.resource("SweepLostPermission").unwrap();
    assert_eq!(referenced(call.property("/FunctionName")), "SweepLost");
    assert_eq!(call.property("/Principal"), "events.amazonaws.com");
    assert_eq!(text(call.property("/SourceArn")), "${SweepLostRule.Arn}");
    let functions = template.functions();
    let sweep = functions.iter().find(|function| function.id == "SweepLost");
    assert!(
        sweep.unwrap().timeout < 300,
        "it ends before it is called again"
    );
}

#[test]
fn every_alarm_tells_the_topic_and_says_what_to_do() {
    let template = template();
    let mut names = BTreeSet::new();
    for alarm in template.of_type("AWS::CloudWatch::Alarm") {
        assert_eq!(
            alarm.property("/AlarmActions"),
            &json!([{ "Ref": "AlarmTopic" }]),
            "{}",
            alarm.id
        );
        assert_eq!(
            alarm.property("/TreatMissingData"),
            "notBreaching",
            "{}",
            alarm.id
        );
        assert!(
            text(alarm.property("/AlarmDescription")).len() > 20,
            "{}",
            alarm.id
        );
        assert_eq!(
            alarm.property("/ComparisonOperator"),
            "GreaterThanThreshold",
            "{}",
            alarm.id
        );
        assert!(
            names.insert(text(alarm.property("/AlarmName"))),
            "{}: a name used twice",
            alarm.id
        );
    }
    let publish = template.resource("AlarmTopicPolicy").unwrap().statements();
    assert!(
        publish
            .iter()
            .any(|statement| statement.principal == "cloudwatch.amazonaws.com")
    );
}

/// An update is rolled back when functions crash, or the API or rendering answers 5xx; not because of what people upload,
/// of a backlog, or of a full account.
#[test]
fn the_alarm_of_updates_is_about_crashes_and_5xx_only() {
    let template = template();
    let mut composites = template.of_type("AWS::CloudWatch::CompositeAlarm");
    let alarm = composites.next().unwrap();
    assert!(composites.next().is_none());
    // `make deploy` finds it by its name. The local stack has no such alarms.
    assert_eq!(
        text(alarm.property("/AlarmName")),
        "${AWS::StackName}-deployment"
    );
    assert_eq!(alarm.part("/Condition"), "OnAws");
    let rule = text(alarm.property("/AlarmRule"));
    let watched: BTreeSet<String> = rule
        .split(" OR ")
        .map(|one| one.strip_prefix(r#"ALARM("${"#).unwrap())
        .map(|one| one.strip_suffix(r#"}")"#).unwrap().to_owned())
        .collect();
    let functions = template.functions().into_iter();
    let mut expected: BTreeSet<String> = functions
        .map(|function| alarm_id(&template, "Errors", &function.id))
        .collect();
    expected.insert(alarm_id(&template, "5xx", "Api"));
    expected.insert(alarm_id(&template, "RenderingFailed", "AWS::StackName"));
    assert_eq!(watched, expected);
}

#[test]
fn the_dashboard_is_json() {
    let template = template();
    let body = text(
        template
            .resource("Dashboard")
            .unwrap()
            .property("/DashboardBody"),
    );
    let parsed: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(parsed.get("widgets").unwrap().as_array().unwrap().len() >= 6);
}
