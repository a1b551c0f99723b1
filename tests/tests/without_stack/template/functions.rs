//! Tests the functions: one for each directory, with the settings that its config reads.

use std::collections::BTreeMap;

use dozo_tests::template::{referenced, text, workspace};
use serde_json::json;

use crate::template::template;

type Variables = &'static [(&'static str, &'static str)];

/// The queue if it exists, otherwise empty; an empty variable counts as not set.
const TRANSCODED: &str = r#"{"Fn::If":["WithMediaConvert",{"Ref":"TranscodedQueue"},""]}"#;

/// For each directory: timeout in seconds, memory in megabytes, variables (besides LOG_LEVEL).
const EXPECTED: [(&str, u64, u64, Variables); 14] = [
    (
        "finish-transcode",
        600,
        512,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("DELIVERY_BUCKET", "${DeliveryBucket}"),
            ("WORK_BUCKET", "${WorkBucket}"),
            ("TRANSCODED_QUEUE_URL", "${TranscodedQueue}"),
            ("COPY_PART_BYTES", "${CopyPartBytes}"),
            ("RETRY_SECONDS", "${RetrySeconds}"),
        ],
    ),
    (
        "grant-access",
        10,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("KEY_SECRET", "${CloudFrontKeySecret.Id}"),
            ("MAX_GRANT_SECONDS", "${MaxGrantSeconds}"),
        ],
    ),
    (
        "invalidate-cache",
        30,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("INVALIDATIONS_QUEUE_URL", "${InvalidationsQueue}"),
            ("OPERATIONS_QUEUE_URL", "${OperationsQueue}"),
            ("DISTRIBUTION_ID", "${Distribution}"),
            ("RETRY_SECONDS", "${RetrySeconds}"),
        ],
    ),
    (
        "issue-token",
        15,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("UPLOAD_BUCKET", "${UploadBucket}"),
            ("TOKEN_SECRET", "${TokenSecret.Id}"),
            ("MAX_IMAGE_BYTES", "${MaxImageBytes}"),
            ("MAX_IMAGE_PIXELS", "${MaxImagePixels}"),
            ("MAX_IMAGE_FRAMES", "${MaxImageFrames}"),
            ("MAX_PDF_BYTES", "${MaxPdfBytes}"),
            ("MAX_PDF_PAGES", "${MaxPdfPages}"),
            ("MAX_AV_BYTES", "${MaxAvBytes}"),
            ("MAX_AV_SECONDS", "${MaxAvSeconds}"),
            ("MAX_FILES_PER_UPLOAD", "${MaxFilesPerUpload}"),
            ("MAX_MEDIA_PER_DAY", "${MaxMediaPerDay}"),
            ("MAX_BYTES_PER_DAY", "${MaxBytesPerDay}"),
        ],
    ),
    (
        "record-failure",
        30,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("DEAD_LETTERS_QUEUE_URL", "${DeadLetters}"),
            ("RETRY_SECONDS", "${RetrySeconds}"),
        ],
    ),
    (
        "register-app",
        10,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("MAX_GRANT_SECONDS", "${MaxGrantSeconds}"),
            ("MAX_IMAGE_BYTES", "${MaxImageBytes}"),
            ("MAX_IMAGE_PIXELS", "${MaxImagePixels}"),
            ("MAX_IMAGE_FRAMES", "${MaxImageFrames}"),
            ("MAX_PDF_BYTES", "${MaxPdfBytes}"),
            ("MAX_PDF_PAGES", "${MaxPdfPages}"),
            ("MAX_AV_BYTES", "${MaxAvBytes}"),
            ("MAX_AV_SECONDS", "${MaxAvSeconds}"),
            ("MAX_FILES_PER_UPLOAD", "${MaxFilesPerUpload}"),
            ("MAX_MEDIA_PER_DAY", "${MaxMediaPerDay}"),
            ("MAX_BYTES_PER_DAY", "${MaxBytesPerDay}"),
        ],
    ),
    (
        "render-thumbnail",
        55,
        2048,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("DELIVERY_BUCKET", "${DeliveryBucket}"),
            ("INVOKE_MODE", "${ThumbnailInvokeMode}"),
            ("MAX_IMAGE_BYTES", "${MaxImageBytes}"),
            ("MAX_IMAGE_PIXELS", "${MaxImagePixels}"),
            ("MAX_IMAGE_FRAMES", "${MaxImageFrames}"),
        ],
    ),
    (
        "retry-media",
        29,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("OPERATIONS_QUEUE_URL", "${OperationsQueue}"),
            ("RENDER_GRACE_SECONDS", "${RenderGraceSeconds}"),
            ("STAGE_GRACE_SECONDS", "${StageGraceSeconds}"),
        ],
    ),
    (
        "run-operation",
        120,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("UPLOAD_BUCKET", "${UploadBucket}"),
            ("DELIVERY_BUCKET", "${DeliveryBucket}"),
            ("BACKUP_BUCKET", "${BackupBucket}"),
            ("WORK_BUCKET", "${WorkBucket}"),
            ("OPERATIONS_QUEUE_URL", "${OperationsQueue}"),
            ("INVALIDATIONS_QUEUE_URL", "${InvalidationsQueue}"),
            ("UPLOADS_QUEUE_URL", "${UploadsQueue}"),
            ("TRANSCODED_QUEUE_URL", TRANSCODED),
            ("COPY_PART_BYTES", "${CopyPartBytes}"),
            ("RENDER_GRACE_SECONDS", "${RenderGraceSeconds}"),
            ("STAGE_GRACE_SECONDS", "${StageGraceSeconds}"),
            ("RETRY_SECONDS", "${RetrySeconds}"),
        ],
    ),
    (
        "show-media",
        10,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("WORK_BUCKET", "${WorkBucket}"),
        ],
    ),
    (
        "split-pdf",
        120,
        2048,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("UPLOAD_BUCKET", "${UploadBucket}"),
            ("DELIVERY_BUCKET", "${DeliveryBucket}"),
            ("WORK_BUCKET", "${WorkBucket}"),
            ("PDFS_QUEUE_URL", "${PdfsQueue}"),
            ("SLOW_PDFS_QUEUE_URL", "${SlowPdfsQueue}"),
            // The same number as its event source processes at once.
            (
                "SPANS_AT_ONCE",
                r#"{"Fn::Sub":["${Most}",{"Most":{"Fn::FindInMap":["MaximumConcurrency",{"Ref":"Concurrency"},"SplitPdf"]}}]}"#,
            ),
            ("COPY_PART_BYTES", "${CopyPartBytes}"),
            ("RETRY_SECONDS", "${RetrySeconds}"),
            ("MAX_PDF_PAGES", "${MaxPdfPages}"),
        ],
    ),
    (
        "suspend-media",
        10,
        256,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("OPERATIONS_QUEUE_URL", "${OperationsQueue}"),
            ("RENDER_GRACE_SECONDS", "${RenderGraceSeconds}"),
            ("STAGE_GRACE_SECONDS", "${StageGraceSeconds}"),
        ],
    ),
    (
        "transcode-media",
        600,
        3008,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("UPLOAD_BUCKET", "${UploadBucket}"),
            ("DELIVERY_BUCKET", "${DeliveryBucket}"),
            ("WORK_BUCKET", "${WorkBucket}"),
            ("VIDEOS_QUEUE_URL", "${VideosQueue}"),
            ("COPY_PART_BYTES", "${CopyPartBytes}"),
            ("RETRY_SECONDS", "${RetrySeconds}"),
            ("TRANSCODER", "${Transcoder}"),
            ("TRANSCODED_QUEUE_URL", TRANSCODED),
            (
                "MEDIACONVERT_QUEUE",
                "arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:queues/Default",
            ),
            (
                "MEDIACONVERT_ROLE",
                r#"{"Fn::If":["WithMediaConvert",{"Fn::GetAtt":["MediaConvertRole","Arn"]},""]}"#,
            ),
        ],
    ),
    (
        "validate-upload",
        120,
        2048,
        &[
            ("RECORDS_BUCKET", "${RecordsBucket}"),
            ("UPLOAD_BUCKET", "${UploadBucket}"),
            ("DELIVERY_BUCKET", "${DeliveryBucket}"),
            ("UPLOADS_QUEUE_URL", "${UploadsQueue}"),
            ("PDFS_QUEUE_URL", "${PdfsQueue}"),
            ("VIDEOS_QUEUE_URL", "${VideosQueue}"),
            ("RETRY_SECONDS", "${RetrySeconds}"),
            ("MAX_IMAGE_BYTES", "${MaxImageBytes}"),
            ("MAX_IMAGE_PIXELS", "${MaxImagePixels}"),
            ("MAX_IMAGE_FRAMES", "${MaxImageFrames}"),
            ("MAX_PDF_BYTES", "${MaxPdfBytes}"),
            ("MAX_PDF_PAGES", "${MaxPdfPages}"),
            ("MAX_AV_BYTES", "${MaxAvBytes}"),
            ("MAX_AV_SECONDS", "${MaxAvSeconds}"),
            ("MAX_FILES_PER_UPLOAD", "${MaxFilesPerUpload}"),
            ("MAX_MEDIA_PER_DAY", "${MaxMediaPerDay}"),
            ("MAX_BYTES_PER_DAY", "${MaxBytesPerDay}"),
        ],
    ),
];

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
    assert_eq!(deployed, EXPECTED.map(|(directory, ..)| directory));
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
        for generated in [
            "/Events",
            "/Policies",
            "/AutoPublishAlias",
            "/ReservedConcurrentExecutions",
        ] {
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
        let (_, timeout, memory, variables) = EXPECTED
            .into_iter()
            .find(|(directory, ..)| *directory == function.directory)
            .unwrap();
        assert_eq!(function.timeout, timeout, "{}", function.id);
        let own = template
            .resource(&function.id)
            .unwrap()
            .property("/MemorySize")
            .as_u64();
        let shared = template
            .section("Globals")
            .pointer("/Function/MemorySize")
            .and_then(|size| size.as_u64());
        assert_eq!(own.or(shared), Some(memory), "{}", function.id);
        let mut expected: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        expected.insert("LOG_LEVEL".to_owned(), "${LogLevel}".to_owned());
        let mut environment = function.environment;
        if ["grant-access", "show-media", "split-pdf"].contains(&function.directory.as_str()) {
            let url = environment.remove("PUBLIC_BASE_URL").unwrap();
            for source in [
                "PublicHost",
                "https://${DomainName}",
                "https://${Distribution.DomainName}",
            ] {
                assert!(url.contains(source), "{url}");
            }
        }
        if function.directory == "render-thumbnail" {
            // It is never the distribution, because that would be a circular dependency. If neither is given, the
            // viewer-request function sends the host.
            let host = environment.remove("PUBLIC_HOST").unwrap();
            for source in ["HasPublicHost", "PublicHost", "DomainName"] {
                assert!(host.contains(source), "{host}");
            }
        }
        assert_eq!(environment, expected, "{}", function.id);
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
