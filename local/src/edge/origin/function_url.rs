//! Lambda function URLs as origins: refused until a behaviour needs one.
//!
//! When it does: find the permissions for `cloudfront.amazonaws.com` and this distribution in the
//! function's policy (both `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`), then sign for the
//! service `lambda` and send to `/_aws/lambda-url/{id}/…` of the stack.

use super::OriginError;

/// Why there is no answer.
pub(crate) fn refuse(host: &str) -> OriginError {
    OriginError::Unreachable(format!(
        "function URL origins are not served by the edge yet ({host})"
    ))
}
