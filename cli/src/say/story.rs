//! Tells what happened to a media, in sentences, and what to do next.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::media::content;
use super::quantity::{ago, time};
use super::shown::shown;
use super::style::{Style, Tone};
use crate::answer::{Event, Lapse, Media};

/// The story of a media: its state, the reasons, its history and the next steps.
#[derive(Debug, PartialEq, Eq)]
pub struct Story {
    media: String,
    state: String,
    /// The state, in a sentence.
    pub now: String,
    /// The reasons for it, if there are any.
    pub why: Vec<String>,
    /// The events, oldest first.
    pub events: Vec<(String, String)>,
    /// The next steps.
    pub next: Vec<String>,
}

/// Tells the story. `flags` are the flags that a suggested command needs to reach the same place, such as ` --local`.
#[must_use]
pub fn tell(media: &Media, now: Timestamp, flags: &str) -> Story {
    Story {
        media: media.media.clone(),
        state: media.state.clone(),
        now: standing(media, now),
        why: why(media),
        events: media
            .history
            .iter()
            .map(|event| (time(&event.at), sentence(event)))
            .collect(),
        next: next(media, flags),
    }
}

impl Story {
    /// Returns the story as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let event = |(at, what): &(String, String)| json!({ "at": at, "what": what });
        json!({
            "media": self.media,
            "state": self.state,
            "now": self.now,
            "why": self.why,
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "next": self.next,
        })
    }

    /// Returns the story as text.
    #[must_use]
    pub fn print(&self, style: Style) -> String {
        let mut text = format!("{}\n", style.paint(Tone::Strong, &self.now));
        for sentence in &self.why {
            text.push_str(&format!("{sentence}\n"));
        }
        text.push_str("\nWhat happened\n");
        for (at, what) in &self.events {
            text.push_str(&format!("  {}  {what}\n", style.paint(Tone::Quiet, at)));
        }
        text.push_str("\nWhat to do\n");
        for sentence in &self.next {
            text.push_str(&format!("  {sentence}\n"));
        }
        text
    }
}

fn standing(media: &Media, now: Timestamp) -> String {
    let name = shown(media.name());
    let since = ago(&media.updated_at, now).map_or_else(String::new, |ago| format!(", for {ago}"));
    let since = since
        .replace("for just now", "just now")
        .replace(" ago", "");
    let visibility = shown(&media.visibility);
    match media.state.as_str() {
        "validating" => format!("{name} is being checked{since}."),
        "processing" => format!("{name} was accepted and is being processed{since}."),
        "ready" => format!("{name} is ready, and {visibility}."),
        "rejected" => format!("{name} was rejected."),
        "failed" => format!("{name} failed: it is not delivered, and its file is kept."),
        "suspending" => format!("{name} is being suspended{since}."),
        "suspended" => format!("{name} is suspended: it is not delivered to anybody."),
        "restoring" => format!("{name} is being restored{since}."),
        "moving" => format!("The visibility of {name} is being changed{since}."),
        "updating" => {
            format!("The captions of {name} are being changed{since}; it is delivered meanwhile.")
        }
        "deleting" => format!("{name} is being erased{since}."),
        "deleted" => "The file is deleted and cannot be restored.".to_owned(),
        other => format!("{name} is {}.", shown(other)),
    }
}

fn why(media: &Media) -> Vec<String> {
    let mut why = Vec::new();
    if let Some(rejection) = &media.rejection {
        let (message, code) = (shown(&rejection.message), shown(&rejection.code));
        why.push(format!("{message} ({code})"));
    }
    if let Some(lapse) = &media.failure {
        let (stage, message, code) = (
            shown(&lapse.stage),
            shown(&lapse.message),
            shown(&lapse.code),
        );
        let attempts = lapse.attempts;
        why.push(format!(
            "{stage} gave up after {attempts} attempts: {message} ({code})"
        ));
    }
    if let Some(suspension) = &media.suspension {
        why.push(format!("The reason given: {}.", shown(&suspension.reason)));
        why.extend(
            suspension
                .note
                .as_deref()
                .map(|note| format!("Note: {}", shown(note))),
        );
        let by = suspension.blocked_by.as_deref();
        why.extend(by.map(|by| format!("Demanded by: {}", shown(by))));
    }
    if let Some(progress) = &media.progress {
        why.push(format!(
            "{} of {} parts are done.",
            progress.done, progress.total
        ));
    }
    if media.state == "ready" {
        why.extend(content(media));
    }
    why
}

fn sentence(event: &Event) -> String {
    let by = shown(&event.by);
    let note = event.note.as_deref().map(|note| shown(note).to_string());
    let because = note
        .as_deref()
        .map_or_else(String::new, |note| format!(": {note}"));
    let version = note
        .as_deref()
        .map_or_else(String::new, |note| format!(" (version {note})"));
    match event.what.as_str() {
        "validating" => format!("{by} started to check it."),
        "accepted" => {
            format!("{by} accepted it, and will publish only this version{version}.")
        }
        "rejected" => format!("{by} rejected it{because}."),
        "ready" => format!("{by} published it."),
        "failed" => format!("{by} recorded the failure{because}."),
        "superseded" => format!(
            "A later upload of the same name was ignored{version}, because a published file is not replaced."
        ),
        "collided" => {
            format!("{by} refused another file of the upload that has the same id{because}.")
        }
        "suspending" => format!("{by} started to suspend it{because}."),
        "suspended" => format!("It was suspended everywhere{because}."),
        "restoring" => format!("{by} started to restore it{because}."),
        "restored" => format!("It was restored{because}."),
        "moving" => format!("{by} started to change its visibility{because}."),
        "moved" => format!("Its visibility was changed{because}."),
        "captions_put" => format!("{by} put captions{because}."),
        "captions_removed" => format!("{by} took captions away{because}."),
        "updated" => format!("Its captions were changed{because}."),
        "retried" | "retrying" => format!("{by} started a retry{because}."),
        "deleting" => format!("{by} started to erase it{because}."),
        "deleted" => format!("It was erased{because}."),
        "invalidated" => format!("It was removed from the CDN's cache{because}."),
        other => format!("{by}: {}{because}.", shown(other)),
    }
}

fn next(media: &Media, flags: &str) -> Vec<String> {
    let id = shown(&media.media);
    let app = shown(&media.app);
    let one = |text: String| vec![text];
    match media.state.as_str() {
        "ready" => one(media.address().map_or_else(
            || "Nothing: the media is ready.".to_owned(),
            |address| match media.visibility.as_str() {
                "private" => format!("Nothing: the media is ready. To give access to it: dozo grant {id} --app {app}{flags}"),
                _ => format!("Nothing: the media is delivered at {}", shown(address)),
            },
        )),
        "rejected" if is_blocked(media) => of_blocked(media, flags),
        "rejected" => one(
            format!("Do what the reason says, then upload the file again: dozo upload FILE --app {app}{flags}"),
        ),
        "failed" => of_failure(media, media.failure.as_ref(), flags),
        "suspended" => one(format!("To restore it: dozo restore {id} --app {app}{flags}")),
        "validating" | "processing" | "suspending" | "restoring" | "moving" | "updating"
        | "deleting" => vec![
            "Wait: it continues by itself.".to_owned(),
            "If nothing changes for half an hour, check the platform's alarms: messages may be waiting in a queue or in a dead-letter queue."
                .to_owned(),
        ],
        "deleted" => one("Nothing. If the file is still needed, upload it again.".to_owned()),
        _ => one("This program is older than the platform and does not know this state. See docs/API.md.".to_owned()),
    }
}

fn is_blocked(media: &Media) -> bool {
    let rejection = media.rejection.as_ref();
    rejection.is_some_and(|rejection| rejection.code == "blocked_content")
}

/// Says who can have a file accepted whose bytes were suspended.
fn of_blocked(media: &Media, flags: &str) -> Vec<String> {
    let sha256 = shown(media.sha256.as_deref().unwrap_or("SHA256"));
    vec![
        format!(
            "An admin can look for which media it is blocked: dozo blocked show {sha256}{flags}"
        ),
        format!(
            "An admin can restore these, or lift the block: dozo blocked lift {sha256}{flags}. Then upload the file again."
        ),
    ]
}

/// Explains a failure by its code, and says what to do next.
fn of_failure(media: &Media, lapse: Option<&Lapse>, flags: &str) -> Vec<String> {
    let id = shown(&media.media);
    let code = lapse.map_or("", |lapse| lapse.code.as_str());
    let stage = lapse.map_or("", |lapse| lapse.stage.as_str());
    let cause = match code {
        "stage_crashed" => {
            "The stage left no report. Lambda throttled it (see the metric Throttles of its function), or it ran out of memory or time, or has a bug."
        }
        "store_unavailable" => {
            "S3 did not answer, or a permission is missing. Retry when S3 answers again or the permission is added."
        }
        "queue_unavailable" | "bus_unavailable" | "cdn_unavailable" => {
            "An AWS service did not answer, or a permission is missing. Retry when it answers again or the permission is added."
        }
        "invalidation_incomplete" => {
            "CloudFront did not confirm within an hour that it forgot the media. A retry asks again."
        }
        "not_fetched" => {
            "A server did not send the file, and the last try was never made. A retry asks again."
        }
        "engine_failed" | "crashed" => {
            "FFmpeg broke off, or rendering failed in a way that nobody expected. If a retry fails, too, the file is the cause."
        }
        "engine_stuck" | "engine_crashed" | "no_page_made" | "too_many_pages_given_up" => {
            "PDFium did not come back from the document, or crashed, or lost all of its pages or more than ten. If a retry fails, too, the document is the cause."
        }
        "store_unreadable" => {
            "An object cannot be read because of its storage class or encryption key. Change that before you retry."
        }
        "lost" => {
            "Its message was lost six times. Look for who deletes messages, or for a stage that takes them and does nothing, before you retry."
        }
        "record_contended" | "upload_unsteady" | "busy" | "batch_failed" => {
            "Others changed it at the same time. A retry will probably succeed."
        }
        "job_failed" => {
            "The MediaConvert job failed. Its message is above, and complete in the log: read it before you retry."
        }
        "job_cancelled" | "job_lost" => {
            "The MediaConvert job was cancelled or removed from outside the platform. A retry starts a new job."
        }
        "mediaconvert_unavailable" => {
            "MediaConvert did not answer, or a permission is missing. Retry when MediaConvert answers again or the permission is added."
        }
        "undeliverable" | "transition_forbidden" | "record_unreadable" | "job_refused" => {
            "This is a bug in the software. Update the platform before you retry."
        }
        _ => "The log has more details.",
    };
    let stage = shown(stage);
    vec![
        cause.to_owned(),
        format!(
            "The log of {stage} (on AWS the group /aws/lambda/STACK-{stage}, locally .local/logs/{stage}.log) has lines with \"{id}\"."
        ),
        format!(
            "Then retry: dozo retry {id} --app {}{flags}",
            shown(&media.app)
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(json: Value) -> Media {
        serde_json::from_value(json).unwrap_or_default()
    }

    fn now() -> Timestamp {
        "2026-11-23T20:15:13Z".parse().unwrap_or_default()
    }

    #[test]
    fn every_state_has_a_sentence_and_an_advice() {
        for state in [
            "validating",
            "processing",
            "ready",
            "rejected",
            "failed",
            "suspending",
            "suspended",
            "restoring",
            "moving",
            "updating",
            "deleting",
            "deleted",
            "something new",
        ] {
            let story = tell(&media(json!({"media": "m", "state": state})), now(), "");
            assert!(story.now.ends_with('.'), "{state}: {}", story.now);
            assert!(!story.next.is_empty(), "{state}");
        }
    }

    #[test]
    fn a_failure_says_what_to_look_at_and_what_to_type() {
        let failed = media(json!({
            "media": "m-1", "app": "demo", "state": "failed", "file_name": "a.jpg",
            "failure": {"stage": "validate-upload", "code": "stage_crashed", "message": "It stopped.", "attempts": 5},
            "history": [{"at": "2026-11-23T20:00:00Z", "what": "failed", "by": "record-failure", "note": "stage_crashed"}],
        }));
        let text = tell(&failed, now(), " --local").print(Style::PLAIN);
        for part in [
            "a.jpg failed",
            "validate-upload gave up after 5 attempts: It stopped. (stage_crashed)",
            "2026-11-23 20:00:00 UTC  record-failure recorded the failure: stage_crashed.",
            "/aws/lambda/STACK-validate-upload",
            "dozo retry m-1 --app demo --local",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_blocked_file_says_who_can_help() {
        let blocked = media(json!({
            "media": "m-1", "app": "demo", "state": "rejected", "sha256": "ba7816bf",
            "rejection": {"code": "blocked_content", "message": "It was taken down."},
        }));
        let story = tell(&blocked, now(), " --local");
        let lift = "dozo blocked lift ba7816bf --local";
        assert!(
            story.next.iter().any(|next| next.contains(lift)),
            "{story:?}"
        );
    }

    #[test]
    fn what_goes_on_says_since_when() {
        let at = |time| {
            tell(
                &media(json!({"state": "processing", "file_name": "a", "updated_at": time})),
                now(),
                "",
            )
            .now
        };
        assert_eq!(
            at("2026-11-23T20:12:13Z"),
            "a was accepted and is being processed, for 3 minutes."
        );
        assert_eq!(
            at("2026-11-23T20:15:10Z"),
            "a was accepted and is being processed, just now."
        );
        assert_eq!(at(""), "a was accepted and is being processed.");
    }

    #[test]
    fn names_cannot_fake_a_line() {
        let evil = media(json!({
            "state": "ready", "file_name": "a\n\u{1b}[2Jb", "urls": {"original": "https://x/\u{1b}[1m"},
            "history": [{"what": "x\n", "by": "y\r", "note": "z\u{9b}"}],
        }));
        let text = tell(&evil, now(), "").print(Style::PLAIN);
        assert!(
            text.chars()
                .all(|letter| letter == '\n' || !letter.is_control()),
            "{text:?}"
        );
        assert!(text.starts_with("a\\u{a}\\u{1b}[2Jb is ready"), "{text}");
    }
}
