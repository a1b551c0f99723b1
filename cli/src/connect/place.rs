//! Finds the API and the credentials to call it with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::api::{Api, Endpoint};
use super::aws::Aws;
use super::cloudformation;
use super::find_stack_file;
use super::wire::is_this_machine;
use crate::args::{LocalUser, Target};
use crate::failure::Failure;
use crate::media::{MediaRef, no_app};
use crate::say::shown::shown;
use stack_file::StackFile;

/// The app that every local stack has.
const LOCAL_APP: &str = "demo";

const NO_REGION: &str =
    "no AWS region is given; give --region, set AWS_REGION, or set it in the profile";

/// The API, and the app of media that name none.
#[derive(Debug)]
pub struct Place {
    /// The API, called with the user's credentials.
    pub api: Api,
    /// The flags that a suggested command needs to reach the same place, such as ` --local`; each begins with a blank.
    pub flags: String,
    /// S3 as the user may use it.
    pub aws: Aws,
    /// The app from `--app` or `DOZO_APP`.
    said_app: Option<String>,
    /// The app of the local stack; any other source of an app's name takes precedence.
    usual_app: Option<&'static str>,
}

enum Where {
    Local,
    Stack(String),
    Api(String),
}

impl Place {
    /// Returns the app for commands that name no media.
    ///
    /// # Errors
    /// Fails if no app is given.
    pub fn app(&self) -> Result<&str, Failure> {
        let app = self.said_app.as_deref().or(self.usual_app);
        app.ok_or_else(no_app)
    }

    /// Returns the app of a media.
    ///
    /// # Errors
    /// Fails if no app is given, or the media and the command line name different ones.
    pub fn app_of<'a>(&'a self, media: &'a MediaRef) -> Result<&'a str, Failure> {
        media.app(self.said_app.as_deref(), self.usual_app)
    }

    /// Finds the place that the command line names, or else the environment.
    ///
    /// # Errors
    /// Fails if none is named, or it does not exist.
    pub async fn find(
        target: &Target,
        environment: &(dyn Fn(&str) -> Option<OsString> + Sync),
        here: &Path,
    ) -> Result<Self, Failure> {
        let text = |name: &str| environment(name).and_then(|value| value.into_string().ok());
        let app = target.app.clone().or_else(|| text("DOZO_APP"));
        match which(target, &text)? {
            Where::Local => local(
                target,
                app,
                &find_stack_file::find(environment("DOZO_STACK"), here)?,
            ),
            Where::Stack(name) => {
                let sdk = sdk(target).await;
                let outputs = outputs_of(&sdk, &name).await?;
                let api = api_of_stack(&outputs, &name)?;
                on_aws(target, &sdk, (api, buckets(outputs)), app)
            }
            Where::Api(url) => {
                let mut there = target.clone();
                there.region = there.region.or_else(|| region_of(&url));
                on_aws(target, &sdk(&there).await, (url, BTreeMap::new()), app)
            }
        }
    }
}

fn which(target: &Target, text: &dyn Fn(&str) -> Option<String>) -> Result<Where, Failure> {
    match (target.local, &target.stack, &target.api) {
        (true, None, None) => Ok(Where::Local),
        (false, Some(name), None) => Ok(Where::Stack(name.clone())),
        (false, None, Some(url)) => Ok(Where::Api(url.clone())),
        (false, None, None) => {
            let api = text("DOZO_API").map(Where::Api);
            let place = api.or_else(|| text("DOZO_STACK_NAME").map(Where::Stack));
            place.ok_or_else(|| {
                Failure::Usage(
                    "no stack is given; give --local (the stack of make run), --stack NAME or --api URL"
                        .to_owned(),
                )
            })
        }
        _ => Err(Failure::Usage(
            "give only one of --local, --stack and --api".to_owned(),
        )),
    }
}

/// The id and the secret of the emulator's root, as whom S3 is called on a laptop: the two users of the stack may call the API
/// and nothing else.
const LOCAL_ROOT: &str = "test";

fn local(target: &Target, app: Option<String>, file: &StackFile) -> Result<Place, Failure> {
    let key = match target.user {
        LocalUser::Admin => &file.credentials.admin,
        LocalUser::App => &file.credentials.app,
    };
    let provided = |id: &str, secret: &str| {
        SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "stack.json"))
    };
    let endpoint = Endpoint {
        url: base(&file.api)?,
        service: "execute-api",
        region: file.region.clone(),
        advice: "Is the local stack running? make run starts it",
    };
    Ok(Place {
        api: Api::new(
            endpoint,
            provided(&key.access_key_id, &key.secret_access_key),
        ),
        flags: flags(target),
        aws: Aws {
            credentials: provided(LOCAL_ROOT, LOCAL_ROOT),
            region: file.region.clone(),
            endpoint: Some(file.aws_endpoint.clone()),
            buckets: file.buckets.clone(),
        },
        said_app: app,
        usual_app: Some(LOCAL_APP),
    })
}

async fn sdk(target: &Target) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(region) = &target.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &target.profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// Returns the flags of [`Target`] that lead to the same place. Nothing is needed for what the environment sets.
fn flags(target: &Target) -> String {
    let mut flags = String::new();
    if target.local {
        flags.push_str(" --local");
    }
    if target.local && target.user == LocalUser::App {
        flags.push_str(" --as app");
    }
    for (name, value) in [
        ("stack", &target.stack),
        ("api", &target.api),
        ("region", &target.region),
        ("profile", &target.profile),
    ] {
        if let Some(value) = value {
            flags.push_str(&format!(" --{name} {}", shown(value)));
        }
    }
    flags
}

fn on_aws(
    target: &Target,
    sdk: &SdkConfig,
    (url, buckets): (String, BTreeMap<String, String>),
    app: Option<String>,
) -> Result<Place, Failure> {
    let endpoint = Endpoint {
        url: base(&url)?,
        service: "execute-api",
        region: region(sdk)?,
        advice: "Check the URL and the network",
    };
    Ok(Place {
        aws: Aws {
            credentials: credentials(sdk)?,
            region: endpoint.region.clone(),
            endpoint: sdk.endpoint_url().map(str::to_owned),
            buckets,
        },
        api: Api::new(endpoint, credentials(sdk)?),
        flags: flags(target),
        said_app: app,
        usual_app: None,
    })
}

async fn outputs_of(sdk: &SdkConfig, stack: &str) -> Result<BTreeMap<String, String>, Failure> {
    let region = region(sdk)?;
    // China has its own domain; the isolated partitions are reached by the endpoint_url of their profile.
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    let usual = || format!("https://cloudformation.{region}.{domain}");
    let endpoint = Endpoint {
        url: base(&sdk.endpoint_url().map_or_else(usual, str::to_owned))?,
        service: "cloudformation",
        region: region.clone(),
        advice: "Check the region and the network",
    };
    cloudformation::outputs(&Api::new(endpoint, credentials(sdk)?), stack).await
}

/// Returns the names of the buckets among a stack's outputs: `DeliveryBucket` is `delivery`.
fn buckets(outputs: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let named = outputs.into_iter().filter_map(|(name, value)| {
        let bucket = name.strip_suffix("Bucket")?.to_ascii_lowercase();
        Some((bucket, value))
    });
    named.collect()
}

fn api_of_stack(outputs: &BTreeMap<String, String>, stack: &str) -> Result<String, Failure> {
    let api = outputs.get("ApiEndpoint").cloned();
    api.ok_or_else(|| {
        Failure::Usage(format!(
            "the stack {stack} has no output ApiEndpoint: is it a Dozo stack?"
        ))
    })
}

fn region(sdk: &SdkConfig) -> Result<String, Failure> {
    let region = sdk.region().map(ToString::to_string);
    region.ok_or_else(|| Failure::Usage(NO_REGION.to_owned()))
}

fn credentials(sdk: &SdkConfig) -> Result<SharedCredentialsProvider, Failure> {
    sdk.credentials_provider()
        .ok_or_else(|| Failure::Credentials("none are configured".to_owned()))
}

/// Returns the region in API Gateway's own address: `{id}.execute-api.{region}.amazonaws.com`.
fn region_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once(".execute-api.")?;
    rest.split('.').next().map(str::to_owned)
}

/// Checks the API's base address. Signed requests must go over TLS, except to this machine.
fn base(url: &str) -> Result<String, Failure> {
    let url = url.trim_end_matches('/');
    let host = |rest: &str| {
        let host = rest.split('/').next().unwrap_or_default();
        match host.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
            Some((v6, _)) => v6.to_owned(),
            None => host.split(':').next().unwrap_or_default().to_owned(),
        }
    };
    let good = match url.split_once("://") {
        Some(("https", rest)) => !host(rest).is_empty(),
        Some(("http", rest)) => is_this_machine(&host(rest)),
        _ => false,
    };
    if good && !url.contains(['@', '?', '#', ' ']) {
        Ok(url.to_owned())
    } else {
        Err(Failure::Usage(format!(
            "{} is not the URL of an API: give https://… (http:// on this machine only)",
            shown(url)
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for (url, good) in [
            ("https://a1.execute-api.eu-west-1.amazonaws.com", true),
            ("https://api.example.com/", true),
            ("http://127.0.0.1:4566/_aws/execute-api/a1", true),
            ("http://localhost:4566", true),
            ("http://[::1]:4566", true),
            ("http://a1.execute-api.localhost:4566", true),
            ("http://localhost.example.com", false),
            ("http://api.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("https://", false),
            ("https://user@example.com", false),
            ("https://example.com/?a", false),
            ("ftp://localhost", false),
            ("localhost:4566", false),
            ("", false),
        ] {
            assert_eq!(base(url).is_ok(), good, "{url}");
        }
    }

    #[test]
    fn the_region_stands_in_the_address() {
        let url = "https://a1.execute-api.eu-west-1.amazonaws.com";
        assert_eq!(region_of(url).as_deref(), Some("eu-west-1"));
        assert_eq!(region_of("https://api.example.com"), None);
    }

    #[test]
    fn a_suggested_command_leads_to_the_same_place() {
        let mut target = Target::default();
        assert_eq!(flags(&target), "");
        target.local = true;
        assert_eq!(flags(&target), " --local");
        target = Target {
            stack: Some("dozo".to_owned()),
            profile: Some("work".to_owned()),
            ..Target::default()
        };
        assert_eq!(flags(&target), " --stack dozo --profile work");
    }

    #[test]
    fn one_place_is_said() {
        let environment = |name: &str| (name == "DOZO_API").then(|| "https://a".to_owned());
        let nothing = |_: &str| None;
        let mut target = Target::default();
        assert!(matches!(which(&target, &environment), Ok(Where::Api(_))));
        assert!(which(&target, &nothing).is_err());
        target.local = true;
        assert!(matches!(which(&target, &environment), Ok(Where::Local)));
        target.stack = Some("dozo".to_owned());
        assert!(which(&target, &nothing).is_err());
    }
}
