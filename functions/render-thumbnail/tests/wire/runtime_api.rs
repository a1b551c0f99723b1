//! Runs the function's program, and the Runtime API that gives it requests.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::cell::RefCell;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::http::Request;

/// Returns the program's command, with its Runtime API at this address.
pub(crate) fn program(address: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_render-thumbnail"));
    command.env_clear().envs([
        ("AWS_LAMBDA_RUNTIME_API", address),
        ("AWS_LAMBDA_FUNCTION_NAME", "render-thumbnail"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "none"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
        ("RECORDS_BUCKET", "records"),
        ("DELIVERY_BUCKET", "delivery"),
        ("PUBLIC_HOST", "cdn.example"),
    ]);
    command
}

/// The running function; its process ends when this is dropped.
pub(crate) struct Function {
    runtime_api: TcpListener,
    process: Child,
    connection: RefCell<Option<BufReader<TcpStream>>>,
}

impl Drop for Function {
    fn drop(&mut self) {
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

impl Function {
    /// Starts the function with these additional variables.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let runtime_api = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = runtime_api.local_addr().unwrap().to_string();
        let process = program(&address)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            runtime_api,
            process,
            connection: RefCell::new(None),
        }
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Requests this path, and returns what the function posts.
    pub(crate) fn answer(&self, path: &str) -> Request {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
            "requestContext": { "timeEpoch": 0, "http": { "method": "GET", "path": path } }, "isBase64Encoded": false,
        })
        .to_string();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let deadline = now.as_millis() + 55_000;
        for stream in self.runtime_api.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(request) = Request::read(&mut stream) {
                if !request
                    .line
                    .starts_with("GET /2018-06-01/runtime/invocation/next ")
                {
                    // A function whose Runtime API hangs up ends.
                    *self.connection.borrow_mut() = Some(stream);
                    return request;
                }
                let head = format!(
                    "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: {deadline}\r\n\
                     lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:0:function:f\r\n\
                     content-type: application/json\r\ncontent-length: {}\r\n\r\n{event}",
                    event.len()
                );
                stream.get_mut().write_all(head.as_bytes()).unwrap();
            }
        }
        unreachable!("a listener goes on listening")
    }
}
