//! Measures how long the API's clients wait, on the local stack.

use std::time::{Duration, Instant};

use dozo::vocabulary::names::MediaId;
use dozo::vocabulary::record::What;
use dozo_bench::samples::Samples;
use dozo_tests::crowd::Crowd;
use dozo_tests::pictures::unlike_any;
use dozo_tests::stack::{Grant, PATIENCE, Stack, fresh_app};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

use crate::series::{Figures, Series};

/// The numbers of media on the stack.
const SIZES: [u32; 2] = [100, 1_000];

/// How often each wait is measured.
const SAMPLES: u32 = 15;

/// Uploads at the same time, to fill the stack.
const AT_ONCE: usize = 16;

/// The pause between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// An app with many media.
struct Filled<'a> {
    stack: &'a Stack,
    app: String,
    grant: Grant,
    media: Vec<MediaId>,
}

pub(crate) async fn measure(stack: &Stack, series: &mut Series) {
    for size in SIZES {
        let app = fresh_app("growth");
        stack.register(&app, &json!({})).await;
        let grant = stack.grant_for(&app, &json!({})).await;
        let crowd = Crowd::of(std::slice::from_ref(&grant), usize::try_from(size).unwrap());
        let sent = crowd.send(AT_ONCE, |grant| stack.s3(&grant.keys)).await;
        sent.all_ready(stack).await;
        let media = sent.files().iter().map(|file| file.media.clone()).collect();
        let filled = Filled {
            stack,
            app,
            grant,
            media,
        };
        filled.measure(size, series).await;
    }
}

impl Filled<'_> {
    async fn measure(&self, size: u32, series: &mut Series) {
        let mut add = |operation, times: Vec<Duration>| {
            let figures = Figures {
                calls: f64::NAN,
                microseconds: Samples::of(times).median() * 1_000.0,
                kilobytes: f64::NAN,
            };
            series.add(operation, size, figures);
        };
        let list = format!("/apps/{}/media?upload={}", self.app, self.grant.upload);
        add(
            "stack: list a page of 100",
            self.gets(|_| list.clone()).await,
        );
        let show = |sample| {
            let place = usize::try_from(sample * size / SAMPLES).unwrap();
            format!("/apps/{}/media/{}", self.app, self.media[place])
        };
        add("stack: show a media", self.gets(show).await);
        // Uploads of their own: that one is as full as it may be.
        add("stack: upload until ready", self.uploads().await);
        add("stack: suspend until gone", self.suspensions().await);
    }

    async fn gets(&self, path: impl Fn(u32) -> String) -> Vec<Duration> {
        let admin = self.stack.admin();
        let mut times = Vec::new();
        for sample in 0..SAMPLES {
            let path = path(sample);
            let start = Instant::now();
            let reply = admin.get(&path).await;
            times.push(start.elapsed());
            assert_eq!(reply.status, 200, "{path}: {reply:?}");
        }
        times
    }

    /// Uploads pictures one by one; returns the times from S3's answers to `ready`.
    async fn uploads(&self) -> Vec<Duration> {
        let grant = self.stack.grant_for(&self.app, &json!({})).await;
        let crowd = Crowd::of(&[grant], usize::try_from(SAMPLES).unwrap());
        let mut times = Vec::new();
        for one in crowd.singly() {
            let sent = one.send(1, |grant| self.stack.s3(&grant.keys)).await;
            let records = sent.all_ready(self.stack).await;
            let ready = records[0]
                .history
                .iter()
                .find(|event| event.what == What::Ready);
            let took = ready.unwrap().at.duration_since(sent.files()[0].answered);
            times.push(Duration::try_from(took).unwrap_or_default());
        }
        times
    }

    /// Suspends media one by one; returns the times until the CDN, which had them in its cache, delivers them no more.
    async fn suspensions(&self) -> Vec<Duration> {
        let grant = self.stack.grant_for(&self.app, &json!({})).await;
        let mut times = Vec::new();
        for sample in 0..SAMPLES {
            let body = unlike_any(ImageFormat::Png, 8, 8).unwrap();
            let name = format!("{sample}.png");
            self.stack.put(&grant, &name, body).await;
            let media = grant.media(&name);
            self.stack.until_state(&self.app, &media, "ready").await;
            let (cdn, app) = (&self.stack.file.cdn, &self.app);
            let url = format!("{cdn}/public/{app}/{media}/original.png");
            assert_eq!(self.stack.fetch(&url).await.status, 200, "{url}");
            let path = format!("/admin/apps/{app}/media/{media}/suspend");
            let start = Instant::now();
            let reason = json!({"reason": "other"});
            let reply = self.stack.admin().send(Method::POST, &path, &reason).await;
            assert_eq!(reply.status, 202, "{path}: {reply:?}");
            while self.stack.fetch(&url).await.status != 404 {
                assert!(start.elapsed() < PATIENCE, "{url} is still delivered");
                tokio::time::sleep(PAUSE).await;
            }
            times.push(start.elapsed());
        }
        times
    }
}
