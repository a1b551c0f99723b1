//! Wires `split-pdf` to Lambda.

use std::sync::Arc;

use dozo::aws;
use dozo_pdf::crash;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapResponseLayer;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use split_pdf::{Config, Function, Pdfium, begin_anew, bound_memory, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    dozo::platform::log::start(aws::environment("LOG_LEVEL").as_deref());
    let config = Config::read(&aws::environment)?;
    bound_memory(&config);
    if let Err(error) = crash::watch() {
        tracing::warn!(cause = %error, "crashes of PDFium cannot be caught and will end the process");
    }
    let engine = Arc::new(Pdfium::load(&config.task_root)?);
    let function = Function::new(config, &aws::load().await, engine);
    let handler = service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(handle(&function, event.payload, event.context.deadline()).await)
    });
    // The answer has been sent at this point, so the message was acknowledged or given a delay for its redelivery.
    let answered = MapResponseLayer::new(|()| {
        if function.splitter.is_stuck() {
            begin_anew();
        }
    });
    let runtime = Runtime::new(handler).layer(TracingLayer::new());
    runtime.layer(answered).run().await
}
