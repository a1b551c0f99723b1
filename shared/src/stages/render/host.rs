//! The address that viewers fetch from. The address that an image states for itself never comes from the viewer.

use crate::platform::config::base_url;
use crate::platform::error::Error;
use crate::vocabulary::keys::render::RenderPath;

use super::ask::{Ask, HOST};

/// The CDN's address, if it is configured.
///
/// If it is not configured, the viewer-request function passes the distribution's domain name. Only the distribution
/// can invoke this function, so that name can be trusted.
#[derive(Debug, Clone, Default)]
pub struct PublicHost(Option<String>);

impl PublicHost {
    /// Takes a host, or a URL without a path; `None` for the distribution's own domain name.
    #[must_use]
    pub fn new(host: Option<&str>) -> Self {
        Self(host.map(base_url))
    }

    /// Returns the absolute address of a path.
    ///
    /// # Errors
    /// [`Error::NoHost`] if it is neither configured nor passed.
    pub(super) fn url(&self, ask: &Ask, path: &RenderPath) -> Result<String, Error> {
        let told = || ask.header(&HOST).map(base_url);
        let base = self.0.clone().or_else(told).ok_or(Error::NoHost)?;
        Ok(format!("{base}{path}"))
    }
}
