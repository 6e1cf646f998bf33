//! What changes of types that are not read do to a world.

use serde_json::Value;

use super::Application;
use crate::terraform::kind::{Effect, effect};
use crate::terraform::plan::{Fate, Resource};
use ringfence_model::world::OptionalInput;

impl Application<'_> {
    /// Takes note of what a resource of a type that is not read may do; an error if that may be anything.
    pub(super) fn take_effect(&mut self, resource: &Resource) {
        let kind = resource.kind.as_str();
        let effect = effect(kind, &resource.before, &resource.after);
        if effect == Effect::Read {
            self.read += 1;
        }
        let commands =
            !matches!(resource.fate, Fate::Keep | Fate::Forget) && self.plan.runs_commands(resource);
        if commands || effect == Effect::Runs && resource.fate != Fate::Keep {
            self.assume(format!(
                "what is run when {} is made or deleted changes nothing that decides requests",
                resource.address
            ));
        }
        let is_change = !matches!(resource.fate, Fate::Keep | Fate::Forget);
        // What a plan leaves as it is the world has; without a world nothing has it.
        let is_new = is_change || self.told.is_all;
        self.note_listed(resource);
        if kind == "aws_iam_instance_profile" && is_change && resource.fate != Fate::Create {
            // Which role machines have.
            self.outdate(resource, &[OptionalInput::Resources]);
        }
        match effect {
            Effect::Read => {
                if resource.before.get("skip_destroy") == Some(&Value::Bool(true))
                    && resource.fate == Fate::Replace
                {
                    let message = "what is replaced stays too, since `skip_destroy` says so";
                    self.problem(resource, message, "set skip_destroy to false, apply that, and plan again");
                }
            }
            Effect::Runs => {}
            Effect::Nothing => {
                if !kind.starts_with("aws") && kind != "terraform_data" {
                    let provider = kind.split('_').next().unwrap_or(kind);
                    self.assume(format!(
                        "resources of types that begin with `{provider}_` change nothing that decides requests to AWS"
                    ));
                }
            }
            _ if !is_new => {}
            _ if self.told.ignored.contains(kind) => {
                self.assume(format!("resources of the type {kind} change nothing that decides requests"));
            }
            Effect::Outdates(inputs) => self.outdate(resource, inputs),
            Effect::Anything => self.problem(
                resource,
                "resources of this type are not read, and may make principals or change what they may do",
                &format!(
                    "collect the world after it was applied; or say with --ignore {kind} that such changes do not matter"
                ),
            ),
        }
    }

    /// What resources.json says of a resource that it lists is no more so when its tags change, or it goes.
    fn note_listed(&mut self, resource: &Resource) {
        let of = |name: &str| (resource.before.get(name), resource.after.get(name));
        let is_other = |(before, after): (Option<&Value>, Option<&Value>)| before != after;
        let is_changed = match resource.fate {
            Fate::Keep | Fate::Forget | Fate::Create => false,
            Fate::Update => is_other(of("tags")) || is_other(of("tags_all")),
            Fate::Replace | Fate::Delete => true,
        };
        let Some(arn) = resource.before.get("arn").and_then(Value::as_str).filter(|_| is_changed) else {
            return;
        };
        let accounts = self.planned.draft.accounts.iter_mut();
        let listed = accounts.filter(|(_, account)| account.listed.contains(arn));
        for (id, account) in listed {
            account.outdated.insert(OptionalInput::Resources);
            let file = OptionalInput::Resources.file_name();
            let why = format!("{file} of {id} is left out: of what {} changes", resource.address);
            self.planned.outdated.insert((id.clone(), file), why);
        }
    }

    /// What the files say of the account of the resource is no more so.
    pub(super) fn outdate(&mut self, resource: &Resource, inputs: &[OptionalInput]) {
        let Some(account) = self.account_of(resource) else { return };
        for input in inputs {
            let draft = self.planned.draft.accounts.entry(account.clone()).or_default();
            let was_known = match input {
                OptionalInput::ResourcePolicies => draft.resource_policies.take().is_some(),
                OptionalInput::InferenceProfiles | OptionalInput::Resources | OptionalInput::Credentials => {
                    draft.outdated.insert(*input)
                }
            };
            if was_known || *input != OptionalInput::ResourcePolicies {
                let why = format!(
                    "{} of {account} is left out: of what {} changes",
                    input.file_name(),
                    resource.address
                );
                self.planned.outdated.insert((account.clone(), input.file_name()), why);
            }
        }
    }
}
