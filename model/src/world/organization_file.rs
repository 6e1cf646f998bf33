//! organization.json: the answers of AWS Organizations in one file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::export::Export;
use super::organization::{MemberAccount, Organization, OrganizationNode};
use super::organization_ids::{OrganizationArns, is_organization_id, is_root_id, is_unit_id};
use super::organization_policies::PolicyReader;
use super::organization_policy_types::EnabledTypes;
use super::recognize::{ORGANIZATION_COMMAND, recognize};
use crate::arn::AccountId;
use crate::json::Json;

const MEMBERS: [&str; 5] = ["Organization", "Roots", "OrganizationalUnits", "Accounts", "Policies"];
const DESCRIPTION_MEMBERS: [&str; 10] = [
    "Id",
    "Arn",
    "FeatureSet",
    "MasterAccountArn",
    "MasterAccountId",
    "MasterAccountEmail",
    "ManagementAccountArn",
    "ManagementAccountId",
    "ManagementAccountEmail",
    "AvailablePolicyTypes",
];
const NODE_MEMBERS: [&str; 6] = ["Id", "Arn", "Name", "Path", "PolicyTypes", "ParentId"];
const ACCOUNT_MEMBERS: [&str; 11] = [
    "Id",
    "Arn",
    "Email",
    "Name",
    "Status",
    "State",
    "Paths",
    "JoinedMethod",
    "JoinedTimestamp",
    "ParentId",
    "Tags",
];

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
    export.refuse_misspelled_members(json, &MEMBERS);
    // A whole answer is taken as well as what it wraps.
    let description = export.field(json, "Organization")?;
    let description = description.get("Organization").unwrap_or(description);
    export.refuse_misspelled_members(description, &DESCRIPTION_MEMBERS);
    let id = export.text(description, "Id");
    if let Some(id) = id.filter(|id| !is_organization_id(id)) {
        export.error(description, &format!("`{id}` is no id of an organisation"), ID_FORM);
    }
    let management_account = read_management_account(description, export);
    let all_features = read_feature_set(description, export, notes);
    let mut tree = TreeReader::new(OrganizationArns { id, management_account, partition: None });
    tree.arns.check(description, "Arn", "organization", None, export);
    if let Some(management) = management_account {
        for key in ["MasterAccountArn", "ManagementAccountArn"] {
            tree.arns.check(description, key, "account", Some(&management.to_string()), export);
        }
    }
    let root = tree.read_root(json, export, notes);
    for unit in export.list(json, "OrganizationalUnits") {
        tree.read_unit(unit, export);
    }
    for account in export.list(json, "Accounts") {
        tree.read_account(account, export, notes);
    }
    let (root, enabled) = root?;
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
    let nodes = tree.nodes.keys().map(Arc::clone).collect();
    let mut policies = PolicyReader::new(nodes, tree.accounts.keys().copied().collect());
    for policy in export.list(json, "Policies") {
        policies.read(policy, &mut tree.arns, export);
    }
    for (kind, count) in &policies.others {
        notes.push(format!("{count} policies of type {kind} are left out: they decide no request"));
    }
    let resource_control_enabled = all_features && enabled.resource_control;
    note_resource_control(policies.resource_control.len(), resource_control_enabled, notes);
    if export.errors.len() > errors_before {
        return None;
    }
    let organization = Organization {
        id: id?.to_owned(),
        management_account: management_account?,
        partition: tree.arns.partition.map(str::to_owned),
        root,
        service_control_enabled: all_features && enabled.service_control,
        resource_control_enabled,
        nodes: tree.nodes,
        accounts: tree.accounts,
        service_control_policies: policies.service_control,
        resource_control_policies: policies.resource_control,
        file: Arc::clone(export.file),
    };
    warn_about_empty_levels(&organization, json, export);
    Some(organization)
}

fn note_resource_control(count: usize, enabled: bool, notes: &mut Vec<String>) {
    if count > 0 && !enabled {
        notes.push(format!(
            "RCPs are not enabled at the root, so no resource control policy ({count} in the file) is in force"
        ));
    }
}

/// AWS has two names for it, and an answer may have both.
fn read_management_account<'a>(description: &'a Json, export: &mut Export<'a>) -> Option<AccountId> {
    let [master, management] =
        ["MasterAccountId", "ManagementAccountId"].map(|key| export.optional_text(description, key));
    if let (Some(master), Some(management)) = (master, management)
        && master != management
    {
        export.error(
            description,
            &format!("MasterAccountId is `{master}`, but ManagementAccountId is `{management}`"),
            "both name the one management account; run docs/organization-export.sh again",
        );
        return None;
    }
    let text = match master.or(management) {
        Some(text) => text,
        None => export.text(description, "MasterAccountId")?,
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

/// What ids look like.
const ID_FORM: &str = "AWS writes `o-…`, `r-…` and `ou-…-…` with lower-case letters and digits, the middle of an \
                       organizational unit's id being that of the root, and accounts as twelve digits";

struct TreeReader<'a> {
    arns: OrganizationArns<'a>,
    nodes: BTreeMap<Arc<str>, OrganizationNode>,
    accounts: BTreeMap<AccountId, MemberAccount>,
    /// Where each OU and account stands in the file.
    places: BTreeMap<Arc<str>, &'a Json>,
    root: Option<&'a str>,
}

impl<'a> TreeReader<'a> {
    fn new(arns: OrganizationArns<'a>) -> Self {
        Self { arns, nodes: BTreeMap::new(), accounts: BTreeMap::new(), places: BTreeMap::new(), root: None }
    }

    /// The root's id, and the types that it has enabled.
    fn read_root(
        &mut self,
        json: &'a Json,
        export: &mut Export<'a>,
        notes: &mut Vec<String>,
    ) -> Option<(Arc<str>, EnabledTypes)> {
        let wrapper = export.field(json, "Roots")?;
        let roots = wrapper.get("Roots").unwrap_or(wrapper);
        let [root] = roots.as_array().unwrap_or_default() else {
            export.error(roots, "Roots must be a list of exactly one root", ORGANIZATION_COMMAND);
            return None;
        };
        export.refuse_misspelled_members(root, &NODE_MEMBERS);
        let id = export.text(root, "Id")?;
        if is_root_id(id) {
            self.root = Some(id);
        } else {
            export.error(root, &format!("`{id}` is no id of a root"), ID_FORM);
        }
        self.arns.check(root, "Arn", "root", Some(id), export);
        let id: Arc<str> = Arc::from(id);
        let name = export.optional_text(root, "Name").unwrap_or("Root").to_owned();
        let enabled = EnabledTypes::read(root, export);
        if !enabled.service_control {
            notes.push("SCPs are not enabled at the root, so no SCP is in force".to_owned());
        }
        self.nodes.insert(Arc::clone(&id), OrganizationNode { name, parent: None });
        Some((id, enabled))
    }

    fn read_unit(&mut self, unit: &'a Json, export: &mut Export<'a>) {
        export.refuse_misspelled_members(unit, &NODE_MEMBERS);
        let (Some(id), Some(parent)) = (export.text(unit, "Id"), export.text(unit, "ParentId")) else {
            return;
        };
        let name = export.optional_text(unit, "Name").unwrap_or(id).to_owned();
        if let Some(known) = self.nodes.get(id) {
            report_twice("organizational unit", id, known.parent.as_deref(), parent, unit, export);
            return;
        }
        if AccountId::parse(id).is_some() {
            export.error(unit, &format!("the organizational unit `{id}` has the id of an account"), ID_FORM);
        } else if !is_unit_id(id, self.root) {
            let below = self.root.map_or_else(String::new, |root| format!(" below the root `{root}`"));
            export.error(unit, &format!("`{id}` is no id of an organizational unit{below}"), ID_FORM);
        }
        self.arns.check(unit, "Arn", "ou", Some(id), export);
        let id: Arc<str> = Arc::from(id);
        self.places.insert(Arc::clone(&id), unit);
        self.nodes.insert(id, OrganizationNode { name, parent: Some(Arc::from(parent)) });
    }

    fn read_account(&mut self, account: &'a Json, export: &mut Export<'a>, notes: &mut Vec<String>) {
        export.refuse_misspelled_members(account, &ACCOUNT_MEMBERS);
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
        self.arns.check(account, "Arn", "account", Some(text), export);
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
            tags_are_known: export.field(account, "Tags").is_some(),
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
