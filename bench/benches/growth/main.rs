//! Measures what each operation costs as the media that there are grow in number: calls of the platform's ports,
//! processor time and memory.
//!
//! Run it with `make bench-growth`. In memory, the functions' own handlers run on ports in memory among 100 to 100,000
//! media, all of one app and of one day, in uploads of a thousand. On the local stack, if there is one (`DOZO_STACK`),
//! the API's clients time what they wait for among 100 and 1,000. The plots are written to `docs/growth`.
//!
//! Calls are counted. Processor time is that of this process (so another one's load is not in it), the store in memory
//! included, in which a look-up takes the logarithm of the number of objects. Memory is what was allocated at most, over
//! what was there before and what stayed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and counts far below 2^52"
)]

mod on_stack;
mod operations;
mod platform;
mod series;
mod sweeping;

use dozo_bench::report::Report;
use dozo_tests::stack::Stack;

use platform::Platform;
use series::Series;

/// The numbers of media in memory.
const SIZES: [u32; 4] = [100, 1_000, 10_000, 100_000];

/// The environment variable that names the stack; `local with-stack` sets it.
const STACK: &str = "DOZO_STACK";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut report = Report::new("growth");
    report.note("All media are of one app and one day, in uploads of 1,000. In memory, each operation runs in a fresh process of its function.");
    report.note("Calls are those of the store, the queues and the CDN. Calls and time of a sweep are for a thousand media, and its memory is that of a run.");
    report.note("Exponents: 0 is flat, 1 a straight line through the origin, above 1 it grows faster than the number of media.");
    let mut memory = Series::default();
    for size in SIZES {
        let platform = Box::pin(Platform::filled(size)).await;
        operations::measure_reads(&platform, &mut memory).await;
        sweeping::measure_ended(&platform, &mut memory).await;
        operations::measure_changes(&platform, &mut memory).await;
        drop(platform);
        Box::pin(sweeping::measure_waiting(size, &mut memory)).await;
    }
    memory.tell(&mut report);
    let head = report.machine();
    memory.draw(
        "calls",
        "Calls of the ports, by the number of media",
        |of| (of.calls, "calls"),
    );
    let caption = format!("Processor time ({head}), by the number of media");
    memory.draw("time", &caption, |of| (of.microseconds, "µs"));
    memory.draw(
        "memory",
        "Memory allocated at most, by the number of media",
        |of| (of.kilobytes, "kB"),
    );
    if std::env::var_os(STACK).is_some() {
        let mut waits = Series::default();
        on_stack::measure(&Stack::running(), &mut waits).await;
        waits.tell(&mut report);
        let caption = format!("Waits on the local stack ({head}), by the number of media");
        waits.draw("stack", &caption, |of| (of.microseconds / 1_000.0, "ms"));
    }
    report.print().unwrap();
}
