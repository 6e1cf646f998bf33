//! Cases put together from options: every action on every resource.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::{ContextKey, ContextValue, RequestContext};
use ringfence_model::location::{InputError, InputWarning};
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyType};
use ringfence_model::policy_set::{ControlLevel, PolicySet, Settings};
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;
use ringfence_model::simulation::{Case, policy_type_of_resource};

use crate::args::{ContextEntry, EndpointType, RequestArguments};
use crate::command::CommandError;
use crate::files::System;
use crate::input;
use crate::output;

/// The cases that `arguments` ask for.
///
/// # Errors
/// When an option is missing or malformed, or a policy cannot be read: everything that is wrong with the policies.
pub(super) fn cases(arguments: &RequestArguments, catalogue: &Catalogue) -> Result<Vec<Case>, CommandError> {
    let principal = principal(arguments.caller_arn.as_deref())?;
    if arguments.action_names.is_empty() {
        return Err(CommandError::usage(
            "no action is named",
            "give a case file, --batch FILE, or --caller-arn, --action-names and --resource-arns",
        ));
    }
    for action in &arguments.action_names {
        check_action(action)?;
    }
    let everything = vec!["*".to_owned()];
    let resources = if arguments.resource_arns.is_empty() { &everything } else { &arguments.resource_arns };
    if let Some(wrong) = resources.iter().find(|resource| *resource != "*" && Arn::parse(resource).is_none())
    {
        return Err(CommandError::usage(
            &format!("`{wrong}` is no ARN"),
            "write a whole ARN, or `*` for an action without resource types",
        ));
    }
    let resource_account =
        match &arguments.resource_owner {
            None => None,
            Some(text) => Some(account(text).ok_or_else(|| {
                CommandError::usage(&format!("`{text}` is no account"), "write twelve digits")
            })?),
        };
    let (policies, warnings) = policies(arguments, resource_policy_type(arguments, resources)?)?;
    output::report_warnings(&warnings);
    let context = context(&arguments.context_entries, catalogue);
    let mut cases = Vec::new();
    for action in &arguments.action_names {
        for resource in resources {
            cases.push(Case {
                name: format!("{action} on {resource}"),
                request: Request {
                    principal: principal.clone(),
                    action: action.clone(),
                    resource: resource.clone(),
                    resource_account,
                    context: context.clone(),
                },
                policies: policies.clone(),
                expected: None,
                action_location: None,
                others: Vec::new(),
                warnings: Vec::new(),
            });
        }
    }
    Ok(cases)
}

fn principal(text: Option<&str>) -> Result<Principal, CommandError> {
    let help = "give --caller-arn with the ARN of a user, root user or session, such as \
                arn:aws:sts::123456789012:assumed-role/app/session, with a service, or with `anonymous`";
    let Some(text) = text else {
        return Err(CommandError::usage("nobody makes the request", help));
    };
    Principal::parse(text).ok_or_else(|| {
        CommandError::usage(&format!("`{text}` makes no requests; a role acts by a session"), help)
    })
}

fn check_action(action: &str) -> Result<(), CommandError> {
    let parts = action.split_once(':').filter(|(service, name)| !service.is_empty() && !name.is_empty());
    if parts.is_some() && !action.contains(['*', '?', ' ', ',']) {
        return Ok(());
    }
    Err(CommandError::usage(
        &format!("`{action}` is not one action"),
        "write `service:Name`, without wildcards",
    ))
}

/// The account written as its id, or as the ARN of its root user, as the AWS CLI wants it.
fn account(text: &str) -> Option<AccountId> {
    AccountId::parse(text).or_else(|| AccountId::parse(Arn::parse(text)?.account))
}

/// A key given once holds one value, or a list of one where AWS documents it as a list.
fn context(entries: &[ContextEntry], catalogue: &Catalogue) -> RequestContext {
    let mut context = RequestContext::new();
    for entry in entries {
        let key = ContextKey::new(&entry.key);
        let mut values: Vec<String> =
            context.remove(&key).map(|value| value.values().to_vec()).unwrap_or_default();
        values.push(entry.value.clone());
        let multivalued = catalogue.key(&key).is_some_and(|info| info.multivalued);
        let value = match values.as_slice() {
            [only] if !multivalued => ContextValue::Single(only.clone()),
            _ => ContextValue::List(values),
        };
        context.insert(key, value);
    }
    context
}

/// Reads the policies; what is wrong with any of them is collected.
#[derive(Default)]
struct Documents {
    errors: Vec<InputError>,
    warnings: Vec<InputWarning>,
}

impl Documents {
    fn read(&mut self, path: &Path, policy_type: PolicyType, name: String) -> Option<NamedPolicy> {
        // `file://policy.json` is how the AWS CLI takes files.
        let stripped = path.to_str().and_then(|text| text.strip_prefix("file://")).map(PathBuf::from);
        let path = stripped.as_deref().unwrap_or(path);
        let file: Arc<str> = Arc::from(input::shown(path));
        let parsed = input::read_text(path, "name a file with one policy document", &System)
            .and_then(|(text, _)| policy_text(&text, policy_type, &file));
        match parsed {
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

    fn all(&mut self, paths: &[PathBuf], policy_type: PolicyType, name: &str) -> Vec<NamedPolicy> {
        paths
            .iter()
            .enumerate()
            .filter_map(|(index, path)| self.read(path, policy_type, format!("{name}[{index}]")))
            .collect()
    }

    /// One policy a level.
    fn levels(&mut self, paths: &[PathBuf], policy_type: PolicyType, name: &str) -> Vec<ControlLevel> {
        paths
            .iter()
            .enumerate()
            .map(|(level, path)| {
                let name = format!("{name}[{level}].policies[0]");
                let policies = self.read(path, policy_type, name).into_iter().collect();
                ControlLevel { target: Arc::from(format!("level {level}")), policies }
            })
            .collect()
    }

    /// None where no file is named: then there is no policy of that type.
    fn filter(&mut self, paths: &[PathBuf], policy_type: PolicyType, name: &str) -> Option<Vec<NamedPolicy>> {
        let policies = self.all(paths, policy_type, name);
        (!paths.is_empty()).then_some(policies)
    }
}

/// Whether --resource-policy is a trust policy: it is for sts actions on roles. One file cannot be both.
fn resource_policy_type(
    arguments: &RequestArguments,
    resources: &[String],
) -> Result<PolicyType, CommandError> {
    let mut types = BTreeSet::new();
    for action in &arguments.action_names {
        types.extend(resources.iter().map(|resource| policy_type_of_resource(action, resource)));
    }
    match (types.pop_first(), types.pop_first()) {
        (Some(_), Some(_)) if arguments.resource_policy.is_some() => Err(CommandError::usage(
            "one resource policy cannot be a trust policy for some of the actions and none for the others",
            "ask sts actions on roles apart from the other actions",
        )),
        (first, _) => Ok(first.unwrap_or(PolicyType::Resource)),
    }
}

fn policies(
    arguments: &RequestArguments,
    resource_policy_type: PolicyType,
) -> Result<(PolicySet, Vec<InputWarning>), CommandError> {
    let mut documents = Documents::default();
    let service_control =
        documents.levels(&arguments.service_control, PolicyType::ServiceControl, "serviceControl");
    let resource_control =
        documents.levels(&arguments.resource_control, PolicyType::ResourceControl, "resourceControl");
    let resource = arguments
        .resource_policy
        .as_ref()
        .and_then(|path| documents.read(path, resource_policy_type, "resource".to_owned()));
    let boundary = &arguments.permissions_boundary_policy_input_list;
    let policies = PolicySet {
        identity: documents.all(&arguments.policy_input_list, PolicyType::Identity, "identity"),
        permissions_boundary: documents.filter(
            boundary,
            PolicyType::PermissionsBoundary,
            "permissionsBoundary",
        ),
        session: documents.filter(&arguments.session_policy_input_list, PolicyType::Session, "session"),
        service_control,
        demanded: Vec::new(),
        resource_control,
        resource,
        vpc_endpoint: documents.filter(
            arguments.vpc_endpoint_policy.as_slice(),
            PolicyType::VpcEndpoint,
            "vpcEndpoint",
        ),
        settings: Settings {
            s3_block_public_access: arguments.block_public_access,
            interface_endpoint: arguments.vpc_endpoint_type.map(|kind| kind == EndpointType::Interface),
        },
    };
    if documents.errors.is_empty() {
        Ok((policies, documents.warnings))
    } else {
        Err(CommandError::Input(documents.errors))
    }
}
