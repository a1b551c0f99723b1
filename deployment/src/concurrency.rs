//! Compares how many functions an account runs at once with what the stack's parameters ask for: before a deployment,
//! because Lambda refuses to reserve too many in the middle of it, and after it, with what would be reasonable.

use std::collections::BTreeMap;

use crate::aws_cli::AwsCli;
use crate::stack_now::StackNow;

/// The quota "Concurrent executions" of Lambda:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const QUOTA_CODE: &str = "L-B99A9384";

/// Executions that Lambda wants to stay unreserved in an account, and that should be left for the API and for viewers:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html>
const UNRESERVED: u64 = 100;

/// The parameter that reserves for the rendering of images.
const RENDER: &str = "RenderConcurrency";
/// The parameter that reserves for each of some functions of the API.
const API: &str = "ApiConcurrency";
/// The functions of the API that [`API`] reserves for, each for itself.
const API_FUNCTIONS: u64 = 4;

const UNREADABLE: &str =
    "the account's quota of concurrent functions could not be read (lambda:GetAccountSettings)";

type Parameters = BTreeMap<String, String>;

/// The parameters ask to reserve more than Lambda lets the account reserve.
#[derive(Debug, thiserror::Error)]
#[error(
    "RenderConcurrency and ApiConcurrency ask for {more} reserved executions more than now ({API_FUNCTIONS} for each one of \
     ApiConcurrency). {unreserved} of the account's {quota} are unreserved, and {UNRESERVED} of them must stay so: give \
     PARAMS=\"{advice}\", or ask for a higher quota: {}",
    ask(region)
)]
pub struct TooMuchReserved {
    more: u64,
    unreserved: u64,
    quota: u64,
    advice: String,
    region: String,
}

#[derive(Debug, Clone, Copy)]
struct Account {
    quota: u64,
    unreserved: u64,
}

impl Account {
    /// Returns how many executions can still be reserved.
    fn free(self) -> u64 {
        self.unreserved.saturating_sub(UNRESERVED)
    }
}

/// Refuses parameters that reserve more than the account has; returns a note if the account cannot be asked.
///
/// # Errors
///
/// [`TooMuchReserved`]
pub(crate) async fn check(
    aws: &AwsCli,
    now: Option<&StackNow>,
    given: &Parameters,
) -> Result<Option<&'static str>, TooMuchReserved> {
    let own = |name| now.map_or(0, |now| own(&now.parameters, name));
    // What one parameter gives back does not count for the other: CloudFormation may reserve first.
    let more = |name| number(given, name).map_or(0, |new| new.saturating_sub(own(name)));
    let more = more(RENDER) + API_FUNCTIONS * more(API);
    if more == 0 {
        return Ok(None);
    }
    let Some(account) = account(aws).await else {
        return Ok(Some(UNREADABLE));
    };
    if more <= account.free() {
        return Ok(None);
    }
    let own = own(RENDER) + API_FUNCTIONS * own(API);
    Err(TooMuchReserved {
        more,
        unreserved: account.unreserved,
        quota: account.quota,
        advice: reasonable(account.free() + own).unwrap_or_else(|| format!("{RENDER}=0 {API}=0")),
        region: aws.region().to_owned(),
    })
}

/// Returns a note if the account may throttle this deployed stack, if nothing is reserved that could be, or if the
/// account's quota cannot be read.
pub async fn note(aws: &AwsCli, stack: &str) -> Option<String> {
    let now = StackNow::read(aws, stack).await.ok()??;
    let Some(account) = account(aws).await else {
        return Some(UNREADABLE.to_owned());
    };
    about(account, &now.parameters, aws.region())
}

async fn account(aws: &AwsCli) -> Option<Account> {
    let settings = aws.call(&["lambda", "get-account-settings"]).await.ok()?;
    let limit = |name| settings.pointer("/AccountLimit")?.get(name)?.as_u64();
    Some(Account {
        quota: limit("ConcurrentExecutions")?,
        unreserved: limit("UnreservedConcurrentExecutions")?,
    })
}

fn about(account: Account, parameters: &Parameters, region: &str) -> Option<String> {
    let reserved = own(parameters, RENDER) + own(parameters, API);
    let stages: u64 = parameters
        .keys()
        .filter(|name| name.ends_with("Concurrency") && *name != RENDER && *name != API)
        .map(|name| own(parameters, name))
        .sum();
    if account.quota < stages + UNRESERVED {
        return Some(format!(
            "the account runs {} functions at once; the stages alone may want {stages}, besides the API and the rendering \
             of images. What is throttled is late and not lost, but viewers of new thumbnails get 429. Ask for more: {}",
            account.quota,
            ask(region)
        ));
    }
    let advice = reasonable(account.free()).filter(|_| reserved == 0)?;
    Some(format!(
        "nothing is reserved, so many viewers of new thumbnails can keep the API waiting. Reasonable in this account: \
         PARAMS=\"{advice}\""
    ))
}

/// Divides what can be reserved: a twentieth, and 10 at most, for each of the API's functions, and half of the rest for
/// rendering.
fn reasonable(free: u64) -> Option<String> {
    let api = (free / 20).clamp(1, 10);
    let render = free.checked_sub(API_FUNCTIONS * api)? / 2;
    (render > 0).then(|| format!("{RENDER}={render} {API}={api}"))
}

fn ask(region: &str) -> String {
    format!(
        "aws service-quotas request-service-quota-increase --region {region} --service-code lambda \
         --quota-code {QUOTA_CODE} --desired-value 1000"
    )
}

fn number(parameters: &Parameters, name: &str) -> Option<u64> {
    parameters.get(name)?.parse().ok()
}

/// Returns a parameter of the stack, or 0 if it has none of this name; that is the default of those that reserve.
fn own(parameters: &Parameters, name: &str) -> u64 {
    number(parameters, name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_aws::FakeAws;

    const SETTINGS: &str = "lambda.get-account-settings";

    fn parameters(text: &str) -> Parameters {
        let pairs = text
            .split_whitespace()
            .filter_map(|one| one.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn stack(text: &str) -> StackNow {
        StackNow {
            parameters: parameters(text),
            ..StackNow::default()
        }
    }

    fn account_of(quota: u64, unreserved: u64) -> FakeAws {
        let limit = format!(
            r#"{{"AccountLimit": {{"ConcurrentExecutions": {quota}, "UnreservedConcurrentExecutions": {unreserved}}}}}"#
        );
        FakeAws::new().answers(SETTINGS, &limit)
    }

    async fn checked(
        fake: &FakeAws,
        now: &str,
        given: &str,
    ) -> Result<Option<&'static str>, String> {
        let checked = check(&fake.cli(), Some(&stack(now)), &parameters(given)).await;
        checked.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_hundred_stay_unreserved() {
        let fake = account_of(1_000, 300);
        let all = "RenderConcurrency=180 ApiConcurrency=5";
        assert_eq!(checked(&fake, "", all).await, Ok(None));
        let refused = checked(&fake, "", "RenderConcurrency=181 ApiConcurrency=5").await;
        let refused = refused.unwrap_err();
        for part in [
            "ask for 201 reserved",
            "300 of the account's 1000",
            "100 of them must stay so",
            "RenderConcurrency=80 ApiConcurrency=10",
            "--quota-code L-B99A9384",
        ] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
    }

    #[tokio::test]
    async fn what_the_stack_reserves_already_counts() {
        let fake = account_of(1_000, 110);
        let now = "RenderConcurrency=500 ApiConcurrency=5";
        let kept = "RenderConcurrency=510 ApiConcurrency=5";
        assert_eq!(checked(&fake, now, kept).await, Ok(None));
        // CloudFormation may raise the one before it lowers the other.
        let moved = "RenderConcurrency=0 ApiConcurrency=8";
        assert!(checked(&fake, now, moved).await.is_err());
    }

    #[tokio::test]
    async fn who_reserves_no_more_than_before_is_not_held_up() {
        let fake = account_of(10, 10);
        for (now, given) in [
            ("", "RenderConcurrency=0 LogLevel=debug"),
            ("RenderConcurrency=9", ""),
            ("RenderConcurrency=9", "RenderConcurrency=8"),
        ] {
            assert_eq!(checked(&fake, now, given).await, Ok(None), "{now}, {given}");
        }
        assert!(fake.calls().is_empty(), "{:?}", fake.calls());
        let refused = checked(&fake, "", "ApiConcurrency=1").await.unwrap_err();
        assert!(
            refused.contains("RenderConcurrency=0 ApiConcurrency=0"),
            "{refused}"
        );
    }

    #[tokio::test]
    async fn an_account_that_cannot_be_asked_is_deployed_to() {
        let fake = FakeAws::new().refuses(SETTINGS, "AccessDeniedException", "no");
        let told = checked(&fake, "", "RenderConcurrency=5").await;
        assert_eq!(told, Ok(Some(UNREADABLE)));
    }

    #[test]
    fn a_new_account_is_told_what_to_ask_for() {
        let small = Account {
            quota: 10,
            unreserved: 10,
        };
        let stages = parameters("ValidateConcurrency=10 SplitPdfConcurrency=6 ApiConcurrency=0");
        let note = about(small, &stages, "eu-west-1").unwrap_or_default();
        for part in [
            "runs 10 functions",
            "may want 16",
            "--region eu-west-1",
            "--quota-code L-B99A9384",
        ] {
            assert!(note.contains(part), "{part}: {note}");
        }
    }

    #[test]
    fn a_larger_account_is_told_what_to_reserve_until_it_does() {
        let account = Account {
            quota: 1_000,
            unreserved: 1_000,
        };
        let note = about(account, &parameters("ApiConcurrency=0"), "eu-west-1").unwrap_or_default();
        assert!(
            note.contains("RenderConcurrency=430 ApiConcurrency=10"),
            "{note}"
        );
        assert_eq!(
            about(account, &parameters("ApiConcurrency=2"), "eu-west-1"),
            None
        );
        let full = Account {
            quota: 1_000,
            unreserved: 104,
        };
        assert_eq!(about(full, &Parameters::new(), "eu-west-1"), None);
    }
}
