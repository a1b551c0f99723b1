//! Tests the fault proxy: how a client sees each fault, and whether the call was made.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use dozo_tests::faults::plan::{Fault, Plan, Service};
use dozo_tests::faults::{Proxy, start};
use tokio::net::TcpListener;

const BODY: &str = "what the emulator answers, in more than a few letters";

/// Answers and counts every call, and returns the request in a header.
async fn emulator() -> (String, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let answer = async |State(calls): State<Arc<AtomicUsize>>, request: axum::extract::Request| {
        calls.fetch_add(1, Ordering::SeqCst);
        let host = request.headers()["host"].to_str().unwrap();
        let seen = format!("{} {} {host}", request.method(), request.uri());
        ([("seen", seen)], BODY)
    };
    let app = Router::new()
        .fallback(answer)
        .with_state(Arc::clone(&calls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    (format!("http://{address}"), calls)
}

async fn always(fault: Fault) -> (Proxy, Arc<AtomicUsize>) {
    let (target, calls) = emulator().await;
    let proxy = start(&target, Plan::new(1, 1.0, &[fault])).await.unwrap();
    (proxy, calls)
}

/// Sends a request as a client of this service would.
async fn ask(proxy: &Proxy, service: &str) -> Result<(u16, String), reqwest::Error> {
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/{service}/aws4_request, SignedHeaders=host"
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}/a%20b?c=%2F", proxy.endpoint));
    let answer = request.header("authorization", scope).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    for (fault, answer, calls_made) in [
        (Fault::Throttled, Some((503, "<Code>SlowDown</Code>")), 0),
        (Fault::Broken, Some((500, "<Code>InternalError</Code>")), 0),
        (Fault::Reset, None, 0),
        (Fault::AnswerLost, None, 1),
        (Fault::AnswerCut, None, 1),
        (Fault::AnswerSlow, Some((200, BODY)), 1),
    ] {
        let (proxy, calls) = always(fault).await;
        let answered = ask(&proxy, "s3").await;
        match (&answered, answer) {
            (Ok((status, text)), Some((expected, part))) => {
                assert_eq!(*status, expected, "{fault:?}");
                assert!(text.contains(part), "{fault:?}: {text}");
            }
            (Err(_), None) => {}
            _ => unreachable!("{fault:?}: {answered:?}"),
        }
        assert_eq!(calls.load(Ordering::SeqCst), calls_made, "{fault:?}");
        assert_eq!(proxy.plan.struck(Service::S3, fault), 1);
    }
}

#[tokio::test]
async fn other_services_pass_unharmed() {
    let (proxy, _calls) = always(Fault::Throttled).await;
    let answered = ask(&proxy, "lambda").await.unwrap();
    assert_eq!(answered, (200, BODY.to_owned()));
    assert_eq!(proxy.plan.struck_at_all(Service::S3), 0);
}

/// Signatures cover the path, the query and the host.
#[tokio::test]
async fn path_query_and_host_arrive_as_they_were_sent() {
    let (target, _calls) = emulator().await;
    let proxy = start(&target, Plan::new(1, 0.0, &Fault::ALL))
        .await
        .unwrap();
    let url = format!("{}/a%20b/../c%2Fd?e=%7E&f", proxy.endpoint);
    let host = proxy.endpoint.trim_start_matches("http://");
    let shell = format!(
        "printf 'HEAD /a%%20b/../c%%2Fd?e=%%7E&f HTTP/1.1\\r\\nhost: {host}\\r\\nconnection: close\\r\\n\\r\\n' >&3; cat <&3"
    );
    let script = format!("exec 3<>/dev/tcp/{}; {shell}", host.replace(':', "/"));
    let output = tokio::process::Command::new("bash")
        .args(["-c", &script])
        .output()
        .await
        .unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    let expected = format!(
        "seen: HEAD {} {host}\r\n",
        url.trim_start_matches(&proxy.endpoint)
    );
    assert!(answer.contains(&expected), "{answer}");
    let length = format!("content-length: {}\r\n", BODY.len());
    assert!(answer.contains(&length), "{answer}");
}
