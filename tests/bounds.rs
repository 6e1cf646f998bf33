//! Bounds of policies with holes: whatever stands in the holes, the widest allows what the policy allows, and the policy what the narrowest does.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::any;
use ringfence_infrastructure::bounds::{Bound, Bounds, Carrier, Unbounded, Vocabulary};
use ringfence_infrastructure::hole::Holes;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::request::Decision;
use serde_json::{Value, json};

use crate::differential::{case, scenario};
use crate::engines::Mode;
use crate::random;

/// The readings under which both sides are decided. Mixtures go by the names of predicates, which bounds change.
const MODES: [Mode; 3] = [Mode::Evaluator, Mode::Lower, Mode::Upper];

const CONTROLLED: [&str; 6] = ["s3", "sts", "kms", "sqs", "secretsmanager", "dynamodb"];

fn vocabulary() -> Vocabulary {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    Vocabulary {
        services: texts(&[
            "lambda.amazonaws.com",
            "ec2.amazonaws.com",
            "events.amazonaws.com",
            "s3.amazonaws.com",
            "athena.amazonaws.com",
        ]),
        controlled: texts(&CONTROLLED),
    }
}

/// The texts and lists in a policy that may be unknown, each by the number of its turn: which of them become holes.
struct Digger<'d> {
    draws: &'d [u8],
    next: usize,
    holes: Holes,
    dug: usize,
}

impl Digger<'_> {
    fn draw(&mut self) -> u8 {
        self.next += 1;
        self.draws.get(self.next % self.draws.len()).copied().unwrap_or_default()
    }

    fn hole(&mut self) -> String {
        self.dug += 1;
        self.holes.text(&format!("hole-{}", self.dug))
    }

    /// A part of the text, or all of it.
    fn text(&mut self, text: &mut String) {
        let draw = self.draw();
        if !draw.is_multiple_of(4) {
            return;
        }
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let place = |share: u8| places[usize::from(share) * (places.len() - 1) / 255];
        let (first, second) = (place(self.draw()), place(self.draw()));
        let (start, end) =
            if draw.is_multiple_of(8) { (0, text.len()) } else { (first.min(second), first.max(second)) };
        let hole = self.hole();
        text.replace_range(start..end, &hole);
    }

    /// Values of an element: some of them, or the list as a whole.
    fn values(&mut self, values: &mut Value) {
        if self.draw().is_multiple_of(16) {
            *values = json!(self.hole());
            return;
        }
        match values {
            Value::String(text) => self.text(text),
            Value::Array(list) => {
                for value in list {
                    if let Value::String(text) = value {
                        self.text(text);
                    }
                }
            }
            Value::Object(members) => {
                for values in members.values_mut() {
                    self.values(values);
                }
            }
            _ => {}
        }
    }

    fn statement(&mut self, statement: &mut Value, carrier: Carrier) {
        if self.draw().is_multiple_of(24) {
            *statement = json!(self.hole());
            return;
        }
        for (name, value) in statement.as_object_mut().unwrap() {
            match name.as_str() {
                "Effect" if self.draw().is_multiple_of(24) => *value = json!(self.hole()),
                // RCPs name everybody.
                "Principal" | "NotPrincipal" if value == "*" || carrier == Carrier::ResourceControl => {}
                "Action" | "NotAction" | "Resource" | "NotResource" | "Principal" | "NotPrincipal" => {
                    self.values(value);
                }
                "Condition" => self.condition(value),
                _ => {}
            }
        }
    }

    fn condition(&mut self, block: &mut Value) {
        if self.draw().is_multiple_of(32) {
            *block = json!(self.hole());
            return;
        }
        let Some(operators) = block.as_object_mut() else { return };
        for keys in operators.values_mut() {
            if self.draw().is_multiple_of(32) {
                *keys = json!(self.hole());
                continue;
            }
            let Some(members) = keys.as_object_mut() else { continue };
            let renamed = self.draw().is_multiple_of(24);
            for values in members.values_mut() {
                self.values(values);
            }
            if let (true, Some(name)) = (renamed, members.keys().next().cloned()) {
                let values = members.remove(&name).unwrap();
                members.insert(self.hole(), values);
            }
        }
    }

    fn document(&mut self, document: &mut Value, carrier: Carrier) {
        // The one that allows is AWS's own.
        if carrier == Carrier::ResourceControl && document.to_string().contains("\"Allow\"") {
            return;
        }
        if self.draw().is_multiple_of(24) {
            *document = json!(self.hole());
            return;
        }
        if let Some(list) = document["Statement"].as_array_mut() {
            for statement in list {
                self.statement(statement, carrier);
            }
        } else {
            self.statement(&mut document["Statement"], carrier);
        }
    }
}

/// Every policy of a case, with what carries it.
fn each_policy(case: &mut Value, mut change: impl FnMut(&mut Value, Carrier)) {
    let of_role = case["request"]["action"].as_str().unwrap().to_ascii_lowercase().starts_with("sts:")
        && case["request"]["resource"].as_str().unwrap().contains(":role/");
    let Some(policies) = case["policies"].as_object_mut() else { return };
    for (name, written) in policies {
        let carrier = match name.as_str() {
            "resource" if of_role => Carrier::Trust,
            "resource" | "vpcEndpoint" => Carrier::Resource,
            "resourceControl" => Carrier::ResourceControl,
            _ => Carrier::Identity,
        };
        match written {
            Value::Array(list) => {
                for item in list {
                    match item.get_mut("policies").and_then(Value::as_array_mut) {
                        Some(of_level) => of_level.iter_mut().for_each(|policy| change(policy, carrier)),
                        None => change(item, carrier),
                    }
                }
            }
            one => change(one, carrier),
        }
    }
}

/// Under each choice of readings whether the evaluator allows; none where the case is refused.
fn allowed(case: &Value, catalogue: &Catalogue) -> Result<Vec<bool>, String> {
    let Some(scenario) = scenario(case, catalogue)? else { return Ok(Vec::new()) };
    let decide = |mode| scenario.evaluated(catalogue, mode).map_err(|error| error.to_string());
    MODES.into_iter().map(|mode| Ok(decide(mode)? == Decision::Allow)).collect()
}

#[test]
fn the_bounds_hold_for_what_stood_in_the_holes() {
    let catalogue = Catalogue::embedded().unwrap();
    let vocabulary = vocabulary();
    let [with_holes, wider, narrower, kept, refused]: [Cell<u32>; 5] = Default::default();
    let count = |cell: &Cell<u32>, yes: bool| cell.set(cell.get() + u32::from(yes));
    random::run(
        "bounds",
        3_000,
        &(case(), vec(any::<u8>(), 60)),
        |(case, draws)| format!("{case} {draws:?}"),
        |(mut case, draws)| {
            // A wider policy of a bucket may be a public one, which blocking takes access from.
            case["settings"]["s3BlockPublicAccess"] = json!(false);
            let between = allowed(&case, catalogue)?;
            let mut holed = case.clone();
            let mut digger = Digger { draws: &draws, next: 0, holes: Holes::default(), dug: 0 };
            each_policy(&mut holed, |policy, carrier| digger.document(policy, carrier));
            let Digger { holes, dug, .. } = digger;
            count(&with_holes, dug > 0);
            let bounded = |bound| {
                let mut bounded = holed.clone();
                let mut problem = None;
                each_policy(&mut bounded, |policy, carrier| {
                    match (Bounds { bound, vocabulary: &vocabulary, holes: &holes }).document(policy, carrier)
                    {
                        Ok(document) => *policy = document,
                        Err(error) => problem = Some(error),
                    }
                });
                problem.map_or(Ok(bounded), Err)
            };
            let (widest, narrowest) = match (bounded(Bound::Widest), bounded(Bound::Narrowest)) {
                (Ok(widest), Ok(narrowest)) => (widest, narrowest),
                (Err(Unbounded::Provider), _) | (_, Err(Unbounded::Provider)) => {
                    count(&refused, true);
                    return Ok(());
                }
                (Err(Unbounded::NoPolicy), _) | (_, Err(Unbounded::NoPolicy)) => {
                    return Err("a policy is said to be none".to_owned());
                }
            };
            let (wide, narrow) = (allowed(&widest, catalogue)?, allowed(&narrowest, catalogue)?);
            for ((mode, between), (wide, narrow)) in
                MODES.iter().zip(between).zip(wide.into_iter().zip(narrow))
            {
                if narrow && !between {
                    return Err(format!("{mode:?}: allowed by the narrowest: {narrowest}"));
                }
                if between && !wide {
                    return Err(format!("{mode:?}: not allowed by the widest: {widest}"));
                }
                count(&wider, wide && !between);
                count(&narrower, between && !narrow);
                count(&kept, dug > 0 && narrow);
            }
            Ok(())
        },
    );
    let counts = [with_holes, wider, narrower, kept, refused].map(|cell| cell.get());
    assert!(counts[0] > 2_000 && counts[1] > 300 && counts[2] > 100 && counts[3] > 100, "{counts:?}");
}
