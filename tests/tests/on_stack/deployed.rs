//! Tests what a deployment says of itself to whoever looks into the account.

use dozo_tests::stack::{Keys, Stack};

#[tokio::test]
async fn the_stack_is_tagged_with_its_name() {
    let stack = Stack::running();
    let name = &stack.file.stack;
    let cloudformation = stack.service(&Keys::root(), "cloudformation");
    let path = format!("/?Action=DescribeStacks&Version=2010-05-15&StackName={name}");
    let reply = cloudformation.get(&path).await;
    let text: String = reply.text().split_whitespace().collect();
    let tag = format!("<Key>dozo:stack</Key><Value>{name}</Value>");
    assert!(text.contains(&tag), "{}", reply.text());
}
