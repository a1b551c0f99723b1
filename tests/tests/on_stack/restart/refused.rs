//! Tests starts that must fail: the obstacle is stated clearly, and nothing is touched.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;

use dozo_tests::own_stack::{OwnStack, Ports};
use dozo_tests::stack::Stack;
use tokio::process::Command;

/// Returns the output of a start that fails.
async fn refusal(stack: &OwnStack, ports: Ports) -> String {
    let said = tempfile::NamedTempFile::new().unwrap();
    let status = run(stack.command(ports), said.path()).await;
    let text = std::fs::read_to_string(said.path()).unwrap();
    assert_eq!(status, Some(1), "{text}");
    text
}

async fn run(mut command: Command, said: &Path) -> Option<i32> {
    let file = File::create(said).unwrap();
    command.stdout(file.try_clone().unwrap()).stderr(file);
    command.spawn().unwrap().wait().await.unwrap().code()
}

#[tokio::test]
async fn a_taken_port_names_the_flag_that_chooses_another() {
    let own = OwnStack::new("ports");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (ports, flag) in [
        (Ports { aws: port, cdn: 0 }, "--aws-port"),
        (Ports { aws: 0, cdn: port }, "--cdn-port"),
    ] {
        let said = refusal(&own, ports).await;
        assert!(said.contains(flag), "{said}");
        assert!(said.contains(&port.to_string()), "{said}");
        assert!(own.processes().is_empty(), "{said}");
    }
}

/// The second stack is started beside the one that these tests run with, which must not be disturbed.
#[tokio::test]
async fn a_second_one_in_the_same_place_is_told_who_has_it() {
    let running = Stack::running();
    let said = tempfile::NamedTempFile::new().unwrap();
    let command = OwnStack::command_in(running.directory(), "dozo-second", Ports::default());
    let status = run(command, said.path()).await;
    assert_eq!(status, Some(1));
    let text = std::fs::read_to_string(said.path()).unwrap();
    assert!(text.contains("already running"), "{text}");
    assert!(text.contains(&holder(running.directory())), "{text}");
    assert_eq!(running.admin().get("/admin/apps").await.status, 200);
}

fn holder(directory: &Path) -> String {
    let id = std::fs::read_to_string(directory.join("lock")).unwrap();
    id.trim().to_owned()
}
