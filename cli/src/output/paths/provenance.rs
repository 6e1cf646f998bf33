//! Who can become a principal, for people.

use ringfence_solver::check::blast_radius::PrincipalReach;
use ringfence_solver::check::paths::PrincipalPaths;
use ringfence_solver::provenance::{Admitted, Public};
use ringfence_solver::verdict::VerdictWord;

use crate::command::paths::Answer;
use crate::output::human::{Page, counted, policy_name, statement_words};

/// Trusts that are listed when nobody in particular was asked about.
const TRUSTS: usize = 20;

/// Whom the trust policy of the principal admits.
pub(super) fn of_one(answer: &Answer<'_>, principal: &PrincipalPaths, page: &mut Page) {
    let provenance = &principal.provenance;
    if provenance.admitted.is_empty() && provenance.denied.is_empty() {
        return;
    }
    page.heading("Who can become it, by its trust policy");
    for one in &provenance.admitted {
        admitted(answer, None, one, page);
    }
    for (statement, conditions) in &provenance.denied {
        let name = policy_name(&statement.policy, answer.world);
        page.line(&format!("  denied      {}", statement_words(statement, &name)));
        for condition in conditions {
            page.line(&format!("    if        {condition}"));
        }
    }
    page.blank();
}

/// The trust policies that admit everybody, or everybody of a provider.
pub(super) fn wildcards(answer: &Answer<'_>, page: &mut Page) {
    let of_all = answer.found.principals.iter().flat_map(|principal| {
        let all = principal.provenance.admitted.iter();
        all.filter(|one| one.is_wildcard).map(move |one| (principal, one))
    });
    let all: Vec<(&PrincipalPaths, &Admitted)> = of_all.collect();
    if all.is_empty() {
        return;
    }
    page.heading("Trust policies that say of nobody in particular who may become the role");
    for (principal, one) in all.iter().take(TRUSTS) {
        admitted(answer, Some(&principal.principal), one, page);
    }
    if all.len() > TRUSTS {
        page.line(&format!("  and {} more; `-o json` names all", all.len().saturating_sub(TRUSTS)));
    }
    page.blank();
}

fn admitted(answer: &Answer<'_>, principal: Option<&str>, one: &Admitted, page: &mut Page) {
    if let Some(principal) = principal {
        page.line(&format!("  {principal}"));
    }
    page.add("  ");
    let label = format!("{} {}", one.kind.in_words(), one.name);
    if one.is_wildcard {
        page.verdict(VerdictWord::Refuted, &label);
    } else {
        page.add(&label);
    }
    page.add(&format!(" by {}", one.calls.join(", ")));
    page.end();
    for condition in &one.conditions {
        page.line(&format!("    if        {condition}"));
    }
    let name = policy_name(&one.statement.policy, answer.world);
    page.line(&format!("    by        {}", statement_words(&one.statement, &name)));
}

/// What resource policies open to everybody.
pub(super) fn public(answer: &Answer<'_>, page: &mut Page) {
    if answer.public.is_empty() {
        return;
    }
    page.heading("Resources that their policies let everybody use");
    for (found, reached) in &answer.public {
        one_public(answer, found, reached.as_ref(), page);
    }
    page.blank();
}

fn one_public(answer: &Answer<'_>, found: &Public, reached: Option<&PrincipalReach>, page: &mut Page) {
    page.add("  ");
    if found.is_open {
        page.verdict(VerdictWord::Refuted, "open");
    } else {
        page.verdict(VerdictWord::Inconclusive, "narrowed");
    }
    page.add(&format!(" {} for {}", found.resource, found.actions.join(", ")));
    page.end();
    for condition in &found.conditions {
        page.line(&format!("    if        {condition}"));
    }
    let name = policy_name(&found.statement.policy, answer.world);
    page.line(&format!("    by        {}", statement_words(&found.statement, &name)));
    match (&found.role, reached.map(|reached| &reached.reach)) {
        (None, _) => page.line("    role      resources.json names none"),
        (Some(role), Some(Ok(reach))) => {
            let dearest = reach.dearest.as_ref().and_then(|way| way.model.as_deref());
            let dearest = dearest.map(|model| format!(", the dearest {model}")).unwrap_or_default();
            let open = reach.open.as_ref().map_or(0, |(models, _)| models.len());
            let open = if open > 0 { format!(", {open} open") } else { String::new() };
            page.line(&format!(
                "    role      {role}: runs {}{dearest}{open}",
                counted(reach.models.len(), "known model")
            ));
        }
        (Some(role), Some(Err(reason))) => page.line(&format!("    role      {role}: {}", reason.text())),
        (Some(role), None) => page.line(&format!("    role      {role}, which the world does not have")),
    }
}
