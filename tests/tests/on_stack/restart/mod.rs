//! Tests stopping and starting the local stack: nothing that was uploaded is lost, nothing is left running, and
//! obstacles to a start are reported.

mod refused;
mod resumed;
