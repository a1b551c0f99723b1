//! Runs viewer-request functions: the deployed JavaScript, before the cache key is made.
//!
//! Each call gets a new engine with a memory and a time limit, so nothing survives a request and no function can
//! block the edge. `import` and `require` (key value stores, `crypto`) and viewer-response functions are refused.

use std::time::{Duration, Instant};

use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Function as JsFunction, Runtime, Value as JsValue,
};
use serde_json::Value;

use super::function_event::{EventContext, FunctionError, Viewed, answer_of, event_of, request_of};

/// Memory of the engine, code included. CloudFront allows a function 2 MB; the engine itself needs some more.
const MAX_MEMORY_BYTES: usize = 4 << 20;
/// Stack of the engine; runaway recursion ends in an error.
const MAX_STACK_BYTES: usize = 256 << 10;
/// CloudFront stops a function after about a millisecond on its processors; a busy laptop needs more time.
const MAX_RUN_TIME: Duration = Duration::from_millis(250);

/// A function's decision on a request.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Go on with this request.
    Continue(Viewed),
    /// Answer with this response, without cache or origin.
    Answer(http::Response<String>),
}

/// Runs `code` (blocking, with limits) on a request.
///
/// # Errors
/// [`FunctionError`] if the code fails, runs too long, or returns neither a request nor a response.
pub(crate) fn run(
    code: &str,
    context: &EventContext,
    viewed: Viewed,
) -> Result<Decision, FunctionError> {
    let event = event_of(context, &viewed);
    let returned = evaluate(code, &event)?;
    if returned.get("statusCode").is_some() {
        return answer_of(&returned).map(Decision::Answer);
    }
    let asked = event.get("request").unwrap_or(&Value::Null);
    request_of(&returned, asked, viewed).map(Decision::Continue)
}

fn evaluate(code: &str, event: &Value) -> Result<Value, FunctionError> {
    let engine_failed = |error: rquickjs::Error| FunctionError::Execution(error.to_string());
    let runtime = Runtime::new().map_err(engine_failed)?;
    runtime.set_memory_limit(MAX_MEMORY_BYTES);
    runtime.set_max_stack_size(MAX_STACK_BYTES);
    let deadline = Instant::now() + MAX_RUN_TIME;
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() > deadline)));
    let context = Context::full(&runtime).map_err(engine_failed)?;
    let json = context.with(|ctx| {
        call_handler(&ctx, code, event)
            .catch(&ctx)
            .map_err(|error| match error {
                CaughtError::Exception(exception) => {
                    FunctionError::Execution(exception.to_string())
                }
                CaughtError::Error(error) => FunctionError::Execution(error.to_string()),
                CaughtError::Value(value) => {
                    FunctionError::Execution(format!("it threw {value:?}"))
                }
            })
    })?;
    serde_json::from_str(&json).map_err(|error| FunctionError::Execution(error.to_string()))
}

fn call_handler(ctx: &Ctx<'_>, code: &str, event: &Value) -> rquickjs::Result<String> {
    ctx.eval::<(), _>("globalThis.console = { log() {}, error() {} };")?;
    ctx.eval::<(), _>(code)?;
    let handler: JsFunction<'_> = ctx.globals().get("handler")?;
    let returned: JsValue<'_> = handler.call((ctx.json_parse(event.to_string())?,))?;
    let settled = match returned.as_promise() {
        Some(promise) => promise.finish()?,
        None => returned,
    };
    match ctx.json_stringify(settled)? {
        Some(text) => text.to_string(),
        None => Ok("null".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use http::HeaderMap;

    use super::*;

    fn viewed(uri: &str, query: Option<&str>) -> Viewed {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("image/avif"));
        headers.append("x-twice", HeaderValue::from_static("1"));
        headers.append("x-twice", HeaderValue::from_static("2"));
        headers.insert("cookie", HeaderValue::from_static("a=1; b=2"));
        Viewed {
            method: "GET".to_owned(),
            uri: uri.to_owned(),
            query: query.map(str::to_owned),
            headers,
        }
    }

    fn call(code: &str, viewed: Viewed) -> Result<Decision, FunctionError> {
        let context = EventContext {
            distribution_domain_name: "d1.cloudfront.net".to_owned(),
            distribution_id: "E1".to_owned(),
            request_id: "r".to_owned(),
            viewer_ip: "127.0.0.1".to_owned(),
        };
        run(code, &context, viewed)
    }

    fn continued(code: &str, request: Viewed) -> Viewed {
        match call(code, request).unwrap() {
            Decision::Continue(viewed) => viewed,
            Decision::Answer(answer) => unreachable!("answered {answer:?}"),
        }
    }

    #[test]
    fn an_untouched_request_comes_back_byte_for_byte() {
        let before = viewed("/a/%2e%2e//b", Some("z=1&a=%20&a=2&empty"));
        let after = continued(
            "function handler(event) { return event.request; }",
            before.clone(),
        );
        assert_eq!(after, before);
    }

    #[test]
    fn a_request_can_be_changed() {
        let code = "function handler(event) {
            const request = event.request;
            request.uri = '/' + event.context.distributionDomainName + request.uri;
            request.headers['x-new'] = { value: request.headers.accept.value + request.headers['x-twice'].multiValue.length };
            request.querystring = { w: { value: request.querystring.w.value } };
            delete request.cookies.a;
            return request;
        }";
        let after = continued(code, viewed("/x", Some("w=5&drop=1")));
        assert_eq!(after.uri, "/d1.cloudfront.net/x");
        assert_eq!(after.query.as_deref(), Some("w=5"));
        assert_eq!(after.headers.get("x-new").unwrap(), "image/avif2");
        assert_eq!(after.headers.get("cookie").unwrap(), "b=2");
    }

    #[test]
    fn a_response_is_answered_also_from_an_async_handler() {
        let code = "async function handler(event) {
            return { statusCode: 302, headers: { location: { value: '/to' } }, body: { encoding: 'text', data: 'go' } };
        }";
        let Decision::Answer(answer) = call(code, viewed("/x", None)).unwrap() else {
            unreachable!()
        };
        assert_eq!(
            (answer.status().as_u16(), answer.body().as_str()),
            (302, "go")
        );
        assert_eq!(answer.headers().get("location").unwrap(), "/to");
    }

    #[test]
    fn what_goes_wrong_is_an_error_and_ends() {
        for (case, code) in [
            ("syntax", "function handler( {"),
            ("no handler", "var other = 1;"),
            ("throws", "function handler() { throw new Error('x'); }"),
            ("endless loop", "function handler() { for (;;) {} }"),
            (
                "endless promise",
                "async function handler() { for (;;) { await null; } }",
            ),
            (
                "never settles",
                "function handler() { return new Promise(() => {}); }",
            ),
            (
                "endless memory",
                "function handler() { let a = []; for (;;) { a.push(new Array(1000).fill('x')); } }",
            ),
            (
                "endless recursion",
                "function handler(e) { return handler(e); }",
            ),
            ("nothing returned", "function handler() {}"),
            (
                "relative uri",
                "function handler(e) { e.request.uri = 'x'; return e.request; }",
            ),
            (
                "bad header",
                "function handler(e) { e.request.headers['x y'] = { value: '1' }; return e.request; }",
            ),
            (
                "bad status",
                "function handler() { return { statusCode: 'x' }; }",
            ),
        ] {
            let begun = Instant::now();
            assert!(call(code, viewed("/x", None)).is_err(), "{case}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{case}");
        }
    }
}
