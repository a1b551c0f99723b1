//! S3 as moving in and out uses it, in memory: listings, copies whole and in parts, puts and gets.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};

use super::{Held, decoded};

/// Objects of one page of a listing.
const PAGE: usize = 3;

pub(super) fn act(
    held: &mut Held,
    (method, path): (&Method, &str),
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let (bucket, key) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    let place = (bucket.to_owned(), key.to_owned());
    let source = headers
        .get("x-amz-copy-source")
        .map(|source| decoded(source.to_str().unwrap()));
    match (method, source) {
        (&Method::POST, _) => match query.get("uploadId") {
            None => begun(held, &place),
            Some(id) => completed(held, id, &place),
        },
        (&Method::PUT, Some(source)) if query.contains_key("partNumber") => {
            part(held, &source, query, headers)
        }
        (&Method::PUT, Some(source)) => copied(held, &source, place, headers),
        (&Method::PUT, None) => {
            held.objects.insert(place, body.clone());
            ([("etag", etag(body))], "").into_response()
        }
        _ if key.is_empty() => list(held, bucket, query),
        _ => got(held, &place, headers),
    }
}

fn begun(held: &mut Held, (bucket, key): &(String, String)) -> Response {
    let id = format!("parts{}", held.parts.len());
    let to = format!("{bucket}/{key}");
    held.parts.insert(id.clone(), (to, BTreeMap::new()));
    xml(
        200,
        &format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        ),
    )
}

fn part(
    held: &mut Held,
    source: &str,
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
) -> Response {
    let (bucket, key) = source.split_once('/').unwrap();
    let body = held.objects[&(bucket.to_owned(), key.to_owned())].clone();
    if headers["x-amz-copy-source-if-match"].to_str().unwrap() != etag(&body) {
        return error(412, "PreconditionFailed");
    }
    let range = headers["x-amz-copy-source-range"].to_str().unwrap();
    let number = query["partNumber"].parse().unwrap();
    let (_, ranges) = held.parts.get_mut(&query["uploadId"]).unwrap();
    ranges.insert(number, format!("{source} {range}"));
    xml(
        200,
        "<CopyPartResult><ETag>\"part\"</ETag></CopyPartResult>",
    )
}

/// The parts have to be one whole object without a gap.
fn completed(held: &mut Held, id: &str, place: &(String, String)) -> Response {
    let (to, ranges) = held.parts.remove(id).unwrap();
    let sources: BTreeSet<&str> = ranges
        .values()
        .map(|range| range.split_once(' ').unwrap().0)
        .collect();
    let source = (*sources.first().unwrap()).to_owned();
    assert_eq!(sources.len(), 1, "{sources:?}");
    let mut next = 0_u64;
    for (expected, (number, range)) in (1..).zip(&ranges) {
        assert_eq!(*number, expected);
        let (first, last) = range.rsplit_once('=').unwrap().1.split_once('-').unwrap();
        assert_eq!(first.parse::<u64>().unwrap(), next);
        next = last.parse::<u64>().unwrap() + 1;
    }
    let (bucket, key) = source.split_once('/').unwrap();
    assert_eq!(held.sizes[key], next);
    let body = held.objects[&(bucket.to_owned(), key.to_owned())].clone();
    held.objects.insert(place.clone(), body);
    held.copies.push((source, to));
    xml(200, "<CompleteMultipartUploadResult/>")
}

fn copied(held: &mut Held, source: &str, to: (String, String), headers: &HeaderMap) -> Response {
    let (bucket, key) = source.split_once('/').unwrap();
    if held.denied.contains(key) {
        return error(403, "AccessDenied");
    }
    let Some(body) = held
        .objects
        .get(&(bucket.to_owned(), key.to_owned()))
        .cloned()
    else {
        return error(404, "NoSuchKey");
    };
    if headers["x-amz-copy-source-if-match"].to_str().unwrap() != etag(&body) {
        return error(412, "PreconditionFailed");
    }
    held.copies
        .push((source.to_owned(), format!("{}/{}", to.0, to.1)));
    held.metadata.insert(to.clone(), headers.clone());
    let tag = etag(&body);
    held.objects.insert(to, body);
    xml(
        200,
        &format!("<CopyObjectResult><ETag>{tag}</ETag></CopyObjectResult>"),
    )
}

fn list(held: &Held, bucket: &str, query: &BTreeMap<String, String>) -> Response {
    let nothing = String::new();
    let prefix = query.get("prefix").unwrap_or(&nothing);
    let after = query.get("continuation-token").unwrap_or(&nothing);
    let mut keys = held
        .objects
        .iter()
        .filter(|((of, key), _)| of == bucket && key.starts_with(prefix) && key > after)
        .filter(|((_, key), _)| {
            !query.contains_key("delimiter") || !key[prefix.len()..].contains('/')
        });
    let page: Vec<_> = keys.by_ref().take(PAGE).collect();
    let contents: String = page
        .iter()
        .map(|((_, key), body)| {
            let size = held.sizes.get(key);
            let key = key
                .replace('%', "%25")
                .replace('+', "%2B")
                .replace(' ', "+");
            let real = u64::try_from(body.len()).unwrap();
            let size = size.unwrap_or(&real);
            let tag = etag(body);
            format!("<Contents><Key>{key}</Key><ETag>{tag}</ETag><Size>{size}</Size></Contents>")
        })
        .collect();
    let next = keys.next().and(page.last()).map(|((_, key), _)| {
        format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{key}</NextContinuationToken>"
        )
    });
    let next = next.unwrap_or_default();
    xml(
        200,
        &format!(
            "<ListBucketResult><EncodingType>url</EncodingType>{contents}{next}</ListBucketResult>"
        ),
    )
}

fn got(held: &Held, place: &(String, String), headers: &HeaderMap) -> Response {
    let Some(body) = held.objects.get(place) else {
        return error(404, "NoSuchKey");
    };
    if headers
        .get("if-match")
        .is_some_and(|wanted| wanted.to_str().unwrap() != etag(body))
    {
        return error(412, "PreconditionFailed");
    }
    let mut answer = ([("etag", etag(body))], body.clone()).into_response();
    for (name, value) in held.metadata.get(place).into_iter().flatten() {
        if name.as_str().starts_with("x-amz-meta-") {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// Tells bodies apart, as a digest does.
fn etag(body: &Bytes) -> String {
    let sum = body.iter().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add((*byte).into())
    });
    format!("\"{sum:016x}\"")
}

fn xml(status: u16, body: &str) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/xml")
        .body(body.to_owned().into())
        .unwrap()
}

fn error(status: u16, code: &str) -> Response {
    xml(
        status,
        &format!("<Error><Code>{code}</Code><Message>no</Message></Error>"),
    )
}
