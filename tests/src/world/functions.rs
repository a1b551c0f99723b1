//! The functions of the platform, wired to a [`World`] as Lambda wires them to AWS. Each is one process with faults of
//! its own.

use std::sync::Arc;

use dozo::memory::faults::Faults;
use dozo::platform::config::ConfigError;
use dozo::stages::transcode::delivery::Delivery;

use super::platform::Process;
use super::{Letter, QUOTAS, SPAN_PAGES, TIMES, World};

/// Reads a configuration by a look-up of variables.
type Read<C> = fn(&dyn Fn(&str) -> Option<String>) -> Result<C, ConfigError>;

/// Defines functions that need nothing but their configuration.
macro_rules! functions {
    ($($name:ident)*) => {
        $(
            /// The function of this name, as one process with these faults.
            #[must_use]
            pub fn $name(&self, faults: &Faults) -> $name::Function {
                $name::Function::new(self.config($name::Config::read), &self.process(faults))
            }
        )*
    };
}

impl World {
    functions! {
        announce_change deliver_webhook record_failure invalidate_cache suspend_media retry_media register_app grant_access
        fetch_remote finish_transcode show_media render_thumbnail run_operation sweep_lost
    }

    /// `validate-upload`, as one process with these faults, without quotas.
    #[must_use]
    pub fn validate_upload(&self, faults: &Faults) -> validate_upload::Function {
        let config = self.config(validate_upload::Config::read);
        let mut function = validate_upload::Function::new(config, &self.process(faults));
        function.settler.quotas = QUOTAS;
        function
    }

    /// `issue-token`, as one process with these faults, without quotas.
    #[must_use]
    pub fn issue_token(&self, faults: &Faults) -> issue_token::Function {
        let config = self.config(issue_token::Config::read);
        let mut function = issue_token::Function::new(config, &self.process(faults));
        function.issuer.quotas = QUOTAS;
        function
    }

    /// `split-pdf`, as one process with these faults. It splits documents of more than eight pages into spans.
    #[must_use]
    pub fn split_pdf(&self, faults: &Faults) -> split_pdf::Function {
        let (config, engine) = (self.config(split_pdf::Config::read), self.engine.clone());
        let mut function = split_pdf::Function::new(config, &self.process(faults), engine);
        function.splitter.span_pages = SPAN_PAGES;
        function.splitter.times = TIMES;
        function
    }

    /// `transcode-media`, as one process with these faults.
    #[must_use]
    pub fn transcode_media(&self, faults: &Faults) -> transcode_media::Function {
        let config = self.config(transcode_media::Config::read);
        let mut function = transcode_media::Function::new(config, &self.process(faults));
        function.transcoder.engine = Arc::new(self.transcoder.clone());
        function
    }

    /// Announces what is new in records that were put since the last call, without faults and as if S3's notifications had
    /// come at once.
    ///
    /// # Panics
    /// Panics if something cannot be announced.
    pub async fn announce(&self) {
        let function = self.announce_change(&Faults::counted());
        for key in self.store.take_put_records() {
            let batch = Letter::batch(&[Letter::about_record(&key, "hint")]);
            let answer = announce_change::handle(&function, batch).await;
            assert!(answer.batch_item_failures.is_empty(), "{key}");
        }
    }

    /// Returns the part of the two functions that transcode which publishes.
    #[must_use]
    pub fn delivery(&self, faults: &Faults) -> Delivery {
        self.transcode_media(faults).transcoder.delivery
    }

    /// Reads a function's configuration from the world's environment.
    fn config<C>(&self, read: Read<C>) -> C {
        read(&|name| self.variable(name)).expect("a good configuration")
    }

    fn process<'a>(&'a self, faults: &'a Faults) -> Process<'a> {
        Process {
            world: self,
            faults,
        }
    }
}
