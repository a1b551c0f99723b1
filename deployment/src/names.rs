//! The names that are global: of buckets, among all accounts and regions, and of what belongs to CloudFront.
//!
//! The template makes them of the stack's name and the account, or of the region, too (its parameter `Names`). A stack keeps
//! the form that it was created with: another one would replace its buckets by empty ones.

use std::collections::BTreeMap;

use crate::artifacts;

/// The template's parameter.
pub const PARAMETER: &str = "Names";

/// The longest name of a bucket, in characters.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
const MOST_BUCKET_CHARS: usize = 63;

/// The parts that make names unique; a value of [`PARAMETER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The account: one stack of a name in an account. It is the template's default, and that of stacks from before the
    /// parameter.
    Account,
    /// The account and the region: one stack of a name in each region. New stacks get it.
    Region,
}

impl Form {
    /// Returns the value of the parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Region => "region",
        }
    }

    /// Reads the value of the parameter. What it does not allow is left for CloudFormation to refuse.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Account, Self::Region]
            .into_iter()
            .find(|form| form.as_str() == text)
    }

    /// Returns the form of a stack with these parameters.
    pub(crate) fn of(parameters: &BTreeMap<String, String>) -> Self {
        let value = parameters.get(PARAMETER);
        value
            .and_then(|value| Self::parse(value))
            .unwrap_or(Self::Account)
    }

    /// Returns what the template puts at the end of a name, for `${In}`.
    pub(crate) fn ending(self, region: &str) -> String {
        match self {
            Self::Account => String::new(),
            Self::Region => format!("-{region}"),
        }
    }
}

/// Tells whether the template has the parameter. Earlier ones have not.
pub(crate) fn are_chosen(template: &str) -> bool {
    template.contains(&format!("\n  {PARAMETER}:\n"))
}

/// The stack's name does not fit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{stack} cannot be the stack's name, since buckets are named after it: in {region}, choose at most {most} lower-case \
     letters, digits and hyphens, beginning with a letter"
)]
pub struct BadStackName {
    stack: String,
    region: String,
    most: usize,
}

/// Checks that the names of all buckets that begin with the stack's name are valid.
///
/// The longest is that of the artifact bucket. All other names that the template makes have as much room or more.
///
/// # Errors
///
/// [`BadStackName`]
pub fn check(stack: &str, account: &str, region: &str) -> Result<(), BadStackName> {
    let rest = artifacts::bucket_name("", account, region).len();
    let most = MOST_BUCKET_CHARS.saturating_sub(rest);
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = stack.len() <= most
        && stack.starts_with(|first: char| first.is_ascii_lowercase())
        && stack.bytes().all(is_plain);
    if fits {
        return Ok(());
    }
    Err(BadStackName {
        stack: stack.to_owned(),
        region: region.to_owned(),
        most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_lets_choose() {
        assert!(are_chosen(include_str!("../../template.yaml")));
        assert!(!are_chosen(
            "Parameters:\n  KeyGroupId:\n    Type: String\n"
        ));
    }

    #[test]
    fn a_stack_keeps_its_form() {
        let named = |value: &str| BTreeMap::from([(PARAMETER.to_owned(), value.to_owned())]);
        assert_eq!(Form::of(&named("region")), Form::Region);
        assert_eq!(Form::of(&named("account")), Form::Account);
        assert_eq!(Form::of(&BTreeMap::new()), Form::Account);
    }

    #[test]
    fn a_stack_s_name_leaves_room_for_the_region() {
        let account = "123456789012";
        let is_good = |stack: &str, region: &str| check(stack, account, region).is_ok();
        assert!(is_good("dozo", "eu-west-1") && is_good("a-9", "ap-northeast-1"));
        for bad in ["", "Dozo", "9dozo", "-dozo", "do_zo", "dözo"] {
            assert!(!is_good(bad, "eu-west-1"), "{bad}");
        }
        assert!(is_good(&"d".repeat(30), "eu-west-1"));
        let refused = check(&"d".repeat(31), account, "eu-west-1").unwrap_err();
        assert!(refused.to_string().contains("at most 30 "), "{refused}");
        assert!(is_good(&"d".repeat(25), "ap-northeast-1"));
        assert!(!is_good(&"d".repeat(26), "ap-northeast-1"));
    }
}
