//! Tests how PDFs become pages, with the real handlers and the real PDFium on in-memory ports.

mod bad;
mod colours;
mod deadline;
mod drawn;
mod faults;
mod fonts;
mod given_up;
mod grey;
mod layers;
mod moved;
mod pages;
mod paper;
mod retold;
mod scans;
pub(crate) mod scene;
mod told;
mod toy;
mod turns;
mod words;
