//! Every code of a problem that the library makes stands in the description of the API.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprStruct, Lit, Member};

use crate::layers::sources;

/// Codes that no caller of the API sees: API Gateway answers by itself where there is no route.
const UNSEEN: [&str; 1] = ["unknown_route"];

#[derive(Default)]
struct Codes(BTreeSet<String>);

impl Visit<'_> for Codes {
    fn visit_expr_struct(&mut self, made: &ExprStruct) {
        let name = made.path.segments.last().unwrap().ident.to_string();
        if name == "Problem" || name == "Self" {
            let codes = made
                .fields
                .iter()
                .filter(|field| matches!(&field.member, Member::Named(name) if name == "code"));
            self.0
                .extend(codes.filter_map(|field| literal(&field.expr)));
        }
        visit::visit_expr_struct(self, made);
    }

    fn visit_expr_call(&mut self, call: &ExprCall) {
        if let Expr::Path(function) = &*call.func {
            let name = function.path.segments.last().unwrap().ident.to_string();
            if name == "conflict" {
                self.0.extend(call.args.first().and_then(literal));
            }
        }
        visit::visit_expr_call(self, call);
    }
}

fn literal(value: &Expr) -> Option<String> {
    let Expr::Lit(value) = value else { return None };
    let Lit::Str(text) = &value.lit else {
        return None;
    };
    Some(text.value())
}

/// Collects what stands under `code` with values or a list of them.
fn described(value: &Value, codes: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let listed = value
                .pointer("/properties/code/enum")
                .and_then(Value::as_array);
            let listed = listed.into_iter().flatten().filter_map(Value::as_str);
            codes.extend(listed.map(str::to_owned));
            fields.values().for_each(|one| described(one, codes));
        }
        Value::Array(items) => items.iter().for_each(|one| described(one, codes)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_code_is_described_and_made() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src");
    let mut made = Codes::default();
    for folder in ["platform", "stages"] {
        for path in sources(&root.join(folder)) {
            let source = std::fs::read_to_string(&path).unwrap();
            made.visit_file(&syn::parse_file(&source).unwrap());
        }
    }
    let document = include_str!("../../../docs/openapi.json");
    let mut told = BTreeSet::new();
    described(&serde_json::from_str(document).unwrap(), &mut told);
    let made: BTreeSet<_> = made
        .0
        .into_iter()
        .filter(|code| !UNSEEN.contains(&code.as_str()))
        .collect();
    assert_eq!(
        made, told,
        "openapi/src/routes names the problems of each route"
    );
}
