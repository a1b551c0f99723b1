//! Tests files that are not accepted, through the deployed stack: each gets its reason, nothing of it is delivered, and
//! the function that judged it goes on.

mod each_reason;
mod harmed;
