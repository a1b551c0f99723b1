//! Webhooks: events are sent to addresses that admins register for an app, signed as the Standard Webhooks say.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
//!
//! [`Webhooks`] is what admins call. [`KeptHooks`] tells `announce-change` which webhooks an app has; it puts a message for
//! each of them into the queue of deliveries. [`Sender`] sends the event that a message names.
//!
//! An event is sent at least once: a process may die after the endpoint has taken it and before this was written down. It
//! has the same id and the same bytes each time, so a receiver that keeps ids sees it once.
//!
//! The address is somebody else's, and so is the server: only public ones are called ([`crate::ports::web`]), an answer is
//! waited for 15 seconds, and nothing of it is read or kept but its status.

mod again;
mod book;
mod deliveries;
mod kept;
mod register;
mod secret;
mod send;
mod view;

pub use book::Book;
pub use deliveries::{DeliveryPage, DeliveryView, ResendSince, Resending};
pub use kept::KeptHooks;
pub use register::Webhooks;
pub use secret::Secrets;
pub use send::Sender;
pub use view::{Pinged, WebhookList, WebhookRequest, WebhookState, WebhookView};
