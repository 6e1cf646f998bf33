//! Two policies, for whomever they may be attached to.
//!
//! Nobody is named, so that what is proved holds for every user and role that carries them, whatever its name and tags; what is shown is a
//! request of one that was found. Whatever is beside them is the same before and after, so two questions are enough: about each alone, which
//! shows what it allows, and about each beside a policy that allows everything, which shows what it denies. What the account is matters where
//! the policies write one down: those are asked about, and one that neither writes down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::policy::{Effect, NamedPolicy};
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::principal::Principal;
use ringfence_model::resource_policy_types::can_carry_policy;
use ringfence_model::world::World;

use super::{Answer, Compared, Comparison, Presence};
use crate::account_pattern::with_wildcards;
use crate::certificate::Certificate;
use crate::check::design::Design;
use crate::check::design_accounts::Written;
use crate::check::{CheckOptions, design_subject, federation, known_models};
use crate::constraint::allows_everything;
use crate::encode::Assumptions;
use crate::encode::action::future_targets;
use crate::guardrail::PrincipalKind;
use crate::prove::difference::Surplus;
use crate::prove::{Found, Prover};
use crate::query::{Goal, Query, Target};
use crate::resource_side::{ResourceSides, service_of};
use crate::search::Limits;
use crate::subject::{AnyName, Subject, SubjectKind};
use crate::text::parse_instant;
use crate::theorem::allowed;
use crate::theorem::asking::{joined, unbound};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;
use crate::witness::{Replay, ReplayedRequest, Witness, full_session_policy, replay};

/// So many principals that were found are asked about by name before a question is left undecided.
const NAMES: usize = 4;
/// The partition that is always asked about.
const FIRST_PARTITION: &str = "aws";

/// What the policies are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// A user, group or role.
    Identity,
    /// As the permissions boundary of a user or role that may do everything else.
    PermissionsBoundary,
    /// An account or what is above it, as a service control policy: of users, roles and root users that may do everything else.
    ServiceControl,
}

/// Two policies, and what they are compared by.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    /// Before the change.
    pub old: &'a NamedPolicy,
    /// After it.
    pub new: &'a NamedPolicy,
    /// What they are attached to.
    pub attachment: Attachment,
    /// Their account; none for any.
    pub account: Option<AccountId>,
    /// Actions and keys.
    pub catalogue: &'a Catalogue,
    /// Which texts are names of models.
    pub models: &'a ModelTable,
    /// Readings of open points.
    pub assumptions: &'a Assumptions,
}

/// Compares the policies: for roles, users, and where they are service control policies the root user, in each account and partition that counts.
/// The principals of the answer are patterns of ARNs; where any account may be theirs, `arn:aws:iam::*:role/*` stands for all that neither policy
/// writes down. Service-linked roles, which no service control policy binds, are not among those of such policies.
pub fn compare_policies(policies: Policies<'_>, options: &CheckOptions) -> Comparison {
    let limits = Limits { encoding: options.encoding, ..Limits::default() };
    let mut prover = Prover::with_limits(policies.catalogue, policies.assumptions, limits);
    let as_of = options.as_of.as_deref().and_then(parse_instant);
    let targets = super::change::all_targets(policies.catalogue);
    let written = policies.written(options);
    let (accounts, enough) = policies.accounts(&written);
    let some = AccountId::parse("777788889999").unwrap_or(AccountId::NOBODY);
    let mut principals = Vec::new();
    let partitions = policies.partitions();
    let places =
        partitions.iter().flat_map(|partition| accounts.iter().map(move |place| (*partition, *place)));
    for (partition, (account, named)) in places {
        let other = written.unwritten(some, &BTreeSet::from([account]));
        let targets = with_foreign(&targets, other, policies.catalogue);
        for kind in policies.kinds() {
            let pair = Pair { policies, partition, account, kind };
            let mut ask = |first: &NamedPolicy, second: &NamedPolicy| {
                let mut verdicts = Vec::new();
                let mut says_the_same = true;
                for beside in policies.beside() {
                    let (set, second) = (pair.set(first, *beside), pair.set(second, *beside));
                    says_the_same &= Surplus::new(&set, &second).is_nothing();
                    let question = Question { targets: &targets, second, as_of: as_of.as_ref() };
                    verdicts.push(pair.verdict(&mut prover, &set, &question));
                    if matches!(verdicts.last(), Some(Verdict::Refuted(_))) {
                        break;
                    }
                }
                let verdict = joined(verdicts);
                if enough || says_the_same || Answer::of(&verdict) != Answer::No {
                    return verdict;
                }
                let text = "it hangs on the account in more ways than were looked at: name the account by `--account`";
                Verdict::Inconclusive(Reason::NotCovered { code: "accounts", text: text.to_owned() })
            };
            let (gained, lost) = (ask(policies.new, policies.old), ask(policies.old, policies.new));
            let principal = pair.pattern(named);
            principals.push(Compared { principal, account, presence: Presence::Both, gained, lost });
        }
    }
    Comparison { principals, guardrails: Vec::new(), changes: Vec::new(), defects: Vec::new() }
}

impl Policies<'_> {
    fn kinds(&self) -> Vec<PrincipalKind> {
        let mut kinds = vec![PrincipalKind::Role, PrincipalKind::User];
        // Identity policies and boundaries bind no root user.
        if self.attachment == Attachment::ServiceControl {
            kinds.push(PrincipalKind::Root);
        }
        kinds
    }

    /// Beside what the policies are: alone, and beside one that allows everything where that makes a difference.
    fn beside(&self) -> &'static [Beside] {
        let mut statements = [self.old, self.new].into_iter().flat_map(|policy| &policy.document.statements);
        let denies = statements.any(|statement| statement.effect == Effect::Deny);
        // Nothing is beside a boundary.
        if denies && self.attachment != Attachment::PermissionsBoundary {
            &[Beside::Nothing, Beside::Everything]
        } else {
            &[Beside::Nothing]
        }
    }

    /// What the policies say, but for principals and names.
    fn text(&self) -> String {
        let statements = [self.old, self.new].into_iter().flat_map(|policy| &policy.document.statements);
        // Places in files are no part of what a policy says.
        let text = statements.map(|statement| {
            format!("{:?} {:?} {:?}", statement.action, statement.resource, statement.conditions)
        });
        text.collect::<Vec<_>>().join(" ")
    }

    /// The partitions to ask about: the first of AWS, and all others if the policies name any of them or its Regions.
    pub fn partitions(&self) -> Vec<&str> {
        let first = FIRST_PARTITION;
        let others: Vec<&str> = self.catalogue.partitions().filter(|partition| *partition != first).collect();
        let regions = others.iter().flat_map(|partition| self.catalogue.regions(partition));
        let names: Vec<&str> = others.iter().copied().chain(regions.map(String::as_str)).collect();
        let text = self.text().to_ascii_lowercase();
        // A variable may put a Region in, beside which any part of one may stand.
        let tells = text.contains("region}")
            || text.contains("region,")
            || text
                .split('"')
                .map(with_wildcards)
                .any(|string| tokens(&string).any(|one| tells_one(one, &names)));
        std::iter::once(first).chain(others.into_iter().filter(|_| tells)).collect()
    }

    /// The accounts that the policies write down.
    fn written(&self, options: &CheckOptions) -> Written {
        let models = known_models(&World::default(), self.models, options);
        let is_model = |pattern: &str| {
            let pattern = Language::glob(pattern);
            models.iter().any(|id| pattern.accepts(id))
        };
        Written::of(&self.text(), &is_model)
    }

    /// The accounts to ask about, each with whether it is named as such, and whether these are enough.
    fn accounts(&self, written: &Written) -> (Vec<(AccountId, bool)>, bool) {
        if let Some(account) = self.account {
            return (vec![(account, true)], true);
        }
        let some = AccountId::parse("111122223333").unwrap_or(AccountId::NOBODY);
        let first = written.unwritten(some, &BTreeSet::new());
        let (others, enough) = written.besides(first, &BTreeSet::new(), &[]);
        let others = others.into_iter().map(|account| (account, true));
        (std::iter::once((first, false)).chain(others).collect(), enough)
    }
}

/// The targets, and those that may have a policy also as another account's, which no policy writes down: what lets somebody of another account in
/// leaves it to identity policies.
fn with_foreign(targets: &[Target], other: AccountId, catalogue: &Catalogue) -> Vec<Target> {
    let foreign = targets.iter().filter(|target| {
        let known = target.resource.resource_type().and_then(|id| catalogue.resource_type(id));
        known.is_some_and(|known| {
            let service = known.arn_formats.first().map_or_else(String::new, |arn| service_of(arn));
            can_carry_policy(&service, Some(&known.name))
        })
    });
    let foreign = foreign.map(|target| Target { owner: Some(other), ..target.clone() });
    targets.iter().cloned().chain(foreign).collect()
}

/// The parts of a string in which a partition or a Region may stand.
fn tokens(string: &str) -> impl Iterator<Item = &str> {
    string.split([':', '/', ',', ' '])
}

/// The token may be one of `names` or hold one: it is more than wildcards, and matches one, or some part of it is in one.
fn tells_one(token: &str, names: &[&str]) -> bool {
    if !token.contains(['*', '?']) {
        return names.iter().any(|name| token.contains(name));
    }
    let pattern = Language::glob(token);
    // A wildcard may stand for a colon and more beside what is written of a name.
    let mut pieces = token.split(['*', '?']).filter(|piece| piece.len() > 1);
    let holds_part =
        pieces.any(|piece| names.iter().any(|name| name.contains(piece) || piece.contains(name)));
    holds_part || token.chars().any(|c| c != '*') && names.iter().any(|name| pattern.accepts(name))
}

/// What else is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    /// Nothing.
    Nothing,
    /// A policy that allows everything.
    Everything,
}

/// What is asked.
struct Question<'q> {
    targets: &'q [Target],
    /// What does not allow the request.
    second: PolicySet,
    as_of: Option<&'q crate::decimal::Decimal>,
}

/// The policies as those of a principal of some kind in some account.
#[derive(Clone, Copy)]
struct Pair<'a> {
    policies: Policies<'a>,
    partition: &'a str,
    account: AccountId,
    kind: PrincipalKind,
}

impl Pair<'_> {
    /// The ARNs that are meant.
    fn pattern(&self, named: bool) -> String {
        let account = if named { self.account.to_string() } else { "*".to_owned() };
        let name = match self.kind {
            PrincipalKind::Role => "role/*",
            PrincipalKind::User => "user/*",
            PrincipalKind::Root => "root",
        };
        format!("arn:{}:iam::{account}:{name}", self.partition)
    }

    /// What decides requests of a principal to which `policy` is attached.
    fn set(&self, policy: &NamedPolicy, beside: Beside) -> PolicySet {
        let mut attached = vec![policy.clone()];
        if beside == Beside::Everything {
            attached.push(allows_everything("another policy, which allows everything"));
        }
        let identity = match self.kind {
            PrincipalKind::Root => Vec::new(),
            PrincipalKind::Role | PrincipalKind::User => {
                vec![allows_everything("identity policy that allows everything")]
            }
        };
        let set = PolicySet { identity, ..PolicySet::default() };
        match self.policies.attachment {
            Attachment::Identity => PolicySet { identity: attached, ..set },
            Attachment::PermissionsBoundary => PolicySet { permissions_boundary: Some(attached), ..set },
            Attachment::ServiceControl => {
                let target = Arc::from("the level of the policy");
                PolicySet { service_control: vec![ControlLevel { target, policies: attached }], ..set }
            }
        }
    }

    /// A principal with these policies, by this name and with these tags.
    fn subject(&self, set: &PolicySet, (arn, tags): Found) -> Subject {
        let design = Design {
            boundary: None,
            invented_name: false,
            service_control: Vec::new(),
            account: self.account,
            any_account: false,
            never: BTreeSet::new(),
            partition: self.partition.to_owned(),
            under: None,
            organization: None,
            no_resource_policies: false,
        };
        let sides = Arc::new(ResourceSides::of(&World::default()));
        let plain = design_subject::subject(&design, &sides, self.kind, arn.as_deref(), tags);
        Subject { policies: set.clone(), ..plain }
    }

    /// Whether somebody with the policies `first` may do what it could not with the others: refuted by a request, proved of everybody.
    fn verdict(&self, prover: &mut Prover<'_>, first: &PolicySet, question: &Question<'_>) -> Verdict {
        let plain = self.subject(first, (None, BTreeMap::new()));
        if Surplus::new(&plain.policies, &question.second).is_nothing() {
            return Verdict::Proved(Box::new(Certificate::joined(Vec::new())));
        }
        // What a name has no part in is shown by any.
        let by_plain = self.ask(prover, &plain, question);
        if matches!(by_plain, Verdict::Refuted(_)) || self.kind == PrincipalKind::Root {
            return by_plain;
        }
        prover.take_found();
        let mut any_name = AnyName::default();
        if self.policies.attachment == Attachment::ServiceControl {
            any_name.exclude.push(Language::arn_pattern("arn:*:iam::*:role/aws-service-role/*"));
        }
        let any_name = Some(any_name);
        let anybody = Subject { any_name, ..plain };
        let reason = match self.ask(prover, &anybody, question) {
            Verdict::Inconclusive(reason) => reason,
            closed @ (Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::NotApplicable) => return closed,
        };
        let mut open = match by_plain {
            Verdict::Inconclusive(reason) => reason,
            Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::NotApplicable => match reason {
                Reason::Disagreement(_) => {
                    let text = "somebody may, and nobody was found by name".to_owned();
                    Reason::NotCovered { code: "names", text }
                }
                Reason::OpenMatters(_)
                | Reason::Limit(_)
                | Reason::NotCovered { .. }
                | Reason::UnknownValues(_) => reason,
            },
        };
        for found in prover.take_found().into_iter().take(NAMES) {
            match self.ask(prover, &self.subject(first, found), question) {
                refuted @ Verdict::Refuted(_) => return refuted,
                Verdict::Inconclusive(reason) => open = reason,
                Verdict::Proved(_) | Verdict::NotApplicable => {}
            }
        }
        prover.take_found();
        Verdict::Inconclusive(open)
    }

    fn ask(&self, prover: &mut Prover<'_>, subject: &Subject, question: &Question<'_>) -> Verdict {
        let mut subject = subject.clone();
        if matches!(subject.kind, SubjectKind::User { .. }) {
            let mut makes = subject.clone();
            if self.policies.attachment == Attachment::Identity {
                // Another policy may allow to make sessions.
                makes.policies.identity.push(allows_everything("another policy, which allows everything"));
            }
            subject.federation = federation(prover, self.policies.catalogue, &makes);
            prover.take_found();
        }
        let to_come = future_targets(&[&subject.policies, &question.second]);
        let targets = question.targets.iter().chain(&to_come).cloned().collect();
        let goal = Goal::AllowedBeyond(Box::new(question.second.clone()));
        match unbound(prover, &subject, Query { goal, ..allowed(targets, question.as_of) }) {
            Verdict::Refuted(witness) => {
                let refused = self.refused(&witness, &question.second);
                Verdict::Refuted(Box::new(witness.refused_elsewhere(refused)))
            }
            other @ (Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
        }
    }

    /// How the requests are decided by the other policies.
    fn refused(&self, witness: &Witness, second: &PolicySet) -> Vec<ReplayedRequest> {
        let mut decided = Vec::new();
        for replayed in witness.requests() {
            let request = &replayed.request;
            let mut set = second.clone();
            if matches!(request.principal, Principal::FederatedUser { .. }) {
                set.session = Some(vec![full_session_policy()]);
            }
            for wanted in [false, true] {
                let (catalogue, pins) = (self.policies.catalogue, self.policies.assumptions);
                if let Replay::Confirmed(requests) =
                    replay(request, &set, catalogue, pins, wanted, Vec::new())
                {
                    decided.extend(requests);
                    break;
                }
            }
        }
        decided
    }
}

#[cfg(test)]
mod tests {
    use super::{tells_one, tokens};
    use crate::account_pattern::with_wildcards;

    #[test]
    fn whatever_may_be_a_name_of_another_partition_tells_it() {
        let names = ["aws-cn", "aws-us-gov", "cn-north-1", "us-gov-west-1"];
        let tells = |string: &str| tokens(&with_wildcards(string)).any(|token| tells_one(token, &names));
        for string in [
            "arn:aws-cn:s3:::x",
            "arn*-cn:iam::*",
            "c*",
            "??-north-?",
            "s3.cn-north-1.x",
            "u${aws:username}",
            "-gov*",
        ] {
            assert!(tells(string), "{string}");
        }
        for string in ["arn:aws:s3:::data/*", "*", "**", "eu-*", "s3:Get*", "${aws:username}", "arn:*:s3:::a"]
        {
            assert!(!tells(string), "{string}");
        }
    }
}
