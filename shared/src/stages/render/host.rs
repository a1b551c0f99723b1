//! Where viewers fetch from: what an image says of its own address never comes from the viewer.

use crate::platform::config::base_url;
use crate::platform::error::Error;
use crate::vocabulary::keys::render::RenderPath;

use super::ask::{Ask, HOST};

/// The CDN's address, if it is configured.
///
/// When it is not, the viewer-request function tells the distribution's domain name; only the distribution can invoke
/// this function, so that can be believed.
#[derive(Debug, Clone, Default)]
pub struct PublicHost(Option<String>);

impl PublicHost {
    /// A host, or a URL without a path; none for the distribution's own domain name.
    #[must_use]
    pub fn new(host: Option<&str>) -> Self {
        Self(host.map(base_url))
    }

    /// The absolute address of a path.
    ///
    /// # Errors
    /// [`Error::NoHost`] when nobody said what it is.
    pub(super) fn url(&self, ask: &Ask, path: &RenderPath) -> Result<String, Error> {
        let told = || ask.header(&HOST).map(base_url);
        let base = self.0.clone().or_else(told).ok_or(Error::NoHost)?;
        Ok(format!("{base}{path}"))
    }
}
