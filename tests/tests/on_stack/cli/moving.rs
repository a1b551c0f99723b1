//! Tests `dozo import` and `dozo export` as a user who may do what their documentation says, and nothing else.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Keys, Program, Stack, fresh_app};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::cli::dozo;

/// The AWS CLI as the account's root.
fn aws(stack: &Stack) -> Program {
    Program::aws_cli()
        .env("AWS_DEFAULT_REGION", &stack.file.region)
        .env("AWS_ENDPOINT_URL", &stack.file.aws_endpoint)
        .envs(Keys::root().environment())
}

fn statement(actions: &[&str], resources: &[String]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

fn below(bucket: &str, prefix: &str) -> Value {
    json!({
        "Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{bucket}"),
        "Condition": {"StringLike": {"s3:prefix": format!("{prefix}*")}},
    })
}

/// Returns the statements of docs/OPERATIONS.md for an import.
fn importing(stack: &Stack, app: &str, source: &str) -> Vec<Value> {
    let upload = stack.bucket("upload");
    vec![
        statement(
            &["execute-api:Invoke"],
            &[
                format!("arn:aws:execute-api:*:*:*/*/POST/apps/{app}/uploads"),
                format!("arn:aws:execute-api:*:*:*/*/GET/apps/{app}/media"),
            ],
        ),
        below(source, "2019/"),
        statement(
            &["s3:GetObject"],
            &[format!("arn:aws:s3:::{source}/2019/*")],
        ),
        below(upload, &format!("{app}/")),
        statement(
            &["s3:PutObject", "s3:AbortMultipartUpload"],
            &[format!("arn:aws:s3:::{upload}/{app}/*")],
        ),
    ]
}

/// Returns the statements of docs/OPERATIONS.md for an export to a folder.
fn exporting(stack: &Stack, app: &str) -> Vec<Value> {
    let delivery = stack.bucket("delivery");
    let objects = ["public", "private"].map(|of| format!("arn:aws:s3:::{delivery}/{of}/{app}/*"));
    vec![
        statement(
            &["execute-api:Invoke"],
            &[format!(
                "arn:aws:execute-api:*:*:*/*/GET/apps/{app}/media/*"
            )],
        ),
        below(stack.bucket("records"), &format!("media/{app}/")),
        below(delivery, &format!("public/{app}/")),
        below(delivery, &format!("private/{app}/")),
        statement(&["s3:GetObject"], &objects),
    ]
}

/// Makes a user with these permissions.
async fn user(stack: &Stack, name: &str, statements: Vec<Value>) -> Keys {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let of = ["--user-name", name];
    let _said = aws(stack)
        .args(["iam", "create-user"])
        .args(of)
        .run()
        .await
        .succeeded();
    let _said = aws(stack)
        .args([
            "iam",
            "put-user-policy",
            "--policy-name",
            "moving",
            "--policy-document",
            &policy,
        ])
        .args(of)
        .run()
        .await
        .succeeded();
    let made = aws(stack)
        .args(["iam", "create-access-key", "--output", "json"])
        .args(of)
        .run()
        .await
        .succeeded();
    let made: Value = serde_json::from_str(&made).unwrap();
    let text = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
    Keys {
        access_key_id: text("AccessKeyId"),
        secret_access_key: text("SecretAccessKey"),
        session_token: None,
    }
}

/// `dozo` with these credentials, for an app.
fn dozo_as(stack: &Stack, keys: &Keys, app: &str) -> Program {
    dozo()
        .env("AWS_REGION", &stack.file.region)
        .env("AWS_ENDPOINT_URL", &stack.file.aws_endpoint)
        .envs(keys.environment())
        .args(["--json", "--api", &stack.file.api, "--app", app])
}

/// Returns the state of each name in an answer.
fn states(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|item| (text(&item["name"]), text(&item["state"])))
        .collect()
}

#[tokio::test]
async fn a_bucket_comes_in_and_goes_out_again() {
    let stack = Stack::running();
    let app = fresh_app("moving");
    stack.register(&app, &json!({})).await;
    let old = format!("old-{app}");
    let root = stack.s3(&Keys::root());
    root.create_bucket().bucket(&old).send().await.unwrap();
    let pictures = [("2019/a b+c.png", 61), ("2019/写真/d.png", 62)];
    let picture = |shade| picture(ImageFormat::Png, 32, 24, shade).unwrap();
    for (key, shade) in pictures {
        let put = root
            .put_object()
            .bucket(&old)
            .key(key)
            .body(picture(shade).into());
        put.tagging("a=b")
            .metadata("place", "home")
            .send()
            .await
            .unwrap();
    }
    for (key, body) in [
        ("2019/words.jpg", "no picture"),
        ("2019/", ""),
        ("2020/e.png", "not wanted"),
    ] {
        let body = body.as_bytes().to_vec().into();
        root.put_object()
            .bucket(&old)
            .key(key)
            .body(body)
            .send()
            .await
            .unwrap();
    }

    let importer = user(
        &stack,
        &format!("{app}-importer"),
        importing(&stack, &app, &old),
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let import = || {
        dozo_as(&stack, &importer, &app)
            .args([
                "import",
                &format!("s3://{old}/2019"),
                "--private",
                "--wait",
                "5m",
            ])
            .directory(folder.path())
    };
    let ran = import().run().await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let state = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    let expected = [
        state("", "not_imported"),
        state("a b+c.png", "ready"),
        state("words.jpg", "rejected"),
        state("写真/d.png", "ready"),
    ];
    assert_eq!(states(&answer), expected, "{answer:#}");
    let again = import().run().await;
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["items"], answer["items"]);

    // On a laptop nothing has to be set up.
    let local = dozo()
        .env("DOZO_STACK", stack.path())
        .args(["--json", "--local", "--app", &app, "import", "--dry-run"])
        .arg(format!("s3://{old}/2019"))
        .directory(folder.path());
    let planned: Value = serde_json::from_str(&local.run().await.succeeded()).unwrap();
    assert_eq!(planned["items"].as_array().unwrap().len(), 4, "{planned:#}");

    // It can put nothing into another app.
    let other = stack
        .s3(&importer)
        .put_object()
        .bucket(stack.bucket("upload"))
        .key("demo/x/y");
    let refused = other.body(b"x".to_vec().into()).send().await.unwrap_err();
    assert_eq!(refused.raw_response().unwrap().status().as_u16(), 403);

    let exporter = user(&stack, &format!("{app}-exporter"), exporting(&stack, &app)).await;
    let export = || {
        let buckets = ["records", "delivery", "backup"]
            .map(|of| (format!("--{of}-bucket"), stack.bucket(of).to_owned()));
        dozo_as(&stack, &exporter, &app)
            .args(["export", "out"])
            .args(
                buckets
                    .into_iter()
                    .flat_map(|(option, name)| [option, name]),
            )
            .directory(folder.path())
    };
    for state in ["exported", "there_already"] {
        let ran = export().run().await.succeeded();
        let answer: Value = serde_json::from_str(&ran).unwrap();
        assert_eq!(answer["counts"][state]["count"], 2, "{answer:#}");
        assert_eq!(answer["counts"]["record_only"]["count"], 1, "{answer:#}");
    }
    for (name, (_, shade)) in [("a b+c.png", pictures[0]), ("写真/d.png", pictures[1])] {
        let items = answer["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["name"] == name).unwrap();
        let media = folder
            .path()
            .join("out")
            .join(item["media"].as_str().unwrap());
        assert_eq!(
            std::fs::read(media.join("original.png")).unwrap(),
            picture(shade),
            "{name}"
        );
        let record: Value =
            serde_json::from_slice(&std::fs::read(media.join("record.json")).unwrap()).unwrap();
        assert_eq!(
            (&record["file_name"], &record["visibility"]),
            (&name.into(), &"private".into())
        );
    }
}
