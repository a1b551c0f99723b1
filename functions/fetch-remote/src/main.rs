//! Wires `fetch-remote` to Lambda.

use dozo::aws;
use fetch_remote::{Config, Function, handle};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    dozo::platform::log::start(aws::environment("LOG_LEVEL").as_deref());
    let config = Config::read(&aws::environment)?;
    let function = Function::new(config, &aws::load().await);
    run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(handle(&function, event.payload).await)
    }))
    .await
}
