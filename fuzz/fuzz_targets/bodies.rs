//! Fuzzes request bodies of the API: each is read, or refused with a short message that names the field.

#![no_main]

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use dozo::platform::http::Call;
use dozo::stages::index::Rebuild;
use dozo::stages::intake::{CopyRequest, IngestRequest};
use dozo::stages::issue::TokenRequest;
use dozo::stages::register::Registration;
use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(call: &Call) {
    let Err(problem) = call.body::<T>() else {
        return;
    };
    assert!(matches!(problem.status, 400 | 413));
    assert!(problem.detail.chars().count() < 500, "{}", problem.detail);
    assert!(
        problem
            .field
            .is_none_or(|field| field.chars().count() < 500)
    );
}

fuzz_target!(|input: (bool, &str)| {
    let (encoded, body) = input;
    let mut event = ApiGatewayV2httpRequest::default();
    event.body = Some(body.to_owned());
    event.is_base64_encoded = encoded;
    let call = Call::new(event);
    read::<TokenRequest>(&call);
    read::<Registration>(&call);
    read::<CopyRequest>(&call);
    read::<IngestRequest>(&call);
    read::<Rebuild>(&call);
});
