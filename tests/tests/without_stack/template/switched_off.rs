//! Tests what a parameter switches off: fetching files from addresses.

use dozo_tests::template::Resource;
use serde_json::json;

use crate::template::template;

/// Without its event source nothing is fetched, and nobody asks the queue.
#[test]
fn nothing_is_fetched_where_the_parameter_is_0() {
    let template = template();
    let is_on = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "FetchConcurrency"}, 0]}]});
    assert_eq!(template.section("Conditions")["FetchesFiles"], is_on);
    let conditional = template
        .resources()
        .filter(|resource| resource.part("/Condition") == "FetchesFiles");
    let ids: Vec<_> = conditional.map(|Resource { id, .. }| id).collect();
    assert_eq!(ids, ["FetchRemoteMessages"]);
    let parameter = &template.section("Parameters")["FetchConcurrency"];
    assert_eq!(parameter["MinValue"], 0);
    assert_eq!(parameter["Default"], 2);
}
