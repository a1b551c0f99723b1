//! Tests the functions: one for each directory, with the settings that its config reads.

use std::cell::RefCell;
use std::collections::BTreeSet;

use dozo::stages::register::WRITTEN_WITHIN_SECONDS;
use dozo::stages::render::KEPT_SECONDS;
use dozo_tests::template::{list, referenced, text, workspace};
use serde_json::{Value, json};

use crate::template::template;

/// Reads a function's configuration by this look-up.
type Read = fn(&dyn Fn(&str) -> Option<String>);

/// For each directory: timeout in seconds, memory in megabytes, and its configuration.
const FUNCTIONS: [(&str, u64, u64, Read); 18] = [
    ("announce-change", 120, 256, |of| {
        drop(announce_change::Config::read(of))
    }),
    ("deliver-webhook", 60, 256, |of| {
        drop(deliver_webhook::Config::read(of))
    }),
    ("fetch-remote", 600, 512, |of| {
        drop(fetch_remote::Config::read(of))
    }),
    ("finish-transcode", 600, 512, |of| {
        drop(finish_transcode::Config::read(of))
    }),
    ("grant-access", 10, 256, |of| {
        drop(grant_access::Config::read(of))
    }),
    ("invalidate-cache", 30, 256, |of| {
        drop(invalidate_cache::Config::read(of))
    }),
    ("issue-token", 15, 256, |of| {
        drop(issue_token::Config::read(of))
    }),
    ("record-failure", 30, 256, |of| {
        drop(record_failure::Config::read(of))
    }),
    ("register-app", 10, 256, |of| {
        drop(register_app::Config::read(of))
    }),
    ("render-thumbnail", 55, 2048, |of| {
        drop(render_thumbnail::Config::read(of))
    }),
    ("retry-media", 29, 256, |of| {
        drop(retry_media::Config::read(of))
    }),
    ("run-operation", 120, 256, |of| {
        drop(run_operation::Config::read(of))
    }),
    ("show-media", 10, 256, |of| {
        drop(show_media::Config::read(of))
    }),
    ("split-pdf", 120, 2048, |of| {
        drop(split_pdf::Config::read(of))
    }),
    ("suspend-media", 10, 256, |of| {
        drop(suspend_media::Config::read(of))
    }),
    ("sweep-lost", 240, 256, |of| {
        drop(sweep_lost::Config::read(of))
    }),
    ("transcode-media", 600, 3008, |of| {
        drop(transcode_media::Config::read(of))
    }),
    ("validate-upload", 120, 2048, |of| {
        drop(validate_upload::Config::read(of))
    }),
];

/// Limits that a function reads with all others but does not use: it gets the standard ones.
const UNUSED: [(&str, &[&str]); 2] = [
    ("render-thumbnail", &["MAX_PDF_", "MAX_AV_"]),
    ("split-pdf", &["MAX_IMAGE_", "MAX_PDF_BYTES", "MAX_AV_"]),
];

/// Returns the value of a variable in the template. Most are the parameter or the resource of the same name.
fn value(name: &str) -> String {
    let value = match name {
        "WEBHOOK_SECRET" => "${WebhookSecret.Id}",
        "KEY_SECRET" => "${CloudFrontKeySecret.Id}",
        // One of the two is empty, which counts as not set.
        "TOKEN_SECRET" => r#"{"Fn::If":["WithTokenUser",{"Fn::GetAtt":["TokenSecret","Id"]},""]}"#,
        "UPLOADER_ROLE" => {
            r#"{"Fn::If":["WithUploaderRole",{"Fn::GetAtt":["UploaderRole","Arn"]},""]}"#
        }
        "INGEST_QUEUE_URL" => r#"{"Fn::If":["FetchesFiles",{"Ref":"FetchesQueue"},""]}"#,
        "DEAD_LETTERS_QUEUE_URL" => "${DeadLetters}",
        "DISTRIBUTION_ID" => "${Distribution}",
        "INVOKE_MODE" => "${ThumbnailInvokeMode}",
        "MEDIACONVERT_QUEUE" => {
            "arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:queues/Default"
        }
        "MEDIACONVERT_ROLE" => "${MediaConvertRole.Arn}",
        // The same number as its event source processes at once.
        "SPANS_AT_ONCE" => "${SplitPdfConcurrency}",
        "UPLOADS_AT_ONCE" => "${ValidateConcurrency}",
        _ => {
            let name = name.trim_end_matches("_URL").to_lowercase();
            return format!("${{{}}}", pascal_case(&name.replace('_', "-")));
        }
    };
    value.to_owned()
}

/// Returns the names of the variables that a configuration looks up, besides those that Lambda sets.
fn looked_up(read: Read) -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    read(&|name| {
        names.borrow_mut().insert(name.to_owned());
        Some(
            if name == "TRANSCODER" {
                "mediaconvert"
            } else {
                "1"
            }
            .to_owned(),
        )
    });
    let mut names = names.into_inner();
    names.retain(|name| !name.starts_with("AWS_") && !name.starts_with("LAMBDA_"));
    names
}

fn directories() -> Vec<String> {
    let entries = std::fs::read_dir(workspace().join("functions")).unwrap();
    let crates = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").exists());
    let mut names: Vec<_> = crates
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn pascal_case(directory: &str) -> String {
    directory
        .split('-')
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        })
        .collect()
}

#[test]
fn every_directory_has_its_function() {
    let mut deployed: Vec<_> = template()
        .functions()
        .into_iter()
        .map(|function| function.directory)
        .collect();
    deployed.sort();
    assert_eq!(deployed, directories());
    assert_eq!(deployed, FUNCTIONS.map(|(directory, ..)| directory));
}

#[test]
fn every_function_has_names_a_log_group_and_a_role_of_its_own() {
    let template = template();
    for function in template.functions() {
        assert_eq!(function.id, pascal_case(&function.directory));
        assert_eq!(function.role, format!("{}Role", function.id));
        assert_eq!(function.log_group, format!("{}LogGroup", function.id));
        let resource = template.resource(&function.id).unwrap();
        let name = text(resource.property("/FunctionName"));
        assert_eq!(name, format!("${{AWS::StackName}}-{}", function.directory));
        let logs = template.resource(&function.log_group).unwrap();
        assert_eq!(
            text(logs.property("/LogGroupName")),
            format!("/aws/lambda/{name}")
        );
        assert_eq!(
            logs.property("/RetentionInDays"),
            &json!({ "Ref": "LogRetentionDays" })
        );
        for generated in ["/Events", "/Policies", "/AutoPublishAlias"] {
            assert!(
                resource.property(generated).is_null(),
                "{}: {generated} is not for us",
                function.id
            );
        }
        let trust = template.resource(&function.role).unwrap();
        let assumed_by = trust.property("/AssumeRolePolicyDocument/Statement/0/Principal");
        assert_eq!(assumed_by, &json!({ "Service": "lambda.amazonaws.com" }));
        assert!(
            trust.property("/ManagedPolicyArns").is_null(),
            "{}: AWS's policies are wide",
            function.id
        );
    }
}

#[test]
fn every_function_gets_exactly_the_settings_it_reads() {
    let template = template();
    for function in template.functions() {
        let (directory, timeout, memory, read) = FUNCTIONS
            .into_iter()
            .find(|(directory, ..)| *directory == function.directory)
            .unwrap();
        assert_eq!(function.timeout, timeout, "{directory}");
        let own = template
            .resource(&function.id)
            .unwrap()
            .property("/MemorySize");
        let shared = template.section("Globals").pointer("/Function/MemorySize");
        let size = own.as_u64().or(shared.and_then(Value::as_u64));
        assert_eq!(size, Some(memory), "{directory}");

        let unused = UNUSED.iter().find(|(name, _)| *name == directory);
        let unused = unused.map_or(&[][..], |(_, prefixes)| prefixes);
        let mut read = looked_up(read);
        read.retain(|name| !unused.iter().any(|prefix| name.starts_with(prefix)));
        let mut environment = function.environment;
        assert_eq!(
            environment.remove("LOG_LEVEL").as_deref(),
            Some("${LogLevel}")
        );
        assert_eq!(
            environment.remove("STACK_NAME").as_deref(),
            Some("${AWS::StackName}"),
            "the metrics' dimension"
        );
        let set: BTreeSet<_> = environment.keys().cloned().collect();
        assert_eq!(set, read, "{directory}");
        for (name, found) in environment {
            let sources: &[&str] = match name.as_str() {
                "PUBLIC_BASE_URL" => &[
                    "PublicHost",
                    "https://${DomainName}",
                    "https://${Distribution.DomainName}",
                ],
                // It is never the distribution, because that would be a circular dependency. If neither is given, the
                // viewer-request function sends the host.
                "PUBLIC_HOST" => &["HasPublicHost", "PublicHost", "DomainName"],
                _ => {
                    assert_eq!(found, value(&name), "{directory}: {name}");
                    continue;
                }
            };
            assert!(
                sources.iter().all(|source| found.contains(source)),
                "{found}"
            );
        }
    }
}

/// Lambda drops lines below a level of its own, whatever the function logs.
#[test]
fn lambda_keeps_every_line_that_a_function_logs() {
    let template = template();
    let levels = template
        .section("Parameters")
        .pointer("/LogLevel/AllowedValues");
    for level in list(levels.unwrap()) {
        let kept = template
            .section("Mappings")
            .pointer(&format!("/LogLevels/{level}/Lambda"));
        assert_eq!(kept, Some(&json!(level.to_uppercase())));
    }
    assert_eq!(
        template
            .section("Globals")
            .pointer("/Function/LoggingConfig"),
        Some(&json!({
            "LogFormat": "JSON",
            "ApplicationLogLevel": { "Fn::FindInMap": ["LogLevels", { "Ref": "LogLevel" }, "Lambda"] },
        }))
    );
    for function in template.of_type("AWS::Serverless::Function") {
        let own = function.property("/LoggingConfig").as_object().unwrap();
        assert_eq!(
            own.keys().collect::<Vec<_>>(),
            ["LogGroup"],
            "{}",
            function.id
        );
    }
}

/// Lambda takes a chain of messages for a loop, and drops the message after 16 rounds of one function, unless it is told
/// that this is meant. Each chain here has an end of its own.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
#[test]
fn no_function_is_stopped_in_the_middle_of_long_work() {
    let template = template();
    let shared = template.section("Globals");
    assert_eq!(
        shared.pointer("/Function/RecursiveLoop"),
        Some(&json!("Allow"))
    );
    for function in template.of_type("AWS::Serverless::Function") {
        assert!(
            function.property("/RecursiveLoop").is_null(),
            "{}",
            function.id
        );
    }
}

/// API Gateway must wait longer than the function runs, or the caller gets a 503 for work that was done.
#[test]
fn the_api_waits_for_its_functions() {
    let template = template();
    for integration in template.of_type("AWS::ApiGatewayV2::Integration") {
        let id = referenced(integration.property("/IntegrationUri"));
        let functions = template.functions();
        let function = functions.iter().find(|function| function.id == id).unwrap();
        let waits = integration.property("/TimeoutInMillis").as_u64().unwrap();
        assert!(
            waits > function.timeout * 1000 && waits <= 30_000,
            "{id}: {waits} ms"
        );
    }
}

/// A registration is written before its function ends, or never; the message about changed presets is received later.
#[test]
fn changed_presets_are_forgotten_after_the_change_is_written() {
    let (_, seconds, ..) = FUNCTIONS
        .iter()
        .find(|(name, ..)| *name == "register-app")
        .unwrap();
    assert!(u64::from(WRITTEN_WITHIN_SECONDS) >= seconds + 5);
}

/// The CDN is asked a last time when nobody renders any more by a registration from before.
#[test]
fn kept_registrations_are_forgotten_before_the_last_invalidation() {
    let (_, seconds, ..) = FUNCTIONS
        .iter()
        .find(|(name, ..)| *name == "render-thumbnail")
        .unwrap();
    let template = template();
    let grace = &template.section("Parameters")["RenderGraceSeconds"]["Default"];
    let until_last = grace.as_u64().unwrap() + u64::from(WRITTEN_WITHIN_SECONDS);
    assert!(u64::from(KEPT_SECONDS) + seconds < until_last);
}
