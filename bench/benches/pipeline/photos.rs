//! Photos of 12 megapixels, with and without previews, in turns: what judging one costs.

use std::path::Path;

use bytes::Bytes;
use dozo::memory::faults::Faults;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::record::MediaRecord;
use dozo_bench::report::Report;
use dozo_bench::samples::Samples;
use dozo_tests::crowd::Crowd;
use dozo_tests::post::Post;
use dozo_tests::stack::{Grant, Stack, fresh_app};
use dozo_tests::template::workspace;
use dozo_tests::world::{Letter, World};
use rustix::param::clock_ticks_per_second;
use serde_json::json;

/// The measured uploads of each kind, after one that warms the process.
const UPLOADS: usize = 20;

/// The variable that tells a process which function it is, `{stack}-{function}`.
const NAME: &str = "AWS_LAMBDA_FUNCTION_NAME=";
const FUNCTION: &str = "-validate-upload";

/// Photos of one app.
struct Photos {
    previews: bool,
    grant: Grant,
    milliseconds: Vec<f64>,
    ticks: u64,
}

pub(crate) async fn measure(stack: &Stack, report: &mut Report) {
    let body = std::fs::read(workspace().join(".local/bench-images/12mp.jpg")).unwrap();
    let body = Bytes::from(body);
    let mut kinds = Vec::new();
    for previews in [true, false] {
        let app = fresh_app("bench");
        stack.register(&app, &json!({"previews": previews})).await;
        let grant = stack.grant_for(&app, &json!({})).await;
        let photos = Photos {
            previews,
            grant,
            milliseconds: Vec::new(),
            ticks: 0,
        };
        photos.upload(stack, "warming.jpg", &body).await;
        kinds.push(photos);
    }
    for number in 0..UPLOADS {
        for photos in &mut kinds {
            let before = ticks();
            let took = photos.upload(stack, &format!("{number}.jpg"), &body).await;
            photos.ticks += ticks() - before;
            photos.milliseconds.push(took);
        }
    }
    assert!(kinds.iter().all(|photos| photos.ticks > 0), "no process");
    let without = kinds.last().unwrap().processor_milliseconds();
    for photos in kinds {
        let case = match photos.previews {
            true => "photos of 12 MP, one at a time, with previews",
            false => "photos of 12 MP, one at a time, without previews",
        };
        let processor = photos.processor_milliseconds();
        let calls = s3_calls(photos.previews, &body).await;
        let times = Samples::of_milliseconds(photos.milliseconds);
        report.row(
            case,
            &[
                ("p50_ms", times.median()),
                ("p95_ms", times.percentile(95)),
                ("processor_ms", processor),
                ("to_without_previews", processor / without),
                ("s3_calls", calls as f64),
            ],
        );
    }
}

impl Photos {
    /// Uploads a photo, and returns the milliseconds until it is ready.
    async fn upload(&self, stack: &Stack, name: &str, body: &Bytes) -> f64 {
        let one = Crowd::of_file(&self.grant, name, body.clone());
        let sent = one.send(1, |grant| stack.s3(&grant.keys)).await;
        let records: Vec<MediaRecord> = sent.all_ready(stack).await;
        let answered = sent.files()[0].answered;
        let took = super::ready_at(&records[0]).duration_since(answered);
        took.as_secs_f64() * 1_000.0
    }

    /// The milliseconds of a processor that the function took for each photo.
    fn processor_milliseconds(&self) -> f64 {
        let seconds = self.ticks as f64 / clock_ticks_per_second() as f64;
        seconds * 1_000.0 / UPLOADS as f64
    }
}

/// Returns the ticks that all processes of the function, and the processes that they have ended, have run for.
fn ticks() -> u64 {
    let processes = std::fs::read_dir("/proc").unwrap();
    let folders = processes.filter_map(|entry| Some(entry.ok()?.path()));
    folders.filter_map(|folder| ticks_of(&folder)).sum()
}

fn ticks_of(process: &Path) -> Option<u64> {
    let environment = std::fs::read(process.join("environ")).ok()?;
    let mut variables = environment.split(|byte| *byte == 0);
    variables.find(|variable| {
        variable.starts_with(NAME.as_bytes()) && variable.ends_with(FUNCTION.as_bytes())
    })?;
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // After the name, which stands in parentheses, come 11 fields, and then the times of the process and of its children, in
    // user mode and in the kernel (proc_pid_stat(5), fields 14 to 17).
    let (_, after_name) = stat.rsplit_once(')')?;
    let times = after_name.split_whitespace().skip(11).take(4);
    times.map(|time| time.parse::<u64>().ok()).sum()
}

/// Returns how many calls of S3 such an upload makes, counted in memory.
async fn s3_calls(previews: bool, body: &Bytes) -> usize {
    let world = World::with_limits(1, Limits::default());
    world.register(|app| app.previews = previews);
    let file = world.file("photo.jpg");
    world.upload(&file, body);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    let faults = Faults::none();
    assert!(post.deliver(&faults).await);
    let log = faults.log().into_iter();
    // Those on an object name a bucket and a key; a queue has one name.
    log.filter(|(_, on)| on.contains(' ')).count()
}
