//! organization.json: the answers of AWS Organizations in one file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::export::Export;
use super::organization::{MemberAccount, Organization, OrganizationNode, ServiceControlPolicy};
use super::recognize::{ORGANIZATION_COMMAND, recognize};
use crate::arn::AccountId;
use crate::json::Json;
use crate::policy::{NamedPolicy, PolicyType};

/// The organisation in `json`, with sentences about it for `notes`; none after an error.
pub(super) fn read_organization<'a>(
    json: &'a Json,
    export: &mut Export<'a>,
    notes: &mut Vec<String>,
) -> Option<Organization> {
    if json.get("Organization").is_none() || json.get("Roots").is_none() {
        let found = recognize(json);
        export.error(
            json,
            &format!("this is not an organization.json{}", found.in_words()),
            &found.help(ORGANIZATION_COMMAND),
        );
        return None;
    }
    let errors_before = export.errors.len();
    export.refuse_more_pages(json);
    // A whole answer is taken as well as what it wraps.
    let description = export.field(json, "Organization")?;
    let description = description.get("Organization").unwrap_or(description);
    let id = export.text(description, "Id");
    let management_account = read_management_account(description, export);
    let all_features = read_feature_set(description, export, notes);
    let mut tree = TreeReader::default();
    let root = tree.read_root(json, export, notes);
    for unit in export.list(json, "OrganizationalUnits") {
        tree.read_unit(unit, export);
    }
    for account in export.list(json, "Accounts") {
        tree.read_account(account, export, notes);
    }
    let (root, root_enabled) = root?;
    tree.check(&root, export);
    if let Some(management) = management_account
        && !tree.accounts.contains_key(&management)
    {
        export.error(
            description,
            &format!("the management account {management} is not under Accounts"),
            ORGANIZATION_COMMAND,
        );
    }
    let mut policies = PolicyReader { tree: &tree, service_control: Vec::new(), resource_control: 0 };
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    let mut policy_ids = BTreeSet::new();
    for policy in export.list(json, "Policies") {
        policies.read(policy, &mut others, &mut policy_ids, export);
    }
    for (kind, count) in others {
        notes.push(format!("{count} policies of type {kind} are left out: they decide no request"));
    }
    let (service_control_policies, resource_control_policies) =
        (policies.service_control, policies.resource_control);
    if resource_control_policies > 0 {
        notes.push(format!(
            "{resource_control_policies} resource control policies are not evaluated yet: a request shown as \
             allowed may be stopped by one"
        ));
    }
    if export.errors.len() > errors_before {
        return None;
    }
    let organization = Organization {
        id: id?.to_owned(),
        management_account: management_account?,
        root,
        service_control_enabled: all_features && root_enabled,
        nodes: tree.nodes,
        accounts: tree.accounts,
        service_control_policies,
        resource_control_policies,
        file: Arc::clone(export.file),
    };
    warn_about_empty_levels(&organization, json, export);
    Some(organization)
}

fn read_management_account<'a>(description: &'a Json, export: &mut Export<'a>) -> Option<AccountId> {
    // AWS fills in both; the older name came first.
    let text = match export.optional_text(description, "MasterAccountId") {
        Some(text) => text,
        None => export.text(description, "ManagementAccountId")?,
    };
    let account = AccountId::parse(text);
    if account.is_none() {
        export.error(
            description,
            &format!("the management account `{text}` is no account id"),
            "an account id is twelve digits, in double quotes",
        );
    }
    account
}

fn read_feature_set<'a>(description: &'a Json, export: &mut Export<'a>, notes: &mut Vec<String>) -> bool {
    match export.text(description, "FeatureSet") {
        Some("ALL") => true,
        Some("CONSOLIDATED_BILLING") => {
            notes.push("the organisation has consolidated billing only, so no SCP is in force".to_owned());
            false
        }
        Some(other) => {
            export.error(
                description,
                &format!("unknown FeatureSet `{other}`"),
                "`ALL` and `CONSOLIDATED_BILLING` are known",
            );
            false
        }
        None => false,
    }
}

#[derive(Default)]
struct TreeReader<'a> {
    nodes: BTreeMap<Arc<str>, OrganizationNode>,
    accounts: BTreeMap<AccountId, MemberAccount>,
    /// Where each OU and account stands in the file.
    places: BTreeMap<Arc<str>, &'a Json>,
}

impl<'a> TreeReader<'a> {
    /// The root's id, and whether it has SCPs enabled.
    fn read_root(
        &mut self,
        json: &'a Json,
        export: &mut Export<'a>,
        notes: &mut Vec<String>,
    ) -> Option<(Arc<str>, bool)> {
        let wrapper = export.field(json, "Roots")?;
        let roots = wrapper.get("Roots").unwrap_or(wrapper);
        let [root] = roots.as_array().unwrap_or_default() else {
            export.error(roots, "Roots must be a list of exactly one root", ORGANIZATION_COMMAND);
            return None;
        };
        let id: Arc<str> = Arc::from(export.text(root, "Id")?);
        let name = export.optional_text(root, "Name").unwrap_or("Root").to_owned();
        let mut enabled = false;
        for policy_type in export.list(root, "PolicyTypes") {
            let kind = export.text(policy_type, "Type");
            let status = export.text(policy_type, "Status");
            if kind == Some("SERVICE_CONTROL_POLICY") {
                enabled = status == Some("ENABLED");
            }
        }
        if !enabled {
            notes.push("SCPs are not enabled at the root, so no SCP is in force".to_owned());
        }
        self.nodes.insert(Arc::clone(&id), OrganizationNode { name, parent: None });
        Some((id, enabled))
    }

    fn read_unit(&mut self, unit: &'a Json, export: &mut Export<'a>) {
        let (Some(id), Some(parent)) = (export.text(unit, "Id"), export.text(unit, "ParentId")) else {
            return;
        };
        let name = export.optional_text(unit, "Name").unwrap_or(id).to_owned();
        if let Some(known) = self.nodes.get(id) {
            report_twice("organizational unit", id, known.parent.as_deref(), parent, unit, export);
            return;
        }
        let id: Arc<str> = Arc::from(id);
        self.places.insert(Arc::clone(&id), unit);
        self.nodes.insert(id, OrganizationNode { name, parent: Some(Arc::from(parent)) });
    }

    fn read_account(&mut self, account: &'a Json, export: &mut Export<'a>, notes: &mut Vec<String>) {
        let (Some(text), Some(parent)) = (export.text(account, "Id"), export.text(account, "ParentId"))
        else {
            return;
        };
        let Some(id) = AccountId::parse(text) else {
            export.error(account, &format!("`{text}` is no account id"), "an account id is twelve digits");
            return;
        };
        if let Some(known) = self.accounts.get(&id) {
            report_twice("account", text, Some(&known.parent), parent, account, export);
            return;
        }
        let state = export.optional_text(account, "State");
        let status = export.optional_text(account, "Status").or(state).map(str::to_owned);
        if let Some(status) = status.as_deref().filter(|status| *status != "ACTIVE") {
            notes.push(format!("account {id} is {status}; its principals are checked as if it were active"));
        }
        let member = MemberAccount {
            name: export.optional_text(account, "Name").unwrap_or(text).to_owned(),
            parent: Arc::from(parent),
            status,
            tags: export.tags(account),
        };
        self.places.insert(Arc::from(text), account);
        self.accounts.insert(id, member);
    }

    /// Reports parents that do not exist and OUs that are not below the root.
    fn check(&self, root: &Arc<str>, export: &mut Export<'a>) {
        let parents =
            self.nodes.iter().filter_map(|(id, node)| Some((Arc::clone(id), node.parent.as_ref()?)));
        let account_parents =
            self.accounts.iter().map(|(id, member)| (Arc::from(id.to_string()), &member.parent));
        for (id, parent) in parents.chain(account_parents) {
            let Some(place) = self.places.get(&id) else { continue };
            if !self.nodes.contains_key(parent) {
                export.error(
                    place,
                    &format!("the parent `{parent}` of `{id}` is neither the root nor a listed unit"),
                    ORGANIZATION_COMMAND,
                );
            }
        }
        for id in self.nodes.keys().filter(|id| *id != root) {
            if let (true, Some(place)) = (self.is_in_cycle(id), self.places.get(id)) {
                export.error(
                    place,
                    &format!("the organizational unit `{id}` is its own ancestor"),
                    "ParentId must lead to the root; AWS allows no cycles",
                );
            }
        }
    }

    fn is_in_cycle(&self, start: &Arc<str>) -> bool {
        let mut node = start;
        for _ in 0..=self.nodes.len() {
            let Some(parent) = self.nodes.get(node).and_then(|found| found.parent.as_ref()) else {
                return false;
            };
            if parent == start {
                return true;
            }
            node = parent;
        }
        false
    }
}

/// Reports an id that stands twice, with one parent or with two.
fn report_twice(
    kind: &str,
    id: &str,
    known_parent: Option<&str>,
    parent: &str,
    place: &Json,
    export: &mut Export<'_>,
) {
    match known_parent {
        Some(known) if known != parent => export.error(
            place,
            &format!("the {kind} `{id}` has two parents, `{known}` and `{parent}`"),
            "each has exactly one; it may have been moved while the file was written: write it again",
        ),
        Some(_) | None => {
            export.error(place, &format!("the {kind} `{id}` is listed twice"), ORGANIZATION_COMMAND);
        }
    }
}

struct PolicyReader<'t, 'a> {
    tree: &'t TreeReader<'a>,
    service_control: Vec<ServiceControlPolicy>,
    resource_control: usize,
}

impl<'a> PolicyReader<'_, 'a> {
    fn read(
        &mut self,
        policy: &'a Json,
        others: &mut BTreeMap<&'a str, usize>,
        ids: &mut BTreeSet<&'a str>,
        export: &mut Export<'a>,
    ) {
        let Some(summary) = export.field(policy, "PolicySummary") else {
            export.error(policy, "a policy has no PolicySummary", ORGANIZATION_COMMAND);
            return;
        };
        let (Some(id), Some(kind)) = (export.text(summary, "Id"), export.text(summary, "Type")) else {
            return;
        };
        if !ids.insert(id) {
            export.error(policy, &format!("the policy `{id}` is listed twice"), ORGANIZATION_COMMAND);
            return;
        }
        let name = export.optional_text(summary, "Name").unwrap_or(id);
        let policy_type = match kind {
            "SERVICE_CONTROL_POLICY" => PolicyType::ServiceControl,
            "RESOURCE_CONTROL_POLICY" => PolicyType::ResourceControl,
            _ => {
                *others.entry(kind).or_default() += 1;
                return;
            }
        };
        let targets = self.read_targets(policy, id, export);
        let Some(content) = export.field(policy, "Content") else {
            export.error(
                policy,
                &format!("the policy `{id}` ({name}) has no Content"),
                "list-policies leaves it out; take it from aws organizations describe-policy",
            );
            return;
        };
        let owner = format!("policy `{name}`");
        let Some(document) = export.policy(content, policy_type, &owner) else { return };
        if policy_type == PolicyType::ResourceControl {
            if export.optional_flag(summary, "AwsManaged") != Some(true) {
                self.resource_control += 1;
            }
            return;
        }
        let arn = export.optional_text(summary, "Arn").unwrap_or(id);
        self.service_control.push(ServiceControlPolicy {
            id: id.to_owned(),
            display_name: name.to_owned(),
            policy: NamedPolicy { name: Arc::from(arn), document },
            targets,
        });
    }

    fn read_targets(&self, policy: &'a Json, id: &str, export: &mut Export<'a>) -> Vec<Arc<str>> {
        let mut targets: Vec<Arc<str>> = Vec::new();
        for target in export.list(policy, "Targets") {
            let Some(name) = export.text(target, "TargetId") else { continue };
            let account =
                AccountId::parse(name).is_some_and(|account| self.tree.accounts.contains_key(&account));
            if !account && !self.tree.nodes.contains_key(name) {
                export.error(
                    target,
                    &format!("the policy `{id}` is attached to `{name}`, which is not in the organisation"),
                    ORGANIZATION_COMMAND,
                );
                continue;
            }
            let name: Arc<str> = Arc::from(name);
            if !targets.contains(&name) {
                targets.push(name);
            }
        }
        targets
    }
}

/// Warns about each root, OU and account without an SCP: everything below is denied (semantics:B6).
fn warn_about_empty_levels(organization: &Organization, json: &Json, export: &mut Export<'_>) {
    if !organization.service_control_enabled {
        return;
    }
    let nodes = organization.nodes.keys().map(Arc::clone);
    let accounts = organization.accounts.keys().filter(|account| !organization.is_management(**account));
    for target in nodes.chain(accounts.map(|account| Arc::from(account.to_string()))) {
        if organization.level(Arc::clone(&target)).policies.is_empty() {
            export.warning(
                json,
                &format!("no SCP is attached to `{target}`, which denies everything there and below"),
                "AWS keeps at least one SCP attached; check that Policies and Targets are complete",
            );
        }
    }
}
