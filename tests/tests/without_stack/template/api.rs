//! Tests the API: it has these routes, each behind IAM and each leading only to its function.

use std::collections::BTreeMap;

use dozo_tests::template::{referenced, text};
use serde_json::{Value, json};

use crate::template::template;

const ROUTES: [(&str, &str); 42] = [
    ("GET /openapi.json", "ShowMedia"),
    (
        "PUT /apps/{app}/media/{media}/captions/{language}",
        "SuspendMedia",
    ),
    (
        "DELETE /apps/{app}/media/{media}/captions/{language}",
        "SuspendMedia",
    ),
    ("DELETE /apps/{app}/media/{media}", "SuspendMedia"),
    ("GET /admin/apps", "RegisterApp"),
    ("GET /admin/apps/{app}", "RegisterApp"),
    ("GET /apps/{app}/media", "ShowMedia"),
    ("GET /apps/{app}/usage", "ShowMedia"),
    ("GET /apps/{app}/media/{media}", "ShowMedia"),
    (
        "POST /admin/apps/{app}/media/{media}/restore",
        "SuspendMedia",
    ),
    ("PATCH /admin/apps/{app}", "RegisterApp"),
    ("DELETE /admin/apps/{app}", "RegisterApp"),
    ("GET /admin/blocked", "SuspendMedia"),
    ("GET /admin/blocked/{sha256}", "SuspendMedia"),
    ("DELETE /admin/blocked/{sha256}", "SuspendMedia"),
    ("GET /admin/messages", "RetryMedia"),
    ("DELETE /admin/messages/{message}", "RetryMedia"),
    ("GET /admin/apps/{app}/media/{media}", "ShowMedia"),
    ("POST /admin/apps/{app}/media/{media}/retry", "RetryMedia"),
    (
        "POST /admin/apps/{app}/media/{media}/suspend",
        "SuspendMedia",
    ),
    ("POST /admin/apps/{app}/retry", "RetryMedia"),
    ("POST /admin/apps/{app}/index", "RetryMedia"),
    ("POST /apps/{app}/media/{media}/visibility", "SuspendMedia"),
    ("PATCH /apps/{app}/media/{media}", "SuspendMedia"),
    ("POST /apps/{app}/media/{media}/focus", "SuspendMedia"),
    ("POST /apps/{app}/media/{media}/poster", "SuspendMedia"),
    ("POST /apps/{app}/media/{media}/grants", "GrantAccess"),
    ("POST /apps/{app}/uploads", "IssueToken"),
    ("POST /apps/{app}/ingest", "IssueToken"),
    ("POST /apps/{app}/media/{media}/copy", "IssueToken"),
    ("POST /admin/apps/{app}/media/{media}/copy", "IssueToken"),
    ("PUT /admin/apps/{app}", "RegisterApp"),
    ("GET /admin/apps/{app}/webhooks", "RegisterApp"),
    ("GET /admin/apps/{app}/webhooks/{webhook}", "RegisterApp"),
    ("PUT /admin/apps/{app}/webhooks/{webhook}", "RegisterApp"),
    ("DELETE /admin/apps/{app}/webhooks/{webhook}", "RegisterApp"),
    (
        "GET /admin/apps/{app}/webhooks/{webhook}/deliveries",
        "RegisterApp",
    ),
    (
        "POST /admin/apps/{app}/webhooks/{webhook}/rotate",
        "RegisterApp",
    ),
    (
        "POST /admin/apps/{app}/webhooks/{webhook}/resume",
        "RegisterApp",
    ),
    (
        "POST /admin/apps/{app}/webhooks/{webhook}/ping",
        "RegisterApp",
    ),
    (
        "POST /admin/apps/{app}/webhooks/{webhook}/resend",
        "RegisterApp",
    ),
    (
        "POST /admin/apps/{app}/webhooks/{webhook}/deliveries/{delivery}/resend",
        "RegisterApp",
    ),
];

#[test]
fn every_route_is_behind_iam_and_leads_to_its_function() {
    let template = template();
    let mut routes = BTreeMap::new();
    for route in template.of_type("AWS::ApiGatewayV2::Route") {
        assert_eq!(
            route.property("/AuthorizationType"),
            "AWS_IAM",
            "{}",
            route.id
        );
        let target = text(route.property("/Target"));
        let integration = target
            .strip_prefix("integrations/${")
            .unwrap()
            .trim_end_matches('}')
            .to_owned();
        let integration = template
            .resource(&integration)
            .map(|found| found.property("/IntegrationUri"))
            .unwrap();
        routes.insert(text(route.property("/RouteKey")), referenced(integration));
    }
    let expected = ROUTES.map(|(key, function)| (key.to_owned(), function.to_owned()));
    assert_eq!(routes, expected.into());
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let described: Value =
        serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    let paths = described["paths"].as_object().unwrap();
    let mut routes: Vec<_> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let mut expected: Vec<_> = ROUTES
        .iter()
        .map(|(route, _)| (*route).to_owned())
        .collect();
    routes.sort_unstable();
    expected.sort_unstable();
    assert_eq!(
        routes, expected,
        "openapi/src/routes describes each route of the template"
    );
}

#[test]
fn every_integration_speaks_payload_2() {
    let template = template();
    for integration in template.of_type("AWS::ApiGatewayV2::Integration") {
        assert_eq!(integration.property("/IntegrationType"), "AWS_PROXY");
        assert_eq!(integration.property("/PayloadFormatVersion"), "2.0");
    }
}

#[test]
fn a_function_can_be_called_by_its_own_routes_only() {
    let template = template();
    let mut permissions = BTreeMap::new();
    // Permissions for the function URL are tested with the distribution, and the one of the schedule with the alarms.
    let all = template.of_type("AWS::Lambda::Permission");
    for permission in all.filter(|one| {
        !["RenderThumbnail", "SweepLost"]
            .contains(&referenced(one.property("/FunctionName")).as_str())
    }) {
        assert_eq!(
            permission.property("/Principal"),
            "apigateway.amazonaws.com"
        );
        assert_eq!(permission.property("/Action"), "lambda:InvokeFunction");
        let source = text(permission.property("/SourceArn"));
        let prefix = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/";
        permissions.insert(
            source.strip_prefix(prefix).unwrap().to_owned(),
            referenced(permission.property("/FunctionName")),
        );
    }
    let expected = ROUTES.map(|(key, function)| {
        (
            key.replacen(" /", "/", 1)
                .replace("{app}", "*")
                .replace("{media}", "*")
                .replace("{message}", "*")
                .replace("{webhook}", "*")
                .replace("{delivery}", "*")
                .replace("{sha256}", "*")
                .replace("{language}", "*"),
            function.to_owned(),
        )
    });
    assert_eq!(permissions, expected.into());
}

#[test]
fn the_stage_is_throttled_and_logged_without_bodies_and_queries() {
    let template = template();
    let stage = template.resource("ApiStage").unwrap();
    let settings = stage.property("/DefaultRouteSettings");
    for (limit, parameter, default) in [
        ("ThrottlingRateLimit", "ApiRequestsPerSecond", 100),
        ("ThrottlingBurstLimit", "ApiRequestsBurst", 200),
    ] {
        assert_eq!(settings.get(limit), Some(&json!({ "Ref": parameter })));
        let declared = &template.section("Parameters")[parameter];
        assert_eq!(
            [&declared["Default"], &declared["MinValue"]],
            [&json!(default), &json!(1)]
        );
    }
    // Each route would be a dozen custom metrics, each of them billed.
    assert_eq!(
        settings.get("DetailedMetricsEnabled"),
        Some(&json!({ "Ref": "DetailedApiMetrics" }))
    );
    assert_eq!(
        template
            .section("Parameters")
            .pointer("/DetailedApiMetrics/Default"),
        Some(&json!("false"))
    );
    assert_eq!(
        referenced(stage.property("/AccessLogSettings/DestinationArn")),
        "ApiLogGroup"
    );
    let logs = template.resource("ApiLogGroup").unwrap();
    assert_eq!(
        logs.property("/RetentionInDays"),
        &json!({ "Ref": "LogRetentionDays" })
    );
    let format = text(stage.property("/AccessLogSettings/Format"));
    let parsed: Value = serde_json::from_str(&format).unwrap();
    assert!(parsed.get("caller").is_some() && parsed.get("status").is_some());
    assert!(
        !format.contains("queryString") && !format.contains("requestBody"),
        "{format}"
    );
}
