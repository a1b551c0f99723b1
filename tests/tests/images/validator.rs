//! The standard's own validator, against the CDN.

use std::path::Path;

use dozo_tests::stack::{Program, Stack};
use dozo_tests::template::workspace;

use crate::ready;

/// Its reference image, a hundred squares of known colours: it comes with a later validator's package.
async fn reference_image() -> Vec<u8> {
    let script = "import sysconfig; print(sysconfig.get_path('purelib'), end='')";
    let packages = Program::new(workspace().join(".local/venv-iiif-image/bin/python3"))
        .args(["-c", script])
        .run()
        .await
        .succeeded();
    let image = Path::new(&packages).join("iiif_validator/validation_image.png");
    tokio::fs::read(image).await.unwrap()
}

#[tokio::test]
async fn the_official_validator_finds_nothing_at_level_2() {
    let stack = Stack::running();
    let shown = ready(&stack, "reference.png", reference_image().await).await;
    let base = shown.base();
    let (prefix, identifier) = base.rsplit_once('/').unwrap();
    let (scheme, rest) = prefix.split_once("://").unwrap();
    let (server, prefix) = rest.split_once('/').unwrap();
    let venv = workspace().join(".local/venv-iiif");
    let said = Program::new(venv.join("bin/python3"))
        .arg(venv.join("bin/iiif-validate.py"))
        .env("PYTHONPATH", workspace().join("tests/iiif"))
        .args(["--version=3.0", "--level=2", "--verbose"])
        .args([
            "--scheme",
            scheme,
            "--server",
            server,
            "--prefix",
            prefix,
            "--identifier",
            identifier,
        ])
        .run()
        .await;
    let report = format!("{}{}", said.stdout, said.stderr);
    assert_eq!(said.code, 0, "{report}");
    assert!(report.contains(" 0 failures)"), "{report}");
    let tests = report.matches(" PASS").count();
    assert!(tests >= 25, "only {tests} tests were run: {report}");
}
