//! Wires `transcode-media` to Lambda.

use dozo::aws;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use transcode_media::{Config, Function, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    dozo::platform::log::start(aws::environment("LOG_LEVEL").as_deref());
    let config = Config::read(&aws::environment)?;
    let function = Function::new(config, &aws::load().await);
    run(service_fn(async |event: LambdaEvent<_>| {
        let deadline = event.context.deadline();
        Ok::<_, Error>(handle(&function, event.payload, deadline).await)
    }))
    .await
}
