//! A Lambda function that does nothing. It measures the cost of a cold start without any code of ours.
//!
//! It is only for `make bench`. It is not under `functions/`, so it is never deployed.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| {
        Ok::<_, Error>(event.payload)
    }))
    .await
}
