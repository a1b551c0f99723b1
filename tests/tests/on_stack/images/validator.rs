//! Runs the official IIIF validator against the CDN.
//!
//! In one point it contradicts the standard: `size_noup` wants `!2000,3000` refused because it is larger than the
//! image. The standard says of `!w,h`: "The returned image must be as large as possible but not larger than the
//! extracted region, w or h, or server-imposed limits." <https://iiif.io/api/image/3.0/#42-size>

use std::path::Path;

use dozo_tests::stack::{Program, Stack};
use dozo_tests::template::workspace;

use crate::images::ready;

/// Reads the validator's reference image, a hundred squares of known colours, which comes with the package of a later
/// validator.
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
async fn the_official_validator_finds_nothing_at_level_2_but_where_it_contradicts_the_standard() {
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
    assert_eq!(said.code, 1, "{report}");
    assert!(report.contains(" 1 failures)"), "{report}");
    assert!(report.contains("test size_noup FAIL"), "{report}");
    let tests = report.matches(" PASS").count();
    assert!(tests >= 24, "only {tests} tests were passed: {report}");
    // These are the other requests of that test.
    for size in ["1500,1500", ",1500", "1500,", "pct:200"] {
        let url = format!("{base}/full/{size}/0/default.jpg");
        assert_eq!(stack.fetch(&url).await.status, 400, "{size}");
    }
    let url = format!("{base}/full/!2000,3000/0/default.png");
    let inside = image::load_from_memory(&stack.fetch(&url).await.body).unwrap();
    assert_eq!((inside.width(), inside.height()), (1_000, 1_000));
}
