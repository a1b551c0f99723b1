//! Tests our signatures against botocore's: they are equal byte for byte for the same key, policy and hash, and
//! addresses that botocore signs open.

use dozo::aws::signing::PrivateKey;
use dozo::stages::grant::{Policy, Signed};
use dozo_tests::stack::{Keys, Program, Stack};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::grants::{Private, assert_refused};

/// Returns the policy and the signed address of each case, made by botocore's signer and the `rsa` package.
const BOTOCORE: &str = "
import base64, datetime, json, sys, rsa
from botocore.signers import CloudFrontSigner
from pyasn1.codec.der import decoder
given = json.load(sys.stdin)
pem = ''.join(given['private_key'].split('-----')[2].split())
pkcs8, _ = decoder.decode(base64.b64decode(pem))
key = rsa.PrivateKey.load_pkcs1(bytes(pkcs8[2]), 'DER')
time = lambda seconds: seconds and datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
told = []
for case in given['cases']:
    signer = CloudFrontSigner(given['public_key_id'], lambda text: rsa.sign(text, key, case['hash']))
    until, start = time(case['until']), time(case.get('from'))
    policy = signer.build_policy(case['resource'], until, start, case.get('ip'))
    canned = case['resource'] == case['url'] and not start and not case.get('ip')
    url = signer.generate_presigned_url(case['url'], **({'date_less_than': until} if canned else {'policy': policy}))
    told.append({'policy': policy, 'url': url})
json.dump(told, sys.stdout)
";

/// Reads the secret that holds the signing key.
async fn secret(stack: &Stack) -> Value {
    let ask = |arguments: &[&str]| {
        Program::aws_cli()
            .env("AWS_ENDPOINT_URL", &stack.file.aws_endpoint)
            .env("AWS_DEFAULT_REGION", &stack.file.region)
            .envs(Keys::root().environment())
            .args(arguments)
            .run()
    };
    let query = "Stacks[0].Outputs[?OutputKey=='CloudFrontKeySecret'].OutputValue";
    let described = [
        "cloudformation",
        "describe-stacks",
        "--stack-name",
        &stack.file.stack,
    ];
    let arn = ask(&[&described[..], &["--query", query, "--output", "text"]].concat()).await;
    let arn = arn.succeeded();
    let read = [
        "secretsmanager",
        "get-secret-value",
        "--secret-id",
        arn.trim(),
    ];
    let text = ask(&[&read[..], &["--query", "SecretString", "--output", "text"]].concat()).await;
    serde_json::from_str(&text.succeeded()).unwrap()
}

async fn botocore(secret: &Value, cases: &[Value]) -> Vec<Value> {
    let mut given = secret.clone();
    given["cases"] = json!(cases);
    let run = Program::python()
        .args(["-c", BOTOCORE])
        .input(given.to_string());
    serde_json::from_str(&run.run().await.succeeded()).unwrap()
}

#[tokio::test]
async fn botocore_signs_the_same() {
    let stack = Stack::running();
    let secret = secret(&stack).await;
    let key = PrivateKey::from_secret(&secret.to_string()).unwrap();
    let url = "https://d111111abcdef8.cloudfront.net/private/demo/m/original.jpg";
    let all = "https://d111111abcdef8.cloudfront.net/private/demo/m/*";
    let mut cases = Vec::new();
    for (resource, from, ip) in [
        (url, None, None),
        (all, None, None),
        (url, Some(1_767_280_000), None),
        (all, None, Some("192.0.2.0/24")),
        (url, None, Some("192.0.2.7")),
    ] {
        cases.push(json!({"url": url, "resource": resource, "until": 1_767_290_400, "from": from, "ip": ip, "hash": "SHA-256"}));
    }
    let told = botocore(&secret, &cases).await;
    assert_eq!(told.len(), cases.len());
    for (case, told) in cases.iter().zip(told) {
        let second = |name: &str| Timestamp::from_second(case[name].as_i64()?).ok();
        let policy = Policy::until(case["resource"].as_str().unwrap(), second("until").unwrap())
            .from(second("from"))
            .viewers(case["ip"].as_str().map(|ip| ip.parse().unwrap()));
        assert_eq!(told["policy"], policy.text().unwrap(), "{case}");
        let query = Signed::new(&policy, &key).unwrap().query();
        // botocore leaves naming the hash to its caller.
        let theirs = format!("{}&Hash-Algorithm=SHA256", told["url"].as_str().unwrap());
        assert_eq!(theirs, format!("{url}?{query}"), "{case}");
    }
}

#[tokio::test]
async fn what_botocore_signs_with_either_hash_opens() {
    let stack = Stack::running();
    let secret = secret(&stack).await;
    let (one, other) = (
        Private::new(&stack, 21).await,
        Private::new(&stack, 22).await,
    );
    let until = (Timestamp::now() + SignedDuration::from_mins(10)).as_second();
    let all = one.url.replace("original.png", "*");
    let mut cases = Vec::new();
    for hash in ["SHA-1", "SHA-256"] {
        for resource in [&one.url, &all] {
            cases.push(json!({"url": one.url, "resource": resource, "until": until, "hash": hash}));
        }
    }
    for (case, told) in cases.iter().zip(botocore(&secret, &cases).await) {
        let mut url = told["url"].as_str().unwrap().to_owned();
        if case["hash"] == "SHA-256" {
            assert_refused("an unnamed hash", &stack.fetch(&url).await, "AccessDenied");
            url.push_str("&Hash-Algorithm=SHA256");
        }
        one.assert_opened_by(&stack, &url).await;
        let elsewhere = url.replace(&one.url, &other.url);
        assert_refused(
            "another media",
            &stack.fetch(&elsewhere).await,
            "AccessDenied",
        );
    }
}
