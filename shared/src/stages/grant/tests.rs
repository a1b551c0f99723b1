use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::memory::clock::MemoryClock;
use crate::memory::faults::{Fault, Faults};
use crate::memory::metrics::MemoryMetrics;
use crate::memory::signing::MemorySigning;
use crate::memory::store::MemoryStore;
use crate::vocabulary::app::{GRANT_SECONDS, Limits, Quotas};
use crate::vocabulary::kind::{Format, Kind};
use crate::vocabulary::names::{FileName, UploadId, Visibility};
use crate::vocabulary::page::{PAGE_SIZE, PageFormat};
use crate::vocabulary::record::Content;
use crate::vocabulary::state::State;

struct Stand {
    granter: Granter,
    secret: MemorySigning,
    clock: MemoryClock,
    store: MemoryStore,
    faults: Faults,
}

const MEDIA: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-19pz92h7xxyv9";

fn stand(faults: Faults) -> Stand {
    let (clock, store) = (MemoryClock::new(1), MemoryStore::default());
    let secret = MemorySigning::new(&faults);
    let (time, all) = (Arc::new(clock.clone()), Arc::new(store.clone()));
    let granter = Granter {
        records: Records::new(all, time.clone()),
        clock: time.clone(),
        metrics: Arc::new(MemoryMetrics::default()),
        keys: Keys::new(Arc::new(secret.clone()), time),
        public_base_url: "https://cdn.example".to_owned(),
        limit_seconds: GRANT_SECONDS,
    };
    let stand = Stand {
        granter,
        secret,
        clock,
        store,
        faults,
    };
    stand.register(GRANT_SECONDS);
    stand.put(Visibility::Private, State::Ready);
    stand
}

impl Stand {
    fn register(&self, grant_seconds: u32) {
        let now = self.clock.now();
        let demo = AppRecord {
            app: AppId::parse("demo").unwrap(),
            kinds: Kind::PROCESSED.to_vec(),
            formats: None,
            limits: Limits::default(),
            quotas: Quotas::default(),
            visibility: Visibility::Private,
            keep_original_metadata: false,
            presets: crate::vocabulary::preset::Presets::new(),
            sizes_only: false,
            previews: true,
            page_format: PageFormat::Jpeg,
            page_size: PAGE_SIZE,
            grant_seconds,
            indexed: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        let key = Key::App(demo.app.clone());
        self.store
            .upload(&key.location(), json!(demo).to_string().as_bytes());
    }

    fn put(&self, visibility: Visibility, state: State) {
        let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
        let name = FileName::new("cat.jpg").unwrap();
        let demo = AppId::parse("demo").unwrap();
        let mut record = MediaRecord::new(demo, &upload, name, visibility, self.clock.now());
        record.state = state;
        record.content = Some(Content::new(Format::Png, 1));
        let key = Key::Media(record.app.clone(), record.media.clone());
        self.store
            .upload(&key.location(), json!(record).to_string().as_bytes());
    }

    async fn grant(&self, request: &Value) -> Result<Value, (u16, &'static str, Option<String>)> {
        let request: GrantRequest =
            crate::platform::body::read(request.to_string().as_bytes()).map_err(told)?;
        let (app, media) = (
            AppId::parse("demo").unwrap(),
            MediaId::parse(MEDIA).unwrap(),
        );
        match self.granter.grant(&app, &media, &request).await {
            Ok(answer) => Ok(json!(answer)),
            Err(Refusal::Caller(problem)) => Err(told(problem)),
            Err(Refusal::Ours(error)) => Err((500, error.code(), None)),
        }
    }
}

fn told(problem: Problem) -> (u16, &'static str, Option<String>) {
    (problem.status, problem.code, problem.field)
}

fn in_query<'a>(query: &'a str, name: &str) -> &'a str {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| *found == name).unwrap().1
}

#[tokio::test]
async fn an_address_is_granted() {
    let stand = stand(Faults::none());
    let answer = stand.grant(&json!({"expires_in": 60, "as": "url"})).await;
    let answer = answer.unwrap();
    let prefix = format!("https://cdn.example/private/demo/{MEDIA}/");
    assert_eq!(answer["resource"], format!("{prefix}*"));
    assert_eq!(answer["expires_at"], "2026-01-01T00:01:00Z");
    assert_eq!(
        (&answer["starts_at"], &answer["ip"]),
        (&Value::Null, &Value::Null)
    );
    let query = answer["query"].as_str().unwrap();
    assert_eq!(answer["url"], format!("{prefix}original.png?{query}"));
    assert_eq!(in_query(query, "Key-Pair-Id"), "K1");
    assert_eq!(in_query(query, "Hash-Algorithm"), "SHA256");
    assert!(answer.get("cookies").is_none() && answer.get("set_cookies").is_none());
}

#[tokio::test]
async fn cookies_are_granted_for_the_medias_path_alone() {
    let stand = stand(Faults::none());
    let request =
        json!({"expires_in": 60, "starts_in": 30, "ip": "192.0.2.77/24", "as": "cookies"});
    let answer = stand.grant(&request).await.unwrap();
    assert_eq!(answer["starts_at"], "2026-01-01T00:00:30Z");
    assert_eq!(answer["ip"], "192.0.2.0/24");
    assert_eq!(answer["cookies"].as_object().unwrap().len(), 4);
    for cookie in answer["set_cookies"].as_array().unwrap() {
        let path = format!("; Path=/private/demo/{MEDIA}/; Secure; HttpOnly");
        assert!(cookie.as_str().unwrap().ends_with(&path), "{cookie}");
    }
    assert!(answer.get("query").is_none() && answer.get("url").is_none());
}

#[tokio::test]
async fn what_cannot_be_granted_is_told_by_its_field() {
    let stand = stand(Faults::none());
    for (request, field) in [
        (json!({"as": "url"}), "expires_in"),
        (json!({"expires_in": 60}), "as"),
        (json!({"expires_in": 60, "as": "header"}), "as"),
        (json!({"expires_in": 0, "as": "url"}), "expires_in"),
        (
            json!({"expires_in": GRANT_SECONDS + 1, "as": "url"}),
            "expires_in",
        ),
        (json!({"expires_in": -1, "as": "url"}), "expires_in"),
        (
            json!({"expires_in": 60, "starts_in": 60, "as": "url"}),
            "starts_in",
        ),
        (
            json!({"expires_in": 60, "ip": "2001:db8::1", "as": "url"}),
            "ip",
        ),
        (json!({"expires_in": 60, "ip": "*", "as": "url"}), "ip"),
        (json!({"expires_in": 60, "as": "url", "path": "/"}), "path"),
    ] {
        let refused = stand.grant(&request).await.unwrap_err();
        assert_eq!(
            refused,
            (400, "invalid_request", Some(field.to_owned())),
            "{request}"
        );
    }
}

#[tokio::test]
async fn an_app_may_lower_the_limit_and_the_platform_too() {
    let mut stand = stand(Faults::none());
    let request = json!({"expires_in": 61, "as": "url"});
    stand.register(60);
    assert_eq!(stand.grant(&request).await.unwrap_err().0, 400);
    stand.register(GRANT_SECONDS);
    assert!(stand.grant(&request).await.is_ok());
    stand.granter.limit_seconds = 60;
    assert_eq!(stand.grant(&request).await.unwrap_err().0, 400);
}

#[tokio::test]
async fn only_what_is_ready_and_private_is_granted() {
    let stand = stand(Faults::none());
    let request = json!({"expires_in": 60, "as": "url"});
    for (visibility, state, status, code) in [
        (Visibility::Public, State::Ready, 409, "media_public"),
        (
            Visibility::Private,
            State::Validating,
            409,
            "media_not_ready",
        ),
        (
            Visibility::Private,
            State::Processing,
            409,
            "media_not_ready",
        ),
        (Visibility::Private, State::Rejected, 409, "media_not_ready"),
        (Visibility::Private, State::Failed, 409, "media_not_ready"),
        (Visibility::Private, State::Moving, 409, "media_not_ready"),
        (
            Visibility::Private,
            State::Restoring,
            409,
            "media_not_ready",
        ),
        (
            Visibility::Private,
            State::Suspending,
            410,
            "media_suspended",
        ),
        (
            Visibility::Private,
            State::Suspended,
            410,
            "media_suspended",
        ),
        (Visibility::Private, State::Deleting, 410, "media_deleted"),
        (Visibility::Public, State::Deleted, 410, "media_deleted"),
    ] {
        stand.put(visibility, state);
        let refused = stand.grant(&request).await.unwrap_err();
        assert_eq!((refused.0, refused.1), (status, code), "{state}");
    }
}

#[tokio::test]
async fn a_key_is_believed_for_five_minutes() {
    let stand = stand(Faults::none());
    let request = json!({"expires_in": 60, "as": "url"});
    let mut ids = Vec::new();
    for seconds in [0, 299, 1] {
        stand.clock.advance(seconds);
        let answer = stand.grant(&request).await.unwrap();
        ids.push(in_query(answer["query"].as_str().unwrap(), "Key-Pair-Id").to_owned());
        stand.secret.rotate("K2");
    }
    assert_eq!(ids, ["K1", "K1", "K2"]);
    assert_eq!(stand.faults.calls(), 2);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_read_again_at_the_next_call() {
    let stand = stand(Faults::at(0, Fault::Refused));
    let request = json!({"expires_in": 60, "as": "url"});
    let refused = stand.grant(&request).await.unwrap_err();
    assert_eq!((refused.0, refused.1), (503, "unavailable"));
    assert!(stand.grant(&request).await.is_ok());
}

#[test]
fn whole_seconds_are_answered_as_they_are_signed() {
    let stand = stand(Faults::none());
    let now = Timestamp::from_millisecond(stand.clock.now().as_millisecond() + 999).unwrap();
    let request: GrantRequest =
        crate::platform::body::read(br#"{"expires_in": 1, "as": "url"}"#).unwrap();
    let terms = request.terms(now, GRANT_SECONDS).unwrap();
    let policy = Policy::until("https://h/*", terms.until);
    assert_eq!(policy.until_seconds(), now.as_second() + 1);
}
