//! Tests what becomes of files that are fetched.

use bytes::Bytes;
use dozo::memory::web::Answer;
use dozo::ports::parts::PART_BYTES;
use dozo::ports::web::WebError;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::names::Visibility;
use http::{HeaderMap, HeaderValue, Method, header};

use super::*;

const URL: &str = "https://example.com/pictures/a.png?signature=secret";

/// Answers with these bytes, in pieces, and says how many there are if `says`.
fn file(bytes: &[u8], says: Option<usize>) -> Answer {
    let mut headers = HeaderMap::new();
    if let Some(bytes) = says {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    Answer {
        status: 200,
        headers,
        body: bytes.chunks(1 << 20).map(Bytes::copy_from_slice).collect(),
        ..Answer::default()
    }
}

/// Asks for a file, which this answer is given to, and delivers all messages.
async fn fetched(world: &World, answer: Answer) -> UploadedFile {
    world.web.answer_with(move |_| Ok(answer.clone()));
    let new = expected(&ingest(world, &json!({"url": URL})).await, "a.png");
    Post::new(world).finish().await;
    new
}

fn sentence(world: &World, file: &UploadedFile) -> String {
    world.record(file).unwrap().rejection.unwrap().message
}

#[tokio::test(start_paused = true)]
async fn a_file_is_published_like_an_upload() {
    let world = World::new(1);
    let bytes = with_text();
    let answer = file(&bytes, Some(bytes.len()));
    world.web.answer_with(move |_| Ok(answer.clone()));
    let body = json!({
        "url": URL, "name": "b.png", "visibility": "private", "title": "T", "alt": "A",
        "tags": ["x"], "metadata": {"k": "v"}, "expires_at": "2035-01-01T00:00:00Z",
    });
    let answer = ingest(&world, &body).await;
    let new = expected(&answer, "b.png");
    assert_eq!(answer.1["awaits"], "fetch");
    assert!(!answer.1.to_string().contains("secret"));
    let waiting = world.record(&new).unwrap();
    assert_eq!(waiting.state, State::Validating);
    Post::new(&world).finish().await;
    let record = world.record(&new).unwrap();
    assert_eq!(record.state, State::Ready, "{record:?}");
    assert_eq!(
        (record.visibility, record.awaits),
        (Visibility::Private, None)
    );
    assert_eq!(record.description.title.as_deref(), Some("T"));
    assert!(record.expires_at.is_some());
    assert!(!json!(record).to_string().contains("secret"));
    let received = world.web.received();
    assert_eq!(received.len(), 1);
    let request = received.first().unwrap();
    assert_eq!(request.method, Method::GET);
    assert_eq!(request.address.as_str(), URL);
    assert_eq!(
        request.headers.get(header::ACCEPT_ENCODING).unwrap(),
        "identity"
    );
    assert_eq!(request.headers.get(header::AUTHORIZATION), None);
    assert_eq!(world.store.find(&new.key().location()).unwrap().body, bytes);
}

/// A server's answer decides at once, or is asked for again; in the end the app knows what it was.
#[tokio::test(start_paused = true)]
async fn what_the_server_answers_is_told() {
    for (status, tries, says) in [
        (301, 1, "a redirect (status 301)"),
        (302, 1, "a redirect (status 302)"),
        (307, 1, "a redirect (status 307)"),
        (304, 1, "a redirect (status 304)"),
        (204, 1, "status 204"),
        (206, 1, "status 206"),
        (401, 1, "status 401"),
        (403, 1, "status 403"),
        (404, 1, "status 404"),
        (410, 1, "status 410"),
        (408, 3, "status 408"),
        (429, 3, "status 429"),
        (500, 3, "status 500"),
        (503, 3, "status 503"),
    ] {
        let world = World::new(2);
        let new = fetched(&world, Answer::with_status(status)).await;
        assert_eq!(
            rejection(&world, &new).as_deref(),
            Some("not_fetched"),
            "{status}"
        );
        let sentence = sentence(&world, &new);
        assert!(sentence.contains(says), "{status}: {sentence}");
        assert!(!sentence.contains("secret"), "{sentence}");
        assert_eq!(world.web.received().len(), tries, "{status}");
        assert_eq!(uploads(&world), Vec::<String>::new(), "{status}");
        world.announce().await;
        let told = world.bus.published();
        let told: Vec<_> = told.iter().map(|event| event.kind.as_str()).collect();
        assert!(told.contains(&"media.rejected"), "{status}: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_asked_again() {
    for (error, tries, says) in [
        (0, 3, "did not answer in time"),
        (1, 3, "the connection to the server failed"),
        (2, 3, "the name of the server is not known"),
        (3, 1, "not on the public internet"),
    ] {
        let world = World::new(3);
        world.web.answer_with(move |_| {
            Err(match error {
                0 => WebError::TooSlow,
                1 => WebError::Broken("reset".into()),
                2 => WebError::UnknownName,
                _ => WebError::NotPublic,
            })
        });
        let new = expected(&ingest(&world, &json!({"url": URL})).await, "a.png");
        Post::new(&world).finish().await;
        assert!(
            sentence(&world, &new).contains(says),
            "{}",
            sentence(&world, &new)
        );
        assert_eq!(world.web.received().len(), tries, "{says}");
    }
}

/// A server may recover between two tries.
#[tokio::test(start_paused = true)]
async fn a_file_that_comes_at_the_last_try_is_published() {
    let world = World::new(4);
    let bytes = with_text();
    let tries = std::sync::atomic::AtomicUsize::new(0);
    world.web.answer_with(move |_| {
        let number = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(match number {
            0 => Answer::with_status(502),
            1 => Answer {
                breaks_off: true,
                ..file(&bytes, None)
            },
            _ => file(&bytes, Some(bytes.len())),
        })
    });
    let new = expected(&ingest(&world, &json!({"url": URL})).await, "a.png");
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Ready);
    assert_eq!(world.web.received().len(), 3);
    assert_eq!(world.record(&new).unwrap().tries.len(), 0);
}

/// The size that a server states is compared before anything is read, and the bytes that it sends are counted.
#[tokio::test(start_paused = true)]
async fn a_file_that_is_too_large_is_not_kept() {
    let limits = Limits {
        image_bytes: 1_000,
        pdf_bytes: 1_000,
        av_bytes: 3_000_000,
        ..dozo_tests::world::LIMITS
    };
    let large = vec![7; 3_000_001];
    for (what, answer) in [
        ("it says so", file(&[], Some(3_000_001))),
        ("it says nothing", file(&large, None)),
        ("it says less", file(&large, Some(1_000))),
        ("it says what no number is", {
            let mut answer = file(&large, None);
            answer
                .headers
                .insert(header::CONTENT_LENGTH, HeaderValue::from_static("many"));
            answer
        }),
    ] {
        let world = World::with_limits(5, limits);
        let new = fetched(&world, answer).await;
        assert_eq!(
            rejection(&world, &new).as_deref(),
            Some("not_fetched"),
            "{what}"
        );
        let sentence = sentence(&world, &new);
        assert!(
            sentence.contains("more than 3000000 bytes"),
            "{what}: {sentence}"
        );
        assert_eq!(uploads(&world), Vec::<String>::new(), "{what}");
        assert_eq!(world.store.unfinished(), 0, "{what}");
        assert_eq!(world.web.received().len(), 1, "{what}");
    }
    // The app's largest file counts, if the platform accepts larger ones.
    let world = World::with_limits(5, limits);
    world.register(|app| app.limits.av_bytes = 2_000);
    let new = fetched(&world, file(&large, None)).await;
    assert!(sentence(&world, &new).contains("more than 2000 bytes"));
}

/// A file with fewer bytes than the server said was cut short, and is fetched again.
#[tokio::test(start_paused = true)]
async fn a_file_that_is_cut_short_is_not_kept() {
    let world = World::new(6);
    let bytes = with_text();
    let new = fetched(&world, file(&bytes, Some(bytes.len() + 1))).await;
    assert_eq!(rejection(&world, &new).as_deref(), Some("not_fetched"));
    assert_eq!(world.web.received().len(), 3);
    assert_eq!(uploads(&world), Vec::<String>::new());
}

/// A file that is no media is judged as an upload is.
#[tokio::test(start_paused = true)]
async fn what_is_no_media_is_refused_by_its_bytes() {
    for (bytes, code) in [
        (b"<html>".to_vec(), "script_not_accepted"),
        (b"neither".to_vec(), "unknown_format"),
        (Vec::new(), "empty_file"),
    ] {
        let world = World::new(7);
        let new = fetched(&world, file(&bytes, Some(bytes.len()))).await;
        assert_eq!(rejection(&world, &new).as_deref(), Some(code));
    }
}

/// A large file goes to S3 in parts, and comes out whole.
#[tokio::test(start_paused = true)]
async fn a_file_of_several_parts_is_put_together() {
    let limits = Limits {
        av_bytes: 100_000_000,
        ..dozo_tests::world::LIMITS
    };
    for bytes in [
        PART_BYTES - 1,
        PART_BYTES,
        PART_BYTES + 1,
        2 * PART_BYTES + 5,
    ] {
        let world = World::with_limits(8, limits);
        let whole: Vec<u8> = (0..bytes)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        let new = fetched(&world, file(&whole, Some(bytes))).await;
        let found = world.store.find(&new.key().location()).unwrap();
        assert!(found.body == whole, "{bytes}");
        assert_eq!(world.store.unfinished(), 0);
        assert_eq!(rejection(&world, &new).as_deref(), Some("unknown_format"));
    }
}

/// An endless file ends when its time is over, however fast it comes.
#[tokio::test(start_paused = true)]
async fn a_file_that_does_not_end_in_time_is_given_up() {
    let world = World::new(9);
    let clockless = fetch_faults::Trickle::web();
    let mut function = world.fetch_remote(&Faults::none());
    function.fetcher.web = clockless;
    let new = expected(&ingest(&world, &json!({"url": URL})).await, "a.png");
    let sent = world.fetches.take();
    let letter = Letter {
        id: "1".to_owned(),
        body: sent.first().unwrap().body.clone(),
        attempts: 1,
    };
    let answer = fetch_remote::handle(&function, Letter::batch(&[letter])).await;
    assert!(answer.batch_item_failures.is_empty());
    assert!(sentence(&world, &new).contains("did not arrive within 420 seconds"));
    assert_eq!(uploads(&world), Vec::<String>::new());
}
