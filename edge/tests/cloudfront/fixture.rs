//! A bucket with origin access control, a distribution in front of it, and an edge that serves the distribution.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_cloudfront::types as cf;
use aws_sdk_s3::primitives::ByteStream;
use edge::{Edge, EdgeConfig, start_with_clock};
use reqwest::{Client, Method, Response};

use crate::deployed::create_distribution;
use crate::stack::Stack;
use crate::tap::Tap;

pub(crate) const BUCKET: &str = "edge-test-delivery";
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// Everything that a test needs.
pub(crate) struct Fixture {
    pub(crate) tap: Tap,
    pub(crate) cloudfront: aws_sdk_cloudfront::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    distribution: String,
    arn: String,
    key_group: String,
    edge: Option<Edge>,
    http: Client,
    now: Arc<Mutex<SystemTime>>,
    _stack: Stack,
}

impl Fixture {
    /// Starts everything, and allows the distribution to read objects and to learn that one is missing.
    pub(crate) async fn start() -> Self {
        let stack = Stack::start().await;
        let tap = Tap::start(&stack.endpoint).await;
        let keys = Credentials::new("test", "test", None, None, "test");
        let cloudfront = aws_sdk_cloudfront::Client::from_conf(
            aws_sdk_cloudfront::Config::builder()
                .behavior_version_latest()
                .region(aws_sdk_cloudfront::config::Region::new("us-east-1"))
                .endpoint_url(&stack.endpoint)
                .credentials_provider(keys.clone())
                .build(),
        );
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::Config::builder()
                .behavior_version_latest()
                .region(aws_sdk_s3::config::Region::new("us-east-1"))
                .endpoint_url(&stack.endpoint)
                .credentials_provider(keys)
                .force_path_style(true)
                .build(),
        );
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let (distribution, arn, key_group) = create_distribution(&cloudfront).await;
        let now = Arc::new(Mutex::new(SystemTime::now()));
        let mut fixture = Self {
            tap,
            cloudfront,
            s3,
            distribution,
            arn,
            key_group,
            edge: None,
            http: Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            now,
            _stack: stack,
        };
        fixture.set_policy(&["s3:GetObject", "s3:ListBucket"]).await;
        let clock = Arc::clone(&fixture.now);
        let config = EdgeConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            aws_endpoint: fixture.tap.endpoint.clone(),
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            distribution_id: fixture.distribution.clone(),
        };
        let clock = Arc::new(move || *clock.lock().unwrap());
        fixture.edge = Some(start_with_clock(config, clock).await.unwrap());
        fixture
    }

    /// Allows the distribution these actions on the bucket, and nothing else.
    pub(crate) async fn set_policy(&self, actions: &[&str]) {
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": { "Service": "cloudfront.amazonaws.com" },
                    "Action": actions,
                    "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")],
                    "Condition": { "StringEquals": { "AWS:SourceArn": self.arn } },
                },
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [format!("arn:aws:s3:::{BUCKET}/*")],
                    "Condition": { "Bool": { "aws:SecureTransport": "unheard of" } },
                },
            ],
        });
        self.s3
            .put_bucket_policy()
            .bucket(BUCKET)
            .policy(policy.to_string())
            .send()
            .await
            .unwrap();
    }

    /// Puts an object, tagged `media-{…}` with the first segment after `public/`.
    pub(crate) async fn put(&self, key: &str, body: &str, cache_control: &str) {
        let media = key.split('/').nth(1).unwrap();
        self.s3
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(ByteStream::from(body.as_bytes().to_vec()))
            .content_type("text/plain")
            .cache_control(cache_control)
            .metadata("cache-tag", format!("media-{media}, app-demo"))
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn delete(&self, key: &str) {
        self.s3
            .delete_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn invalidate(&self, reference: &str, item: &str) {
        let paths = cf::Paths::builder()
            .quantity(1)
            .items(item)
            .build()
            .unwrap();
        let batch = cf::InvalidationBatch::builder()
            .paths(paths)
            .caller_reference(reference)
            .build()
            .unwrap();
        let request = self
            .cloudfront
            .create_invalidation()
            .distribution_id(&self.distribution);
        request.invalidation_batch(batch).send().await.unwrap();
    }

    /// Makes the key group of the closed behaviours trust these keys.
    pub(crate) async fn trust(&self, keys: &[&str]) {
        let group = self.cloudfront.get_key_group().id(&self.key_group);
        let current = group.send().await.unwrap();
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let config = cf::KeyGroupConfig::builder()
            .name("edge-test")
            .set_items(Some(keys))
            .build()
            .unwrap();
        self.cloudfront
            .update_key_group()
            .id(&self.key_group)
            .if_match(current.e_tag.unwrap())
            .key_group_config(config)
            .send()
            .await
            .unwrap();
    }

    /// Returns the test's time.
    pub(crate) fn now(&self) -> SystemTime {
        *self.now.lock().unwrap()
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.edge.as_ref().unwrap().address)
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.request(method, self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }

    /// Stops the edge cleanly.
    pub(crate) async fn stop(mut self) {
        self.edge.take().unwrap().stop().await;
    }
}

/// A viewer's answer with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns the first word of `X-Cache`: `Hit`, `Miss`, `RefreshHit`, `Error`…
    pub(crate) fn from(&self) -> &str {
        self.header("x-cache").unwrap().split(' ').next().unwrap()
    }
}
