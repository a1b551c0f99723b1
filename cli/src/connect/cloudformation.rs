//! Reads a stack's outputs by one call of CloudFormation. Its SDK would double the code to compile for this program.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>

use std::collections::BTreeMap;

use aws_smithy_xml::decode::{Document, XmlDecodeError, try_data};
use bytes::Bytes;

use super::api::{Api, Request, segment};
use crate::failure::Failure;

/// Returns the outputs of `stack`, by name.
pub(super) async fn outputs(
    service: &Api,
    stack: &str,
) -> Result<BTreeMap<String, String>, Failure> {
    let form = format!(
        "Action=DescribeStacks&StackName={}&Version=2010-05-15",
        segment(stack)
    );
    let request = Request {
        method: "POST",
        path: "/".to_owned(),
        content_type: Some("application/x-www-form-urlencoded"),
        body: Bytes::from(form),
        ..Request::default()
    };
    let answer = match service.bytes(&request).await {
        Ok(answer) => answer,
        Err(Failure::Refused(problem)) => return Err(unreadable(stack, problem.status)),
        Err(failure) => return Err(failure),
    };
    let text = String::from_utf8_lossy(&answer);
    read(&text).map_err(|error| Failure::Strange {
        what: "CloudFormation".to_owned(),
        cause: error.to_string(),
    })
}

fn unreadable(stack: &str, status: u16) -> Failure {
    Failure::Usage(format!(
        "cannot read the outputs of the stack {stack} (status {status}): does it exist in this region, and may these \
         credentials call cloudformation:DescribeStacks? With --api URL, no stack has to be read"
    ))
}

/// Reads `DescribeStacksResponse / DescribeStacksResult / Stacks / member / Outputs / member / OutputKey, OutputValue`.
fn read(xml: &str) -> Result<BTreeMap<String, String>, XmlDecodeError> {
    let mut outputs = BTreeMap::new();
    let mut document = Document::new(xml);
    let mut name = None;
    // The elements come in the order of the document; nothing else in the answer has elements of these two names.
    while let Some(element) = document.next_start_element() {
        let is_key = element.matches("OutputKey");
        if !is_key && !element.matches("OutputValue") {
            continue;
        }
        let mut scope = document.scoped_to(element);
        let text = try_data(&mut scope)?.into_owned();
        match (is_key, name.take()) {
            (true, _) => name = Some(text),
            (false, Some(name)) => drop(outputs.insert(name, text)),
            (false, None) => {}
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_in_pairs() {
        let xml = r#"<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
            <DescribeStacksResult><Stacks><member><StackName>dozo</StackName><Outputs>
            <member><OutputKey>ApiEndpoint</OutputKey><OutputValue>https://a1.example</OutputValue></member>
            <member><OutputKey>Other</OutputKey><Description>x</Description><OutputValue>a &amp; b</OutputValue></member>
            </Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"#;
        let outputs = read(xml).unwrap_or_default();
        assert_eq!(
            outputs.get("ApiEndpoint").map(String::as_str),
            Some("https://a1.example")
        );
        assert_eq!(outputs.get("Other").map(String::as_str), Some("a & b"));
    }

    #[test]
    fn what_is_no_such_answer_has_no_outputs() {
        for xml in ["", "{}", "<a/>", "<OutputValue>x</OutputValue>", "<<<"] {
            assert!(read(xml).unwrap_or_default().is_empty(), "{xml}");
        }
    }
}
