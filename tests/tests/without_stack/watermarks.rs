//! Tests watermarks: what may be registered as one, what carries it, and that it is withdrawn everywhere when it is taken
//! down.

use dozo::memory::faults::Faults;
use dozo::ports::store::{Condition, ObjectStore};
use dozo::stages::render::Reply;
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{LIMITS, Letter, World, call, far, request};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

/// A white picture and a red mark, both ready.
struct Scene {
    world: World,
    picture: UploadedFile,
    mark: UploadedFile,
}

fn coloured(size: (u32, u32), colour: [u8; 3]) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(size.0, size.1, Rgb(colour))
        .write_to(&mut file, ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

async fn scene() -> Scene {
    let limits = dozo::vocabulary::app::Limits {
        image_pixels: 10_000_000,
        ..LIMITS
    };
    let world = World::with_limits(8, limits);
    let (picture, mark) = (world.file("white.png"), world.file("logo.png"));
    let mut post = Post::new(&world);
    for (file, body) in [
        (&picture, coloured((400, 200), [255; 3])),
        (&mark, coloured((40, 20), [255, 0, 0])),
    ] {
        world.upload(file, &body);
        post.notify(Letter::about(file, "s3"));
    }
    post.finish().await;
    assert_eq!(world.record(&mark).unwrap().state, State::Ready);
    Scene {
        world,
        picture,
        mark,
    }
}

fn presets(mark: &str) -> Value {
    json!({"presets": {
        "marked": {"width": 200, "height": 100, "watermark": {"media": mark, "scale": 10}},
        "plain": {"width": 200, "height": 100},
    }})
}

impl Scene {
    async fn registered(&self, method: &str, body: &Value) -> (i64, Value) {
        let route = format!("{method} /admin/apps/{{app}}");
        let event = call(&route, &[("app", "demo")], &[], Some(&body.to_string()));
        let app = self.world.register_app(&Faults::none());
        let answer = register_app::handle(&app, event).await;
        let body = answer.body.map(|body| body.as_ref().to_vec());
        let body = serde_json::from_slice(&body.unwrap_or_default()).unwrap();
        (answer.status_code, body)
    }

    /// Lets the mark be registered, too: the app's registration in a world is not what its limits are.
    async fn marked(self) -> Self {
        let body = presets(self.mark.media.as_str());
        let (status, answer) = self.registered("PUT", &body).await;
        assert_eq!(status, 200, "{answer}");
        self
    }

    async fn thumb(&self, faults: &Faults, path: &str) -> Reply {
        let app = self.world.render_thumbnail(faults);
        let path = format!("/public/demo/{}/thumb/{path}", self.picture.media);
        render_thumbnail::handle(&app, request("GET", &path, &[]), far()).await
    }

    /// Writes the mark's record as an operation does that begins.
    fn withdraw_mark(&self) {
        let mut record = self.world.record(&self.mark).unwrap();
        record.state = State::Suspending;
        record.generation += 1;
        let key = format!("media/demo/{}.json", self.mark.media);
        let location = ObjectLocation::anywhere(Bucket::Records, &key);
        let record = json!(record).to_string();
        self.world.store.upload(&location, record.as_bytes());
    }
}

fn code(reply: &Reply) -> Value {
    let problem: Value = serde_json::from_slice(&reply.body).unwrap();
    problem["code"].clone()
}

#[tokio::test]
async fn it_is_drawn_on_what_the_preset_renders_and_on_nothing_else() {
    let scene = scene().await.marked().await;
    let is_red = |picture: &RgbImage, x, y| picture.get_pixel(x, y).0[1] < 128;
    for (path, marked) in [
        ("marked.jpg", true),
        ("marked.webp", true),
        ("plain.jpg", false),
    ] {
        let reply = scene.thumb(&Faults::none(), path).await;
        assert_eq!(reply.status, 200, "{path}");
        let picture = image::load_from_memory(&reply.body).unwrap().to_rgb8();
        // It is 20 × 10 pixels, and 2 away from the edges.
        assert_eq!(is_red(&picture, 188, 93), marked, "{path}");
        assert!(!is_red(&picture, 170, 93), "{path}: beside it");
        let tags = reply.headers["x-amz-meta-cache-tag"].to_str().unwrap();
        let tag = format!("media-{}", scene.mark.media);
        let has_tag = tags.split(',').any(|found| found == tag);
        assert_eq!(has_tag, marked, "{path}: {tags}");
    }
}

#[tokio::test]
async fn without_its_mark_nothing_is_shown_unmarked() {
    let scene = scene().await.marked().await;
    scene.withdraw_mark();
    let reply = scene.thumb(&Faults::none(), "marked.jpg").await;
    let found = (reply.status, code(&reply));
    assert_eq!(found, (404, json!("watermark_not_ready")));
    let cached = reply.headers["cache-control"].to_str().unwrap();
    assert_eq!(cached, "public, max-age=1");
    let plain = scene.thumb(&Faults::none(), "plain.jpg").await;
    assert_eq!(plain.status, 200);
    // Other fields may be changed all the same.
    let (status, answer) = scene
        .registered("PATCH", &json!({"sizes_only": true}))
        .await;
    assert_eq!(status, 200, "{answer}");
}

/// A drawing that is written anew can be much larger than its upload, and is read and drawn for every rendering.
#[tokio::test]
async fn a_mark_is_not_drawn_whose_delivered_file_is_too_large() {
    for (bytes, status) in [(1 << 20, 200), ((1 << 20) + 1, 404)] {
        let scene = scene().await.marked().await;
        let key = format!("public/demo/{}/original.png", scene.mark.media);
        let delivered = scene.world.store.contents(Bucket::Delivery)[&key].clone();
        let mut body = delivered.body.to_vec();
        body.resize(bytes, 0);
        let location = ObjectLocation::anywhere(Bucket::Delivery, &key);
        let etag = &delivered.info.etag;
        let headers = &delivered.info.headers;
        let put = scene
            .world
            .store
            .put(&location, body.into(), headers, Condition::Is(etag));
        put.await.unwrap();
        let reply = scene.thumb(&Faults::none(), "marked.jpg").await;
        assert_eq!(reply.status, status, "{bytes}");
        if status == 404 {
            assert_eq!(code(&reply), json!("watermark_not_ready"));
        }
    }
}

#[tokio::test]
async fn a_mark_that_is_withdrawn_meanwhile_is_not_shown() {
    let mut served = Vec::new();
    for moment in 0..12 {
        let scene = std::sync::Arc::new(scene().await.marked().await);
        let other = scene.clone();
        let faults = Faults::planned(move |call| {
            if call == moment {
                other.world.clock.advance(2);
                other.withdraw_mark();
            }
            None
        });
        let reply = scene.thumb(&faults, "marked.jpg").await;
        served.push(reply.status);
        if faults.calls() <= moment {
            break;
        }
    }
    let (last, before) = served.split_last().unwrap();
    assert_eq!(*last, 200, "after all calls");
    let all_gone = before.iter().all(|status| *status == 404);
    // The last two calls are the looks at both records, which are asked for at once.
    assert!(before.len() == 7 && all_gone, "{served:?}");
}

#[tokio::test]
async fn what_cannot_be_drawn_is_refused_at_registration() {
    let scene = scene().await;
    let large = scene.world.file("large.png");
    let noise = picture(ImageFormat::Png, 2_001, 2_000, 7).unwrap();
    scene.world.upload(&large, &noise);
    let mut post = Post::new(&scene.world);
    post.notify(Letter::about(&large, "s3"));
    post.finish().await;
    assert_eq!(scene.world.record(&large).unwrap().state, State::Ready);
    let nobody = "01arz3ndektsv4rrffq69g5fav-0000000000000";
    for (watermark, field) in [
        (json!({"media": nobody}), "watermark.media"),
        (json!({"media": large.media}), "watermark.media"),
        (json!({"media": "logo"}), "watermark.media"),
        (
            json!({"media": scene.mark.media, "opacity": 0}),
            "watermark.opacity",
        ),
        (
            json!({"media": scene.mark.media, "scale": 101}),
            "watermark.scale",
        ),
        (
            json!({"media": scene.mark.media, "position": "left-top"}),
            "watermark.position",
        ),
        (
            json!({"media": scene.mark.media, "angle": 45}),
            "watermark.angle",
        ),
        (json!({}), "watermark.media"),
    ] {
        let body =
            json!({"presets": {"card": {"width": 10, "height": 10, "watermark": watermark}}});
        let (status, answer) = scene.registered("PUT", &body).await;
        let field = format!("presets.card.{field}");
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{body}");
    }
    scene.withdraw_mark();
    let (status, _) = scene
        .registered("PUT", &presets(scene.mark.media.as_str()))
        .await;
    assert_eq!(status, 400, "it is taken down");
}
