//! AWS in memory, in the place of the AWS CLI: what the rotation of keys and the adoption of buckets call.
//!
//! A process may die after any call: the call is carried out, and neither its answer nor a later call gets through. What must
//! never happen is refused as `Broken`, and remembered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use crate::aws_cli::AwsCli;
use crate::memory_call::{Made, Memory};

/// The region of all calls.
pub(crate) const REGION: &str = "eu-west-1";

/// The code of an error of the service.
type Code = &'static str;

/// An account.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryAws {
    inner: Arc<Mutex<Account>>,
}

/// Everything that the account holds, which tests may change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    /// CloudFormation's description of the stack.
    pub(crate) stack: Option<Value>,
    /// The stack's events, latest first.
    pub(crate) events: Vec<Value>,
    /// S3's answer about the region of each bucket.
    pub(crate) buckets: BTreeMap<String, Value>,
    /// The access keys of the token user, each with the number of times in a row that STS accepted it.
    pub(crate) access_keys: BTreeMap<String, (Value, u32)>,
    /// Whether STS knows an access key at its next calls; afterwards it does.
    pub(crate) sts_knows: Vec<bool>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) public_keys: BTreeMap<String, Value>,
    /// The keys that the key group trusts, and those that it trusted when the distribution was waited for.
    pub(crate) group: Vec<String>,
    deployed: Vec<String>,
    /// The things that happened and must not.
    pub(crate) broken: Vec<&'static str>,
    requests: Vec<(String, Value)>,
    /// A call whose next answer is lost, and the process lives.
    pub(crate) loses: Option<&'static str>,
    /// The number of calls after which the process dies.
    left: Option<usize>,
    seconds: i64,
}

impl MemoryAws {
    /// The CLI that calls it.
    pub(crate) fn cli(&self) -> AwsCli {
        AwsCli::in_memory(Arc::new(self.clone()), REGION)
    }

    /// Returns another account that holds the same.
    pub(crate) fn copy(&self) -> Self {
        let account = self.with(|account| account.clone());
        Self {
            inner: Arc::new(Mutex::new(account)),
        }
    }

    /// Looks at the account, or changes it.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Account) -> T) -> T {
        act(&mut self.inner.lock().unwrap())
    }

    /// Forgets the calls that were made, and lets the process die after this many from now; `None` is never.
    pub(crate) fn die_after(&self, calls: Option<usize>) {
        self.with(|account| {
            account.requests.clear();
            account.left = calls;
        });
    }

    /// Returns the calls since then, as `service operation`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.with(|account| {
            account
                .requests
                .iter()
                .map(|(call, _)| call.clone())
                .collect()
        })
    }

    /// Returns the requests of a call since then: its options, and the fields of its document.
    pub(crate) fn requests(&self, call: &str) -> Vec<Value> {
        self.with(|account| {
            let of_call = account.requests.iter().filter(|(made, _)| made == call);
            of_call.map(|(_, request)| request.clone()).collect()
        })
    }
}

impl Memory for MemoryAws {
    fn answer(&self, made: Made<'_>) -> Result<String, String> {
        let named = if made.arguments.contains(&"wait") {
            3
        } else {
            2
        };
        let call = made.arguments[..named].join(" ");
        let refuse = |code: &str| {
            Err(format!(
                "An error occurred ({code}) when calling {call}: no"
            ))
        };
        let request = Value::Object(request(made.arguments));
        self.with(|account| {
            if account.left == Some(0) {
                return refuse("Dead");
            }
            account.left = account.left.map(|left| left - 1);
            account.requests.push((call.clone(), request.clone()));
            let answer = account.carry_out(&call, &request, made);
            match answer {
                _ if account.left == Some(0) => refuse("Dead"),
                _ if account.loses == Some(call.as_str()) => {
                    account.loses = None;
                    refuse("Lost")
                }
                Ok(Value::Null) => Ok(String::new()),
                Ok(answer) => Ok(answer.to_string()),
                Err(code) => refuse(code),
            }
        })
    }
}

/// Returns the options of a call by their names, and the fields of its document.
fn request(arguments: &[&str]) -> Map<String, Value> {
    let pairs = arguments
        .windows(2)
        .filter(|pair| pair[0].starts_with("--"));
    let mut request: Map<String, Value> = pairs
        .map(|pair| (pair[0].to_owned(), json!(pair[1])))
        .collect();
    if let Some(path) = request.get("--cli-input-json").and_then(Value::as_str) {
        let text = std::fs::read_to_string(path.trim_start_matches("file://")).unwrap();
        request.extend(serde_json::from_str::<Map<String, Value>>(&text).unwrap());
    }
    request
}

/// Returns the stack that an import makes of a template.
fn imported(template: &str) -> Value {
    let template: Value = serde_json::from_str(template).unwrap();
    let parameters = template["Parameters"].as_object().unwrap().iter();
    let parameters = parameters.map(
        |(name, parameter)| json!({ "ParameterKey": name, "ParameterValue": parameter["Default"] }),
    );
    json!({ "StackStatus": "IMPORT_COMPLETE", "Parameters": parameters.collect::<Vec<_>>() })
}

impl Account {
    fn carry_out(&mut self, call: &str, request: &Value, made: Made<'_>) -> Result<Value, Code> {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let values = |of: &BTreeMap<String, Value>| of.values().cloned().collect::<Vec<_>>();
        Ok(match call {
            "cloudformation describe-stacks" => match &self.stack {
                Some(stack) => json!({ "Stacks": [stack] }),
                // With the text by which the deployment knows it.
                None => return Err("ValidationError) (the stack does not exist"),
            },
            "cloudformation describe-stack-events" => json!({ "StackEvents": self.events }),
            "cloudformation delete-stack" => {
                self.stack = None;
                Value::Null
            }
            "cloudformation create-change-set" => {
                self.stack = Some(imported(text("TemplateBody")));
                Value::Null
            }
            "s3api list-buckets" => {
                let names = self.buckets.keys().map(|name| json!({ "Name": name }));
                json!({ "Buckets": names.collect::<Vec<_>>() })
            }
            "s3api get-bucket-location" => {
                json!({ "LocationConstraint": self.buckets[text("--bucket")] })
            }
            "iam list-access-keys" => {
                let keys: Vec<_> = self.access_keys.values().map(|(key, _)| key).collect();
                json!({ "AccessKeyMetadata": keys })
            }
            "iam create-access-key" => self.create_access_key()?,
            "iam delete-access-key" => self.delete_access_key(text("--access-key-id"))?,
            "iam list-user-policies" => json!({ "PolicyNames": ["issue-tokens", "more"] }),
            "sts get-caller-identity" => self.get_caller_identity(made.signer)?,
            "secretsmanager get-secret-value" => match self.secrets.get(text("--secret-id")) {
                Some(secret) => json!({ "SecretString": secret }),
                None => return Err("ResourceNotFoundException"),
            },
            "secretsmanager put-secret-value" => {
                self.put_secret(text("--secret-id"), made.input)?
            }
            "cloudfront list-public-keys" => {
                json!({ "PublicKeyList": { "Items": values(&self.public_keys) } })
            }
            "cloudfront create-public-key" => self.create_public_key(request)?,
            "cloudfront get-public-key" | "cloudfront get-key-group" => json!({ "ETag": "E" }),
            "cloudfront delete-public-key" => self.delete_public_key(text("--id"))?,
            "cloudfront list-key-groups" => {
                let config = json!({ "Name": "dozo-eu-west-1", "Items": self.group });
                let group = json!({ "KeyGroup": { "Id": "G", "KeyGroupConfig": config } });
                json!({ "KeyGroupList": { "Items": [group] } })
            }
            "cloudfront update-key-group" => self.update_key_group(request)?,
            "cloudfront wait distribution-deployed" => {
                self.deployed = self.group.clone();
                Value::Null
            }
            // Only their requests matter.
            _ => Value::Null,
        })
    }

    fn broken(&mut self, what: &'static str) -> Result<Value, Code> {
        self.broken.push(what);
        Err("Broken")
    }

    /// Returns a time that is later than any before, and a name that is made of it.
    fn later(&mut self, prefix: &str) -> (String, String) {
        self.seconds += 60;
        let time = jiff::Timestamp::from_second(1_790_000_000 + self.seconds).unwrap();
        (time.to_string(), format!("{prefix}{}", 1000 + self.seconds))
    }

    fn create_access_key(&mut self) -> Result<Value, Code> {
        if self.access_keys.len() == 2 {
            return Err("LimitExceeded");
        }
        let (time, id) = self.later("AKIA");
        let mut key = json!({ "AccessKeyId": id, "Status": "Active", "CreateDate": time });
        self.access_keys.insert(id.clone(), (key.clone(), 0));
        key["SecretAccessKey"] = json!(format!("secret of {id}"));
        Ok(json!({ "AccessKey": key }))
    }

    fn delete_access_key(&mut self, id: &str) -> Result<Value, Code> {
        if self.is_stored("token", id) {
            return self.broken("the access key in the secret was deleted");
        }
        match self.access_keys.remove(id) {
            Some(_) => Ok(Value::Null),
            None => Err("NoSuchEntity"),
        }
    }

    fn get_caller_identity(&mut self, signer: Option<&str>) -> Result<Value, Code> {
        if let Some(signer) = signer {
            let knows = self.sts_knows.is_empty() || self.sts_knows.remove(0);
            let Some((_, accepted)) = self.access_keys.get_mut(signer) else {
                return Err("InvalidClientTokenId");
            };
            *accepted = if knows { *accepted + 1 } else { 0 };
            if !knows {
                return Err("InvalidClientTokenId");
            }
        }
        Ok(json!({ "Account": "123456789012" }))
    }

    fn put_secret(&mut self, id: &str, text: &str) -> Result<Value, Code> {
        let value: Value = serde_json::from_str(text).unwrap();
        if let Some(key) = value.get("access_key_id").and_then(Value::as_str)
            && self.access_keys[key].1 < 3
        {
            return self.broken("an access key was stored that STS has not accepted");
        }
        if let Some(key) = value.get("public_key_id").and_then(Value::as_str)
            && !self.deployed.iter().any(|deployed| deployed == key)
        {
            return self.broken("a signing key was stored that is not deployed");
        }
        self.secrets.insert(id.to_owned(), text.to_owned());
        Ok(Value::Null)
    }

    fn is_stored(&self, secret: &str, id: &str) -> bool {
        let text = self.secrets.get(secret);
        text.is_some_and(|text| text.contains(&format!("{id:?}")))
    }

    fn create_public_key(&mut self, request: &Value) -> Result<Value, Code> {
        if self.public_keys.len() == 10 {
            return Err("TooManyPublicKeys");
        }
        let (time, id) = self.later("K");
        let name = &request["PublicKeyConfig"]["Name"];
        let key = json!({ "Id": id, "Name": name, "CreatedTime": time });
        self.public_keys.insert(id, key.clone());
        Ok(json!({ "PublicKey": key }))
    }

    fn delete_public_key(&mut self, id: &str) -> Result<Value, Code> {
        if self.group.iter().any(|trusted| trusted == id) {
            return Err("PublicKeyInUse");
        }
        match self.public_keys.remove(id) {
            Some(_) => Ok(Value::Null),
            None => Err("NoSuchPublicKey"),
        }
    }

    fn update_key_group(&mut self, request: &Value) -> Result<Value, Code> {
        let items = request["KeyGroupConfig"]["Items"].as_array().unwrap();
        let group: Vec<String> = items
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        let dropped = self.group.iter().filter(|id| !group.contains(id));
        if dropped.into_iter().any(|id| self.is_stored("signing", id)) {
            return self.broken("the group does not trust the key that signs");
        }
        self.group = group;
        Ok(Value::Null)
    }
}
