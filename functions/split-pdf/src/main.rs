//! Wires `split-pdf` to Lambda.

use dozo::aws;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use split_pdf::{App, Config, bound_memory, handle};

/// The exit code of a process that a page has stuck in, or that PDFium crashed in.
const STUCK: i32 = 70;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    dozo::log::start(aws::environment("LOG_LEVEL").as_deref());
    let config = Config::read(&aws::environment)?;
    bound_memory(&config);
    let app = App::new(config, &aws::load().await)?;
    run(service_fn(async |event: LambdaEvent<_>| {
        let response = handle(&app, event.payload, event.context.deadline()).await;
        if app.splitter.is_stuck() {
            // A thread of this process never comes back, and holds PDFium. The message that it was for is not
            // acknowledged by an answer that never comes, and was told when to come again.
            std::process::exit(STUCK);
        }
        Ok::<_, Error>(response)
    }))
    .await
}
