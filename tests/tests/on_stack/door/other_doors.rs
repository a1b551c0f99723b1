//! Tests that everything but putting under the prefix is denied: other calls, other keys, other buckets, other
//! services.

use bytes::Bytes;
use dozo_tests::stack::{Grant, Keys, Reply, Signer, Stack, fresh_app};
use reqwest::Method;
use serde_json::json;

use crate::door::{assert_denied, photo};

async fn send(s3: &Signer, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    s3.send_bytes(method, path, headers, Bytes::from(photo(1)))
        .await
}

/// Builds a path-style address; the names in these tests need no escapes.
fn at(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{key}")
}

async fn a_grant_with_a_file(stack: &Stack) -> (Grant, Signer) {
    let grant = stack.grant().await;
    let s3 = stack.service(&grant.keys, "s3");
    for name in ["mine.png", "folder/mine too.png"] {
        let path = at(&grant.bucket, &grant.key(&name.replace(' ', "%20")));
        let reply = send(&s3, Method::PUT, &path, &[]).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    }
    (grant, s3)
}

#[tokio::test]
async fn nothing_but_to_put() {
    let stack = Stack::running();
    let (grant, s3) = a_grant_with_a_file(&stack).await;
    let root = stack.service(&Keys::root(), "s3");
    let mine = at(&grant.bucket, &grant.key("mine.png"));
    let bucket = format!("/{}", grant.bucket);
    let reads = [
        (Method::GET, mine.clone()),
        (Method::HEAD, mine.clone()),
        (Method::GET, format!("{mine}?tagging")),
        (Method::GET, format!("{mine}?acl")),
        (
            Method::GET,
            format!("{bucket}?list-type=2&prefix={}", grant.prefix),
        ),
        (Method::GET, format!("{bucket}?prefix={}", grant.prefix)),
        (Method::GET, format!("{bucket}?uploads")),
        (Method::GET, format!("{bucket}?versions")),
        (Method::GET, format!("{bucket}?location")),
        (Method::GET, format!("{bucket}?policy")),
        (Method::HEAD, bucket.clone()),
        (Method::GET, "/".to_owned()),
    ];
    for (method, path) in reads {
        let what = format!("{method} {path}");
        let get = |s3: Signer, method, path: String| async move {
            s3.send_bytes(method, &path, &[], Bytes::new()).await
        };
        assert_denied(&what, &get(s3.clone(), method.clone(), path.clone()).await);
        let allowed = get(root.clone(), method, path).await;
        assert_eq!(allowed.status, 200, "{what} by root: {}", allowed.text());
    }
    let copied = format!("{}/{}", grant.bucket, grant.key("mine.png"));
    let copy = [("x-amz-copy-source", copied.as_str())];
    let none: [(&str, &str); 0] = [];
    let delete = b"<Delete><Object><Key>x</Key></Object></Delete>";
    for (method, path, headers, body) in [
        (Method::DELETE, mine.clone(), &none[..], &b""[..]),
        (
            Method::PUT,
            at(&grant.bucket, &grant.key("copy.png")),
            &copy[..],
            b"",
        ),
        (
            Method::PUT,
            format!("{mine}?tagging"),
            &none[..],
            b"<Tagging><TagSet/></Tagging>",
        ),
        (Method::PUT, format!("{mine}?acl"), &none[..], b""),
        (Method::POST, format!("{bucket}?delete"), &none[..], delete),
        (Method::PUT, format!("{bucket}?policy"), &none[..], b"{}"),
        (Method::DELETE, bucket.clone(), &none[..], b""),
        (
            Method::PUT,
            "/another-bucket-of-mine".to_owned(),
            &none[..],
            b"",
        ),
    ] {
        let what = format!("{method} {path}");
        let reply = s3
            .send_bytes(method, &path, headers, Bytes::from_static(body))
            .await;
        // DeleteObjects answers for each key separately.
        if path.ends_with("?delete") && reply.status == 200 {
            assert!(
                reply.text().contains("<Code>AccessDenied</Code>"),
                "{}",
                reply.text()
            );
        } else {
            assert_denied(&what, &reply);
        }
    }
    let key = grant.key("mine.png");
    assert_eq!(stack.object("upload", &key).await.unwrap(), photo(1));
}

#[tokio::test]
async fn nowhere_but_under_the_prefix() {
    let stack = Stack::running();
    let (grant, s3) = a_grant_with_a_file(&stack).await;
    let (upload, bucket) = (&grant.upload, &grant.bucket);
    let other = stack.grant().await;
    let app = fresh_app("door");
    let _registered = stack.register(&app, &json!({})).await;
    let foreign = stack.grant_for(&app, &json!({})).await;
    let mut upper = upload.to_uppercase();
    upper.insert_str(0, "demo/");
    for key in [
        other.key("x.png"),
        foreign.key("x.png"),
        format!("demo/{upload}x/x.png"),
        format!("demo/{upload}"),
        format!("demo/{upload}.png"),
        format!("demo/{}/x.png", &upload[..25]),
        format!("{upper}/x.png"),
        "demo/x.png".to_owned(),
        format!("{upload}/x.png"),
        format!("{app}/{upload}/x.png"),
        format!("x/demo/{upload}/x.png"),
        "x.png".to_owned(),
    ] {
        let path = at(bucket, &key);
        assert_denied(&path, &send(&s3, Method::PUT, &path, &[]).await);
        let begin = format!("{path}?uploads");
        assert_denied(&begin, &send(&s3, Method::POST, &begin, &[]).await);
        assert!(stack.object("upload", &key).await.is_none(), "{key}");
    }
    // The other grant's credentials allow only the other grant's prefix.
    let other_s3 = stack.service(&other.keys, "s3");
    let (mine, its) = (
        at(bucket, &grant.key("x.png")),
        at(bucket, &other.key("x.png")),
    );
    assert_denied(&mine, &send(&other_s3, Method::PUT, &mine, &[]).await);
    assert_eq!(send(&other_s3, Method::PUT, &its, &[]).await.status, 200);
}

#[tokio::test]
async fn in_no_other_bucket() {
    let stack = Stack::running();
    let (grant, s3) = a_grant_with_a_file(&stack).await;
    let media = grant.media("mine.png");
    for role in ["delivery", "backup", "records", "work"] {
        let bucket = stack.bucket(role);
        for key in [
            grant.key("mine.png"),
            format!("public/demo/{media}/original.png"),
            format!("media/demo/{media}.json"),
            "apps/demo.json".to_owned(),
            "x".to_owned(),
        ] {
            let path = at(bucket, &key);
            for method in [Method::PUT, Method::GET, Method::DELETE] {
                let what = format!("{method} {path}");
                assert_denied(&what, &send(&s3, method, &path, &[]).await);
            }
        }
        let list = format!("/{bucket}?list-type=2");
        assert_denied(&list, &send(&s3, Method::GET, &list, &[]).await);
    }
}

/// `GetCallerIdentity` is not tested: it is allowed to everybody, and tells callers only who they are.
#[tokio::test]
async fn in_no_other_service() {
    let stack = Stack::running();
    let (grant, _) = a_grant_with_a_file(&stack).await;
    let queue = stack.queue("uploads");
    let validate = &stack.file.functions["validate-upload"];
    let invoke = format!("/2015-03-31/functions/{validate}/invocations");
    let json = |target: &'static str| {
        vec![
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
        ]
    };
    let form = || vec![("content-type", "application/x-www-form-urlencoded")];
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    for (service, method, path, headers, body) in [
        (
            "sqs",
            Method::POST,
            "/",
            json("AmazonSQS.ListQueues"),
            "{}".to_owned(),
        ),
        (
            "sqs",
            Method::POST,
            "/",
            json("AmazonSQS.SendMessage"),
            json!({"QueueUrl": queue, "MessageBody": "{}"}).to_string(),
        ),
        (
            "sqs",
            Method::POST,
            "/",
            json("AmazonSQS.ReceiveMessage"),
            json!({"QueueUrl": queue}).to_string(),
        ),
        (
            "sts",
            Method::POST,
            "/",
            form(),
            format!("Action=GetFederationToken&Version=2011-06-15&Name=more&Policy={policy}"),
        ),
        (
            "sts",
            Method::POST,
            "/",
            form(),
            "Action=GetSessionToken&Version=2011-06-15".to_owned(),
        ),
        (
            "iam",
            Method::POST,
            "/",
            form(),
            "Action=ListUsers&Version=2010-05-08".to_owned(),
        ),
        (
            "iam",
            Method::POST,
            "/",
            form(),
            "Action=CreateUser&Version=2010-05-08&UserName=more".to_owned(),
        ),
        (
            "secretsmanager",
            Method::POST,
            "/",
            json("secretsmanager.ListSecrets"),
            "{}".to_owned(),
        ),
        (
            "kms",
            Method::POST,
            "/",
            json("TrentService.ListKeys"),
            "{}".to_owned(),
        ),
        (
            "lambda",
            Method::GET,
            "/2015-03-31/functions/",
            vec![],
            String::new(),
        ),
        ("lambda", Method::POST, &invoke, vec![], "{}".to_owned()),
        (
            "cloudfront",
            Method::GET,
            "/2020-05-31/distribution",
            vec![],
            String::new(),
        ),
    ] {
        let what = format!("{service} {method} {path} {headers:?} {body}");
        let body = Bytes::from(body);
        let mine = stack.service(&grant.keys, service);
        let reply = mine.send_bytes(method, path, &headers, body).await;
        assert_denied(&what, &reply);
    }
    for path in ["/apps/demo/media?state=failed", "/admin/apps"] {
        assert_denied(path, &stack.api(&grant.keys).get(path).await);
    }
}
