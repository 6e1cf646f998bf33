//! What is true of the network keys of every request (semantics:A5, I1, I2, I10): which go together, and what they name.

use ringfence_model::context::ContextKey;

use super::Encoder;
use super::key::{KeyValue, Text};
use crate::term::{Atom, Attribute, TemplateForm, TemplatePart, Term, Terms};

impl Encoder<'_> {
    /// I1: aws:SourceVpcArn and aws:SourceVpc name one VPC.
    fn assert_vpc_arn(&mut self) {
        let (Some(arn), Some(vpc)) = (self.known("aws:SourceVpcArn"), self.known("aws:SourceVpc")) else {
            return;
        };
        let (Some(attribute), Some(id)) = (only_attribute(&arn), only_attribute(&vpc)) else { return };
        let parts = vec![TemplatePart::Pattern("arn:*:ec2:*:*:vpc/".to_owned()), TemplatePart::Value(id)];
        let form = TemplateForm::Arn;
        let same = Atom::MatchesTemplate { attribute, parts, ignore_case: false, form };
        let same = self.formula.terms.from_atom(same);
        let (arn, vpc) = (self.present(&arn), self.present(&vpc));
        let both = self.formula.terms.and([arn, vpc]);
        let rule = self.formula.terms.implies(both, same);
        self.formula.assert(rule);
    }

    /// I1, I2, I10: which network keys go together, where `made` holds of who makes the request.
    pub(super) fn assert_network(&mut self, made: Term) {
        let endpoint_keys = ["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp"];
        let endpoint: Vec<KeyValue> = endpoint_keys.iter().filter_map(|name| self.known(name)).collect();
        let further: Vec<KeyValue> =
            ["aws:SourceVpcArn", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"]
                .iter()
                .filter_map(|name| self.known(name))
                .collect();
        let source = self.known("aws:SourceIp");
        let called: Vec<KeyValue> = ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"]
            .iter()
            .filter_map(|name| self.known(name))
            .collect();
        if self.query.context.is_some()
            || (endpoint.is_empty() && further.is_empty() && source.is_none() && called.is_empty())
        {
            return;
        }
        let via = self.key(&ContextKey::new("aws:ViaAWSService"));
        let via = self.is_true(&via);
        let not_via = self.formula.terms.not(via);
        let direct = self.formula.terms.and([not_via, made]);
        let other = self.formula.terms.not(made);
        let (via, not_via) = (self.formula.terms.or([via, other]), self.formula.terms.or([not_via, other]));
        for value in &called {
            let present = self.present(value);
            let rule = self.formula.terms.implies(present, via);
            self.formula.assert(rule);
        }
        let mut presents: Vec<Term> = endpoint.iter().map(|value| self.present(value)).collect();
        if presents.is_empty() && !further.is_empty() {
            let endpoint = self.key(&ContextKey::new("aws:SourceVpce"));
            presents.push(self.present(&endpoint));
        }
        for value in &further {
            // Only some services give them, and only through an endpoint.
            let present = self.present(value);
            let through = presents.first().copied().unwrap_or(Terms::FALSE);
            let rule = self.formula.terms.implies(present, through);
            let rule = self.formula.terms.implies(direct, rule);
            self.formula.assert(rule);
            let rule = self.formula.terms.implies(present, not_via);
            self.formula.assert(rule);
        }
        self.assert_vpc_arn();
        for present in &presents {
            let rule = self.formula.terms.implies(*present, not_via);
            self.formula.assert(rule);
        }
        for pair in presents.windows(2) {
            if let [left, right] = pair {
                let same = self.formula.terms.iff(*left, *right);
                let rule = self.formula.terms.implies(direct, same);
                self.formula.assert(rule);
            }
        }
        if let (Some(source), Some(endpoint)) = (source, presents.first()) {
            let absent = self.absent(&source);
            let opposite = self.formula.terms.iff(absent, *endpoint);
            let rule = self.formula.terms.implies(direct, opposite);
            self.formula.assert(rule);
        }
    }
}

/// The attribute that a key's value is, where it is one and always the same.
fn only_attribute(value: &KeyValue) -> Option<Attribute> {
    match value {
        KeyValue::Single(Text::Attribute(attribute)) => Some(*attribute),
        KeyValue::Cases(cases) => {
            let mut found = cases.iter().filter_map(|(_, inner)| only_attribute(inner));
            let first = found.next()?;
            found.all(|other| other == first).then_some(first)
        }
        KeyValue::Absent | KeyValue::Single(_) | KeyValue::List(_) => None,
    }
}
