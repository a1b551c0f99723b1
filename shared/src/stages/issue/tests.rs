use serde_json::{Value, json};

use super::*;
use crate::memory::clock::MemoryClock;
use crate::memory::faults::Faults;
use crate::memory::metrics::MemoryMetrics;
use crate::memory::store::MemoryStore;
use crate::memory::tokens::MemoryTokens;
use crate::ports::tokens::READ_KEY;
use crate::vocabulary::keys::Bucket;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::Visibility;
use crate::vocabulary::page::{PAGE_SIZE, PageFormat};

struct Stand {
    issuer: Issuer,
    tokens: MemoryTokens,
    clock: MemoryClock,
    store: MemoryStore,
    faults: Faults,
}

fn stand() -> Stand {
    let (clock, store, faults) = (MemoryClock::new(1), MemoryStore::default(), Faults::none());
    let tokens = MemoryTokens::new(&clock, &faults);
    let limits = Limits::default();
    let demo = AppRecord {
        app: AppId::parse("demo").unwrap(),
        kinds: Kind::PROCESSED.to_vec(),
        formats: None,
        limits,
        quotas: Quotas::default(),
        visibility: Visibility::Private,
        keep_original_metadata: false,
        presets: crate::vocabulary::preset::Presets::new(),
        sizes_only: false,
        previews: true,
        page_format: PageFormat::Jpeg,
        page_size: PAGE_SIZE,
        grant_seconds: crate::vocabulary::app::GRANT_SECONDS,
        indexed: Vec::new(),
        created_at: clock.now(),
        updated_at: clock.now(),
    };
    let key = Key::App(demo.app.clone());
    store.upload(&key.location(), json!(demo).to_string().as_bytes());
    let issuer = Issuer {
        records: Records::new(Arc::new(store.clone()), Arc::new(clock.clone())),
        clock: Arc::new(clock.clone()),
        metrics: Arc::new(MemoryMetrics::default()),
        tokens: Arc::new(tokens.clone()),
        uploader: Uploader::TokenUser(TokenUser::new(Arc::new(tokens.clone()))),
        target: UploadTarget {
            bucket: "uploads".to_owned(),
            region: "eu-west-1".to_owned(),
            partition: "aws".to_owned(),
            endpoint: None,
        },
        limits,
        quotas: Quotas::default(),
        usage: Usage::new(Arc::new(store.clone())),
    };
    Stand {
        issuer,
        tokens,
        clock,
        store,
        faults,
    }
}

impl Stand {
    async fn issue(&self, app: &str, request: Value) -> Result<Value, Problem> {
        let request = serde_json::from_value(request).unwrap();
        match self
            .issuer
            .issue(&AppId::parse(app).unwrap(), &request)
            .await
        {
            Ok(grant) => Ok(json!(grant)),
            Err(Refusal::Caller(problem)) => Err(problem),
            Err(Refusal::Ours(error)) => Err(Problem::from(&error)),
        }
    }

    fn secret_reads(&self) -> usize {
        self.faults
            .log()
            .iter()
            .filter(|(call, _)| *call == READ_KEY)
            .count()
    }
}

#[tokio::test]
async fn the_answer_is_what_existing_clients_read() {
    let stand = stand();
    let answer = stand
        .issue("demo", json!({"files": [{"name": "猫.jpg", "bytes": 7}]}))
        .await
        .unwrap();
    assert_eq!(answer["Version"], 1);
    for name in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
    ] {
        assert!(answer[name].is_string(), "{name}");
        assert_eq!(answer["credentials"][name], answer[name]);
    }
    for (camel, pascal) in [
        ("accessKeyId", "AccessKeyId"),
        ("secretAccessKey", "SecretAccessKey"),
        ("sessionToken", "SessionToken"),
        ("expiration", "Expiration"),
    ] {
        assert_eq!(answer["credentials"][camel], answer[pascal]);
    }
    assert_eq!(
        answer["s3Endpoint"],
        "https://uploads.s3.eu-west-1.amazonaws.com"
    );
    assert_eq!(answer["Token"], answer["SessionToken"]);
    assert_eq!(
        (answer["bucket"].as_str(), answer["region"].as_str()),
        (Some("uploads"), Some("eu-west-1"))
    );
    let upload = answer["upload"].as_str().unwrap();
    assert_eq!(answer["key_prefix"], format!("demo/{upload}/"));
    let file = &answer["files"][0];
    assert_eq!(file["key"], format!("demo/{upload}/猫.jpg"));
    assert!(file["media"].as_str().unwrap().starts_with(upload));
    assert_eq!(file["put"]["headers"]["content-length"], "7");
}

#[tokio::test]
async fn the_grant_is_on_record_with_what_was_granted() {
    let stand = stand();
    let answer = stand
        .issue(
            "demo",
            json!({"files": [{"name": "a"}], "duration_seconds": 900}),
        )
        .await
        .unwrap();
    let key = format!("uploads/demo/{}.json", answer["upload"].as_str().unwrap());
    let record: GrantRecord =
        serde_json::from_slice(&stand.store.contents(Bucket::Records)[&key].body).unwrap();
    assert_eq!(
        record.visibility,
        Visibility::Private,
        "the app's own default"
    );
    assert_eq!(record.files.as_deref(), Some(&["a".to_owned()][..]));
    assert_eq!(
        record.expires_at.as_second() - record.created_at.as_second(),
        900
    );
    assert_eq!(stand.tokens.issued()[0].seconds, 900);
}

#[tokio::test]
async fn a_rotated_key_is_read_again_once_and_a_good_one_is_kept_for_five_minutes() {
    let stand = stand();
    for _ in 0..3 {
        stand.issue("demo", json!({})).await.unwrap();
    }
    assert_eq!(stand.secret_reads(), 1);
    stand.tokens.rotate("key-2");
    stand.issue("demo", json!({})).await.unwrap();
    assert_eq!(stand.secret_reads(), 2);
    stand.clock.advance(301);
    stand.issue("demo", json!({})).await.unwrap();
    assert_eq!(stand.secret_reads(), 3);
}

#[tokio::test]
async fn a_policy_that_is_too_large_when_packed_is_exchanged_for_the_prefix() {
    let stand = stand();
    let files: Vec<_> = (0..16)
        .map(|n| json!({"name": format!("{n:030}.jpg")}))
        .collect();
    stand.issue("demo", json!({"files": files})).await.unwrap();
    let issued = stand.tokens.issued();
    assert_eq!(issued.len(), 1);
    assert!(issued[0].policy.contains("/*\""), "{}", issued[0].policy);
}

#[tokio::test]
async fn a_bad_wish_is_refused_by_the_name_of_its_field() {
    let stand = stand();
    let file = |file: Value| json!({"files": [{"name": "good"}, file]});
    for (request, field) in [
        (json!({"duration_seconds": 899}), "duration_seconds"),
        (json!({"duration_seconds": 43_201}), "duration_seconds"),
        (json!({"files": []}), "files"),
        (json!({"files": vec![json!({"name": "a"}); 1_001]}), "files"),
        (file(json!({"name": ""})), "files[1].name"),
        (file(json!({"name": "n".repeat(901)})), "files[1].name"),
        (file(json!({"name": "a", "bytes": 0})), "files[1].bytes"),
        (
            file(json!({"name": "a", "bytes": 21_474_836_481_u64})),
            "files[1].bytes",
        ),
        (
            file(json!({"name": "a", "content_type": "jpeg\r\n"})),
            "files[1].content_type",
        ),
    ] {
        let problem = stand.issue("demo", request).await.unwrap_err();
        assert_eq!(
            (problem.status, problem.field.as_deref()),
            (400, Some(field))
        );
    }
    assert_eq!(
        stand.issue("other", json!({})).await.unwrap_err().code,
        "unknown_app"
    );
    assert!(stand.tokens.issued().is_empty(), "nothing was issued");
}

/// The ARN of a role.
const ROLE: &str = "arn:aws:iam::123456789012:role/uploader";

fn with_role() -> Stand {
    let mut stand = stand();
    stand.issuer.uploader = Uploader::Role(ROLE.to_owned());
    stand
}

#[tokio::test]
async fn a_role_is_assumed_with_the_policy_that_the_user_would_get() {
    let (by_user, by_role) = (stand(), with_role());
    let request = json!({"files": [{"name": "a.jpg"}], "duration_seconds": 3_600});
    let user_s = by_user.issue("demo", request.clone()).await.unwrap();
    let role_s = by_role.issue("demo", request).await.unwrap();
    let fields = |answer: &Value| {
        answer
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(&user_s), fields(&role_s));
    assert_eq!(by_role.tokens.roles(), [ROLE]);
    assert_eq!(by_role.secret_reads(), 0, "there is no secret");
    let (user_s, role_s) = (by_user.tokens.issued(), by_role.tokens.issued());
    assert_eq!(user_s[0].policy, role_s[0].policy, "one clock and one seed");
    assert_eq!(
        (role_s[0].name.as_str(), role_s[0].seconds),
        ("demo", 3_600)
    );
}

#[tokio::test]
async fn a_role_s_credentials_last_an_hour_at_most() {
    let stand = with_role();
    let longer = json!({"duration_seconds": 3_601});
    let problem = stand.issue("demo", longer).await.unwrap_err();
    assert_eq!(
        (problem.status, problem.field.as_deref()),
        (400, Some("duration_seconds"))
    );
    assert_eq!(problem.detail, "Give 900 to 3600 seconds.");
    assert!(stand.tokens.roles().is_empty());
}

#[tokio::test]
async fn a_role_s_policy_that_is_too_large_when_packed_is_exchanged_for_the_prefix() {
    let stand = with_role();
    let files: Vec<_> = (0..16)
        .map(|n| json!({"name": format!("{n:030}.jpg")}))
        .collect();
    stand.issue("demo", json!({"files": files})).await.unwrap();
    assert_eq!(stand.tokens.roles().len(), 2);
    let issued = stand.tokens.issued();
    assert_eq!(issued.len(), 1);
    assert!(issued[0].policy.contains("/*\""), "{}", issued[0].policy);
}

/// STS takes 2 to 64 characters of `[\w+=,.@-]` for a session's name, and 2 to 32 for a federated user's.
#[test]
fn every_app_s_name_is_a_session_s() {
    for name in ["ab", &format!("a{}", "9-".repeat(15))] {
        let app = AppId::parse(name).unwrap().to_string();
        let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        assert!(
            (2..=32).contains(&app.len()) && app.bytes().all(is_taken),
            "{app}"
        );
    }
    for refused in ["a", &"a".repeat(32), "a/b", "a b", "a:b", "é2"] {
        assert!(AppId::parse(refused).is_err(), "{refused}");
    }
}
