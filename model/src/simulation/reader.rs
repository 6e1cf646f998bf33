//! A simulation case read from JSON.

use std::sync::Arc;

use super::{Case, CaseError, policy_type_of_resource};
use crate::arn::{AccountId, Arn};
use crate::context::{ContextKey, ContextValue, RequestContext};
use crate::json::{Json, Member};
use crate::location::{InputError, InputWarning};
use crate::parse;
use crate::policy::{NamedPolicy, PolicyType};
use crate::policy_set::{ControlLevel, PolicySet, Settings};
use crate::principal::Principal;
use crate::request::{Decision, Request};

const POLICY_MEMBERS: [&str; 7] = [
    "identity",
    "permissionsBoundary",
    "session",
    "serviceControl",
    "resourceControl",
    "resource",
    "vpcEndpoint",
];

const REQUEST_MEMBERS: [&str; 5] = ["principal", "action", "resource", "resourceAccount", "context"];
const LEVEL_MEMBERS: [&str; 2] = ["target", "policies"];
const SETTINGS_MEMBERS: [&str; 2] = ["s3BlockPublicAccess", "vpcEndpointType"];

pub(super) fn read_case(text: &str, file: &Arc<str>, first_line: u32) -> Result<Case, CaseError> {
    let json = Json::parse_line(text, file, first_line).map_err(|errors| CaseError { name: None, errors })?;
    let mut reader = Reader { text, file, errors: Vec::new(), warnings: Vec::new() };
    let case = reader.case(&json);
    let Reader { errors, warnings, .. } = reader;
    match case {
        Some(case) if errors.is_empty() => Ok(Case { warnings, ..case }),
        Some(_) | None => {
            let name = json.get("name").and_then(Json::as_str).map(str::to_owned);
            Err(CaseError { name, errors })
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    file: &'a Arc<str>,
    errors: Vec<InputError>,
    warnings: Vec<InputWarning>,
}

impl Reader<'_> {
    fn error(&mut self, place: &Json, message: &str, help: &str) {
        let location = place.location(self.file);
        let (message, help) = (message.to_owned(), Some(help.to_owned()));
        self.errors.push(InputError { location, statement: None, message, help });
    }

    /// The case; none after an error that leaves nothing to go on with.
    fn case(&mut self, json: &Json) -> Option<Case> {
        let members = self.object(json, "a simulation case")?;
        let name = self.optional_text(json, "name").unwrap_or_default().to_owned();
        let request = if let Some(request) = json.get("request") {
            self.request(request)
        } else {
            self.error(json, "the case has no `request`", "give principal, action, resource and context");
            None
        };
        let resource_type = request.as_ref().map_or(PolicyType::Resource, |request| {
            policy_type_of_resource(&request.action, &request.resource)
        });
        let mut policies = match json.get("policies") {
            Some(policies) => self.policies(policies, resource_type),
            None => PolicySet::default(),
        };
        if let Some(settings) = json.get("settings") {
            policies.settings = self.settings(settings);
        }
        let expected = match self.optional_text(json, "expected") {
            Some("Allow") => Some(Decision::Allow),
            Some("ExplicitDeny") => Some(Decision::ExplicitDeny),
            Some("ImplicitDeny") => Some(Decision::ImplicitDeny),
            Some(other) => {
                let message = format!("`{other}` is no decision");
                let place = json.get("expected").unwrap_or(json);
                self.error(place, &message, "write Allow, ExplicitDeny or ImplicitDeny");
                None
            }
            None => None,
        };
        let known = ["name", "request", "policies", "settings", "expected"];
        let others: Vec<Member> =
            members.iter().filter(|member| !known.contains(&member.key.as_str())).cloned().collect();
        let action_location = json
            .get("request")
            .and_then(|request| request.get("action"))
            .map(|action| action.location(self.file));
        let request = request?;
        Some(Case { name, request, policies, expected, action_location, others, warnings: Vec::new() })
    }

    fn request(&mut self, json: &Json) -> Option<Request> {
        self.object(json, "`request`")?;
        self.warn_of_members(json, "`request`", &REQUEST_MEMBERS);
        let principal = self.principal(json);
        let action = self.required_text(json, "action", "write `service:Name`").and_then(|action| {
            let well_formed =
                action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
                    && !action.contains(|character: char| {
                        matches!(character, '*' | '?' | ',') || character.is_whitespace()
                    });
            if well_formed {
                return Some(action.to_owned());
            }
            let message = format!("`{action}` is not one action");
            self.error(
                json.get("action").unwrap_or(json),
                &message,
                "write `service:Name`, without wildcards",
            );
            None
        });
        let help = "write an ARN, or `*` for an action without resource types";
        let resource = self.required_text(json, "resource", help).and_then(|resource| {
            if resource == "*" || Arn::parse(resource).is_some() {
                return Some(resource.to_owned());
            }
            let message = format!("`{resource}` is no ARN");
            self.error(json.get("resource").unwrap_or(json), &message, help);
            None
        });
        let resource_account = self.optional_text(json, "resourceAccount").and_then(|text| {
            let account = AccountId::parse(text);
            if account.is_none() {
                let message = format!("`{text}` is no account id");
                let place = json.get("resourceAccount").unwrap_or(json);
                self.error(place, &message, "an account id has exactly twelve digits");
            }
            account
        });
        let context = match json.get("context") {
            Some(context) => self.context(context),
            None => RequestContext::new(),
        };
        Some(Request {
            principal: principal?,
            action: action?,
            resource: resource?,
            resource_account,
            context,
        })
    }

    fn principal(&mut self, json: &Json) -> Option<Principal> {
        let help = "write the ARN of a root user, user, assumed-role or federated-user session or identity \
                    provider, `<service>.amazonaws.com`, or `anonymous`";
        let text = self.required_text(json, "principal", help)?;
        let principal = Principal::parse(text);
        if principal.is_none() {
            let message = format!("`{text}` makes no requests");
            let role = text.contains(":role/");
            let role_help =
                "a role acts by a session: `arn:aws:sts::<account>:assumed-role/<role name>/<session>`";
            let place = json.get("principal").unwrap_or(json);
            self.error(place, &message, if role { role_help } else { help });
        }
        principal
    }

    fn context(&mut self, json: &Json) -> RequestContext {
        let mut context = RequestContext::new();
        for member in self.object(json, "`context`").unwrap_or_default() {
            let key = ContextKey::new(&member.key);
            if context.get(&key).is_some() {
                let message = format!("the key `{}` is given twice", member.key);
                self.error(&member.value, &message, "names of keys compare without regard to letter case");
                continue;
            }
            let value = match member.value.as_array() {
                Some(values) => {
                    let texts: Option<Vec<String>> =
                        values.iter().map(|value| value.scalar_text().map(str::to_owned)).collect();
                    texts.map(ContextValue::List)
                }
                None => member.value.scalar_text().map(|text| ContextValue::Single(text.to_owned())),
            };
            if let Some(value) = value {
                context.insert(key, value);
            } else {
                let message = format!("the value of `{}` must be a string or a list of strings", member.key);
                self.error(&member.value, &message, "leave a key out that is absent from the request");
            }
        }
        context
    }

    fn policies(&mut self, json: &Json, resource_type: PolicyType) -> PolicySet {
        for member in self.object(json, "`policies`").unwrap_or_default() {
            if !POLICY_MEMBERS.contains(&member.key.as_str()) {
                let message = format!("unknown type of policy `{}`", member.key);
                self.error(&member.value, &message, &format!("the types are {}", POLICY_MEMBERS.join(", ")));
            }
        }
        PolicySet {
            identity: self.documents(json, "identity", PolicyType::Identity),
            permissions_boundary: self.filter(json, "permissionsBoundary", PolicyType::PermissionsBoundary),
            session: self.filter(json, "session", PolicyType::Session),
            service_control: self.levels(json, "serviceControl", PolicyType::ServiceControl),
            resource_control: self.levels(json, "resourceControl", PolicyType::ResourceControl),
            demanded: Vec::new(),
            resource: json
                .get("resource")
                .and_then(|document| self.document(document, resource_type, "resource".to_owned())),
            vpc_endpoint: self.filter(json, "vpcEndpoint", PolicyType::VpcEndpoint),
            settings: Settings::default(),
        }
    }

    /// The documents of a type that filters; none where there is none, an empty list included.
    fn filter(&mut self, json: &Json, key: &str, policy_type: PolicyType) -> Option<Vec<NamedPolicy>> {
        let given = json.get(key).is_some_and(|list| !list.one_or_many().is_empty());
        let documents = self.documents(json, key, policy_type);
        given.then_some(documents)
    }

    fn documents(&mut self, json: &Json, key: &str, policy_type: PolicyType) -> Vec<NamedPolicy> {
        let list = json.get(key).map(Json::one_or_many).unwrap_or_default();
        list.iter()
            .enumerate()
            .filter_map(|(index, document)| self.document(document, policy_type, format!("{key}[{index}]")))
            .collect()
    }

    fn levels(&mut self, json: &Json, key: &str, policy_type: PolicyType) -> Vec<ControlLevel> {
        let Some(list) = json.get(key) else { return Vec::new() };
        let Some(list) = list.as_array() else {
            let message = format!("`{key}` must be a list, not {}", list.kind());
            self.error(list, &message, "give each level from the root down as { \"target\", \"policies\" }");
            return Vec::new();
        };
        let mut levels = Vec::new();
        for (level, json) in list.iter().enumerate() {
            let Some(policies) = json.get("policies").and_then(Json::as_array) else {
                self.error(json, "a level must have a list `policies`", "write { \"target\", \"policies\" }");
                continue;
            };
            self.warn_of_members(json, &format!("`{key}[{level}]`"), &LEVEL_MEMBERS);
            let target = self.optional_text(json, "target").unwrap_or_default();
            let policies = policies
                .iter()
                .enumerate()
                .filter_map(|(index, document)| {
                    self.document(document, policy_type, format!("{key}[{level}].policies[{index}]"))
                })
                .collect();
            levels.push(ControlLevel { target: Arc::from(target), policies });
        }
        levels
    }

    fn document(&mut self, json: &Json, policy_type: PolicyType, name: String) -> Option<NamedPolicy> {
        match parse::exported_policy(json, self.text, policy_type, self.file) {
            Ok((document, warnings)) => {
                self.warnings.extend(warnings);
                Some(NamedPolicy { name: Arc::from(name), document: Arc::new(document) })
            }
            Err(errors) => {
                self.errors.extend(errors);
                None
            }
        }
    }

    fn settings(&mut self, json: &Json) -> Settings {
        let mut settings = Settings::default();
        if self.object(json, "`settings`").is_none() {
            return settings;
        }
        self.warn_of_members(json, "`settings`", &SETTINGS_MEMBERS);
        if let Some(value) = json.get("s3BlockPublicAccess") {
            match value.as_bool() {
                Some(on) => settings.s3_block_public_access = on,
                None => self.error(value, "`s3BlockPublicAccess` must be a boolean", "write true or false"),
            }
        }
        if let Some(value) = json.get("vpcEndpointType") {
            match value.as_str() {
                Some("interface") => settings.interface_endpoint = Some(true),
                Some("gateway") => settings.interface_endpoint = Some(false),
                _ => self.error(value, "unknown type of VPC endpoint", "write \"interface\" or \"gateway\""),
            }
        }
        settings
    }

    /// A warning for each member of the object `json` that is not in `known`: it is left out of account.
    fn warn_of_members(&mut self, json: &Json, what: &str, known: &[&str]) {
        let members = json.as_object().unwrap_or_default();
        for member in members.iter().filter(|member| !known.contains(&member.key.as_str())) {
            let message = format!("the member `{}` of {what} says nothing to the simulation", member.key);
            let help = Some(format!("the members are {}", known.join(", ")));
            let location = member.value.location(self.file);
            self.warnings.push(InputError { location, statement: None, message, help });
        }
    }

    fn object<'j>(&mut self, json: &'j Json, what: &str) -> Option<&'j [Member]> {
        let members = json.as_object();
        if members.is_none() {
            let message = format!("{what} must be an object, not {}", json.kind());
            self.error(json, &message, "put it in braces");
        }
        members
    }

    fn required_text<'j>(&mut self, json: &'j Json, key: &str, help: &str) -> Option<&'j str> {
        if json.get(key).is_none() {
            self.error(json, &format!("`{key}` is missing"), help);
        }
        self.optional_text(json, key)
    }

    fn optional_text<'j>(&mut self, json: &'j Json, key: &str) -> Option<&'j str> {
        let value = json.get(key)?;
        let text = value.as_str();
        if text.is_none() {
            let message = format!("`{key}` must be a string, not {}", value.kind());
            self.error(value, &message, "write it in double quotes");
        }
        text
    }
}
