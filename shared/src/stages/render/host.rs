//! The public base URL. The URLs that an image states about itself never come from the viewer.

use crate::platform::config::base_url;
use crate::platform::error::Error;
use crate::vocabulary::keys::render::RenderPath;

use super::ask::{Ask, HOST};

/// The CDN's base URL, if it is configured.
///
/// If it is not, the viewer-request function tells the distribution's domain name. That can be trusted, because only
/// the distribution can invoke this function.
#[derive(Debug, Clone, Default)]
pub struct PublicHost(Option<String>);

impl PublicHost {
    /// Takes a host name or a URL without a path, or `None` to use the distribution's own domain name.
    #[must_use]
    pub fn new(host: Option<&str>) -> Self {
        Self(host.map(base_url))
    }

    /// Returns the absolute URL of a path.
    ///
    /// # Errors
    /// Returns [`Error::NoHost`] if the host is neither configured nor told.
    pub(super) fn url(&self, ask: &Ask, path: &RenderPath) -> Result<String, Error> {
        let told = || ask.header(&HOST).map(base_url);
        let base = self.0.clone().or_else(told).ok_or(Error::NoHost)?;
        Ok(format!("{base}{path}"))
    }
}
