//! Tests that a library of the IIIF community can read the manifest.

use dozo_tests::pdfs::plain;
use dozo_tests::stack::{Program, Stack};
use dozo_tests::template::workspace;

use crate::documents::{manifest, ready};

#[tokio::test]
async fn iiif_prezi3_takes_the_manifest() {
    let stack = Stack::running();
    let (_, answer) = ready(&stack, "a \"b\" <c>.pdf", plain(7)).await;
    let manifest = manifest(&stack, &answer).await;
    let script = "import json, sys, iiif_prezi3 as iiif; m = iiif.Manifest.model_validate_json(sys.argv[1]); \
        print(m.type, len(m.items), m.items[6].items[0].items[0].body.service[0].type, end='')";
    let said = Program::new(workspace().join(".local/venv-iiif-prezi/bin/python3"))
        .args(["-c", script, &manifest.to_string()])
        .run()
        .await
        .succeeded();
    assert_eq!(said, "Manifest 7 ImageService3");
}
