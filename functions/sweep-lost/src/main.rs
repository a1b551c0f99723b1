//! Wires `sweep-lost` to Lambda.

use dozo::aws;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use sweep_lost::{Config, Function, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    dozo::platform::log::start(aws::environment("LOG_LEVEL").as_deref());
    let config = Config::read(&aws::environment)?;
    let function = Function::new(config, &aws::load().await);
    // What EventBridge says is only that it is time.
    run(service_fn(async |event: LambdaEvent<Value>| {
        let found = handle(&function, event.context.deadline()).await;
        found.map_err(|error| {
            tracing::error!(cause = error.chain(), "the sweep was not complete");
            Error::from(error)
        })
    }))
    .await
}
