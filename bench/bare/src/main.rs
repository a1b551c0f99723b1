//! A Lambda function that does nothing: what a cold start costs before anything of ours is in it.
//!
//! For `make bench` only; it is not under `functions/`, so it is never deployed.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| {
        Ok::<_, Error>(event.payload)
    }))
    .await
}
