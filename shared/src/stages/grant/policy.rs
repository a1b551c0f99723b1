//! The policy that a signature covers: which URLs it opens, from when, until when, and for which addresses.
//!
//! The JSON text itself is signed, so its bytes matter: no white space, and fields in the order of CloudFront's guide.
//! A *canned* policy (one URL and an expiry time, nothing else) is not sent: CloudFront rebuilds its text from the
//! request.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html>

use jiff::Timestamp;
use serde::Serialize;

use super::address::AddressRange;

/// A CloudFront policy with one statement. Times are in whole seconds.
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
    /// Creates a policy that opens `resource` until a time. `resource` is a whole URL with its query; in it, `*`
    /// matches any run of characters and `?` any single one.
    #[must_use]
    pub fn until(resource: &str, until: Timestamp) -> Self {
        Self {
            resource: resource.to_owned(),
            until,
            from: None,
            viewers: None,
        }
    }

    /// Sets the time after which the policy opens its resource; that second itself is still refused.
    #[must_use]
    pub fn from(self, from: Option<Timestamp>) -> Self {
        Self { from, ..self }
    }

    /// Limits the policy to viewers at these addresses.
    #[must_use]
    pub fn viewers(self, viewers: Option<AddressRange>) -> Self {
        Self { viewers, ..self }
    }

    /// Returns the URL or URL pattern that the policy opens.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns the expiry time in seconds since 1970.
    #[must_use]
    pub fn until_seconds(&self) -> i64 {
        self.until.as_second()
    }

    /// Returns whether the policy is canned, so that CloudFront can rebuild it from the request.
    #[must_use]
    pub fn is_canned(&self) -> bool {
        self.from.is_none() && self.viewers.is_none() && !self.resource.contains(['*', '?'])
    }

    /// Returns the JSON text to sign.
    ///
    /// # Errors
    /// Never fails in practice: every value can be written as JSON.
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
