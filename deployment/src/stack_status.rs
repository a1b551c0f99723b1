//! The meaning of a stack's status for a deployment. CloudFormation refuses to update a stack in many of them, and says
//! only which one it is.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>

/// The use that a deployment can make of a stack of this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can be updated.
    Usable,
    /// Its creation failed, so it can only be deleted, and nothing of it is in use.
    Unusable,
    /// A person has to act first; the command that does.
    Stuck(&'static str),
}

/// Returns what a status means. `{stack}` in a command stands for the stack's name.
pub(crate) fn standing(status: &str) -> Standing {
    match status {
        "ROLLBACK_COMPLETE" | "REVIEW_IN_PROGRESS" | "DELETE_COMPLETE" => Standing::Unusable,
        // A stack that has been in use may be in these states, too, so nothing is deleted without a person.
        "IMPORT_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_FAILED" => Standing::Stuck(
            "an import into it failed; its events say why. If it has no resources but buckets, which are kept, delete it \
             and deploy again: aws cloudformation describe-stack-resources --stack-name {stack}",
        ),
        "CREATE_FAILED" | "ROLLBACK_FAILED" => Standing::Stuck(
            "delete it (its buckets are kept, with all media) and deploy again: \
             aws cloudformation delete-stack --stack-name {stack}",
        ),
        "DELETE_FAILED" => Standing::Stuck(
            "see in its events what could not be deleted, delete the stack without that, and deploy again: \
             aws cloudformation delete-stack --stack-name {stack} --deletion-mode FORCE_DELETE_STACK",
        ),
        "UPDATE_ROLLBACK_FAILED" => Standing::Stuck(
            "mend what its events name, let it end its rollback, and deploy again: \
             aws cloudformation continue-update-rollback --stack-name {stack}",
        ),
        status if status.ends_with("_IN_PROGRESS") => Standing::Stuck(
            "an operation is under way; deploy again when it has ended: \
             aws cloudformation describe-stacks --stack-name {stack} --query Stacks[0].StackStatus",
        ),
        _ => Standing::Usable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that a stack can have:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html>
    const STATUSES: [(&str, &str); 23] = [
        ("CREATE_IN_PROGRESS", "stuck"),
        ("CREATE_FAILED", "stuck"),
        ("CREATE_COMPLETE", "usable"),
        ("ROLLBACK_IN_PROGRESS", "stuck"),
        ("ROLLBACK_FAILED", "stuck"),
        ("ROLLBACK_COMPLETE", "unusable"),
        ("DELETE_IN_PROGRESS", "stuck"),
        ("DELETE_FAILED", "stuck"),
        ("DELETE_COMPLETE", "unusable"),
        ("UPDATE_IN_PROGRESS", "stuck"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "stuck"),
        ("UPDATE_COMPLETE", "usable"),
        ("UPDATE_FAILED", "usable"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "stuck"),
        ("UPDATE_ROLLBACK_FAILED", "stuck"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "stuck"),
        ("UPDATE_ROLLBACK_COMPLETE", "usable"),
        ("REVIEW_IN_PROGRESS", "unusable"),
        ("IMPORT_IN_PROGRESS", "stuck"),
        ("IMPORT_COMPLETE", "usable"),
        ("IMPORT_ROLLBACK_IN_PROGRESS", "stuck"),
        ("IMPORT_ROLLBACK_FAILED", "stuck"),
        ("IMPORT_ROLLBACK_COMPLETE", "stuck"),
    ];

    #[test]
    fn every_status_has_a_meaning() {
        for (status, expected) in STATUSES {
            let found = match standing(status) {
                Standing::Usable => "usable",
                Standing::Unusable => "unusable",
                Standing::Stuck(way_out) => {
                    assert!(way_out.contains("--stack-name {stack}"), "{status}");
                    "stuck"
                }
            };
            assert_eq!(found, expected, "{status}");
        }
    }
}
