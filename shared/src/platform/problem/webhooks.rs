//! The problems of webhooks.

use super::Problem;

impl Problem {
    /// 404: the app has no such webhook.
    #[must_use]
    pub fn unknown_webhook() -> Self {
        Self {
            code: "unknown_webhook",
            title: "There is no such webhook",
            detail: "GET /admin/apps/{app}/webhooks lists the webhooks of an app.".to_owned(),
            ..Self::unknown_route()
        }
    }

    /// 404: the webhook has no such delivery, or not any more.
    #[must_use]
    pub fn unknown_delivery() -> Self {
        Self {
            code: "unknown_delivery",
            title: "There is no such delivery",
            detail: "Deliveries are kept for 14 days.".to_owned(),
            ..Self::unknown_route()
        }
    }

    /// 409: the app has as many webhooks as it may.
    #[must_use]
    pub fn too_many_webhooks(most: usize) -> Self {
        let detail = format!("An app has at most {most} webhooks. Remove one first.");
        Self::conflict(
            "too_many_webhooks",
            "The app has too many webhooks",
            &detail,
        )
    }

    /// 409: the secret was rotated as often as it may be within a day.
    #[must_use]
    pub fn rotated_too_often(most: usize) -> Self {
        let detail = format!(
            "A secret is rotated at most {most} times a day, because each one before signs for a day. Rotate it tomorrow, \
             or remove the webhook and register it anew."
        );
        Self::conflict(
            "rotated_too_often",
            "The secret was rotated too often",
            &detail,
        )
    }

    /// 409: nothing is sent to a webhook that is paused.
    #[must_use]
    pub fn webhook_paused() -> Self {
        let detail = "Nothing is sent to it. Resume it first.";
        Self::conflict("webhook_paused", "The webhook is paused", detail)
    }
}
