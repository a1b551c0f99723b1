//! Tests the headers that are added to what is delivered.

use dozo_tests::template::{Resource, Template, list, text};
use serde_json::{Value, json};

use crate::template::template;

fn headers<'a>(template: &'a Template, id: &'a str) -> &'a Value {
    template
        .resource(id)
        .map(|found: Resource<'a>| found.property("/ResponseHeadersPolicyConfig"))
        .unwrap()
}

#[test]
fn what_is_delivered_runs_nothing() {
    let template = template();
    for id in ["PublicHeaders", "PrivateHeaders", "DownloadHeaders"] {
        let security = headers(&template, id).get("SecurityHeadersConfig").unwrap();
        assert_eq!(
            security.pointer("/ContentTypeOptions/Override"),
            Some(&json!(true)),
            "{id}"
        );
        let csp = text(
            security
                .pointer("/ContentSecurityPolicy/ContentSecurityPolicy")
                .unwrap(),
        );
        assert!(
            csp.starts_with("default-src 'none'") && !csp.contains("script-src"),
            "{id}: {csp}"
        );
        // Safari opens no PDF under it.
        assert!(!csp.contains("sandbox"), "{id}: {csp}");
        let year = security
            .pointer("/StrictTransportSecurity/AccessControlMaxAgeSec")
            .unwrap();
        assert!(year.as_u64().unwrap() >= 31_536_000, "{id}");
    }
}

#[test]
fn any_page_reads_public_media_and_named_ones_private() {
    let template = template();
    let public = headers(&template, "PublicHeaders")
        .get("CorsConfig")
        .unwrap();
    assert_eq!(
        public.pointer("/AccessControlAllowOrigins/Items"),
        Some(&json!(["*"]))
    );
    assert_eq!(
        public.get("AccessControlAllowCredentials"),
        Some(&json!(false))
    );
    let private = headers(&template, "PrivateHeaders")
        .pointer("/CorsConfig/Fn::If")
        .unwrap();
    assert_eq!(private.pointer("/0"), Some(&json!("HasPrivateCorsOrigins")));
    let cors = private.pointer("/1").unwrap();
    assert_eq!(
        cors.pointer("/AccessControlAllowOrigins/Items"),
        Some(&json!({ "Ref": "PrivateCorsOrigins" }))
    );
    assert_eq!(
        cors.get("AccessControlAllowCredentials"),
        Some(&json!(true))
    );
    assert_eq!(
        private.pointer("/2"),
        Some(&json!({ "Ref": "AWS::NoValue" }))
    );
    // With credentials a wildcard means the character itself, and CloudFront refuses it.
    for part in ["Headers", "Methods"] {
        let items = cors
            .pointer(&format!("/AccessControlAllow{part}/Items"))
            .unwrap();
        assert!(!list(items).contains(&"*".to_owned()), "{part}");
    }
}

/// The objects say `public` with an `s-maxage`, because CloudFront does not cache what its origin calls private.
#[test]
fn private_media_are_private_to_viewers() {
    let template = template();
    let set = |id| headers(&template, id).pointer("/CustomHeadersConfig/Items");
    let wanted =
        json!([{"Header": "Cache-Control", "Value": "private, no-cache", "Override": true}]);
    assert_eq!(set("PrivateHeaders"), Some(&wanted));
    assert_eq!(set("PublicHeaders"), None);
}
