//! Fuzzes session policies with hostile file names: the result is JSON that STS accepts, and allows nothing outside of
//! the upload's prefix.

#![no_main]

use dozo::stages::policy::session_policy;
use dozo::vocabulary::names::{AppId, UploadId};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const PREFIX: &str = "arn:aws:s3:::bucket/demo/01jd8f5w2v9k3m4n5p6q7r8s9t/";

/// The maximum length of a policy in STS, in characters.
const MOST: usize = 2_048;

fuzz_target!(|names: &str| {
    let app = AppId::parse("demo").expect("an app");
    let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").expect("an upload");
    let files: Vec<String> = names.split('\0').map(str::to_owned).collect();
    let text = session_policy("aws", "bucket", &app, &upload, Some(&files));
    // STS refuses characters beyond U+00FF; in ASCII, characters are bytes.
    assert!(text.len() <= MOST && text.is_ascii());
    let policy: Value = serde_json::from_str(&text).expect("a policy is JSON");
    let statements = policy["Statement"].as_array().expect("statements");
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Effect"], "Allow");
    let actions = statements[0]["Action"].as_array().expect("actions");
    assert_eq!(actions.len(), 3);
    let resources = statements[0]["Resource"].as_array().expect("resources");
    let whole = resources.len() == 1 && resources[0] == format!("{PREFIX}*");
    if whole {
        return;
    }
    // Otherwise, it lists exactly the files: no wildcard, no variable, none left out.
    assert_eq!(resources.len(), files.len());
    for (resource, file) in resources.iter().zip(&files) {
        let resource = resource.as_str().expect("a resource");
        assert_eq!(resource.strip_prefix(PREFIX), Some(file.as_str()));
        assert!(!resource.contains(['*', '?', '$']));
    }
});
