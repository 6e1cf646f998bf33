//! Whether a Resource or NotResource element matches (semantics:C5).

use std::collections::BTreeSet;
use std::rc::Rc;

use ringfence_model::open_point::{OpenPoint, Reading, UncertainPredicate};
use ringfence_model::policy::{Element, PolicyType};
use ringfence_model::template::Template;

use super::Encoder;
use super::action::glob_ignoring_case;
use super::check::check_forms;
use super::memory::{ReadValue, ValueMeaning};
use super::resource_value::{
    LAX, Readings, STRICT, Segments, crossings, is_lower_case, is_user, otherwise, type_token,
    value_language, with_point,
};
use super::special::one_resource;
use super::variable::Operand;
use crate::named_arns::has_lower_case_front;
use crate::query::TargetResource;
use crate::term::{Atom, Attribute, TemplateForm, TemplatePart, Term, Terms};
use crate::wildcard::Language;

impl Encoder<'_> {
    /// True exactly where `element` matches the resource. No element matches everything; an empty list nothing,
    /// negated or not (semantics:C10).
    pub(super) fn resource_element(
        &mut self,
        element: Option<&Element<Template>>,
        policy_type: PolicyType,
    ) -> Term {
        let Some(element) = element else { return Terms::TRUE };
        if element.values.is_empty() {
            return Terms::FALSE;
        }
        let mut any: Vec<Term> = Vec::new();
        let mut unresolved: Vec<Term> = Vec::new();
        for value in &element.values {
            let (matched, without_value) = self.resource_value(value, policy_type);
            any.push(matched);
            unresolved.push(without_value);
        }
        let any = self.formula.terms.or(any);
        if !element.negated {
            return any;
        }
        let none = self.formula.terms.not(any);
        let unresolved = self.formula.terms.or(unresolved);
        if unresolved == Terms::FALSE {
            return none;
        }
        // F13: with a value that cannot be resolved, NotResource matches or not.
        let predicate = UncertainPredicate::not_resource(&element.values);
        let holds = self.uncertain(predicate, &[OpenPoint(13)], Terms::FALSE, Terms::TRUE, Terms::TRUE);
        let resolved = self.formula.terms.not(unresolved);
        let fine = self.formula.terms.or([resolved, holds]);
        self.formula.terms.and([none, fine])
    }

    /// Where `value` matches, and where it has a variable without a value.
    fn resource_value(&mut self, value: &Template, policy_type: PolicyType) -> (Term, Term) {
        if value.raw == "*" {
            return (Terms::TRUE, Terms::FALSE);
        }
        let segments = Segments::cut(value);
        let cases = match &segments.rest {
            Some(pieces) => self.resolve(pieces),
            None => vec![(Terms::TRUE, Operand::Known(Vec::new()))],
        };
        let mut matched: Vec<Term> = Vec::new();
        let mut unresolved: Vec<Term> = Vec::new();
        for (guard, operand) in cases {
            match operand {
                Operand::Unresolved => unresolved.push(guard),
                Operand::TooMany => matched.push(self.abstracted()),
                Operand::Known(parts) | Operand::Open(parts) => {
                    let term = self.resolved_value(value, &segments, &parts, policy_type);
                    matched.push(self.formula.terms.and([guard, term]));
                }
            }
        }
        (self.formula.terms.or(matched), self.formula.terms.or(unresolved))
    }

    /// Where a value matches whose resource part is `parts`.
    fn resolved_value(
        &mut self,
        value: &Template,
        segments: &Segments,
        parts: &[TemplatePart],
        policy_type: PolicyType,
    ) -> Term {
        let catalogue = self.catalogue;
        let typeless = |service: &str| catalogue.has_typeless_resource(service);
        let misplaced = segments.is_misplaced(typeless);
        let predicate = UncertainPredicate::resource_value(value, policy_type, typeless);
        if parts.iter().any(|part| matches!(part, TemplatePart::Value(_))) {
            return self.open_value(segments, parts, misplaced, predicate);
        }
        self.know_formats();
        let read = ReadValue {
            segments: segments.clone(),
            parts: parts.to_vec(),
            misplaced,
            padded: is_padded(value, policy_type),
            points: predicate.points.clone(),
            formats: self.part.formats_number,
            lower_case_fronts: self.has_lower_case_fronts(),
        };
        match &*self.meaning_of_value(read) {
            ValueMeaning::Certain(languages) => self.language_term(languages),
            ValueMeaning::Uncertain { points, lower, upper, evaluator, bounds, named } => {
                let lower = self.language_term(lower);
                let upper = self.language_term(upper);
                let evaluator = self.language_term(evaluator);
                let term = self.formula.uncertain(predicate, points, lower, upper, evaluator);
                for (free, least, most) in bounds {
                    let (least, most) = (self.language_term(least), self.language_term(most));
                    self.formula.bound(term, points, free, least, most);
                }
                if let Some(named) = named {
                    self.formula.name_points(term, named.clone());
                }
                term
            }
        }
    }

    /// The resources that such a value matches, under every reading of the points that are not pinned.
    fn meaning_of_value(&mut self, read: ReadValue) -> Rc<ValueMeaning> {
        // Questions in a pinned context name points by their one resource.
        if self.query.context.is_some() {
            return Rc::new(self.read_value(&read));
        }
        if let Some(known) = self.memory.value(&read) {
            return known;
        }
        let meaning = Rc::new(self.read_value(&read));
        self.memory.keep_value(read, &meaning);
        meaning
    }

    /// INVARIANT: of the value it knows what is in `read` alone, since its answer is kept by that.
    fn read_value(&mut self, read: &ReadValue) -> ValueMeaning {
        let ReadValue { segments, parts, misplaced, padded, points: named, lower_case_fronts, .. } = read;
        let misplaced = *misplaced;
        let chosen =
            Readings { padded: *padded, fold_segments: true, ..Readings { crossing: true, ..STRICT } };
        let build = |readings: Readings| value_language(segments, parts, misplaced, readings);
        if !misplaced && is_lower_case(segments, parts) && *lower_case_fronts {
            // Every reading of every point but F4 comes to the same on these resources.
            let wild = segments.front.iter().any(|segment| segment.contains(['*', '?']));
            if !wild || self.never_crosses(segments, parts) {
                return ValueMeaning::Certain(build(STRICT));
            }
        }
        let mut lower = STRICT;
        let mut upper = LAX;
        let mut points = named.clone();
        points.retain(|point| match self.assumptions.get(point) {
            None => true,
            Some(reading) => {
                // A point that the user pinned has one reading on both sides.
                let pinned = match reading {
                    Reading::Evaluator => chosen,
                    Reading::Lower => STRICT,
                    Reading::Upper => LAX,
                };
                lower = with_point(lower, *point, pinned);
                upper = with_point(upper, *point, pinned);
                false
            }
        });
        let (lower_language, upper_language) = (build(lower), build(upper));
        let mut evaluator = chosen;
        for point in named {
            if !points.contains(point) {
                evaluator = with_point(evaluator, *point, lower);
            }
        }
        let evaluator_language = build(evaluator);
        if self.same_on_checks(&lower_language, &upper_language) {
            return ValueMeaning::Certain(lower_language);
        }
        let deciding =
            self.deciding_points(&points, |set| otherwise(evaluator, set).map(build), &evaluator_language);
        // What the value may match while only these points are read otherwise than the evaluator does.
        let bounds = |free: &[OpenPoint]| {
            let read = |other: Readings| {
                build(free.iter().fold(evaluator, |readings, point| with_point(readings, *point, other)))
            };
            (read(lower), read(upper))
        };
        for point in points.clone() {
            let others: Vec<OpenPoint> = points.iter().copied().filter(|other| *other != point).collect();
            let mut changes_nothing = true;
            for free in subsets(&others) {
                let (least, most) = bounds(&free);
                let (less, more) = bounds(&[free.as_slice(), &[point]].concat());
                changes_nothing &= self.same_on_checks(&less, &least) && self.same_on_checks(&most, &more);
            }
            if changes_nothing {
                points = others;
            }
        }
        let bounds = subsets(&points)
            .filter(|free| !free.is_empty() && free.len() < points.len())
            .map(|free| {
                let (least, most) = bounds(&free);
                (free, least, most)
            })
            .collect();
        ValueMeaning::Uncertain {
            lower: lower_language,
            upper: upper_language,
            evaluator: evaluator_language,
            bounds,
            named: deciding,
            points,
        }
    }

    /// In a question about one resource the points of the smallest sets of `points` that, read otherwise than the
    /// evaluator does, change whether the value matches it. `otherwise` is what it matches then.
    fn deciding_points(
        &self,
        points: &[OpenPoint],
        otherwise: impl Fn(&[OpenPoint]) -> [Vec<Language>; 2],
        evaluator: &[Language],
    ) -> Option<Vec<OpenPoint>> {
        let [check] = self.part.checks.as_slice() else { return None };
        let resource = one_resource(check).filter(|_| self.query.context.is_some())?;
        let matches = |read: &[Language]| read.iter().any(|language| language.accepts(&resource));
        let chosen = matches(evaluator);
        let mut deciding = BTreeSet::new();
        for size in 1..=points.len() {
            for set in subsets(points).filter(|set| set.len() == size) {
                if otherwise(&set).iter().any(|read| matches(read) != chosen) {
                    deciding.extend(set);
                }
            }
            if !deciding.is_empty() {
                break;
            }
        }
        Some(deciding.into_iter().collect())
    }

    /// A value with the values of free attributes in its resource part. Where letter case does not count, the front
    /// is taken in lower case, as those of ARNs are, beside as it is written.
    fn open_value(
        &mut self,
        segments: &Segments,
        parts: &[TemplatePart],
        misplaced: bool,
        predicate: UncertainPredicate,
    ) -> Term {
        let wild = segments.front.iter().any(|segment| segment.contains(['*', '?']));
        let written = segments.front.join(":");
        let lowered = match written.split_once(':') {
            Some((first, others)) => format!("{first}:{}", others.to_ascii_lowercase()),
            None => written.clone(),
        };
        let mut template = |front: &str, form: TemplateForm, ignore_case: bool| {
            self.open_template(front, parts, form, ignore_case)
        };
        let as_written = template(&written, TemplateForm::Pattern, false);
        // Without wildcards in the front, none can cross a colon there.
        let strict = if wild { template(&written, TemplateForm::Arn, false) } else { as_written };
        let folded = template(&lowered, TemplateForm::Pattern, false);
        let users = is_user(segments, parts);
        let any_case = if users { template(&lowered, TemplateForm::Pattern, true) } else { Terms::FALSE };
        let chosen = self.formula.terms.or([as_written, folded]);
        let upper = self.formula.terms.or([chosen, any_case]);
        let (lower, evaluator) = if misplaced { (Terms::FALSE, Terms::FALSE) } else { (strict, chosen) };
        let points: Vec<OpenPoint> = predicate
            .points
            .iter()
            .copied()
            .filter(|point| match point.0 {
                4 => wild,
                6 => misplaced,
                10 => users || lowered != written,
                _ => true,
            })
            .collect();
        let term = self.uncertain(predicate, &points, lower, upper, evaluator);
        if self.pinned(&points).is_some() {
            return term;
        }
        let strict_folded =
            if wild { self.open_template(&lowered, parts, TemplateForm::Arn, false) } else { folded };
        for free in subsets(&points).filter(|free| !free.is_empty() && free.len() < points.len()) {
            let is_free = |point: u8| free.contains(&OpenPoint(point));
            if misplaced && !is_free(6) {
                self.formula.bound(term, &points, &free, Terms::FALSE, Terms::FALSE);
                continue;
            }
            let least = match (is_free(6), is_free(4), is_free(10)) {
                (true, _, _) => Terms::FALSE,
                (false, true, true) => strict,
                (false, true, false) => self.formula.terms.or([strict, strict_folded]),
                (false, false, true) => as_written,
                (false, false, false) => chosen,
            };
            let most = if is_free(10) { upper } else { chosen };
            self.formula.bound(term, &points, &free, least, most);
        }
        term
    }

    /// The resource matches a value with this front and the values of free attributes behind it.
    fn open_template(
        &mut self,
        front: &str,
        parts: &[TemplatePart],
        form: TemplateForm,
        ignore_case: bool,
    ) -> Term {
        let mut all = vec![TemplatePart::Pattern(format!("{front}:"))];
        all.extend_from_slice(parts);
        let attribute = self.part.resource;
        let values = self.values_that_fit(&all);
        let term =
            self.formula.terms.from_atom(Atom::MatchesTemplate { attribute, parts: all, ignore_case, form });
        if let Some((value, language)) = values {
            // It follows from the one resource, which the search for texts would have to find.
            let fits = self.formula.matches(value, language);
            let differs = self.formula.terms.not(term);
            let either = self.formula.terms.or([differs, fits]);
            self.formula.assert(either);
        }
        term
    }

    /// The free value of a template, and what it must be among at least so that the template matches the one resource that is asked about,
    /// under any reading; none where there are several resources or values, or many texts.
    fn values_that_fit(&self, parts: &[TemplatePart]) -> Option<(Attribute, Language)> {
        let [check] = self.part.checks.as_slice() else { return None };
        let arn = check.target.exact_arn()?;
        let mut free = parts.iter().filter_map(|part| match part {
            TemplatePart::Value(attribute) => Some(*attribute),
            TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
        });
        let attribute = free.next()?;
        if free.next().is_some() {
            return None;
        }
        let places: Vec<usize> = arn.char_indices().map(|(place, _)| place).chain([arn.len()]).collect();
        let texts = places.iter().flat_map(|first| places.iter().map(move |end| (*first, *end)));
        let texts: BTreeSet<&str> = texts.filter_map(|(first, end)| arn.get(first..end)).collect();
        let fits = |text: &&str| {
            let filled: String = parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Pattern(written) | TemplatePart::Literal(written) => written.as_str(),
                    TemplatePart::Value(_) => text,
                })
                .collect();
            glob_ignoring_case(&filled, arn)
        };
        let mut values = texts.into_iter().filter(fits);
        match (values.next(), values.next()) {
            (Some(value), None) => Some((attribute, Language::ignoring_case(value))),
            (None, _) | (Some(_), Some(_)) => None,
        }
    }

    /// Whether no resource of the checks has an upper-case letter before its fifth colon.
    fn has_lower_case_fronts(&mut self) -> bool {
        if let Some(known) = self.part.lower_case_fronts {
            return known;
        }
        let known = self.part.checks.iter().all(|check| match &check.target.resource {
            TargetResource::Exactly { arn, .. } => has_lower_case_front(arn),
            TargetResource::OneOf { arns, .. } => arns.have_lower_case_fronts(),
            TargetResource::Anything | TargetResource::AnyOwner { .. } => false,
            TargetResource::Wildcard
            | TargetResource::LeftOut
            | TargetResource::Unlisted
            | TargetResource::GlobalModel { .. } => true,
            TargetResource::Type { resource_type, .. }
            | TargetResource::AnyRegion { resource_type, .. }
            | TargetResource::AnyRegionWithin { resource_type, .. }
            | TargetResource::Within { resource_type, .. } => {
                let formats = self.catalogue.resource_type(*resource_type).map(|known| &known.arn_formats);
                formats.is_some_and(|formats| formats.iter().all(|format| has_plain_front(format)))
            }
        });
        self.part.lower_case_fronts = Some(known);
        known
    }

    /// The resource is in one of the languages.
    fn language_term(&mut self, languages: &[Language]) -> Term {
        let resource = self.part.resource;
        let terms: Vec<Term> =
            languages.iter().map(|language| self.formula.matches(resource, language.clone())).collect();
        self.formula.terms.or(terms)
    }

    /// Builds the forms of the checks' resources, once for a part.
    fn know_formats(&mut self) {
        if self.part.formats.is_some() {
            return;
        }
        let mut formats: Vec<Language> = Vec::new();
        for check in &self.part.checks {
            let forms = check_forms(check, None, self.subject, self.catalogue, self.memory);
            formats.extend(forms.into_iter().map(|form| form.arns));
        }
        formats.sort_unstable();
        formats.dedup();
        self.part.formats_number = self.memory.number(&formats);
        self.part.formats = Some(formats);
    }

    /// Whether no resource that the checks admit can match a value with this front so that a wildcard before the fifth
    /// colon takes in a colon. What the value has behind the type token does not count, so that values which differ
    /// there alone share the answer. False says nothing.
    fn never_crosses(&mut self, segments: &Segments, parts: &[TemplatePart]) -> bool {
        self.know_formats();
        let token = match parts.first() {
            Some(TemplatePart::Pattern(text)) => type_token(text),
            Some(TemplatePart::Literal(_) | TemplatePart::Value(_)) | None => "",
        };
        let theory = &mut *self.theory;
        let formats = self.part.formats.as_deref().unwrap_or_default();
        crossings(&segments.front, token).iter().all(|crossing| {
            formats
                .iter()
                .all(|format| format.differs_at_the_start(crossing) || theory.are_disjoint(format, crossing))
        })
    }

    /// Whether no resource that the query's checks admit is in `upper` but not in `lower`. `lower` is within `upper`.
    fn same_on_checks(&mut self, lower: &[Language], upper: &[Language]) -> bool {
        if lower == upper {
            return true;
        }
        self.know_formats();
        let outside: Vec<&Language> = lower.iter().collect();
        let theory = &mut *self.theory;
        self.part.formats.iter().flatten().all(|format| {
            upper.iter().all(|upper| {
                // Different text at the start is the usual case, and needs no automaton.
                format.differs_at_the_start(upper) || theory.is_covered(format, &[upper], &outside)
            })
        })
    }
}

/// Whether a value of fewer than six parts is filled up in a policy of the type (F7).
fn is_padded(value: &Template, policy_type: PolicyType) -> bool {
    match policy_type {
        PolicyType::Identity | PolicyType::Session | PolicyType::PermissionsBoundary => true,
        PolicyType::ServiceControl => value.raw.ends_with('*'),
        PolicyType::Resource | PolicyType::Trust | PolicyType::VpcEndpoint => value.raw.contains(['*', '?']),
        PolicyType::ResourceControl => false,
    }
}

/// All subsets of `points`, each in their order.
fn subsets(points: &[OpenPoint]) -> impl Iterator<Item = Vec<OpenPoint>> {
    (0..1_u32 << points.len()).map(move |set| {
        (0..)
            .zip(points)
            .filter(|(bit, _): &(u32, _)| set & (1 << bit) != 0)
            .map(|(_, point)| *point)
            .collect()
    })
}

/// A format whose parts before the fifth colon are lower-case text or the placeholders for partition, Region and
/// account, whose values are lower case.
fn has_plain_front(format: &str) -> bool {
    let known = ["${Partition}", "${Region}", "${Account}"];
    let parts: Vec<&str> = format.splitn(6, ':').collect();
    parts.len() == 6
        && parts.iter().take(5).all(|part| {
            known.contains(part)
                || part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}
