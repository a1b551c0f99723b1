//! Wires `render-thumbnail` to Lambda.

use dozo::aws;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use render_thumbnail::{Config, Function, handle, respond};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    dozo::platform::log::start(aws::environment("LOG_LEVEL").as_deref());
    let config = Config::read(&aws::environment)?;
    let function = Function::new(config, &aws::load().await);
    run(service_fn(async |event: LambdaEvent<_>| {
        let reply = handle(&function, event.payload, event.context.deadline()).await;
        Ok::<_, Error>(respond(function.invoke_mode, reply))
    }))
    .await
}
