//! The principals for which a design is judged.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_model::arn::path_and_name;
use ringfence_model::policy_set::PolicySet;

use super::design::Design;
use crate::constraint::allows_everything;
use crate::guardrail::PrincipalKind;
use crate::resource_side::ResourceSides;
use crate::subject::{AnyName, Federation, OpenTags, OrganizationFacts, SessionTags, Subject, SubjectKind};
use crate::wildcard::Language;

/// Stands in the name of a principal of which only the kind is known.
const ANYBODY: &str = "anybody";

/// A principal of the kind that may do everything that `design` leaves, by this name and with these tags.
pub(super) fn subject(
    design: &Design,
    sides: &Arc<ResourceSides>,
    kind: PrincipalKind,
    arn: Option<&str>,
    tags: BTreeMap<String, String>,
) -> Subject {
    let (partition, account) = (&design.partition, design.account);
    let word = if kind == PrincipalKind::User { "user" } else { "role" };
    let arn = match (kind, arn) {
        (PrincipalKind::Root, _) => format!("arn:{partition}:iam::{account}:root"),
        (_, Some(arn)) if arn.starts_with("arn:") => arn.to_owned(),
        (_, Some(name)) => format!("arn:{partition}:iam::{account}:{word}/{name}"),
        (_, None) => format!("arn:{partition}:iam::{account}:{word}/{ANYBODY}"),
    };
    let (path, name) = path_and_name(&arn);
    let kind = match kind {
        PrincipalKind::Root => SubjectKind::Root,
        PrincipalKind::User => SubjectKind::User { path, name },
        PrincipalKind::Role => {
            SubjectKind::Role { path, name, session_tags: SessionTags::Free, federated: true, trust: None }
        }
    };
    let is_root = kind == SubjectKind::Root;
    Subject {
        federation: if matches!(kind, SubjectKind::User { .. }) {
            Federation::Possible
        } else {
            Federation::Never
        },
        kind,
        arn,
        partition: partition.clone(),
        account,
        unique_id: None,
        tags,
        organization: match &design.organization {
            Some((id, path)) => OrganizationFacts::Member { id: id.clone(), path: path.clone() },
            None => OrganizationFacts::Unknown,
        },
        policies: PolicySet {
            identity: if is_root {
                Vec::new()
            } else {
                vec![allows_everything("identity policy that allows everything")]
            },
            permissions_boundary: design
                .boundary
                .as_ref()
                .filter(|_| !is_root)
                .map(|boundary| vec![boundary.clone()]),
            service_control: design.service_control.clone(),
            ..PolicySet::default()
        },
        session_name: None,
        resources: Arc::clone(sides),
        any_name: None,
        open_tags: OpenTags::default(),
        given_tags: None,
    }
}

/// Stands for all roles of the account, which the SCPs of `design` bind; none where it has none.
pub(super) fn any_role(design: &Design, sides: &Arc<ResourceSides>) -> Option<Subject> {
    if design.service_control.is_empty() {
        return None;
    }
    let others = Design { boundary: None, ..design.clone() };
    // Those of services are bound by no SCP, and can be passed to none.
    let of_services = Language::arn_pattern("arn:*:iam::*:role/aws-service-role/*");
    let any_name = Some(AnyName { exclude: vec![of_services], silent: true, ..AnyName::default() });
    Some(Subject { any_name, ..subject(&others, sides, PrincipalKind::Role, None, BTreeMap::new()) })
}
