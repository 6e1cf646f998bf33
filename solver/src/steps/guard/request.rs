//! The requests that a primitive's words stand for: what is asked about X, on which resource, with which keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn, fits_format, kind_of};
use ringfence_model::catalogue::{ActionId, ResourceTypeId};
use ringfence_model::context::ContextKey;

use super::{Binding, Chosen, Guards, is_tagging, name_of, takes_tags_off};
use crate::account_pattern::with_wildcards;
use crate::encode::action::glob_ignoring_case;
use crate::encode::statement::all_statements;
use crate::query::{KeyDemand, Target, TargetAction, TargetResource};
use crate::steps::cast::{Origin, tags_in_conditions};
use crate::steps::closure::Mode;
use crate::steps::new_policy::NewPolicy;
use crate::steps::primitive::{Asked, On, Said};
use crate::steps::state::{Cap, Tags, with_tags};
use crate::steps::tags::TagCell;
use crate::subject::Subject;
use crate::theorem::approved_boundaries::offered;
use crate::theorem::targets_of;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// Services that may leave iam:PassedToService out (escalation: part 0, fact 5).
const MAY_LEAVE_OUT: [&str; 2] = ["codebuild.amazonaws.com", "codecommit.amazonaws.com"];

impl Guards<'_> {
    /// The requests that the words stand for.
    pub fn targets(
        &self,
        asked: &Asked,
        binding: &Binding,
        tagged: &BTreeSet<TagCell>,
        actor: &Subject,
        mode: Mode,
    ) -> Vec<Target> {
        let Some(action) = self.catalogue.find_action(&asked.action) else {
            let named = TargetAction::Named(asked.action.clone());
            return vec![Target::new(named, TargetResource::Anything, Vec::new())];
        };
        let exact = match asked.on {
            On::Target => self.target_arn(binding),
            On::Resource => binding.resource.clone(),
            On::Policy => match &binding.policy {
                Some(Chosen::Policy(arn)) => Some(Arc::clone(arn)),
                Some(Chosen::OfAws | Chosen::OfAccount | Chosen::Authored(_) | Chosen::None) | None => None,
            },
            On::New => binding.new_name.clone().filter(|_| mode == Mode::Exact),
            On::TestAlias => binding.resource.as_deref().and_then(test_alias),
            On::Any => None,
        };
        let mut owner = binding.owner.filter(|_| asked.on == On::Resource);
        let mut of_another_type = false;
        let targets = match exact {
            Some(arn) => {
                let types = self.types_of(&asked.action, &arn);
                let exactly = |resource_type| TargetResource::Exactly { resource_type, arn: arn.to_string() };
                let targets = types.into_iter().map(|found| Target::new(action, exactly(found), Vec::new()));
                let found: Vec<Target> = targets.collect();
                // An ARN of a form that the catalogue does not know may be any resource of the action; what belongs to a resource of
                // another type is in its account.
                if found.is_empty() {
                    let own = binding.resource.as_ref().filter(|_| asked.on == On::Resource);
                    let account = own.and_then(|arn| AccountId::parse(Arn::parse(arn)?.account));
                    owner = owner.or(account);
                    of_another_type = true;
                    targets_of(self.catalogue, &asked.action, &[])
                } else {
                    found
                }
            }
            None => match &binding.new_policy {
                Some(kind) if asked.on == On::Target => self.on_new_policies(asked, action, kind, actor),
                None if asked.on == On::New && mode == Mode::May => match &binding.new_name {
                    Some(own) => otherwise_called(self.of_type(asked), own),
                    None => self.of_type(asked),
                },
                None if asked.on == On::TestAlias => {
                    let front = format!("arn:{}:bedrock:*:{}", actor.partition, actor.account);
                    let of_flow = name_of(asked).contains("Flow");
                    let alias = if of_flow { "flow/*/alias" } else { "agent-alias/*" };
                    self.on_arns(action, &format!("{front}:{alias}/{TEST_ALIAS}"))
                }
                None if asked.on == On::Target && !binding.taken.is_empty() => {
                    self.but_for_names(self.of_type(asked), binding, actor)
                }
                None if asked.on == On::Resource => self.among_types(self.of_type(asked), binding),
                Some(_) | None => self.of_type(asked),
            },
        };
        let mut keys = self.keys((asked, mode), binding, actor);
        if is_tagging(asked)
            && let Some(name) = &binding.name
        {
            match name.split_once('=') {
                Some((key, value)) => {
                    keys.extend(passed_tags(&BTreeMap::from([(key.to_owned(), value.to_owned())]), &[]));
                }
                None => keys.extend(passed_tags(&BTreeMap::new(), &[name.to_string()])),
            }
        }
        if asked.action == "sts:AssumeRole" && !binding.session_tags.is_empty() {
            keys.extend(passed_tags(&binding.session_tags, &[]));
        }
        if let Some(cell) =
            binding.tag.as_ref().filter(|_| is_tagging(asked) || asked.action == "sts:TagSession")
        {
            // A call that writes all tags takes off those that it does not name.
            let by_leaving_out = matches!(cell, TagCell::Gone(_)) && !takes_tags_off(asked);
            if !by_leaving_out {
                keys.extend(self.cast.listed_tags.demands(cell));
            }
        }
        let tags = match asked.on {
            On::Target => self.tags(binding, tagged, actor),
            // Of what belongs to a resource no tags are known.
            On::Resource if !of_another_type => self.tags_of_resource(binding, tagged, actor, mode),
            On::Resource | On::Any | On::New | On::Policy | On::TestAlias => Vec::new(),
        };
        targets
            .into_iter()
            .map(|mut target| {
                let offered =
                    |key: &ContextKey| self.catalogue.offers(action, target.resource.resource_type(), key);
                let all = keys.iter().chain(&tags).filter(|(key, _)| offered(key)).cloned().collect();
                target.keys = all;
                target.owner = owner.filter(|owner| *owner != actor.account);
                target
            })
            .map(|target| self.with_other_resources(action, asked, target, binding))
            .flat_map(|target| self.with_further(action, (asked, mode), target, actor))
            .collect()
    }

    /// The action on any resource that it takes, or on any of the type that the request names.
    fn of_type(&self, asked: &Asked) -> Vec<Target> {
        let all = targets_of(self.catalogue, &asked.action, &[]);
        let Some(wanted) = asked.of_type.as_deref().and_then(|name| self.type_named(name)) else {
            return all;
        };
        let (of_type, others): (Vec<Target>, Vec<Target>) =
            all.into_iter().partition(|target| target.resource.resource_type() == Some(wanted));
        if of_type.is_empty() { others } else { of_type }
    }

    /// Those on the types that the resource may have; all where none is on one of them, since what it belongs to is what has the role.
    fn among_types(&self, targets: Vec<Target>, binding: &Binding) -> Vec<Target> {
        let wanted: Vec<ResourceTypeId> =
            binding.of_types.iter().filter_map(|name| self.type_named(name)).collect();
        let is_wanted =
            |target: &Target| target.resource.resource_type().is_some_and(|known| wanted.contains(&known));
        if targets.iter().any(is_wanted) { targets.into_iter().filter(is_wanted).collect() } else { targets }
    }

    pub(super) fn type_named(&self, name: &str) -> Option<ResourceTypeId> {
        let (service, name) = name.split_once(':')?;
        self.catalogue.find_resource_type(service, name)
    }

    /// The targets without the users or roles that have one of the names, as far as the actor's policies write those.
    fn but_for_names(&self, targets: Vec<Target>, binding: &Binding, actor: &Subject) -> Vec<Target> {
        let Some(x) = binding.member.and_then(|id| self.cast.member(id)) else { return targets };
        let without = |mut target: Target| {
            let Some(resource_type) = target.resource.resource_type() else { return target };
            let Some(known) = self.catalogue.resource_type(resource_type) else { return target };
            if *known.service != *"iam" || !["user", "role"].contains(&known.name.as_str()) {
                return target;
            }
            let front = format!("arn:{}:iam::{}:{}", x.subject.partition, x.account(), known.name);
            let excluded = of_names(&front, &binding.taken, actor);
            if !excluded.is_empty() {
                let language = Language::glob(&format!("{front}/*"));
                target.resource = TargetResource::Within { resource_type, language, excluded };
            }
            target
        };
        targets.into_iter().map(without).collect()
    }

    /// The action on policies of the account that have names of this kind.
    fn on_new_policies(
        &self,
        asked: &Asked,
        action: ActionId,
        kind: &NewPolicy,
        actor: &Subject,
    ) -> Vec<Target> {
        let (Some(row), Some(known)) =
            (self.catalogue.action(action), self.cast.accounts.get(&actor.account))
        else {
            return targets_of(self.catalogue, &asked.action, &[]);
        };
        let (language, excluded) = known.patterns.arns(kind, &actor.partition, actor.account);
        let arn = format!("arn:{}:iam::{}:policy/name", actor.partition, actor.account);
        let types = self.types_of(&row.full_name(), &arn).into_iter();
        let within = |resource_type| TargetResource::Within {
            resource_type,
            language: language.clone(),
            excluded: excluded.clone(),
        };
        types.map(|found| Target::new(action, within(found), Vec::new())).collect()
    }

    /// The action on the resources whose ARN is `pattern`, which may end with a wildcard.
    pub fn on_arns(&self, action: ActionId, pattern: &str) -> Vec<Target> {
        let Some(row) = self.catalogue.action(action) else { return Vec::new() };
        let exact = !pattern.contains('*');
        self.types_of(&row.full_name(), pattern)
            .into_iter()
            .map(|resource_type| {
                let resource = if exact {
                    TargetResource::Exactly { resource_type, arn: pattern.to_owned() }
                } else {
                    let language = Language::glob(pattern);
                    TargetResource::Within { resource_type, language, excluded: Vec::new() }
                };
                Target::new(action, resource, Vec::new())
            })
            .collect()
    }

    /// The ARN of X, if it has one that is known.
    pub(super) fn target_arn(&self, binding: &Binding) -> Option<Arc<str>> {
        if binding.renamed {
            return None;
        }
        if let Some(arn) = binding.called.as_ref().or(binding.arn.as_ref()) {
            return Some(Arc::clone(arn));
        }
        let member = self.cast.member(binding.member?)?;
        member.subject.any_name.is_none().then(|| Arc::from(member.arn()))
    }

    /// False if the resource that runs with X is of a type that the action does not take. A proof takes it that the action may be about
    /// what belongs to the resource; a path has to be about the resource itself.
    pub fn is_about_resource(&self, asked: &Asked, binding: &Binding) -> bool {
        let resource = binding.resource.as_ref().filter(|_| asked.on == On::Resource);
        resource.is_none_or(|arn| !self.types_of(&asked.action, arn).is_empty())
    }

    /// The types of resources of the action that such an ARN may be of.
    pub fn types_of(&self, action: &str, arn: &str) -> Vec<ResourceTypeId> {
        let Some(row) = self.catalogue.find_action(action).and_then(|id| self.catalogue.action(id)) else {
            return Vec::new();
        };
        let fits = |resource_type: &ResourceTypeId| {
            self.catalogue
                .resource_type(*resource_type)
                .is_some_and(|known| known.arn_formats.iter().any(|format| fits_format(format, arn)))
        };
        row.resource_types.iter().map(|taken| taken.resource_type).filter(fits).collect()
    }

    fn keys(
        &self,
        (asked, mode): (&Asked, Mode),
        binding: &Binding,
        actor: &Subject,
    ) -> Vec<(ContextKey, KeyDemand)> {
        let partition = actor.partition.as_str();
        asked
            .keys
            .iter()
            .filter_map(|(key, said)| {
                let demand = match said {
                    Said::Current => match binding.cap.as_ref()? {
                        Cap::None => KeyDemand::Absent,
                        Cap::Policy(arn, _) => KeyDemand::Value(Language::exactly(arn)),
                        // Those that are told apart are nodes of their own.
                        Cap::Other => KeyDemand::ValueOutside(
                            Language::glob("*"),
                            vec![self.told_apart(actor.account, true)],
                        ),
                    },
                    Said::Requested => {
                        self.chosen(binding.requested.as_ref()?, partition, actor.account, true)
                    }
                    Said::Policy => self.chosen(binding.policy.as_ref()?, partition, actor.account, false),
                    // Which services a pattern names is left open.
                    Said::Service
                        if binding.services.is_empty()
                            || binding.services.iter().any(|service| service.contains(['*', '?'])) =>
                    {
                        return None;
                    }
                    Said::Service => {
                        // The name of the service may have a Region in it, or the ending of China, where a policy writes it so.
                        let also = self.also_called(&binding.services, actor);
                        let services = Language::one_of(binding.services.iter().cloned().chain(also));
                        let left_out =
                            binding.services.iter().any(|service| MAY_LEAVE_OUT.contains(&service.as_str()));
                        if left_out {
                            KeyDemand::AbsentOrOutside(services, Vec::new())
                        } else {
                            KeyDemand::Value(services)
                        }
                    }
                    Said::Text(text) => KeyDemand::Value(Language::exactly(&in_partition(text, partition))),
                    Said::InPaths(_) if mode == Mode::May => return None,
                    Said::InPaths(text) => {
                        let known = self.catalogue.key_id(key).and_then(|id| self.catalogue.key_info(id));
                        if known.is_some_and(|known| known.multivalued) {
                            KeyDemand::List(vec![text.clone()])
                        } else {
                            KeyDemand::Value(Language::exactly(text))
                        }
                    }
                };
                Some((key.clone(), demand))
            })
            .collect()
    }

    /// Names of the services with a Region, or the ending of China, that conditions of the actor's policies admit.
    fn also_called(&self, services: &[String], actor: &Subject) -> BTreeSet<String> {
        let patterns: BTreeSet<String> = all_statements(&actor.policies)
            .flat_map(|statement| &statement.conditions)
            .filter(|condition| condition.key.canonical() == "iam:passedtoservice")
            .flat_map(|condition| &condition.values)
            .map(|value| with_wildcards(&value.raw))
            .filter(|pattern| !services.contains(pattern))
            .collect();
        if patterns.is_empty() {
            return BTreeSet::new();
        }
        let regions = self.catalogue.regions(&actor.partition).iter().map(|region| format!(".{region}"));
        let regions: Vec<String> = regions.chain([String::new()]).collect();
        let fronts = services.iter().filter_map(|service| service.strip_suffix(".amazonaws.com"));
        let names = fronts.flat_map(|front| {
            let with_region = regions.iter().map(move |region| format!("{front}{region}.amazonaws.com"));
            with_region.flat_map(|name| [format!("{name}.cn"), name])
        });
        names.filter(|name| patterns.iter().any(|pattern| glob_ignoring_case(pattern, name))).collect()
    }

    /// The policies that are asked about by name.
    fn told_apart(&self, account: AccountId, as_boundary: bool) -> Language {
        let known = self.cast.accounts.get(&account);
        let all = known
            .into_iter()
            .flat_map(|known| if as_boundary { &known.boundaries } else { &known.attachable });
        Language::one_of(all.map(ToString::to_string))
    }

    fn chosen(&self, chosen: &Chosen, partition: &str, account: AccountId, as_boundary: bool) -> KeyDemand {
        let candidates = || self.told_apart(account, as_boundary);
        match chosen {
            Chosen::None => KeyDemand::Absent,
            Chosen::Policy(arn) => KeyDemand::Value(Language::exactly(arn)),
            Chosen::OfAws => {
                let mut known = self.of_aws.borrow_mut();
                let all = known.entry(partition.to_owned()).or_insert_with(|| offered(partition));
                KeyDemand::ValueOutside(all.clone(), vec![candidates()])
            }
            Chosen::OfAccount => {
                let known = self.cast.accounts.get(&account);
                let others = known.into_iter().flat_map(|known| {
                    known.policies.iter().filter(|policy| !known.boundaries.contains(*policy))
                });
                KeyDemand::Value(Language::one_of(others.map(ToString::to_string)))
            }
            Chosen::Authored(kind) => {
                let known = self
                    .cast
                    .accounts
                    .get(&account)
                    .map(|known| known.patterns.arns(kind, partition, account));
                let (within, mut outside) = known.unwrap_or_else(|| (Language::glob("*"), Vec::new()));
                outside.push(candidates());
                KeyDemand::ValueOutside(within, outside)
            }
        }
    }

    /// The tags of the resource, where they are known, as far as the actor's policies ask for them: in a path those of its entry in an
    /// inventory, in a proof also what a run may have made of them.
    fn tags_of_resource(
        &self,
        binding: &Binding,
        tagged: &BTreeSet<TagCell>,
        actor: &Subject,
        mode: Mode,
    ) -> Vec<(ContextKey, KeyDemand)> {
        const FAMILIES: [&str; 3] = ["aws:ResourceTag", "ec2:ResourceTag", "ssm:resourceTag"];
        let Some(arn) = &binding.resource else { return Vec::new() };
        let Some(own) = self.cast.world.resource_tags(arn) else { return Vec::new() };
        let mut wanted = tags_in_conditions(&actor.policies, &FAMILIES);
        // Of a tag that only other policies than those of the world ask for nothing is known.
        wanted.retain(|tag| self.cast.listed_tags.is_of_resources(tag));
        let kind = kind_of(arn).map(|(service, word)| (service.to_owned(), word.to_owned()));
        let by_calls = kind.is_some_and(|kind| self.tagged_by_calls.contains(&kind));
        if wanted.is_empty() || mode == Mode::May && !by_calls {
            return Vec::new();
        }
        self.demands_on_tags(&wanted, &FAMILIES, own.clone(), &binding.resource_tags, tagged)
    }

    /// The tags of X, as far as the actor's policies ask for them.
    fn tags(
        &self,
        binding: &Binding,
        tagged: &BTreeSet<TagCell>,
        actor: &Subject,
    ) -> Vec<(ContextKey, KeyDemand)> {
        const FAMILIES: [&str; 2] = ["aws:ResourceTag", "iam:ResourceTag"];
        let Some(member) = binding.member.and_then(|id| self.cast.member(id)) else { return Vec::new() };
        if binding.arn.is_some() || member.origin != Origin::World {
            return Vec::new();
        }
        let mut wanted = tags_in_conditions(&actor.policies, &FAMILIES);
        let trust = member.subject.kind.trust().map(|trust| &trust.document.statements);
        let of_trust = trust.into_iter().flatten().flat_map(|statement| &statement.conditions);
        wanted.extend(
            of_trust
                .filter_map(|condition| condition.key.as_written().split_once('/'))
                .filter(|(family, _)| FAMILIES.iter().any(|known| family.eq_ignore_ascii_case(known)))
                .map(|(_, tag)| tag.to_owned()),
        );
        self.demands_on_tags(&wanted, &FAMILIES, member.subject.tags.clone(), &binding.tags, tagged)
    }

    /// What the tags `wanted` of somebody or something are that has its `own` with these changes, or what is made of them.
    fn demands_on_tags(
        &self,
        wanted: &BTreeSet<String>,
        families: &[&str],
        mut own: BTreeMap<String, String>,
        changes: &Tags,
        tagged: &BTreeSet<TagCell>,
    ) -> Vec<(ContextKey, KeyDemand)> {
        with_tags(&mut own, changes);
        let mut all = Vec::new();
        for tag in wanted {
            let mut values =
                own.iter().filter(|(key, _)| key.eq_ignore_ascii_case(tag)).map(|(_, value)| value);
            let value = values.next().map(String::as_str);
            // Which of several tags counts whose keys differ in letter case alone is not documented.
            if values.next().is_some() {
                continue;
            }
            let Some(demand) = self.cast.listed_tags.demand(tagged, tag, value) else { continue };
            let named = |family: &&str| (ContextKey::new(&format!("{family}/{tag}")), demand.clone());
            all.extend(families.iter().map(named));
        }
        all
    }
}

/// The ARNs that begin with `front`, such as `arn:aws:iam::111122223333:role`, and end with one of the names that policies of the actor
/// write: of all others another name does as well.
pub fn of_names(front: &str, names: &BTreeSet<String>, actor: &Subject) -> Vec<Language> {
    let written = all_statements(&actor.policies).filter_map(|statement| statement.resource.as_ref());
    let written: BTreeSet<String> = written
        .flat_map(|element| &element.values)
        .filter_map(|value| value.raw.rsplit_once('/'))
        .map(|(_, name)| name.to_ascii_lowercase())
        .filter(|name| names.contains(name))
        .collect();
    let any = CharacterSet::any();
    let with_any_path = |name: String| {
        let mut arns = LanguageBuilder::new();
        arns.glob(&format!("{front}*/"), &any).text_ignoring_case(&name);
        arns.build()
    };
    written.into_iter().map(with_any_path).collect()
}

/// The targets that are users or groups but for the one that is to get another name.
fn otherwise_called(targets: Vec<Target>, own: &str) -> Vec<Target> {
    let Some((front, _)) = own.split_once('/') else { return targets };
    let other = |mut target: Target| {
        if let Some(resource_type) = target.resource.resource_type() {
            let excluded = vec![Language::exactly(own)];
            let language = Language::glob(&format!("{front}/*"));
            target.resource = TargetResource::Within { resource_type, language, excluded };
        }
        target
    };
    targets.into_iter().map(other).collect()
}

/// What a request says that passes these tags, or takes these keys away.
fn passed_tags(tags: &BTreeMap<String, String>, keys: &[String]) -> Vec<(ContextKey, KeyDemand)> {
    let mut all: Vec<(ContextKey, KeyDemand)> = tags
        .iter()
        .map(|(key, value)| {
            let demand = KeyDemand::Value(Language::exactly(value));
            (ContextKey::new(&format!("aws:RequestTag/{key}")), demand)
        })
        .collect();
    let names: Vec<String> = tags.keys().chain(keys).cloned().collect();
    if !names.is_empty() {
        all.push((ContextKey::new("aws:TagKeys"), KeyDemand::List(names)));
    }
    all
}

/// The id of the alias that every agent has, for its draft
/// (<https://docs.aws.amazon.com/bedrock/latest/userguide/agents-test.html>).
const TEST_ALIAS: &str = "TSTALIASID";

/// The ARN of that alias of the agent or flow.
fn test_alias(agent: &str) -> Option<Arc<str>> {
    if let Some((front, id)) = agent.split_once(":flow/") {
        return Some(Arc::from(format!("{front}:flow/{id}/alias/{TEST_ALIAS}")));
    }
    let (front, id) = agent.split_once(":agent/")?;
    Some(Arc::from(format!("{front}:agent-alias/{id}/{TEST_ALIAS}")))
}

/// An ARN of the table, as it is in the partition.
fn in_partition(text: &str, partition: &str) -> String {
    text.strip_prefix("arn:aws:").map_or_else(|| text.to_owned(), |rest| format!("arn:{partition}:{rest}"))
}
