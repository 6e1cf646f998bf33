//! Guardrails on what the world says of a principal besides its policies: its boundary, keys, tags, last use.

use ringfence_model::context::ContextKey;

use super::ask::Asked;
use super::facts::{StandingKeys, Use, missing_tags};
use super::question::CallsAsked;
use crate::certificate::Certificate;
use crate::constraint::Constraint;
use crate::query::Target;
use crate::subject::SubjectKind;
use crate::theorem::Answers;
use crate::theorem::asking::joined;
use crate::theorem::invocation::{self, Around};
use crate::theorem::invoke::{InvokeTargets, in_region};
use crate::theorem::route::Route;
use crate::verdict::{Reason, Verdict};
use crate::witness::Witness;

impl Asked<'_> {
    /// It carries an approved boundary.
    pub(super) fn is_bounded(&self) -> bool {
        let carried = self.subject.policies.permissions_boundary.as_ref().and_then(|found| found.first());
        carried.is_some_and(|boundary| self.plan.approved.contains(&boundary.name))
    }

    /// A root user can carry no boundary.
    pub(super) fn bounded(&self, answers: &mut impl Answers, asked: &CallsAsked) -> Verdict {
        if self.subject.kind == SubjectKind::Root {
            return Verdict::NotApplicable;
        }
        let carried = self.subject.policies.permissions_boundary.as_ref().and_then(|found| found.first());
        let fact = match carried {
            Some(_) if self.is_bounded() => return by_facts(),
            Some(boundary) => format!("its permissions boundary {} is not an approved one", boundary.name),
            None => "it carries no permissions boundary".to_owned(),
        };
        match self.calls_but_routed(answers, asked) {
            Verdict::Refuted(witness) => Verdict::Refuted(Box::new(witness.with_facts(vec![fact]))),
            other @ (Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
        }
    }

    /// Roles have no credentials that last.
    pub(super) fn standing(
        &self,
        answers: &mut impl Answers,
        targets: &InvokeTargets,
        constraint: &Constraint,
        bearers: &[(&'static str, CallsAsked)],
    ) -> Verdict {
        if matches!(self.subject.kind, SubjectKind::Role { .. }) {
            return Verdict::NotApplicable;
        }
        let known = self.plan.facts.standing_keys(self.subject, &self.plan.today);
        let keys = known.unwrap_or(StandingKeys { access_key: true, api_key: true });
        if keys == StandingKeys::default() {
            return by_facts();
        }
        let by_token = if keys.access_key {
            Vec::new()
        } else {
            // An API key is of no use where no service lets it in.
            let asked = bearers.iter().map(|(service, calls)| (*service, self.calls(answers, calls)));
            let found: Vec<(&str, Verdict)> = asked.collect();
            let all = joined(found.iter().map(|(_, verdict)| verdict.clone()).collect());
            if matches!(all, Verdict::Proved(_)) {
                return all;
            }
            found
        };
        let let_in: Vec<&str> = by_token
            .iter()
            .filter(|(_, verdict)| !matches!(verdict, Verdict::Proved(_) | Verdict::NotApplicable))
            .map(|(service, _)| *service)
            .collect();
        let of_services = (!keys.access_key).then(|| targets.of_services(&let_in, self.plan.catalogue));
        let targets = of_services.as_ref().unwrap_or(targets);
        // With an API key each call is also checked for the key itself, in the same Region, network and time.
        let of_key: Vec<Target> = if keys.access_key {
            Vec::new()
        } else {
            let asked = bearers.iter().filter_map(|(_, calls)| calls.targets(self.subject.account));
            asked.flat_map(|targets| targets.direct.iter().cloned()).collect()
        };
        let around = match self.around(Some(constraint)) {
            Ok(around) => around,
            Err(open) => return open,
        };
        let mut routes =
            invocation::verdict(answers, self.subject, targets, Around { besides: &of_key, ..around });
        if matches!(&routes, Verdict::Refuted(witness) if !is_in_one_region(witness)) {
            // The check of the key is one of the call's, and so in its Region: asked Region by Region.
            let regions = self.plan.catalogue.regions(&self.subject.partition);
            let in_each = regions.iter().map(|region| {
                let of_key = in_region(&of_key, region);
                let around = Around { besides: &of_key, ..around };
                match invocation::verdict(answers, self.subject, &targets.in_region(region), around) {
                    Verdict::Refuted(witness) if !is_in_one_region(&witness) => by_key_perhaps(),
                    verdict @ (Verdict::Proved(_)
                    | Verdict::Refuted(_)
                    | Verdict::Inconclusive(_)
                    | Verdict::NotApplicable) => verdict,
                }
            });
            routes = joined(in_each.collect());
        }
        let Verdict::Refuted(witness) = routes else { return routes };
        let Some(keys) = known else {
            let fact = "it has a long-lived key: credentials.json, which would tell, is not there";
            return Verdict::Refuted(Box::new(witness.assuming(fact)));
        };
        if keys.access_key {
            let fact = "it has an active access key (credentials.json)".to_owned();
            return Verdict::Refuted(Box::new(witness.with_facts(vec![fact])));
        }
        let called = witness.requests().first().map(|replayed| replayed.request.action.to_ascii_lowercase());
        let service = called.as_deref().and_then(|action| action.split_once(':')).map(|(service, _)| service);
        // The API reference of agents, flows and knowledge bases knows no API keys.
        let of_runner = matches!(witness.route(), Some(Route::Agent | Route::Flow | Route::KnowledgeBase));
        // Whether the Claude platform lets a key of Bedrock in, AWS does not say (semantics:D6).
        let of_platform = service == Some("aws-external-anthropic");
        let token = by_token.into_iter().find(|(name, _)| Some(*name) == service);
        match token {
            Some((_, Verdict::Refuted(_))) if !of_runner && !of_platform => {
                let fact = "it has an active long-term API key of Bedrock (credentials.json)".to_owned();
                Verdict::Refuted(Box::new(witness.with_facts(vec![fact])))
            }
            _ => by_key_perhaps(),
        }
    }

    pub(super) fn owned(
        &self,
        answers: &mut impl Answers,
        targets: &InvokeTargets,
        tags: &[String],
        account_tags: &[String],
    ) -> Verdict {
        let mut facts = Vec::new();
        // A root user carries no tags of its own.
        if self.subject.kind != SubjectKind::Root {
            let own = missing_tags(&self.subject.tags, tags);
            facts
                .extend(own.iter().map(|key| format!("it does not carry the tag {key}, or without a value")));
        }
        let of_account = if account_tags.is_empty() {
            Some(Vec::new())
        } else {
            self.plan.facts.missing_account_tags(self.subject, account_tags)
        };
        let account = self.subject.account;
        facts.extend(
            of_account
                .iter()
                .flatten()
                .map(|key| format!("its account {account} does not carry the tag {key}, or without a value")),
        );
        if facts.is_empty() && of_account.is_some() {
            return by_facts();
        }
        match self.routes(answers, targets, None) {
            Verdict::Refuted(_) if facts.is_empty() => Verdict::Inconclusive(Reason::NotCovered {
                code: "account-tags",
                text: "it can invoke a model, and organization.json does not tell the tags of its account"
                    .to_owned(),
            }),
            Verdict::Refuted(witness) => Verdict::Refuted(Box::new(witness.with_facts(facts))),
            other @ (Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
        }
    }

    /// AWS tells the last use of roles alone.
    pub(super) fn unused(&self, answers: &mut impl Answers, targets: &InvokeTargets, days: u32) -> Verdict {
        let fact = match self.plan.facts.use_of(self.subject, &self.plan.today, days) {
            None => return Verdict::NotApplicable,
            Some(Use::Recent | Use::New) => return by_facts(),
            Some(Use::Unknown) => {
                return match self.routes(answers, targets, None) {
                    proved @ Verdict::Proved(_) => proved,
                    Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => {
                        Verdict::Inconclusive(Reason::NotCovered {
                            code: "last-use",
                            text:
                                "the export does not say when the role was last used: it has no RoleLastUsed"
                                    .to_owned(),
                        })
                    }
                };
            }
            Some(Use::Stale(Some(day))) => format!("it was last used on {day}, more than {days} days ago"),
            Some(Use::Stale(None)) => {
                format!("it is older than {days} days and was never used, as far as AWS tracks it")
            }
        };
        match self.routes(answers, targets, None) {
            Verdict::Refuted(witness) => Verdict::Refuted(Box::new(witness.with_facts(vec![fact]))),
            other @ (Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
        }
    }
}

fn by_key_perhaps() -> Verdict {
    Verdict::Inconclusive(Reason::NotCovered {
        code: "api-key",
        text: "it has a long-term API key and a route to a model, and it could not be shown that the key is let in on that route"
            .to_owned(),
    })
}

/// The call and the check of its key are in one Region.
fn is_in_one_region(witness: &Witness) -> bool {
    let region = ContextKey::new("aws:RequestedRegion");
    let mut requests = witness.requests().iter().map(|replayed| &replayed.request);
    let Some(call) = requests.next() else { return true };
    requests
        .filter(|request| request.action.to_ascii_lowercase().ends_with(":callwithbearertoken"))
        .all(|request| request.context.get(&region) == call.context.get(&region))
}

/// What the inputs themselves show, without a question.
fn by_facts() -> Verdict {
    Verdict::Proved(Box::new(Certificate::joined(Vec::new())))
}
