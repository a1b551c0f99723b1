//! The policy that is signed: which addresses it opens, until when, from when, and for whom.
//!
//! The text itself is signed, so its bytes are the interface: no blanks, fields in the order of CloudFront's guide. A
//! *canned* policy (one address, an end, nothing else) is not sent: CloudFront writes the same text from the request.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html>

use jiff::Timestamp;
use serde::Serialize;

use super::address::AddressRange;

/// A policy statement. Times are in whole seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    resource: String,
    until: Timestamp,
    from: Option<Timestamp>,
    viewers: Option<AddressRange>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    statement: [Statement<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    resource: &'a str,
    condition: Condition,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    date_less_than: EpochTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_greater_than: Option<EpochTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<SourceIp>,
}

#[derive(Serialize)]
struct EpochTime {
    #[serde(rename = "AWS:EpochTime")]
    seconds: i64,
}

#[derive(Serialize)]
struct SourceIp {
    #[serde(rename = "AWS:SourceIp")]
    range: String,
}

impl Policy {
    /// Opens `resource` until a time. `resource` is a whole address with its query; `*` in it matches any run of
    /// characters, `?` any single one.
    #[must_use]
    pub fn until(resource: &str, until: Timestamp) -> Self {
        Self {
            resource: resource.to_owned(),
            until,
            from: None,
            viewers: None,
        }
    }

    /// Starts the grant after this second; neither before nor at it.
    #[must_use]
    pub fn from(self, from: Option<Timestamp>) -> Self {
        Self { from, ..self }
    }

    /// Limits the grant to viewers at these addresses.
    #[must_use]
    pub fn viewers(self, viewers: Option<AddressRange>) -> Self {
        Self { viewers, ..self }
    }

    /// The resource that it opens.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The end, in seconds since 1970.
    #[must_use]
    pub fn until_seconds(&self) -> i64 {
        self.until.as_second()
    }

    /// Whether the policy is canned, so that a request alone says all that it says.
    #[must_use]
    pub fn is_canned(&self) -> bool {
        self.from.is_none() && self.viewers.is_none() && !self.resource.contains(['*', '?'])
    }

    /// Returns the text to sign.
    ///
    /// # Errors
    /// Never in practice: it contains nothing that JSON cannot express.
    pub fn text(&self) -> serde_json::Result<String> {
        let epoch = |time: Timestamp| EpochTime {
            seconds: time.as_second(),
        };
        serde_json::to_string(&Document {
            statement: [Statement {
                resource: &self.resource,
                condition: Condition {
                    date_less_than: epoch(self.until),
                    date_greater_than: self.from.map(epoch),
                    ip_address: self.viewers.map(|viewers| SourceIp {
                        range: viewers.to_string(),
                    }),
                },
            }],
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_as_the_guide_has_it() {
        let end = Timestamp::from_second(1_767_290_400).unwrap();
        let start = Timestamp::from_second(1_767_280_000).unwrap();
        let canned = Policy::until("https://d111111abcdef8.cloudfront.net/image.jpg", end);
        assert!(canned.is_canned());
        assert_eq!(
            canned.text().unwrap(),
            r#"{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/image.jpg","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}"#
        );
        let custom = Policy::until("https://d111111abcdef8.cloudfront.net/a/*", end)
            .from(Some(start))
            .viewers(Some("192.0.2.0/24".parse().unwrap()));
        assert!(!custom.is_canned());
        assert_eq!(
            custom.text().unwrap(),
            r#"{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/a/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400},"DateGreaterThan":{"AWS:EpochTime":1767280000},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}}]}"#
        );
    }

    #[test]
    fn a_policy_that_says_more_than_its_request_is_custom() {
        let end = Timestamp::from_second(1).unwrap();
        for resource in ["https://h/a/*", "https://h/a?size=1"] {
            assert!(!Policy::until(resource, end).is_canned(), "{resource}");
        }
        let plain = Policy::until("https://h/a", end);
        assert!(!plain.clone().from(Some(end)).is_canned());
        let viewers = Some("192.0.2.7".parse().unwrap());
        assert!(!plain.viewers(viewers).is_canned());
    }
}
