use serde_json::{Value, json};

use super::*;
use crate::changes::tests::change;
use crate::fake_aws::FakeAws;

const DESCRIBE: &str = "cloudformation.describe-change-set";
const STACKS: &str = "cloudformation.describe-stacks";
const ARN: &str = "arn:aws:cloudwatch:eu-west-1:1:alarm:dozo-deployment";

fn status(status: &str) -> Value {
    json!({"Stacks": [{"StackStatus": status}]})
}

fn complete(changes: &[Value]) -> Value {
    json!({"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": changes})
}

/// Returns an AWS that makes a change set of these changes, and executes it.
fn aws(changes: &[Value]) -> FakeAws {
    let alarm = json!({"CompositeAlarms": [{"AlarmArn": ARN, "StateValue": "OK"}]});
    FakeAws::new()
        .answers("cloudwatch.describe-alarms", &alarm.to_string())
        .answers("cloudformation.create-change-set", r#"{"Id": "arn:1"}"#)
        .answers(DESCRIBE, &complete(changes).to_string())
        .answers(STACKS, &status("UPDATE_COMPLETE").to_string())
}

fn harmless() -> Value {
    change("Modify", "IssueToken", "AWS::Lambda::Function", "False")
}

fn fatal() -> [Value; 2] {
    let replaced = change("Modify", "UploadsQueue", "AWS::SQS::Queue", "True");
    [replaced, change("Remove", "Bucket", "AWS::S3::Bucket", "")]
}

async fn run(fake: &FakeAws, watched: Option<u8>, approval: Approval) -> Result<(), RolloutError> {
    let wanted = Rollout {
        stack: "dozo",
        name: "deploy-1",
        template_url: "https://s3/t",
        parameters: &[],
        watched,
        approval,
    };
    roll_out(&fake.cli(), &wanted, Progress::to_stderr()).await
}

async fn told(fake: &FakeAws, approval: Approval) -> String {
    run(fake, Some(5), approval).await.unwrap_err().to_string()
}

fn executes(fake: &FakeAws) -> bool {
    fake.names()
        .contains(&"cloudformation execute-change-set".to_owned())
}

fn deletes(fake: &FakeAws) -> bool {
    let delete = "cloudformation delete-change-set --change-set-name arn:1";
    fake.calls().contains(&delete.to_owned())
}

#[tokio::test]
async fn an_update_is_shown_then_executed_and_waited_for() {
    let pending = json!({"Status": "CREATE_IN_PROGRESS"});
    let at_work = [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ];
    let fake = aws(&[])
        .answers_in_turn(DESCRIBE, &[pending, complete(&[harmless()])])
        .answers_in_turn(STACKS, &at_work.map(status));
    run(&fake, Some(7), Approval::Missing).await.unwrap();
    let execute = "cloudformation execute-change-set --change-set-name arn:1 --client-request-token deploy-1 \
                   --no-disable-rollback";
    assert!(
        fake.calls().contains(&execute.to_owned()),
        "{:?}",
        fake.calls()
    );
    assert_eq!(
        fake.names(),
        [
            "cloudwatch describe-alarms",
            "cloudformation create-change-set",
            "cloudformation describe-change-set",
            "cloudformation describe-change-set",
            "cloudformation execute-change-set",
            "cloudformation describe-stacks",
            "cloudformation describe-stacks",
            "cloudformation describe-stacks",
        ]
    );
    let request = fake.request("cloudformation create-change-set");
    let trigger = json!({"Arn": ARN, "Type": "AWS::CloudWatch::CompositeAlarm"});
    let rollback = json!({"RollbackTriggers": [trigger], "MonitoringTimeInMinutes": 7});
    assert_eq!(request.get("RollbackConfiguration"), Some(&rollback));
}

#[tokio::test]
async fn a_new_stack_has_no_alarm_to_be_rolled_back_by() {
    let fake = aws(&[change("Add", "Queue", "AWS::SQS::Queue", "")])
        .answers(STACKS, &status("CREATE_COMPLETE").to_string());
    run(&fake, None, Approval::Missing).await.unwrap();
    let request = fake.request("cloudformation create-change-set");
    assert_eq!(request.get("ChangeSetType"), Some(&json!("CREATE")));
    assert_eq!(request.get("RollbackConfiguration"), None);
    assert!(
        !fake
            .names()
            .contains(&"cloudwatch describe-alarms".to_owned())
    );
}

#[tokio::test]
async fn a_stack_that_is_as_asked_for_is_left_alone() {
    for reason in [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ] {
        let failed = json!({"Status": "FAILED", "StatusReason": reason});
        let fake = aws(&[]).answers(DESCRIBE, &failed.to_string());
        run(&fake, Some(5), Approval::Missing).await.unwrap();
        assert_eq!((deletes(&fake), executes(&fake)), (true, false));
    }
}

#[tokio::test]
async fn a_change_set_that_fails_says_why_and_leaves_nothing() {
    let failed = json!({"Status": "FAILED", "StatusReason": "Transform AWS::Serverless failed"});
    let fake = aws(&[]).answers(DESCRIBE, &failed.to_string());
    let told = told(&fake, Approval::Given).await;
    assert!(
        told.contains("nothing was changed: Transform AWS::Serverless failed"),
        "{told}"
    );
    assert_eq!((deletes(&fake), executes(&fake)), (true, false));
}

#[tokio::test]
async fn what_would_be_lost_is_named_and_kept_unless_somebody_agrees() {
    let fake = aws(&fatal());
    let told = told(&fake, Approval::Missing).await;
    for part in [
        "UploadsQueue (AWS::SQS::Queue) would be replaced",
        "Bucket (AWS::S3::Bucket) would be removed",
        "REPLACE=yes",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!((deletes(&fake), executes(&fake)), (true, false));
    let agreed = aws(&fatal());
    run(&agreed, Some(5), Approval::Given).await.unwrap();
    assert_eq!((deletes(&agreed), executes(&agreed)), (false, true));
}

#[tokio::test]
async fn a_person_is_asked_only_where_something_would_be_lost() {
    let yes = Approval::Asked(|question| Ok(question.contains("Bucket (AWS::S3::Bucket)")));
    let fake = aws(&fatal());
    run(&fake, Some(5), yes).await.unwrap();
    assert!(executes(&fake));
    let no = Approval::Asked(|_| Ok(false));
    let closed = Approval::Asked(|_| Err(std::io::ErrorKind::BrokenPipe.into()));
    for (refusal, says) in [(no, "at stake"), (closed, "cannot ask")] {
        let fake = aws(&fatal());
        assert!(told(&fake, refusal).await.contains(says), "{says}");
        assert_eq!((deletes(&fake), executes(&fake)), (true, false));
        let fake = aws(&[harmless()]);
        run(&fake, Some(5), refusal).await.unwrap();
        assert!(executes(&fake));
    }
}

#[tokio::test]
async fn a_rollback_says_its_cause_and_which_alarm_to_look_at() {
    let events = json!({"StackEvents": [
        {"LogicalResourceId": "dozo", "ResourceType": "AWS::CloudFormation::Stack",
         "ResourceStatus": "UPDATE_ROLLBACK_IN_PROGRESS", "ResourceStatusReason": "an alarm went off"},
    ]});
    let fake = aws(&[harmless()])
        .answers(STACKS, &status("UPDATE_ROLLBACK_COMPLETE").to_string())
        .answers("cloudformation.describe-stack-events", &events.to_string());
    let told = told(&fake, Approval::Missing).await;
    for part in [
        "dozo, which is UPDATE_ROLLBACK_COMPLETE now",
        "dozo: an alarm went off",
        "--state-value ALARM --alarm-name-prefix dozo-",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn a_stack_that_got_stuck_says_its_way_out() {
    let fake = aws(&[harmless()]).answers(STACKS, &status("UPDATE_ROLLBACK_FAILED").to_string());
    let told = told(&fake, Approval::Missing).await;
    assert!(
        told.contains("continue-update-rollback --stack-name dozo"),
        "{told}"
    );
}
