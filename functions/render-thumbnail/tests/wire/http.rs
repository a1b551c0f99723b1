//! Parses HTTP requests, as far as the function's clients use HTTP.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;

/// An HTTP request.
pub(crate) struct Request {
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Reads the connection's next request; returns `None` if it is closed.
    pub(crate) fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let line = line(stream)?;
        let mut headers = Vec::new();
        loop {
            let header = line_or_end(stream);
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self {
            line,
            headers,
            body: Vec::new(),
        };
        request.body = if request.header("transfer-encoding") == "chunked" {
            chunks(stream)
        } else {
            let length = request.header("content-length").parse().unwrap_or(0);
            exactly(stream, length)
        };
        Some(request)
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

fn line_or_end(stream: &mut BufReader<TcpStream>) -> String {
    line(stream).unwrap_or_default()
}

fn exactly(stream: &mut BufReader<TcpStream>, length: usize) -> Vec<u8> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    body
}

fn chunks(stream: &mut BufReader<TcpStream>) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&line_or_end(stream), 16).unwrap();
        body.extend(exactly(stream, length));
        assert_eq!(line_or_end(stream), "", "a chunk ends with its line");
        if length == 0 {
            return body;
        }
    }
}
