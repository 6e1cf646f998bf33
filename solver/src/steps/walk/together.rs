//! What the requests of one step have in common: the Region, the resource that is made, the role that is passed.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::ResourceTypeId;
use ringfence_model::condition::BaseOperator;
use ringfence_model::context::ContextKey;
use ringfence_model::request::Request;
use ringfence_model::steps::Change;
use ringfence_model::world::IamPrincipal;

use super::super::closure::{Event, Made, Mode};
use super::super::guard::{Binding, of_aws_in_paths};
use super::super::primitive::{Asked, On, Primitive, Told};
use super::super::tags::NO_TAGS;
use super::source::tell_source;
use super::{Walk, Walker, demanding};
use crate::constraint::condition;
use crate::encode::statement::{all_statements, keys_of};
use crate::query::{KeyDemand, Query, Target, TargetAction, TargetResource};
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed};
use crate::verdict::Verdict;
use crate::wildcard::Language;
use crate::witness::Witness;

/// Services whose calls are made in one Region wherever their effect is.
const WITHOUT_REGION: [&str; 11] = [
    "account",
    "budgets",
    "cloudfront",
    "iam",
    "identitystore",
    "organizations",
    "route53",
    "s3",
    "sso",
    "sts",
    "support",
];

/// The ARN of the resource that a role is passed to.
const ASSOCIATED: &str = "iam:AssociatedResourceArn";

/// What is known of the step by the requests that were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Together {
    /// The Region in which it takes place.
    pub(super) region: Option<String>,
    /// A Region in which a request can be made that this one does not admit.
    pub(super) other_region: Option<String>,
    /// The resources that it is about, those that it makes among them, by type.
    made: BTreeMap<ResourceTypeId, String>,
    /// The resource for which the role is passed.
    associated: Option<String>,
    /// What it takes for granted.
    pub(super) assumed: Vec<String>,
}

impl Together {
    pub(super) fn in_region(region: Option<String>) -> Self {
        Self { region, ..Self::default() }
    }

    /// Holds the subject to the Region of the step.
    pub(super) fn bind(&self, action: &str, subject: &mut Subject) {
        if let Some(region) = self.region.as_ref().filter(|_| has_region(action)) {
            let same =
                condition(BaseOperator::StringEquals, "aws:RequestedRegion", std::slice::from_ref(region));
            subject.policies.demanded.push(demanding("the step in one Region", vec![same]));
        }
    }

    /// # Errors
    /// If a role is passed for something that the step is not about, or the resources of a call are of several Regions.
    pub(super) fn check(&self, requests: &[Request]) -> Result<(), String> {
        let regional = requests.iter().filter(|request| has_region(&request.action));
        let of_arns = regional.filter_map(|request| Arn::parse(&request.resource)).map(|arn| arn.region);
        let regions: BTreeSet<&str> = of_arns.filter(|region| !region.is_empty() && *region != "*").collect();
        if regions.len() > 1 {
            return Err("the resources of the step are not of one Region".to_owned());
        }
        match &self.associated {
            Some(arn) if !requests.iter().any(|request| request.resource == *arn) => {
                Err(format!("the role may be passed for {arn}, which the step is not about"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// So many Regions are tried for one step.
const REGIONS_TRIED: usize = 4;

/// What a step asks for.
pub(super) struct Found {
    /// The requests.
    pub(super) requests: Vec<Request>,
    /// Who makes them.
    pub(super) actors: BTreeSet<String>,
    /// What they change.
    pub(super) changes: Vec<Change>,
    /// What they take for granted.
    pub(super) assumed: Vec<String>,
}

impl<'w: 'c, 'c, A: Answers> Walker<'_, 'w, 'c, A> {
    /// The requests of the step, in one Region, and what they change.
    pub(super) fn found(
        &mut self,
        primitive: &Primitive,
        event: &Event,
        walk: &Walk<'c>,
    ) -> Result<Found, String> {
        let mut tried = BTreeSet::new();
        let (mut region, mut first) = (None, None);
        loop {
            let mut together = Together::in_region(region);
            match self.requests_together(primitive, event, &mut together, walk) {
                Ok(found) => return Ok(found),
                Err(reason) => {
                    let reason = first.get_or_insert(reason);
                    let next = together.other_region.filter(|other| tried.insert(other.clone()));
                    if next.is_none() || tried.len() > REGIONS_TRIED {
                        return Err(reason.clone());
                    }
                    region = next;
                }
            }
        }
    }

    fn requests_together(
        &mut self,
        primitive: &Primitive,
        event: &Event,
        together: &mut Together,
        walk: &Walk<'c>,
    ) -> Result<Found, String> {
        let (mut requests, mut actors) = (Vec::new(), BTreeSet::new());
        let actions: Vec<&str> = event.made.iter().map(|made| made.asked.action.as_str()).collect();
        for made in &event.made {
            let found = self.request(primitive, made, &event.binding, together, walk)?;
            self.seed(&actions, together);
            actors.insert(walk.now(&self.arn(made.actor.member)).to_owned());
            requests.extend(found);
        }
        together.check(&requests)?;
        let mut changes = self.changes(primitive, event, &requests, walk)?;
        tell_source(&mut changes, &requests, together, walk)?;
        Ok(Found { requests, actors, changes, assumed: std::mem::take(&mut together.assumed) })
    }

    /// A request that the actor may make now, with the checks that its call makes besides.
    fn request(
        &mut self,
        primitive: &Primitive,
        made: &Made,
        binding: &Binding,
        together: &mut Together,
        walk: &Walk<'c>,
    ) -> Result<Vec<Request>, String> {
        let (actor, asked) = (&made.actor, &made.asked);
        let member = self.guards.cast.member(actor.member).ok_or("nobody asks")?;
        let subject = walk
            .subject(member, actor.member == self.start)
            .ok_or_else(|| format!("{} does not exist at this point", member.arn()))?;
        let binding = self.as_it_is(binding, walk);
        let targets = self.guards.targets(asked, &binding, &NO_TAGS, &subject, Mode::Exact);
        let targets = self.tied(targets, (primitive, asked), (&binding, &subject), together, walk);
        let query: Query = allowed(targets.clone(), walk.as_of(self.guards).as_ref());
        let mut bound = subject.clone();
        together.bind(&asked.action, &mut bound);
        match unbound(self.answers, &bound, query.clone()) {
            Verdict::Refuted(witness) => {
                let requests = requests_of(&witness);
                self.note(asked, &targets, &requests, together)?;
                Ok(requests)
            }
            Verdict::Proved(_) | Verdict::NotApplicable => {
                if let Some(requests) = self.through_a_stack(member, actor, &targets, together, walk) {
                    return Ok(requests);
                }
                if together.region.is_some()
                    && let Verdict::Refuted(witness) = unbound(self.answers, &subject, query)
                {
                    together.other_region = requests_of(&witness).first().and_then(region_of);
                    return Err(format!(
                        "{} is not allowed to {} where the rest of the step is",
                        asked.action,
                        member.arn()
                    ));
                }
                self.lack(actor, asked, &binding);
                Err(format!("{} is not allowed to {} as the step needs it", asked.action, member.arn()))
            }
            Verdict::Inconclusive(reason) => {
                Err(format!("{} by {}: {}", asked.action, member.arn(), reason.text()))
            }
        }
    }

    /// The targets as the requests before them leave them: about the same resource, with an id that AWS gives, with what the call says of
    /// the role, and without what would make it do something else.
    pub(super) fn tied(
        &self,
        mut targets: Vec<Target>,
        (primitive, asked): (&Primitive, &Asked),
        (binding, subject): (&Binding, &Subject),
        together: &Together,
        walk: &Walk<'c>,
    ) -> Vec<Target> {
        if matches!(asked.on, On::New | On::Any) {
            for target in &mut targets {
                let Some(resource_type) = target.resource.resource_type() else { continue };
                if let Some(arn) = together.made.get(&resource_type) {
                    target.resource = TargetResource::Exactly { resource_type, arn: arn.clone() };
                } else if makes(primitive) && self.is_named_by_aws(resource_type) {
                    let language = self.as_aws_names(resource_type, subject);
                    target.resource =
                        TargetResource::Within { resource_type, language, excluded: Vec::new() };
                }
            }
        }
        // Resources of a Region are where the call is made.
        let of_exact = targets.iter().find_map(|target| {
            let TargetResource::Exactly { arn, .. } = &target.resource else { return None };
            Arn::parse(arn).map(|arn| arn.region.to_owned())
        });
        let region = together.region.clone().or(of_exact).filter(|region| !region.is_empty());
        if let Some(region) = region.filter(|_| has_region(&asked.action)) {
            for target in &mut targets {
                self.place(target, &region, subject);
                target.further.iter_mut().for_each(|further| self.place(further, &region, subject));
            }
        }
        let mentioned: Vec<&ContextKey> = all_statements(&subject.policies).flat_map(keys_of).collect();
        for (name, told) in &self.primitives.parameters {
            let key = ContextKey::new(name);
            if !mentioned.iter().any(|known| known.canonical() == key.canonical()) {
                continue;
            }
            let Some(demand) = self.told(*told, primitive, binding, together, walk) else { continue };
            for target in &mut targets {
                let TargetAction::Catalogued(action) = target.action else { continue };
                let given = target.keys.iter().any(|(known, _)| known.canonical() == key.canonical());
                if !given && self.catalogue.offers(action, target.resource.resource_type(), &key) {
                    target.keys.push((key.clone(), demand.clone()));
                }
            }
        }
        targets
    }

    /// Notes what the requests say of the step.
    ///
    /// # Errors
    /// If the call is made in another Region than that of its resource.
    pub(super) fn note(
        &self,
        asked: &Asked,
        targets: &[Target],
        requests: &[Request],
        together: &mut Together,
    ) -> Result<(), String> {
        let Some(first) = requests.first() else { return Ok(()) };
        if has_region(&asked.action) {
            let of_arn = Arn::parse(&first.resource).map(|arn| arn.region.to_owned());
            let of_arn = of_arn.filter(|region| !region.is_empty() && !region.contains('*'));
            let of_call = region_of(first);
            if of_arn.is_some() && of_call != of_arn {
                together.other_region = of_arn;
                return Err(format!("{} is made in another Region than its resource", asked.action));
            }
            if together.region.is_none() {
                together.region = of_call;
            }
        }
        if asked.action == "iam:PassRole" {
            let associated = first.context.get(&ContextKey::new(ASSOCIATED));
            together.associated = associated.and_then(|value| value.values().first()).cloned();
        }
        if matches!(asked.on, On::New | On::Any) && first.resource != "*" {
            for resource_type in targets.iter().filter_map(|target| target.resource.resource_type()) {
                if self.guards.types_of(&asked.action, &first.resource).contains(&resource_type) {
                    together.made.entry(resource_type).or_insert_with(|| first.resource.clone());
                }
            }
        }
        Ok(())
    }

    /// What the role is passed for is what later requests are about.
    pub(super) fn seed(&self, actions: &[&str], together: &mut Together) {
        let Some(arn) = &together.associated else { return };
        for resource_type in actions.iter().flat_map(|action| self.guards.types_of(action, arn)) {
            together.made.entry(resource_type).or_insert_with(|| arn.clone());
        }
    }

    /// Says of a target of any ARN of its type that it is in the Region.
    fn place(&self, target: &mut Target, region: &str, subject: &Subject) {
        let TargetResource::Type { resource_type, names } = &target.resource else {
            if target.of_aws
                && let Some(resource_type) = target.resource.resource_type()
            {
                let known = self.catalogue.resource_type(resource_type);
                let documents = known.and_then(|known| {
                    of_aws_in_paths(resource_type, known, &subject.partition, Some(region))
                });
                target.resource = documents.unwrap_or_else(|| target.resource.clone());
            }
            return;
        };
        let formats = self.catalogue.resource_type(*resource_type).map(|known| known.arn_formats.as_slice());
        let Some([format]) = formats.filter(|_| names.is_empty() && !target.of_aws) else { return };
        if !format.contains("${Region}") {
            return;
        }
        let arn = format
            .replace("${Partition}", &subject.partition)
            .replace("${Region}", region)
            .replace("${Account}", &subject.account.to_string());
        let arn = filled(&arn, "*");
        target.resource = TargetResource::Within {
            resource_type: *resource_type,
            language: Language::glob(&arn),
            excluded: Vec::new(),
        };
    }

    fn is_named_by_aws(&self, resource_type: ResourceTypeId) -> bool {
        self.catalogue.resource_type(resource_type).is_some_and(|known| {
            let name = format!("{}:{}", known.service, known.name);
            self.primitives.named_by_aws.contains(&name)
        })
    }

    /// ARNs of the subject's account with an id in each place that AWS fills.
    fn as_aws_names(&self, resource_type: ResourceTypeId, subject: &Subject) -> Language {
        let formats = self.catalogue.resource_type(resource_type).map(|known| known.arn_formats.as_slice());
        let arns = formats.unwrap_or_default().iter().filter_map(|format| {
            let mut parts = format.splitn(6, ':');
            let service = parts.nth(2)?;
            let name = filled(parts.nth(2)?, ID_OF_AWS);
            Some(Language::glob(&format!("arn:{}:{service}:*:{}:{name}", subject.partition, subject.account)))
        });
        // A type has one form but for some that are no part of the table.
        arns.into_iter().next().unwrap_or_else(|| Language::glob("*"))
    }

    fn told(
        &self,
        told: Told,
        primitive: &Primitive,
        binding: &Binding,
        together: &Together,
        walk: &Walk<'c>,
    ) -> Option<KeyDemand> {
        let role = || {
            let member = binding.member.filter(|_| primitive.passes_role())?;
            self.guards.cast.member(member)
        };
        match told {
            Told::LeftOut => Some(KeyDemand::Absent),
            Told::Role => Some(KeyDemand::Value(Language::exactly(role()?.arn()))),
            Told::InstanceProfile => {
                let profile = self.catalogue.find_resource_type("iam", "instance-profile");
                if let Some(new) = profile.and_then(|profile| together.made.get(&profile)) {
                    return Some(KeyDemand::Value(Language::exactly(new)));
                }
                let Some((_, IamPrincipal::Role(role))) = walk.run.world().principal(role()?.arn()) else {
                    return None;
                };
                let profiles: Vec<String> =
                    role.instance_profiles.iter().flatten().map(ToString::to_string).collect();
                (!profiles.is_empty()).then(|| KeyDemand::Value(Language::one_of(profiles)))
            }
        }
    }
}

/// The id of whatever a run makes whose id AWS chooses: none that a policy would name.
const ID_OF_AWS: &str = "RINGFENCE1";

/// The format with this text for each of its placeholders.
fn filled(format: &str, with: &str) -> String {
    let mut pieces = format.split("${");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let rest = piece.split_once('}').map_or("", |(_, rest)| rest);
        format!("{text}{with}{rest}")
    })
}

/// One of its calls makes the resource that the others are about.
fn makes(primitive: &Primitive) -> bool {
    primitive.all_requests().any(|asked| {
        let name = asked.action.split_once(':').map_or("", |(_, name)| name);
        name.starts_with("Create") && matches!(asked.on, On::Any | On::New)
    })
}

pub(super) fn requests_of(witness: &Witness) -> Vec<Request> {
    witness.requests().iter().map(|replayed| replayed.request.clone()).collect()
}

pub(super) fn has_region(action: &str) -> bool {
    let service = action.split_once(':').map_or(action, |(service, _)| service);
    !WITHOUT_REGION.iter().any(|known| service.eq_ignore_ascii_case(known))
}

/// The Region of a request.
pub(super) fn region_of(request: &Request) -> Option<String> {
    let asked = request.context.get(&ContextKey::new("aws:RequestedRegion"));
    let asked = asked.and_then(|value| value.values().first()).cloned();
    let of_arn = || Arn::parse(&request.resource).map(|arn| arn.region.to_owned());
    asked.or_else(of_arn).filter(|region| !region.is_empty() && !region.contains('*'))
}
