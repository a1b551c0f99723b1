//! Answers as callers see them.

use serde_json::{Value, json};

/// The media of the examples.
pub(crate) const MEDIA: &str = "01kb8m1qz3t5v7x9a1c3e5g7j9-nzv102ymvw7ac";

pub(crate) const UPLOAD: &str = "01kb8m1qz3t5v7x9a1c3e5g7j9";
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

pub(crate) fn credentials() -> Value {
    json!({
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretAccessKey": "wJalr…",
        "SessionToken": "IQoJb3…",
        "Expiration": "2026-11-23T20:15:13Z",
        "Token": "IQoJb3…",
        "credentials": {
            "AccessKeyId": "ASIAEXAMPLE",
            "SecretAccessKey": "wJalr…",
            "SessionToken": "IQoJb3…",
            "Expiration": "2026-11-23T20:15:13Z",
            "accessKeyId": "ASIAEXAMPLE",
            "secretAccessKey": "wJalr…",
            "sessionToken": "IQoJb3…",
            "expiration": "2026-11-23T20:15:13Z",
        },
        "app": "demo",
        "upload": UPLOAD,
        "visibility": "public",
        "bucket": "dozo-upload-123456789012",
        "region": "eu-west-1",
        "key_prefix": format!("demo/{UPLOAD}/"),
        "s3Endpoint": "https://dozo-upload-123456789012.s3.eu-west-1.amazonaws.com",
        "limits": limits(),
        "files": [{
            "name": "cat.jpg",
            "key": format!("demo/{UPLOAD}/cat.jpg"),
            "media": MEDIA,
            "put": {
                "url": format!("https://dozo-upload-123456789012.s3.eu-west-1.amazonaws.com/demo/{UPLOAD}/cat.jpg?X-Amz-Signature=…"),
                "headers": {"content-length": "89541", "content-type": "image/jpeg"},
            },
        }],
    })
}

fn limits() -> Value {
    json!({
        "image_bytes": 104_857_600,
        "image_pixels": 100_000_000,
        "image_frames": 300,
        "pdf_bytes": 524_288_000,
        "pdf_pages": 2_000,
        "av_bytes": 21_474_836_480_u64,
        "av_seconds": 14_400,
    })
}

pub(crate) fn media() -> Value {
    let base = format!("https://d111111abcdef8.cloudfront.net/public/demo/{MEDIA}");
    json!({
        "media": MEDIA,
        "app": "demo",
        "upload": UPLOAD,
        "state": "ready",
        "visibility": "public",
        "file_name": "cat.jpg",
        "generation": 1,
        "title": "The cat at the window",
        "alt": "A grey cat looks at the snow outside",
        "tags": ["cat"],
        "kind": "image",
        "content_type": "image/jpeg",
        "bytes": 89_541,
        "sha256": SHA256,
        "width": 1_600,
        "height": 1_200,
        "placeholder": {"thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI", "color": "#7f8c7a"},
        "urls": {
            "original": format!("{base}/original.jpg"),
            "download": format!("{base}/original.jpg/download/cat.jpg"),
            "iiif": format!("{base}/iiif/image"),
            "thumbs": {"card": format!("{base}/thumb/card.auto")},
        },
        "created_at": "2026-11-23T19:16:02Z",
        "updated_at": "2026-11-23T19:16:03Z",
        "history": [
            {"at": "2026-11-23T19:16:02Z", "what": "validating", "by": "validate-upload"},
            {"at": "2026-11-23T19:16:03Z", "what": "ready", "by": "validate-upload"},
        ],
    })
}

pub(crate) fn suspended_media() -> Value {
    json!({
        "media": MEDIA,
        "app": "demo",
        "upload": UPLOAD,
        "state": "suspended",
        "visibility": "public",
        "file_name": "cat.jpg",
        "generation": 2,
        "kind": "image",
        "content_type": "image/jpeg",
        "bytes": 89_541,
        "width": 1_600,
        "height": 1_200,
        "suspension": {"reason": "abuse", "note": "Reported twice", "invalidated_at": "2026-11-23T20:02:11Z"},
        "created_at": "2026-11-23T19:16:02Z",
        "updated_at": "2026-11-23T20:02:11Z",
        "history": [
            {"at": "2026-11-23T20:01:07Z", "what": "suspending", "by": "arn:aws:iam::123456789012:role/admin", "note": "abuse"},
        ],
    })
}

pub(crate) fn status(state: &str, generation: u32) -> Value {
    json!({"app": "demo", "media": MEDIA, "state": state, "generation": generation})
}

pub(crate) fn registration(app: &str) -> Value {
    json!({
        "app": app,
        "kinds": ["image", "pdf"],
        "limits": limits(),
        "quotas": {"files_per_upload": 1_000, "media_per_day": 10_000, "bytes_per_day": 107_374_182_400_u64},
        "visibility": "private",
        "keep_original_metadata": false,
        "presets": {"card": {"fit": "cover", "width": 400, "height": 300, "formats": ["avif", "webp", "jpg"]}},
        "sizes_only": false,
        "previews": true,
        "page_format": "jpeg",
        "page_size": 1_600,
        "grant_seconds": 43_200,
        "indexed": ["album"],
        "created_at": "2026-11-20T08:00:00Z",
        "updated_at": "2026-11-23T19:00:00Z",
    })
}

pub(crate) fn replaced(app: &str) -> Value {
    let mut registered = registration(app);
    if let Some(fields) = registered.as_object_mut() {
        fields.insert("reset".to_owned(), json!(["quotas"]));
    }
    registered
}

pub(crate) fn block() -> Value {
    json!({
        "sha256": SHA256,
        "holders": [{"app": "demo", "media": MEDIA, "generation": 2, "since": "2026-11-23T20:01:08Z"}],
    })
}

pub(crate) fn message() -> Value {
    json!({
        "message": "9f2c7a4e-5f0b-4a36-a7f7-0f5c9b1f2d3e",
        "stage": "validate-upload",
        "code": "unreadable_message",
        "attempts": 5,
        "body": "{\"not\": \"ours\"}",
    })
}

pub(crate) fn webhook(with_secret: bool) -> Value {
    let mut webhook = json!({
        "name": "orders",
        "url": "https://shop.example/dozo",
        "events": ["media.ready", "media.rejected"],
        "state": "active",
        "secret_version": 1,
        "created_at": "2026-11-23T20:15:13Z",
        "updated_at": "2026-11-23T20:15:13Z",
    });
    if let Some(fields) = webhook.as_object_mut().filter(|_| with_secret) {
        fields.insert("secret".to_owned(), json!("whsec_…"));
    }
    webhook
}

pub(crate) fn delivery() -> Value {
    json!({
        "delivery": format!("8204028000-{MEDIA}-1"),
        "event": format!("{MEDIA}-1"),
        "type": "media.ready",
        "state": "delivered",
        "attempts": 1,
        "tries": [{"at": "2026-11-23T20:15:14.120Z", "milliseconds": 87, "status": 204}],
        "asked_at": "2026-11-23T20:15:13.512Z",
        "updated_at": "2026-11-23T20:15:14.207Z",
    })
}
