//! Tests that a stack of an earlier template can be updated to today's: nothing that it has goes or becomes another thing.

use std::collections::BTreeSet;

use dozo_tests::template::{Template, workspace};

use crate::template::template;

/// Resources that today's template leaves out on purpose. CHANGELOG.md tells about each.
const GONE: [&str; 0] = [];

#[test]
fn what_a_stack_has_stays_what_it_is() {
    let earlier = workspace().join("tests/upgrade/template.yaml");
    let earlier = Template::parse(std::fs::read_to_string(earlier).unwrap()).unwrap();
    let today = template();
    let gone: BTreeSet<_> = GONE.into();
    let mut compared = 0;
    for resource in earlier.resources() {
        if gone.contains(resource.id) {
            continue;
        }
        let now = today.resources().find(|now| now.id == resource.id);
        let now = now.unwrap_or_else(|| panic!("{} would be deleted", resource.id));
        assert_eq!(now.body["Type"], resource.body["Type"], "{}", resource.id);
        compared += 1;
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn every_parameter_of_a_stack_is_known_or_named_in_the_changelog() {
    let earlier = workspace().join("tests/upgrade/template.yaml");
    let earlier = Template::parse(std::fs::read_to_string(earlier).unwrap()).unwrap();
    let today = template();
    let changes = std::fs::read_to_string(workspace().join("CHANGELOG.md")).unwrap();
    for parameter in earlier.section("Parameters").as_object().unwrap().keys() {
        let known = today.section("Parameters").get(parameter).is_some();
        assert!(known || changes.contains(parameter), "{parameter}");
    }
}
