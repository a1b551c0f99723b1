//! The running parts of a local stack, and how they are stopped.

use std::path::PathBuf;

use crate::demo::Demo;
use crate::function_logs::FunctionLogs;
use crate::lock::StackLock;
use crate::ministack::Ministack;
use deployment::progress::Progress;
use edge::Edge;

/// The parts that are up so far.
#[derive(Debug, Default)]
pub struct Running {
    /// Held to the end, so that no other stack starts while this one is stopping.
    pub lock: Option<StackLock>,
    /// The emulator.
    pub ministack: Option<Ministack>,
    pub(crate) logs: Option<FunctionLogs>,
    pub(crate) edge: Option<Edge>,
    pub(crate) demo: Option<Demo>,
    pub(crate) stack_file: Option<PathBuf>,
}

impl Running {
    /// Stops all running parts, in an order that loses nothing.
    pub async fn stop(&mut self, progress: Progress) {
        self.withdraw_stack_file();
        if let Some(demo) = self.demo.take() {
            demo.stop().await;
        }
        if let Some(edge) = self.edge.take() {
            edge.stop().await;
        }
        if let Some(logs) = self.logs.take() {
            logs.finish().await;
        }
        if let Some(ministack) = &mut self.ministack {
            let stopped = progress.step("stopping the AWS emulator (it saves its state)", async {
                if ministack.stop().await {
                    Ok(())
                } else {
                    Err(())
                }
            });
            if stopped.await.is_err() {
                progress.note(
                    "it did not stop in time and was killed; the state that it had not saved is lost, but media are kept",
                );
            }
        }
        self.ministack = None;
    }

    /// Kills all running parts at once.
    pub async fn kill(&mut self) {
        self.withdraw_stack_file();
        if let Some(ministack) = &mut self.ministack {
            ministack.kill().await;
        }
    }

    fn withdraw_stack_file(&mut self) {
        if let Some(path) = self.stack_file.take() {
            std::fs::remove_file(path).unwrap_or_default();
        }
    }
}
