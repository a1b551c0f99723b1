//! Tests `dozo retry --all`, which the API answers page by page.

use serde_json::{Value, json};

use crate::fake::{Answer, Fake, answer};

fn page(media: &[&str], next: Option<&str>) -> Answer {
    let items: Vec<Value> = media.iter().map(|media| json!({"media": media})).collect();
    let mut page = json!({ "items": items });
    if let Some(next) = next {
        page["next"] = next.into();
    }
    answer(202, page)
}

/// The first page of 500 was once all that was retried.
#[tokio::test]
async fn all_pages_are_retried() {
    for dry_run in [false, true] {
        let more = if dry_run { &["--dry-run"][..] } else { &[] };
        let pages = [
            page(&["a", "b"], Some("b")),
            page(&[], Some("c")),
            page(&["d"], None),
        ];
        let fake = Fake::new(pages).await;
        let arguments = [&["retry", "--all", "--json"], more].concat();
        let ran = fake.dozo(&arguments).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        let wanted = json!({"items": [{"media": "a"}, {"media": "b"}, {"media": "d"}]});
        assert_eq!(told, wanted);
        let asked: Vec<_> = fake.asked().into_iter().map(|asked| asked.body).collect();
        let mut bodies = [json!({}), json!({"after": "b"}), json!({"after": "c"})];
        if dry_run {
            bodies
                .iter_mut()
                .for_each(|body| body["dry_run"] = true.into());
        }
        assert_eq!(asked, bodies);
    }
}

#[tokio::test]
async fn a_run_that_broke_off_says_how_to_go_on() {
    let refusal = answer(403, json!({"code": "forbidden", "detail": "No more."}));
    let fake = Fake::new([page(&["a", "b"], Some("b")), refusal]).await;
    let ran = fake.dozo(&["retry", "--all"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("--after b"), "{ran:?}");
    let fake = Fake::new([page(&["c"], None)]).await;
    let ran = fake.dozo(&["retry", "--all", "--after", "b"]).await;
    assert_eq!(
        (ran.code, fake.asked()[0].body.clone()),
        (0, json!({"after": "b"}))
    );
}

#[tokio::test]
async fn an_api_that_repeats_itself_is_not_asked_for_ever() {
    let fake = Fake::new([0, 1].map(|_| page(&["a"], Some("a")))).await;
    let ran = fake.dozo(&["retry", "--all"]).await;
    assert_eq!((ran.code, fake.asked().len()), (0, 2), "{ran:?}");
}
