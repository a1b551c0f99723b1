//! An engine for documents that makes each page of a few bytes, because what is tested here is not how pages look.

use dozo::stages::split::engine::{About, Document, Engine, File, Made, Unopened, Wanted};
use dozo::vocabulary::page::Reading;

/// The engine. A document has as many pages as page objects.
pub(crate) struct Pages;

impl Engine for Pages {
    fn open(
        &self,
        mut file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened> {
        let mut body = Vec::new();
        if file.read_to_end(&mut body).is_err() {
            return Err(Unopened::Damaged);
        }
        let text = String::from_utf8_lossy(&body);
        let pages = text.matches("/Type /Page ").count();
        work(&Open(u32::try_from(pages).unwrap()));
        Ok(())
    }
}

struct Open(u32);

impl Document for Open {
    fn about(&self) -> About {
        About {
            pages: self.0,
            reading: Reading::default(),
            refusal: None,
        }
    }

    fn make(
        &self,
        indices: &mut (dyn Iterator<Item = u32> + Send),
        _wanted: Wanted,
        take: &mut (dyn FnMut(u32, Option<Made>) -> bool + Send),
    ) {
        for index in indices {
            let made = Made {
                image: format!("image {index} of {}", self.0).into_bytes(),
                width: 100 + index,
                height: 200,
                text: format!("text {index} of {}", self.0),
                label: None,
            };
            if !take(index, Some(made)) {
                return;
            }
        }
    }
}
