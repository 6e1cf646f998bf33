//! Further checks of a call that AWS makes on several resources at once.

use ringfence_model::catalogue::{ActionId, ResourceType, ResourceTypeId};

use super::{Asked, Binding, Guards, Mode};
use crate::encode::format::has_resources_of_aws;
use crate::encode::statement::{all_statements, keys_of};
use crate::query::{Target, TargetResource};
use crate::subject::Subject;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// Keys that say whose a resource is.
const OWNERS: [&str; 3] = ["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"];

impl Guards<'_> {
    /// The target with the checks of the same call on what else the step is about.
    pub(super) fn with_other_resources(
        &self,
        action: ActionId,
        asked: &Asked,
        mut target: Target,
        binding: &Binding,
    ) -> Target {
        for arn in binding.further.iter().filter(|_| asked.further) {
            let found = self.types_of(&asked.action, arn).into_iter().next();
            // An ARN of a form that no type of the action has may be any.
            let resource = found.map_or(TargetResource::Anything, |resource_type| TargetResource::Exactly {
                resource_type,
                arn: arn.to_string(),
            });
            target.further.push(Target::new(action, resource, Vec::new()));
        }
        target
    }

    /// The target with the checks of the same call on further resources: for a path on own ones and on those of AWS, for a proof on
    /// whatever has such an ARN.
    pub(super) fn with_further(
        &self,
        action: ActionId,
        (asked, mode): (&Asked, Mode),
        target: Target,
        actor: &Subject,
    ) -> Vec<Target> {
        let usually = asked.usually.iter().filter(|_| mode == Mode::Exact);
        let types = asked.also.iter().chain(usually).filter_map(|name| self.type_named(name));
        // Whose a further resource is, is not told: where that counts, none is asked about.
        let mut keys = all_statements(&actor.policies).flat_map(keys_of);
        if mode == Mode::May && keys.any(|key| OWNERS.contains(&key.canonical())) {
            return vec![target];
        }
        let mut all = vec![target];
        for resource_type in types {
            let Some(known) = self.catalogue.resource_type(resource_type) else { continue };
            let further = match mode {
                Mode::May => of_any_owner(action, resource_type, known),
                Mode::Exact => {
                    let resource = TargetResource::Type { resource_type, names: Vec::new() };
                    let own = Target::new(action, resource, Vec::new());
                    let resource = of_aws_in_paths(resource_type, known, &actor.partition, None)
                        .unwrap_or_else(|| own.resource.clone());
                    let of_aws =
                        has_resources_of_aws(known).then(|| Target { of_aws: true, resource, ..own.clone() });
                    of_aws.into_iter().chain([own]).collect()
                }
            };
            let with = |target: &Target| {
                let added = |one: &Target| {
                    let mut target = target.clone();
                    target.further.push(one.clone());
                    target
                };
                further.iter().map(added).collect::<Vec<Target>>()
            };
            all = all.iter().flat_map(with).collect();
        }
        all
    }
}

/// Of AWS's own resources of the type those with which a call does what its row says, in the Region or in any; none where any does.
pub fn of_aws_in_paths(
    resource_type: ResourceTypeId,
    known: &ResourceType,
    partition: &str,
    region: Option<&str>,
) -> Option<TargetResource> {
    if known.service.as_ref() != "ssm" || known.name.as_str() != "document" {
        return None;
    }
    let mut arns = LanguageBuilder::new();
    arns.text(&format!("arn:{partition}:ssm:"));
    match region {
        Some(region) => arns.text(region),
        None => arns.star(CharacterSet::except(':')),
    };
    arns.text("::document/");
    arns.alternatives(RUN_COMMANDS.map(str::to_owned));
    Some(TargetResource::Within { resource_type, language: arns.build(), excluded: Vec::new() })
}

/// Documents by which whoever sends them runs commands of his own
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/documents.html>).
pub const RUN_COMMANDS: [&str; 8] = [
    "AWS-RunShellScript",
    "AWS-RunPowerShellScript",
    "AWS-RunRemoteScript",
    "AWS-ApplyAnsiblePlaybooks",
    "AWS-StartInteractiveCommand",
    "AWS-StartNonInteractiveCommand",
    "AWS-StartSSHSession",
    "SSM-SessionManagerRunShell",
];

/// The action on everything that has an ARN of the type's formats, with any text for what they leave open.
fn of_any_owner(action: ActionId, resource_type: ResourceTypeId, known: &ResourceType) -> Vec<Target> {
    let languages = known.arn_formats.iter().map(|format| any_of_format(format));
    let of = |language| Target::new(action, TargetResource::AnyOwner { resource_type, language }, Vec::new());
    languages.map(of).collect()
}

/// Texts of the format with any text for each placeholder, which before the name of the resource holds no colon.
fn any_of_format(format: &str) -> Language {
    let mut builder = LanguageBuilder::new();
    let mut colons = 0;
    let mut rest = format;
    while let Some((front, behind)) = rest.split_once("${") {
        colons += front.matches(':').count();
        builder.text(front);
        builder.star(if colons < 5 { CharacterSet::except(':') } else { CharacterSet::any() });
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    builder.text(rest);
    builder.build()
}
