//! Controls of public frameworks that kinds of guardrails give evidence for.

const TABLE: &str = include_str!("../../data/controls.tsv");

/// A control of a framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// The framework, with its edition.
    pub framework: &'static str,
    /// Its id there.
    pub id: &'static str,
    /// What it asks for, in a few words.
    pub title: &'static str,
}

/// The controls that guardrails of the kind called `kind` give evidence for, in the order of the table. A guardrail proves one
/// technical part of a control, never all of it.
pub fn of_kind(kind: &str) -> Vec<Control> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let named = columns.next()?;
            let control = Control { framework: columns.next()?, id: columns.next()?, title: columns.next()? };
            (named == kind).then_some(control)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::GuardrailKind;
    use super::{TABLE, of_kind};

    #[test]
    fn every_kind_has_controls_and_every_line_is_of_a_kind() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let all: usize = GuardrailKind::NAMES
            .iter()
            .map(|kind| {
                let own = of_kind(kind);
                assert!(own.iter().any(|control| control.framework == "NIST CSF 2.0"), "{kind}");
                own.len()
            })
            .sum();
        assert_eq!(all, lines);
    }
}
