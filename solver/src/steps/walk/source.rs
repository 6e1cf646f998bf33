//! For which of its resources a service takes a role on, where the trust policy asks for that (aws:SourceArn, against confused deputies).

use ringfence_model::arn::Arn;
use ringfence_model::policy::Effect;
use ringfence_model::request::Request;
use ringfence_model::steps::{Change, Means, admits};
use ringfence_model::world::IamPrincipal;

use super::Walk;
use super::together::{Together, has_region, region_of};

/// Says of a role that a service takes on for which resource that is, where its trust policy lets the service in only if it tells: what the
/// step is about, or else what a pattern of the trust policy names. That the service does tell is taken for granted.
///
/// # Errors
/// If the trust policy asks for another Region than that of the step.
pub(super) fn tell_source(
    changes: &mut [Change],
    requests: &[Request],
    together: &mut Together,
    walk: &Walk<'_>,
) -> Result<(), String> {
    for change in changes {
        let Change::Obtain { principal, means: Means::Service { name, source }, .. } = change else {
            continue;
        };
        let world = walk.run.world();
        if admits(world, principal, name, None) {
            continue;
        }
        let regions: Vec<String> =
            requests.iter().filter(|request| has_region(&request.action)).filter_map(region_of).collect();
        let about = requests.iter().map(|request| request.resource.clone());
        let about: Vec<String> = about.filter(|arn| admits(world, principal, name, Some(arn))).collect();
        let named = sources(walk, principal, regions.first().map(String::as_str));
        let made_up = named.into_iter().filter(|arn| {
            admits(world, principal, name, Some(arn))
                && is_made(arn, requests)
                && !is_kind_of_another(arn, requests)
        });
        let mut elsewhere = None;
        let found = about.into_iter().chain(made_up).find(|arn| {
            let region = Arn::parse(arn).map(|arn| arn.region.to_owned()).unwrap_or_default();
            let here = region.is_empty() || regions.iter().all(|known| *known == region);
            if !here {
                elsewhere.get_or_insert(region);
            }
            here
        });
        if let Some(arn) = found {
            together
                .assumed
                .push(format!("{name} takes {principal} on for {arn}, and tells so in aws:SourceArn"));
            *source = Some(arn);
        } else if let Some(region) = elsewhere.or_else(|| named_region(walk, principal, &regions)) {
            together.other_region = Some(region.clone());
            return Err(format!("the trust policy of {principal} asks for something in {region}"));
        }
    }
    Ok(())
}

/// The values of aws:SourceArn for which statements of the trust policy ask that allow something.
fn asked(walk: &Walk<'_>, role: &str) -> Vec<String> {
    let Some((_, IamPrincipal::Role(role))) = walk.run.world().principal(role) else { return Vec::new() };
    let statements = &role.trust.document.statements;
    let allows = statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let conditions = allows.flat_map(|statement| &statement.conditions);
    let about = conditions.filter(|condition| {
        condition.key.canonical() == "aws:sourcearn" && !condition.operator.base.is_negated()
    });
    about.flat_map(|condition| &condition.values).map(|value| value.raw.clone()).collect()
}

/// ARNs that the trust policy asks for, wildcards filled: none of which it names the very resource, which need not be what the step makes.
fn sources(walk: &Walk<'_>, role: &str, region: Option<&str>) -> Vec<String> {
    let account = Arn::parse(role).map(|arn| arn.account.to_owned()).unwrap_or_default();
    let values = asked(walk, role);
    let patterns = values.iter().filter_map(|value| Arn::parse(value));
    let open = patterns.filter(|arn| arn.resource.contains(['*', '?']) && !arn.resource.contains('$'));
    open.map(|arn| {
        let place = |part: &str, own: &str| if part == "*" { own.to_owned() } else { part.to_owned() };
        format!(
            "arn:{}:{}:{}:{}:{}",
            arn.partition,
            arn.service,
            place(arn.region, region.unwrap_or_default()),
            place(arn.account, &account),
            arn.resource.replace('*', NAME).replace('?', "r")
        )
    })
    .collect()
}

/// What the rest of a made up ARN is called.
const NAME: &str = "ringfence";

/// A call of the step makes, starts or changes something that is called so, as CreateModelCustomizationJob does model-customization-job.
fn is_made(arn: &str, requests: &[Request]) -> bool {
    let Some(parts) = Arn::parse(arn) else { return false };
    let kind = parts.resource.split(['/', ':']).next().unwrap_or_default();
    let letters: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
    let named = letters.to_ascii_lowercase();
    let calls = requests.iter().filter_map(|request| request.action.split_once(':'));
    let mut of_service = calls.filter(|(service, _)| service.eq_ignore_ascii_case(parts.service));
    of_service.any(|(_, call)| kind == NAME || call.to_ascii_lowercase().contains(&named))
}

/// A request of the step is about a resource of this type: it is that for which the service asks, and no other.
fn is_kind_of_another(arn: &str, requests: &[Request]) -> bool {
    let kind = |arn: &str| {
        let parts = Arn::parse(arn)?;
        let (kind, _) = parts.resource.split_once(['/', ':'])?;
        Some((parts.service.to_owned(), kind.to_owned()))
    };
    let Some(made_up) = kind(arn) else { return false };
    requests.iter().any(|request| kind(&request.resource).as_ref() == Some(&made_up))
}

/// A Region for which the trust policy asks, and which is none of these.
fn named_region(walk: &Walk<'_>, role: &str, known: &[String]) -> Option<String> {
    let values = asked(walk, role);
    let regions = values.iter().filter_map(|value| Arn::parse(value)).map(|arn| arn.region.to_owned());
    let named = regions.filter(|region| !region.is_empty() && !region.contains(['*', '?', '$']));
    named.into_iter().find(|region| !known.contains(region))
}
