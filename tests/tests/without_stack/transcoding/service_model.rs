//! Tests our requests to MediaConvert against botocore's model of the service, because no emulator runs it.

use dozo_tests::stack::Program;
use dozo_tests::template::workspace;

#[tokio::test]
async fn botocore_takes_every_request() {
    let directory = workspace().join("tests/mediaconvert");
    let entries = std::fs::read_dir(&directory).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    let script = directory.join("validate.py").to_str().unwrap().to_owned();
    let said = Program::new(workspace().join(".local/venv-test/bin/python3"))
        .args([script].iter().chain(&files))
        .run()
        .await
        .succeeded();
    assert_eq!(said, format!("{} valid", files.len()));
    assert!(files.len() >= 5, "{files:?}");
}
