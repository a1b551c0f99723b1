//! Wires `split-pdf` to Lambda.

use dozo::aws;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapResponseLayer;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use split_pdf::{App, Config, begin_anew, bound_memory, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    dozo::platform::log::start(aws::environment("LOG_LEVEL").as_deref());
    let config = Config::read(&aws::environment)?;
    bound_memory(&config);
    let app = App::new(config, &aws::load().await)?;
    let handler = service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(handle(&app, event.payload, event.context.deadline()).await)
    });
    // The answer has been sent at this point, so the message was acknowledged or given a delay for its redelivery.
    let answered = MapResponseLayer::new(|()| {
        if app.splitter.is_stuck() {
            begin_anew();
        }
    });
    let runtime = Runtime::new(handler).layer(TracingLayer::new());
    runtime.layer(answered).run().await
}
