//! Whether an Action or NotAction element matches (semantics:C3).

use std::collections::BTreeSet;

use ringfence_model::open_point::{OpenPoint, UncertainPredicate};
use ringfence_model::policy::{ActionPattern, Element, Statement};
use ringfence_model::policy_set::PolicySet;

use super::Encoder;
use super::check::Check;
use super::statement::all_statements;
use crate::query::{Target, TargetAction, TargetResource};
use crate::term::{Attribute, Term, Terms};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};
use crate::wrong::{WrongEncoder, is_on};

/// How a pattern matches one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionMatch {
    /// It does not.
    No,
    /// Only if a wildcard in the service prefix counts (F5).
    InPrefix,
    /// It does.
    Yes,
}

/// How `pattern` matches the action `service:name`, both in lower case.
pub fn action_match(pattern: &ActionPattern, service: &str, name: &str) -> ActionMatch {
    let text = pattern.0.as_str();
    // Nearly all patterns are of another service, and most of these begin with another letter.
    if let (Some(first), Some(own)) = (text.bytes().next(), service.bytes().next())
        && !matches!(first, b'*' | b'?')
        && !first.eq_ignore_ascii_case(&own)
    {
        return ActionMatch::No;
    }
    if text == "*" || text == "*:*" {
        return ActionMatch::Yes;
    }
    let Some((prefix, rest)) = text.split_once(':') else { return ActionMatch::No };
    let own = prefix.eq_ignore_ascii_case(service);
    if !(own || prefix.contains(['*', '?']) && glob_ignoring_case(prefix, service)) {
        return ActionMatch::No;
    }
    // A malformed pattern matches nothing, so that in NotAction it exempts nothing.
    let malformed = |byte: u8| byte == b',' || byte.is_ascii_whitespace();
    if text.bytes().any(malformed) || (!text.is_ascii() && text.contains(char::is_whitespace)) {
        return ActionMatch::No;
    }
    match glob_ignoring_case(rest, name) {
        true if own => ActionMatch::Yes,
        true => ActionMatch::InPrefix,
        false => ActionMatch::No,
    }
}

/// The further checks of a call of `service:name`, both in lower case, by name: sts:TagSession where it passes tags, sts:SetSourceIdentity where
/// it passes a source identity, sts:SetContext where it passes a context (semantics:B5).
pub(crate) fn session_checks(service: &str, name: &str) -> &'static [&'static str] {
    match service {
        "sts" if name.starts_with("assumerole") => &["tagsession", "setsourceidentity", "setcontext"],
        "sts" if name == "getfederationtoken" => &["tagsession"],
        _ => &[],
    }
}

/// As [`may_match`], of some check that a call of `service:name` makes: what tells requests of the call apart.
pub(crate) fn may_match_call(statement: &Statement, service: &str, name: &str) -> bool {
    let further = session_checks(service, name);
    may_match(statement, service, name)
        || further.iter().any(|further| may_match(statement, service, further))
}

/// Whether the element may match an action of one of `services`, in lower case, as far as the prefixes tell.
pub(crate) fn concerns(element: &Element<ActionPattern>, services: &[&str]) -> bool {
    let may = |pattern: &ActionPattern| match pattern.0.split_once(':') {
        None => pattern.0 == "*",
        Some((prefix, _)) => {
            prefix.contains(['*', '?']) || services.iter().any(|service| prefix.eq_ignore_ascii_case(service))
        }
    };
    element.negated || element.values.iter().any(may)
}

/// Whether the statement's Action or NotAction may match `service:name`, both in lower case, under some reading.
pub fn may_match(statement: &Statement, service: &str, name: &str) -> bool {
    let patterns = statement.action.values.iter();
    match patterns.map(|pattern| action_match(pattern, service, name)).max() {
        None => false,
        // A negated element may match wherever no pattern is certain to.
        Some(best) if statement.action.negated => best != ActionMatch::Yes,
        Some(best) => best != ActionMatch::No,
    }
}

/// Whether the statement's Action or NotAction matches `service:name`, both in lower case, under every reading.
pub fn surely_matches(statement: &Statement, service: &str, name: &str) -> bool {
    let patterns = statement.action.values.iter();
    match patterns.map(|pattern| action_match(pattern, service, name)).max() {
        None => false,
        Some(best) if statement.action.negated => best == ActionMatch::No,
        Some(best) => best == ActionMatch::Yes,
    }
}

/// Whether the wildcard pattern matches `text`, ASCII letter case apart. Linear in practice: after a failure only the
/// last star moves.
pub fn glob_ignoring_case(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut here) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(here) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, here));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(byte) => {
                at += 1;
                here += 1;
            }
            Some(_) | None => match star {
                Some((after, from)) => {
                    at = after;
                    here = from + 1;
                    star = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

impl Encoder<'_> {
    /// True exactly where `element` matches the action. An empty list matches nothing, negated or not.
    pub(super) fn action_element(&mut self, element: &Element<ActionPattern>) -> Term {
        if element.values.is_empty() {
            return Terms::FALSE;
        }
        let mut certain = BTreeSet::new();
        let mut in_prefix: Vec<Term> = Vec::new();
        for pattern in &element.values {
            let mut with_prefix = BTreeSet::new();
            in_prefix.extend(self.future_matches(pattern));
            for (index, check) in (0..).zip(&self.part.checks) {
                let Check { service, name, .. } = check;
                if check.future_name.is_some() {
                    continue;
                }
                match action_match(pattern, service, name) {
                    ActionMatch::Yes => {
                        certain.insert(index);
                    }
                    ActionMatch::InPrefix => {
                        with_prefix.insert(index);
                    }
                    ActionMatch::No => {}
                }
            }
            if !with_prefix.is_empty() {
                let upper = self.formula.chosen_among(self.part.check, &with_prefix);
                let predicate = UncertainPredicate::action(pattern);
                let term = self.uncertain(predicate, &[OpenPoint(5)], Terms::FALSE, upper, Terms::FALSE);
                in_prefix.push(term);
            }
        }
        in_prefix.push(self.formula.chosen_among(self.part.check, &certain));
        let any = self.formula.terms.or(in_prefix);
        let negated = element.negated && !is_on(WrongEncoder::NotActionAsAction);
        if negated { self.formula.terms.not(any) } else { any }
    }
}

impl Encoder<'_> {
    /// Gives each action to come a name: one that its service does not have, or of a service that nobody names.
    pub(super) fn name_future_actions(&mut self) {
        for index in 0..self.part.checks.len() {
            let Some(action) = self.part.checks.get(index).map(|check| check.target.action.clone()) else {
                continue;
            };
            let mut builder = LanguageBuilder::new();
            let letters = vec![('a', 'z'), ('0', '9')];
            let excluded = match &action {
                TargetAction::Catalogued(_) | TargetAction::Named(_) => continue,
                TargetAction::FutureOf(service) => {
                    let service = service.to_ascii_lowercase();
                    builder.text(&format!("{service}:"));
                    let known = self.catalogue.actions_of(&service);
                    Language::one_of(known.map(|(_, action)| action.full_name().to_ascii_lowercase()))
                }
                TargetAction::FutureElsewhere => {
                    let mut characters = letters.clone();
                    characters.push(('-', '-'));
                    builder.some(CharacterSet::from_ranges(characters)).text(":");
                    let mut named: Vec<String> = self
                        .catalogue
                        .services()
                        .iter()
                        .map(|service| service.to_ascii_lowercase())
                        .collect();
                    named.extend(self.named_services.iter().cloned());
                    let mut excluded = LanguageBuilder::new();
                    excluded.alternatives(named).text(":").star(CharacterSet::any());
                    excluded.build()
                }
            };
            builder.some(CharacterSet::from_ranges(letters));
            let attribute = self.text_attribute(&format!("action {index}"), builder.build());
            let inside = self.formula.matches(attribute, excluded);
            let outside = self.formula.terms.not(inside);
            self.formula.assert(outside);
            if let Some(check) = self.part.checks.get_mut(index) {
                check.future_name = Some(attribute);
            }
        }
    }

    /// Where the request is for an action to come and `pattern` matches its name.
    fn future_matches(&mut self, pattern: &ActionPattern) -> Vec<Term> {
        let future: Vec<(u32, Attribute, String)> = (0..)
            .zip(&self.part.checks)
            .filter_map(|(index, check)| Some((index, check.future_name?, check.service.clone())))
            .collect();
        let text = pattern.0.to_ascii_lowercase();
        let malformed = text.contains(|character: char| character == ',' || character.is_whitespace());
        let mut found = Vec::new();
        for (index, attribute, service) in future {
            let chosen = self.formula.chosen(self.part.check, index);
            if text == "*" || text == "*:*" {
                found.push(chosen);
                continue;
            }
            let Some((prefix, _)) = text.split_once(':') else { continue };
            let wild = prefix.contains(['*', '?']);
            // A service that nobody names has no pattern of its own.
            if malformed || (!wild && prefix != service) {
                continue;
            }
            let matched = self.formula.matches(attribute, Language::glob(&text));
            let upper = self.formula.terms.and([chosen, matched]);
            if wild {
                let predicate = UncertainPredicate::action(pattern);
                let term = self.uncertain(predicate, &[OpenPoint(5)], Terms::FALSE, upper, Terms::FALSE);
                found.push(term);
            } else {
                found.push(upper);
            }
        }
        found
    }
}

/// The service prefixes, in lower case and without wildcards, that the patterns of some statements name.
pub(super) fn named_services<'s>(statements: impl Iterator<Item = &'s Statement>) -> BTreeSet<String> {
    statements
        .flat_map(|statement| &statement.action.values)
        .filter_map(|pattern| pattern.0.split_once(':'))
        .map(|(service, _)| service.to_ascii_lowercase())
        .filter(|service| !service.contains(['*', '?']))
        .collect()
}

/// The targets that stand for all actions to come under these policies: one for each service that a pattern names,
/// and one for all other services (design: a future action). Each takes any resource and any key.
pub fn future_targets(policies: &[&PolicySet]) -> Vec<Target> {
    let statements = policies.iter().flat_map(|set| all_statements(set));
    let named = named_services(statements).into_iter().map(TargetAction::FutureOf);
    named
        .chain([TargetAction::FutureElsewhere])
        .map(|action| Target::new(action, TargetResource::Anything, Vec::new()))
        .collect()
}
