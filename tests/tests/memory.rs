//! Compares the functions' peak memory with what the template gives them, because the local stack limits no memory.
//!
//! It covers everything that ran before on the same stack, so `make test` runs it last and separately.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Keys, PATIENCE, Stack, fresh_app, until};
use dozo_tests::template::{Function, Template};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

/// The function that the local stack never calls: it has no MediaConvert.
const WITHOUT_WORK: &str = "finish-transcode";

/// Calls the function that otherwise waits for its time, which may not have come.
async fn sweep(stack: &Stack) {
    let name = &stack.file.functions["sweep-lost"];
    let path = format!("/2015-03-31/functions/{name}/invocations");
    let lambda = stack.service(&Keys::root(), "lambda");
    let reply = lambda.send(Method::POST, &path, &json!({})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    until("the last line of sweep-lost", PATIENCE, || async {
        let peaks = stack.logged("sweep-lost", "peak_bytes");
        (!peaks.is_empty()).then_some(())
    })
    .await;
}

/// Waits until the logs, which are read every other second, include what is done here.
async fn catch_up(stack: &Stack) {
    // What ran before may have changed what other apps accept.
    let app = fresh_app("last");
    stack.register(&app, &json!({})).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let last = picture(ImageFormat::Png, 8, 8, 1).unwrap();
    stack.put(&grant, "last.png", last).await;
    let media = grant.media("last.png");
    stack.until_state(&app, &media, "ready").await;
    until("the last line of validate-upload", PATIENCE, || async {
        let log = stack.log_of("validate-upload");
        log.contains(media.as_str()).then_some(())
    })
    .await;
}

fn assert_within(stack: &Stack, function: &Function) {
    let (name, most) = (&function.directory, function.memory_megabytes * 1024 * 1024);
    let peaks = stack.logged(name, "peak_bytes");
    // Without /proc the peak is 0, which counts as no number.
    let highest = peaks.iter().max().copied().unwrap_or_default();
    assert!(highest > 0, "{name} logged no peak_bytes");
    assert!(
        highest < most,
        "{name} used {highest} of its {most} bytes of memory"
    );
    eprintln!(
        "{name}: {} of {} MB at most, in {} invocations",
        highest / 1024 / 1024,
        function.memory_megabytes,
        peaks.len()
    );
}

#[tokio::test]
async fn no_function_used_more_memory_than_it_has() {
    let stack = Stack::running();
    sweep(&stack).await;
    catch_up(&stack).await;
    let template = Template::load().unwrap();
    let functions = template.functions();
    assert!(!functions.is_empty());
    functions
        .iter()
        .filter(|function| function.directory != WITHOUT_WORK)
        .for_each(|function| assert_within(&stack, function));
}
