use super::*;
use crate::memory_aws::{MemoryAws, REGION};

const TEMPLATE: &str = include_str!("../../../template.yaml");

const UPLOAD: &str = "dozo-upload-123456789012";
const RECORDS: &str = "dozo-records-123456789012";

/// Buckets, each with what S3 says of its place.
fn account(buckets: &[(&str, Value)]) -> MemoryAws {
    let aws = MemoryAws::default();
    let buckets = buckets
        .iter()
        .map(|(name, region)| ((*name).to_owned(), region.clone()));
    aws.with(|account| account.buckets = buckets.collect());
    aws
}

async fn way(aws: &MemoryAws, asked: Option<Form>) -> Result<Way, DeployError> {
    let plan = Plan {
        stack: "dozo",
        account: "123456789012",
        template: TEMPLATE,
        asked,
    };
    let now = StackNow::read(&aws.cli(), plan.stack).await?;
    make_way(&aws.cli(), now.as_ref(), plan).await
}

async fn refused(aws: &MemoryAws, asked: Option<Form>) -> String {
    let refusal = way(aws, asked).await.unwrap_err().to_string();
    let calls = aws.calls();
    assert!(
        calls.iter().all(|call| !call.contains("change-set")),
        "{calls:?}"
    );
    refusal
}

/// Returns the names of the buckets that were imported.
fn imported(aws: &MemoryAws) -> Vec<String> {
    let requests = aws.requests("cloudformation create-change-set");
    let all = requests
        .iter()
        .flat_map(|request| request["ResourcesToImport"].as_array().unwrap());
    let name = |resource: &Value| {
        resource["ResourceIdentifier"]["BucketName"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    all.map(name).collect()
}

#[tokio::test]
async fn a_new_stack_s_names_have_the_region() {
    let nothing = account(&[("another-1", json!(REGION))]);
    let expected = Way {
        adopted: 0,
        names: Form::Region,
    };
    assert_eq!(way(&nothing, None).await.unwrap(), expected);
    // The stack of this name in another region, from before there was a choice, is in nobody's way.
    let beside = account(&[(UPLOAD, json!("us-west-2")), (RECORDS, Value::Null)]);
    assert_eq!(way(&beside, None).await.unwrap(), expected);
    assert!(imported(&beside).is_empty());
}

#[tokio::test]
async fn buckets_that_were_left_behind_say_which_names_the_stack_gets() {
    let (upload, records) = (format!("{UPLOAD}-{REGION}"), format!("{RECORDS}-{REGION}"));
    let (upload, records) = (upload.as_str(), records.as_str());
    for (names, left) in [
        // S3 says EU of a bucket that was made with this old name of eu-west-1.
        (
            Form::Account,
            [(UPLOAD, json!(REGION)), (RECORDS, json!("EU"))],
        ),
        (
            Form::Region,
            [(upload, json!(REGION)), (records, json!(REGION))],
        ),
    ] {
        for asked in [None, Some(names)] {
            let aws = account(&left);
            let expected = Way { adopted: 2, names };
            assert_eq!(way(&aws, asked).await.unwrap(), expected);
            assert_eq!(imported(&aws), [left[1].0, left[0].0]);
        }
    }
}

#[tokio::test]
async fn who_left_buckets_of_both_forms_behind_must_choose() {
    let upload = format!("{UPLOAD}-{REGION}");
    let upload = upload.as_str();
    let both = [(UPLOAD, json!(REGION)), (upload, json!(REGION))];
    let refusal = refused(&account(&both), None).await;
    for part in [UPLOAD, upload, "Names=account", "Names=region"] {
        assert!(refusal.contains(part), "{refusal}");
    }
    for (asked, name) in [(Form::Account, UPLOAD), (Form::Region, upload)] {
        let aws = account(&both);
        assert_eq!(way(&aws, Some(asked)).await.unwrap().names, asked);
        assert_eq!(imported(&aws), [name]);
    }
}

#[tokio::test]
async fn a_bucket_in_another_region_is_named_with_its_region() {
    for (region, said) in [
        (json!("us-west-2"), "us-west-2"),
        (Value::Null, "us-east-1"),
    ] {
        let aws = account(&[(UPLOAD, region.clone())]);
        let refusal = refused(&aws, Some(Form::Account)).await;
        for part in [UPLOAD, "exists already", said, "Names=region"] {
            assert!(refusal.contains(part), "{refusal}");
        }
        let misplaced = format!("{UPLOAD}-{REGION}");
        let refusal = refused(&account(&[(misplaced.as_str(), region)]), None).await;
        assert!(
            refusal.contains(&misplaced) && refusal.contains(said),
            "{refusal}"
        );
    }
    // Some here and some there belong to no one stack.
    let scattered = account(&[(UPLOAD, json!(REGION)), (RECORDS, json!("us-west-2"))]);
    let refusal = refused(&scattered, None).await;
    assert!(refusal.contains(RECORDS), "{refusal}");
}

#[tokio::test]
async fn a_stack_keeps_the_names_that_it_has() {
    for (parameters, names, other) in [
        (json!([]), Form::Account, Form::Region),
        (
            json!([{"ParameterKey": "Names", "ParameterValue": "region"}]),
            Form::Region,
            Form::Account,
        ),
    ] {
        let aws = account(&[(UPLOAD, json!(REGION))]);
        let stack = json!({"StackStatus": "UPDATE_COMPLETE", "Parameters": parameters});
        aws.with(|account| account.stack = Some(stack));
        for asked in [None, Some(names)] {
            let expected = Way { adopted: 0, names };
            assert_eq!(way(&aws, asked).await.unwrap(), expected);
        }
        let refusal = refused(&aws, Some(other)).await;
        let said = format!("Names={}", names.as_str());
        assert!(refusal.contains(&said), "{refusal}");
    }
}

#[tokio::test]
async fn a_stack_whose_creation_failed_makes_way() {
    let upload = format!("{UPLOAD}-{REGION}");
    let aws = account(&[(upload.as_str(), json!(REGION))]);
    let failed = json!({"StackStatus": "ROLLBACK_COMPLETE"});
    aws.with(|account| account.stack = Some(failed));
    let expected = Way {
        adopted: 1,
        names: Form::Region,
    };
    assert_eq!(way(&aws, None).await.unwrap(), expected);
    let calls = aws.calls();
    let place = |call: &str| calls.iter().position(|made| made == call).unwrap();
    assert!(place("cloudformation delete-stack") < place("cloudformation create-change-set"));
}

#[test]
fn an_import_names_each_bucket_twice_and_retains_it() {
    let buckets = BTreeMap::from([("UploadBucket".to_owned(), "dozo-upload-1".to_owned())]);
    let request = import("dozo", Form::Region, &buckets);
    let identifier = request.pointer("/ResourcesToImport/0/ResourceIdentifier/BucketName");
    assert_eq!(identifier, Some(&json!("dozo-upload-1")));
    let body = request
        .get("TemplateBody")
        .and_then(Value::as_str)
        .unwrap_or_default();
    assert!(body.contains(r#""DeletionPolicy":"Retain""#), "{body}");
}

#[tokio::test]
async fn a_deployment_that_dies_after_the_import_goes_on_with_the_same_names() {
    for (form, ending) in [(Form::Account, ""), (Form::Region, "-eu-west-1")] {
        let upload = format!("{UPLOAD}{ending}");
        let aws = account(&[(upload.as_str(), json!(REGION))]);
        assert_eq!(way(&aws, None).await.unwrap().names, form);
        let expected = Way {
            adopted: 0,
            names: form,
        };
        assert_eq!(way(&aws, None).await.unwrap(), expected);
    }
}
