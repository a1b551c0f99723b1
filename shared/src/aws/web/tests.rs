//! The client against servers on this machine, which do what hostile ones do.

use std::str::FromStr;

use http::{HeaderMap, HeaderValue, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::vocabulary::web_address::WebAddress;

/// Longer than any answer here takes.
const PATIENT: Duration = Duration::from_secs(20);

/// Starts a server that reads the head of one request and then does `act`. Returns its address, and the head.
async fn server<F>(
    act: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (WebAddress, tokio::task::JoinHandle<String>)
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let address = WebAddress::parse(&format!("http://localhost:{port}/in?a=b"), Reach::Laptop);
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a request"));
        }
        act(stream).await;
        String::from_utf8_lossy(&head).into_owned()
    });
    (address.expect("an address of this machine"), served)
}

/// Answers with this text, and closes the connection.
async fn answering(text: impl Into<String>) -> (WebAddress, tokio::task::JoinHandle<String>) {
    let text = text.into();
    server(async move |mut stream: TcpStream| {
        // The client may have gone away before the end of a long answer.
        drop(stream.write_all(text.as_bytes()).await);
    })
    .await
}

async fn get(address: &WebAddress, within: Duration) -> Result<Response, WebError> {
    let request = Request {
        method: Method::GET,
        address: address.clone(),
        headers: HeaderMap::from_iter([(
            http::header::ACCEPT,
            HeaderValue::from_static("image/*"),
        )]),
        body: Bytes::new(),
    };
    Internet::new(Reach::Laptop).send(request, within).await
}

#[tokio::test]
async fn an_answer_is_read_to_its_end() {
    let (address, served) =
        answering("HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 5\r\n\r\nhello").await;
    let mut answer = get(&address, PATIENT).await.expect("an answer");
    assert_eq!(
        (answer.status, &answer.headers["x-a"]),
        (200, &HeaderValue::from_static("b"))
    );
    let mut body = Vec::new();
    while let Some(piece) = answer.body.next(PATIENT).await.expect("a piece") {
        body.extend_from_slice(&piece);
    }
    assert_eq!(body, b"hello");
    let head = served.await.expect("a head");
    assert!(head.starts_with("GET /in?a=b HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("accept: image/*\r\n"), "{head}");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let to = "http://169.254.169.254/latest/meta-data/";
        let text =
            format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let (address, _) = answering(text).await;
        let answer = get(&address, PATIENT).await.expect("an answer");
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers[http::header::LOCATION], to);
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_called_only_on_a_laptop() {
    let name = || Name::from_str("localhost").expect("a name");
    let far = CheckedNames {
        reach: Reach::Public,
    }
    .call(name())
    .await;
    assert!(matches!(far, Err(WebError::NotPublic)));
    let here = CheckedNames {
        reach: Reach::Laptop,
    }
    .call(name())
    .await;
    assert!(
        here.expect("addresses")
            .all(|address| address.ip().is_loopback())
    );

    // Neither the client nor what it is made of hides the reason.
    let (address, _served) = answering("").await;
    let request = Request {
        method: Method::GET,
        address,
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let refused = Internet::new(Reach::Public).send(request, PATIENT).await;
    assert!(matches!(refused, Err(WebError::NotPublic)), "{refused:?}");
}

#[tokio::test]
async fn an_unknown_name_is_said_to_be_unknown() {
    let address = WebAddress::parse("https://no-such-host.dozo.invalid.example./", Reach::Public);
    let refused = get(&address.expect("an address"), PATIENT).await;
    assert!(matches!(refused, Err(WebError::UnknownName)), "{refused:?}");
}

#[tokio::test]
async fn a_silent_server_is_waited_for_only_so_long() {
    let soon = Duration::from_millis(50);
    let (address, served) = server(async |stream: TcpStream| {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    assert!(matches!(get(&address, soon).await, Err(WebError::TooSlow)));
    served.abort();

    let (address, served) = server(async |mut stream: TcpStream| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe";
        stream.write_all(head).await.expect("a written head");
        std::future::pending::<()>().await;
    })
    .await;
    let mut answer = get(&address, PATIENT).await.expect("an answer");
    assert_eq!(
        answer.body.next(PATIENT).await.expect("a piece"),
        Some(Bytes::from_static(b"he"))
    );
    assert!(matches!(
        answer.body.next(soon).await,
        Err(WebError::TooSlow)
    ));
    served.abort();
}

#[tokio::test]
async fn what_is_no_answer_is_a_broken_connection() {
    let long = format!(
        "HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n",
        "a".repeat(2 * MOST_HEADER_BYTES)
    );
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-many: a\r\n".repeat(1_000));
    for text in ["", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 200", &long, &many] {
        let (address, _) = answering(text).await;
        let answer = get(&address, PATIENT).await;
        assert!(matches!(answer, Err(WebError::Broken(_))), "{answer:?}");
    }
    let (address, _) = answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe").await;
    let mut answer = get(&address, PATIENT).await.expect("an answer");
    assert_eq!(
        answer.body.next(PATIENT).await.expect("a piece"),
        Some(Bytes::from_static(b"he"))
    );
    assert!(matches!(
        answer.body.next(PATIENT).await,
        Err(WebError::Broken(_))
    ));
}

#[tokio::test]
async fn a_server_without_a_trusted_certificate_is_not_called() {
    let (address, served) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let address = address.as_str().replace("http://", "https://");
    let address = WebAddress::parse(&address, Reach::Laptop).expect("an address");
    let refused = get(&address, Duration::from_secs(1)).await;
    assert!(
        matches!(refused, Err(WebError::Broken(_) | WebError::TooSlow)),
        "{refused:?}"
    );
    served.abort();
}
