//! What the policies of resources that a run writes may let somebody do past the boundary with which the run began: for proofs, which
//! take it that such a policy may say anything.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::catalogue::{Action, ActionId};
use ringfence_model::policy::{Effect, PolicyDocument, Statement};
use ringfence_model::steps::takes_policy_off;
use ringfence_model::world::CoveredResources;

use super::Stepping;
use super::lacked::Lacking;
use crate::encode::action::may_match;
use crate::query::{Target, TargetResource};
use crate::steps::cast::MemberId;
use crate::steps::closure::Closure;
use crate::steps::primitive::Primitive;
use crate::steps::state::{Actor, Cap, Fact, Text};
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::Verdict;
use crate::wildcard::Language;

/// With more patterns of resources that somebody may write policies of, any resource is asked about.
const PATTERNS: usize = 16;

/// Services whose policies of resources are about the resource, and about what has an ARN that begins like it.
const BY_ARN: [&str; 8] = ["dynamodb", "ecr", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs"];

/// The boundary with which a run began, and whether everybody who acts carries it as it was then: what it denies nobody does then,
/// whatever the policies of resources say.
struct Begun {
    document: Arc<PolicyDocument>,
    in_force: bool,
}

impl Begun {
    /// It allows every request of the service; but for those that it denies, where these are denied to everybody.
    fn allows_wholly(&self, service: &str) -> bool {
        allows_wholly(&self.document, service, !self.in_force)
    }
}

impl Stepping<'_, '_> {
    /// An action of somebody held, or a primitive, that writes the policy of a resource by which somebody may be let in to what the boundary
    /// does not allow.
    pub(super) fn written_beyond<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        actors: &[Actor],
    ) -> Option<String> {
        let member = self.member(start)?;
        let boundary = member.boundary.as_ref()?;
        let document = self.guards.cast.document(member.account(), boundary)?;
        let is_carried = |actor: &Actor| actor.cap == Cap::Policy(Arc::clone(boundary), Text::Initial);
        let begun = Begun { in_force: actors.iter().all(is_carried), document };
        for fact in closed.facts.all() {
            let Fact::Opened(id) = fact else { continue };
            let Some(primitive) = self.primitives.find(id) else { return Some(id.clone()) };
            let actions = Primitive::all_requests(primitive).map(|asked| asked.action.as_str());
            if self.lets_past(answers, &begun, actors, &actions.collect::<Vec<_>>()) {
                return Some(id.clone());
            }
        }
        let mut asked = BTreeSet::new();
        for actor in actors {
            for id in self.open_writers(answers, actor) {
                let Some(name) = self.plan.catalogue.action(id).map(Action::full_name) else { continue };
                // What is of no consequence is not worth a question about who may do it.
                let matters = granted_by(&name).is_none_or(|service| !begun.allows_wholly(service));
                if !matters || asked.contains(&id) || !self.may_write(answers, actor, id, &name) {
                    continue;
                }
                asked.insert(id);
                if self.lets_past(answers, &begun, actors, &[&name]) {
                    return Some(name);
                }
            }
        }
        None
    }

    /// The actions that no primitive has by which the actor may write the policy of a resource, as far as its statements tell without
    /// their conditions.
    fn open_writers<A: Answers>(&mut self, answers: &mut A, actor: &Actor) -> BTreeSet<ActionId> {
        let Some(place) = self.guards.place(actor) else { return BTreeSet::new() };
        if let Some(known) = self.open_writers.get(&place) {
            return known.clone();
        }
        let open = self.guards.open_actions(answers, place, &self.writers);
        self.open_writers.insert(place, open.clone());
        open
    }

    /// Whether the actor may make a request of the action.
    fn may_write<A: Answers>(&mut self, answers: &mut A, actor: &Actor, id: ActionId, name: &str) -> bool {
        let Some(place) = self.guards.place(actor) else { return true };
        if let Some(known) = self.may_write.get(&(place, id)) {
            return *known;
        }
        let Some(subject) = self.guards.subject(place) else { return true };
        let targets = targets_of(self.plan.catalogue, name, &[]);
        let query = allowed(targets, self.plan.as_of.as_ref());
        let may = match unbound(answers, &subject, query.clone()) {
            Verdict::Proved(_) => false,
            // What the policy of a resource that nobody knows might grant is among what is missing. Why something is open is only told: that
            // nothing else grants it is proved.
            Verdict::Inconclusive(reason) if reason.code() == "resource-policies" => {
                let resources = Arc::new(subject.resources.shown_alone());
                let shown_alone = Subject { resources, ..subject.as_ref().clone() };
                !matches!(unbound(answers, &shown_alone, query), Verdict::Proved(_))
            }
            Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => true,
        };
        self.may_write.insert((place, id), may);
        may
    }

    /// False only if nobody who acts makes a request that the boundary does not allow, whatever the policies say that these actions of one
    /// service write.
    fn lets_past<A: Answers>(
        &mut self,
        answers: &mut A,
        begun: &Begun,
        actors: &[Actor],
        writers: &[&str],
    ) -> bool {
        let Some(service) = writers.first().and_then(|name| granted_by(name)) else { return true };
        if begun.allows_wholly(service) {
            return false;
        }
        // Whose boundary is another may use what is written in other accounts as well.
        if !begun.in_force || !BY_ARN.contains(&service) {
            return true;
        }
        // Where there is no policy none lets anybody in.
        let writers: Vec<&str> = writers.iter().copied().filter(|name| !takes_policy_off(name)).collect();
        let targets = self.on_what_is_written(&begun.document, service, &writers);
        let statements = begun.document.statements.iter();
        let allows = statements.filter(|statement| statement.effect == Effect::Allow).cloned().collect();
        // What the boundary denies it denies everybody who acts.
        let question = Lacking { allows: vec![allows], denies: Vec::new() };
        let opened = BTreeSet::from([service.to_owned()]);
        for actor in actors.iter().filter(|actor| !self.is_act(actor)).cloned().collect::<Vec<_>>() {
            let Some(subject) = self.guards.place(&actor).and_then(|place| self.guards.subject(place)) else {
                return true;
            };
            let resources = Arc::new(subject.resources.opened(&opened));
            let subject = Subject { resources, ..subject.as_ref().clone() };
            let verdict = question.ask(answers, &subject, targets.clone(), self.plan.as_of.as_ref());
            if !matches!(verdict, Verdict::Proved(_) | Verdict::NotApplicable) {
                return true;
            }
        }
        false
    }

    /// All requests of the service on resources whose policies the boundary lets somebody write by one of the actions, or policies that
    /// are known already may, and on what lies inside these.
    fn on_what_is_written(&self, document: &PolicyDocument, service: &str, writers: &[&str]) -> Vec<Target> {
        let catalogue = self.plan.catalogue;
        let patterns = self.written_by(document, service, writers);
        let mut targets = Vec::new();
        for (id, action) in catalogue.actions_of(service) {
            // What is about no resource hangs on no policy of one.
            for taken in &action.resource_types {
                let resource_type = taken.resource_type;
                let Some(patterns) = &patterns else {
                    let resource = TargetResource::Type { resource_type, names: Vec::new() };
                    targets.push(Target::new(id, resource, Vec::new()));
                    continue;
                };
                targets.extend(patterns.iter().map(|pattern| {
                    let language = Language::glob(pattern);
                    let resource = TargetResource::Within { resource_type, language, excluded: Vec::new() };
                    Target::new(id, resource, Vec::new())
                }));
            }
        }
        targets
    }

    /// Patterns of these resources, with what lies inside; none where they may be any.
    fn written_by(&self, document: &PolicyDocument, service: &str, writers: &[&str]) -> Option<Vec<String>> {
        let may_write = |statement: &Statement| {
            writers.iter().any(|writer| {
                let name = writer.split_once(':').map_or("", |(_, name)| name).to_ascii_lowercase();
                statement.effect == Effect::Allow && may_match(statement, service, &name)
            })
        };
        let mut patterns = BTreeSet::new();
        for statement in document.statements.iter().filter(|statement| may_write(statement)) {
            let resource = statement.resource.as_ref().filter(|element| !element.negated)?;
            patterns.extend(
                resource.values.iter().map(|value| crate::account_pattern::with_wildcards(&value.raw)),
            );
        }
        let known = self.guards.cast.world.resource_policies();
        let may_be_written = known.filter(|found| found.policy.document.statements.iter().any(may_write));
        let known = may_be_written.map(|found| found.covered.arn.to_string());
        patterns.extend(known.filter(|arn| arn.split(':').nth(2) == Some(service)));
        // What lies inside is told of ARNs that are written in full but for their ends.
        let is_arn = |pattern: &String| pattern.split(':').nth(2).is_some_and(|of| of == service);
        if patterns.len() > PATTERNS || !patterns.iter().all(is_arn) {
            return None;
        }
        Some(patterns.iter().flat_map(|pattern| inside(&in_any_region(pattern))).collect())
    }
}

/// The service whose requests the policies allow that the action writes.
fn granted_by(writer: &str) -> Option<&str> {
    let own = writer.split(':').next()?;
    Some(match writer {
        "kafka:PutClusterPolicy" => "kafka-cluster",
        _ if own == "apigateway" => "execute-api",
        _ => own,
    })
}

/// The ARN in any Region: the policies of secrets and keys go along with replicas of theirs.
fn in_any_region(pattern: &str) -> String {
    let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let is_copied = matches!(parts.get(2), Some(&("secretsmanager" | "kms")));
    if let Some(region) = parts.get_mut(3).filter(|_| is_copied) {
        *region = "*";
    }
    parts.join(":")
}

/// The pattern, and patterns of all that may lie inside what it matches.
fn inside(pattern: &str) -> Vec<String> {
    let mut all: Vec<String> = CoveredResources::of(pattern).patterns().collect();
    // Whichever way the type of the resource is written, what belongs to it begins like it.
    all.extend([format!("{pattern}/*"), format!("{pattern}:*")]);
    all
}

/// The document allows every request of the service; but for those that it denies, unless `denies` count.
fn allows_wholly(document: &PolicyDocument, service: &str, denies: bool) -> bool {
    let own = |pattern: &str| {
        pattern == "*"
            || pattern == "*:*"
            || pattern.strip_suffix(":*").is_some_and(|prefix| prefix.eq_ignore_ascii_case(service))
    };
    let may_be_of = |pattern: &str| {
        let prefix = pattern.split(':').next().unwrap_or_default();
        prefix.contains(['*', '?']) || prefix.eq_ignore_ascii_case(service)
    };
    let allows = |statement: &Statement| {
        statement.effect == Effect::Allow
            && statement.conditions.is_empty()
            && if statement.action.negated {
                // What names nothing of the service leaves nothing of it out.
                !statement.action.values.iter().any(|action| may_be_of(&action.0))
            } else {
                statement.action.values.iter().any(|action| own(&action.0))
            }
            && statement.resource.as_ref().is_some_and(|element| {
                !element.negated && element.values.iter().any(|value| value.raw == "*")
            })
    };
    let may_deny = |statement: &Statement| {
        statement.effect == Effect::Deny
            && (statement.action.negated || statement.action.values.iter().any(|action| may_be_of(&action.0)))
    };
    document.statements.iter().any(allows) && !(denies && document.statements.iter().any(may_deny))
}
