//! Brings a local stack up and takes it down again.
//!
//! Each part is stored in [`Running`] before we wait for it, so that after an error or Ctrl-C the caller can stop
//! exactly those parts that were started.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::demo::{self, Demo, DemoConfig, DemoError};
use crate::demo_app::{self, DemoAppError};
use crate::function_logs::FunctionLogs;
use crate::leftovers;
use crate::lock::{LockError, StackLock};
use crate::ministack::{Ministack, MinistackError, root_key};
use crate::ports::{PortError, ReservedPort};
use crate::private_file::{write_private, write_private_bytes};
use crate::running::Running;
use crate::saved_port;
use crate::signed_http::SignedHttp;
use crate::stack_dir::StackDir;
use crate::users::{self, ApiScope, UsersError};
use deployment::artifacts::Architecture;
use deployment::aws_cli::{Access, AwsCli};
use deployment::checkout::Checkout;
use deployment::deploy::{Approval, DeployError, Deployment, deploy};
use deployment::progress::Progress;
use deployment::stack_outputs::{DeployedStack, MissingOutput};
use edge::{Edge, EdgeConfig, EdgeError};
use stack_file::{Credentials, StackFile};

/// The region that a local stack pretends to be in.
pub const REGION: &str = "us-east-1";
/// The emulator's account.
pub const ACCOUNT: &str = "000000000000";

/// A local stack: its checkout, directory, name and ports.
#[derive(Debug, Clone)]
pub struct LocalStack {
    /// The checkout to deploy.
    pub checkout: Checkout,
    /// The directory that holds its state, logs and `stack.json`.
    pub directory: StackDir,
    /// Its name in CloudFormation.
    pub name: String,
    /// Port of the AWS endpoint, 0 for that of the saved state or else any free one.
    pub aws_port: u16,
    /// Port of the edge, 0 for any.
    pub cdn_port: u16,
    /// Port of the demo page, 0 for any.
    pub demo_port: u16,
}

/// The reasons why the stack cannot be brought up.
#[derive(Debug, thiserror::Error)]
pub enum LocalStackError {
    /// Another stack runs in this directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A port is taken.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The emulator does not start.
    #[error(transparent)]
    Ministack(#[from] MinistackError),
    /// The deployment failed.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// The stack lacks an output that we need.
    #[error(transparent)]
    Output(#[from] MissingOutput),
    /// The API users cannot be created.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// The demo app cannot be registered.
    #[error("cannot register the app `demo`")]
    DemoApp(#[from] DemoAppError),
    /// The edge does not start.
    #[error("cannot start the local CDN edge")]
    Edge(#[from] EdgeError),
    /// The demo page cannot be served.
    #[error("cannot start the demo page")]
    Demo(#[from] DemoError),
    /// A file of the stack cannot be written or moved.
    #[error("cannot write under {}", path.display())]
    Files {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

impl LocalStack {
    /// Brings everything up and writes `stack.json`.
    ///
    /// # Errors
    ///
    /// [`LocalStackError`]; the parts in `running` are still up then.
    pub async fn bring_up(
        &self,
        progress: Progress,
        running: &mut Running,
    ) -> Result<StackFile, LocalStackError> {
        running.lock = Some(StackLock::take(&self.directory.lock())?);
        self.clear_leftovers(progress).await;
        let aws_port = saved_port::choose(self.aws_port, &self.directory.snapshot())?;
        let aws_port = ReservedPort::bind(aws_port, "--aws-port", "DOZO_AWS_PORT")?;
        let cdn_port = ReservedPort::bind(self.cdn_port, "--cdn-port", "DOZO_CDN_PORT")?;
        let demo_port = ReservedPort::bind(self.demo_port, "--demo-port", "DOZO_DEMO_PORT")?;
        let address = aws_port.release();
        self.start_emulator(address, progress, running).await?;
        let aws = self.aws_cli(&format!("http://{address}"));
        let deployment = self.deployment(&cdn_port.base_url(), &demo_port.base_url());
        let deployed = deploy(&aws, &deployment, progress).await?;
        let api_url = self.follow_logs_and_name_api(address, &deployed, running)?;
        let credentials = progress
            .step(
                "creating the API users and the app `demo`",
                self.admit(&aws, &deployed, &api_url),
            )
            .await?;
        let edge = progress
            .step(
                "starting the local CDN edge",
                self.start_edge(address, cdn_port, &deployed),
            )
            .await?;
        let cdn = format!("http://{}", edge.address);
        running.edge = Some(edge);
        let mut file = self.stack_file(address, api_url, cdn, &deployed, credentials)?;
        let demo = self.start_demo(demo_port, &file).await?;
        file.demo = Some(format!("http://{}", demo.address));
        running.demo = Some(demo);
        self.publish(&file, running)
            .map_err(|source| self.files_error(source))?;
        Ok(file)
    }

    async fn clear_leftovers(&self, progress: Progress) {
        let found = leftovers::stop(&self.directory).await;
        if let Some(pid) = found.emulator {
            progress.note(&format!(
                "stopped the emulator of an earlier run that was killed (process {pid})"
            ));
        }
        if found.functions > 0 {
            progress.note(&format!(
                "stopped {} functions of an earlier run",
                found.functions
            ));
        }
        std::fs::remove_dir_all(self.directory.scratch()).unwrap_or_default();
        std::fs::remove_file(self.directory.stack_file()).unwrap_or_default();
    }

    async fn start_emulator(
        &self,
        address: std::net::SocketAddr,
        progress: Progress,
        running: &mut Running,
    ) -> Result<(), LocalStackError> {
        let ministack = Ministack::spawn(&self.checkout, address, REGION, &self.directory)?;
        let ready = running.ministack.insert(ministack).ready();
        Ok(progress.step("starting the AWS emulator", ready).await?)
    }

    fn aws_cli(&self, endpoint: &str) -> AwsCli {
        let root = root_key();
        let access = Access::Given {
            endpoint: endpoint.to_owned(),
            access_key_id: root.access_key_id,
            secret_access_key: root.secret_access_key,
        };
        AwsCli::new(
            self.checkout.venv_bin(),
            self.checkout.root().to_owned(),
            REGION.to_owned(),
            access,
        )
    }

    fn deployment(&self, public_host: &str, demo: &str) -> Deployment {
        Deployment {
            checkout: self.checkout.clone(),
            stack: self.name.clone(),
            architecture: Architecture::of_this_machine(),
            parameters: BTreeMap::from([
                ("Place".to_owned(), "laptop".to_owned()),
                ("ThumbnailInvokeMode".to_owned(), "BUFFERED".to_owned()),
                // The emulator has no MediaConvert.
                ("Transcoder".to_owned(), "ffmpeg".to_owned()),
                ("PublicHost".to_owned(), public_host.to_owned()),
                // The demo page plays private videos in segments.
                ("PrivateCorsOrigins".to_owned(), demo.to_owned()),
                // Nothing is throttled here, and a developer is waiting for the retry.
                ("RetrySeconds".to_owned(), "1".to_owned()),
                // Short, so that withdrawn media disappear while one watches. No local stage takes longer.
                ("RenderGraceSeconds".to_owned(), "2".to_owned()),
                ("StageGraceSeconds".to_owned(), "10".to_owned()),
                ("CopyPartBytes".to_owned(), "8388608".to_owned()),
            ]),
            // The emulator has no composite alarm.
            watch_minutes: 0,
            // A developer changes the template and starts again; nobody else knows these queues and addresses.
            approval: Approval::Given,
        }
    }

    /// The address is on the emulator's own host, so `curl` needs no special name resolution. It leaves the stage
    /// out, which the emulator then takes for `$default`, because `curl` before 8.x signs a `$` in a path wrongly.
    fn follow_logs_and_name_api(
        &self,
        address: std::net::SocketAddr,
        deployed: &DeployedStack,
        running: &mut Running,
    ) -> Result<String, MissingOutput> {
        let endpoint = format!("http://{address}");
        let http = SignedHttp::new(&root_key(), REGION, "logs");
        running.logs = Some(FunctionLogs::follow(
            http,
            &endpoint,
            self.directory.logs(),
            &deployed.log_groups,
        ));
        Ok(format!(
            "{endpoint}/_aws/execute-api/{}",
            deployed.output("ApiId")?
        ))
    }

    async fn admit(
        &self,
        aws: &AwsCli,
        deployed: &DeployedStack,
        api_url: &str,
    ) -> Result<Credentials, LocalStackError> {
        let scope = ApiScope {
            stack: &self.name,
            account: ACCOUNT,
            api: deployed.output("ApiId")?,
        };
        let credentials = users::ensure(aws, scope, &self.directory.users()).await?;
        let admin = SignedHttp::new(&credentials.admin, REGION, "execute-api");
        demo_app::ensure(api_url, &admin).await?;
        Ok(credentials)
    }

    async fn start_edge(
        &self,
        address: std::net::SocketAddr,
        port: ReservedPort,
        deployed: &DeployedStack,
    ) -> Result<Edge, LocalStackError> {
        let root = root_key();
        let config = EdgeConfig {
            listen: port.release(),
            aws_endpoint: format!("http://{address}"),
            region: REGION.to_owned(),
            access_key_id: root.access_key_id,
            secret_access_key: root.secret_access_key,
            distribution_id: deployed.output("DistributionId")?.to_owned(),
        };
        Ok(edge::start(config).await?)
    }

    async fn start_demo(&self, port: ReservedPort, file: &StackFile) -> Result<Demo, DemoError> {
        demo::start(DemoConfig {
            listen: port.release(),
            api: file.api.clone(),
            region: file.region.clone(),
            app_key: file.credentials.app.clone(),
            admin_key: file.credentials.admin.clone(),
            uploads: file.aws_endpoint.clone(),
            cdn: file.cdn.clone(),
            page: self.checkout.demo_page(),
            sdk: self.checkout.client_library(),
            vendor: self.checkout.demo_vendor(),
        })
        .await
    }

    fn stack_file(
        &self,
        address: std::net::SocketAddr,
        api: String,
        cdn: String,
        deployed: &DeployedStack,
        credentials: Credentials,
    ) -> Result<StackFile, MissingOutput> {
        Ok(StackFile {
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            stack: self.name.clone(),
            aws_endpoint: format!("http://{address}"),
            api,
            cdn,
            demo: None,
            buckets: deployed.buckets(),
            queues: deployed.queues(),
            functions: deployed.functions.clone(),
            distribution_id: deployed.output("DistributionId")?.to_owned(),
            credentials,
        })
    }

    fn publish(&self, file: &StackFile, running: &mut Running) -> std::io::Result<()> {
        let path = self.directory.stack_file();
        write_private_bytes(
            &self.directory.aws_config(),
            self.aws_config(file).as_bytes(),
        )?;
        running.stack_file = Some(path.clone());
        write_private(&path, file)
    }

    /// Returns a profile that uploads with the credentials in `upload.json`, the file that holds the API's answer.
    fn aws_config(&self, file: &StackFile) -> String {
        let answer = self.directory.root().join("upload.json");
        format!(
            "[profile dozo-demo]\nregion = {}\nendpoint_url = {}\ncredential_process = cat \"{}\"\n",
            file.region,
            file.aws_endpoint,
            answer.display()
        )
    }

    fn files_error(&self, source: std::io::Error) -> LocalStackError {
        LocalStackError::Files {
            path: self.directory.root().to_owned(),
            source,
        }
    }
}
