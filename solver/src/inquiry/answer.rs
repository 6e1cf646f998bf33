//! The answer of one principal to one question.

use std::collections::BTreeSet;

use ringfence_model::catalogue::Catalogue;

use super::Targets;
use super::ground::{Ground, grounds};
use crate::certificate::Certificate;
use crate::check::{FEDERATION, Shared, federation_targets, federation_verdict};
use crate::decimal::Decimal;
use crate::encode::owner::{Naming, may_be_hidden};
use crate::formula::Restriction;
use crate::prove::Prover;
use crate::prove::many::TARGETS_TOGETHER;
use crate::query::Target;
use crate::subject::{Federation, Subject, SubjectKind};
use crate::theorem::{Answers, SharingProver, allowed};
use crate::verdict::{Reason, Verdict};
use crate::witness::Witness;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This request is allowed, whatever AWS does at the open points.
    Allowed(Box<Witness>),
    /// No single request is allowed, under any reading.
    Denied(Denial),
    /// There is no such request to allow or deny, whatever the policies say; why, in words.
    NoSuchRequest(&'static str),
    /// Neither, with the reason.
    Unknown(Reason),
}

/// Why no request is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What it rests on, never empty.
    pub grounds: Vec<Ground>,
    /// SHA-256 of the claims whose proofs were written down, if they were.
    pub claims: BTreeSet<String>,
}

const NO_CONTEXT: &str =
    "no request of this principal can have the context that is asked about, or nobody can begin its session";
const ELSEWHERE: &str = "the question may be about resources of accounts that it does not name, whose own policies decide too; \
                         name the account";
const NO_RESOURCE: &str = "no resource of this partition can be what is asked about";

/// Restrictions that keep something from happening, and the claims that show it.
pub(super) type Kept = (BTreeSet<Restriction>, BTreeSet<String>);

/// One principal, asked one question after the other.
pub(super) struct Respondent<'r, 'a> {
    pub(super) prover: &'r mut Prover<'a>,
    pub(super) solutions: &'r Shared,
    pub(super) catalogue: &'a Catalogue,
    pub(super) as_of: Option<&'r Decimal>,
    pub(super) subject: Subject,
    /// Whether the subject can make federated-user sessions was asked.
    pub(super) federation_known: bool,
    /// What keeps it from them, as far as that was asked; none if it may make them, or is no user.
    pub(super) no_federation: Option<Kept>,
}

impl Respondent<'_, '_> {
    /// The answer to the question with these targets.
    pub(super) fn answer(&mut self, targets: &Targets) -> Answer {
        if self.catalogue.regions(&self.subject.partition).is_empty() {
            return Answer::Unknown(Reason::NotCovered {
                code: "catalogue",
                text: format!("the catalogue does not know the partition `{}`", self.subject.partition),
            });
        }
        if targets.is_empty() {
            return Answer::NoSuchRequest(NO_RESOURCE);
        }
        let mut refused = BTreeSet::new();
        // Many targets are looked at only as far as it takes to find a request.
        let many = targets.direct.len() > TARGETS_TOGETHER;
        let mut direct =
            if many { targets.direct.clone() } else { self.open(&targets.direct, &mut refused, false) };
        let routed = self.open(&targets.routed, &mut refused, false);
        let foreign = self.open(&targets.foreign, &mut refused, true);
        if direct.is_empty() && routed.is_empty() && foreign.is_empty() {
            let grounds = self.grounds(&refused, targets);
            return Answer::Denied(Denial { grounds, claims: BTreeSet::new() });
        }
        let hidden = |target| may_be_hidden(target, &self.subject, self.catalogue);
        let elsewhere = foreign.iter().any(hidden);
        direct.extend(foreign);
        let answer = self.decided(&direct, &routed, refused, targets);
        match answer {
            Answer::Denied(_) | Answer::NoSuchRequest(_) if elsewhere => {
                Answer::Unknown(Reason::NotCovered { code: "another-account", text: ELSEWHERE.to_owned() })
            }
            Answer::Allowed(_) | Answer::Denied(_) | Answer::NoSuchRequest(_) | Answer::Unknown(_) => answer,
        }
    }

    /// The answer about the targets that no layer refuses by its actions alone.
    fn decided(
        &mut self,
        direct: &[Target],
        routed: &[Target],
        mut refused: BTreeSet<Restriction>,
        targets: &Targets,
    ) -> Answer {
        let mut unfederated = false;
        let verdict = self.ask(direct, &mut unfederated);
        if routed.is_empty() {
            return self.concluded(verdict, (refused, BTreeSet::new()), targets, unfederated);
        }
        match verdict {
            Verdict::Refuted(witness) => Answer::Allowed(witness),
            Verdict::Inconclusive(reason) => Answer::Unknown(reason),
            Verdict::NotApplicable => Answer::NoSuchRequest(NO_CONTEXT),
            Verdict::Proved(certificate) => {
                refused.extend(certificate.core);
                let claims = certificate.claims;
                match self.ask(routed, &mut unfederated) {
                    proved @ (Verdict::Proved(_) | Verdict::NotApplicable) => {
                        self.concluded(proved, (refused, claims), targets, unfederated)
                    }
                    Verdict::Refuted(_) | Verdict::Inconclusive(_) => Answer::Unknown(Reason::NotCovered {
                        code: "through-a-profile",
                        text: "no direct call is allowed, but the model may be reached through an inference profile or a \
                               prompt router, which is not covered yet"
                            .to_owned(),
                    }),
                }
            }
        }
    }

    /// The targets that no layer refuses by its actions alone; `refused` takes the layers that do. None of the others
    /// is encoded. `elsewhere`: the resources are of other accounts.
    fn open(&self, targets: &[Target], refused: &mut BTreeSet<Restriction>, elsewhere: bool) -> Vec<Target> {
        let query = allowed(Vec::new(), self.as_of);
        let naming = Naming::of(&self.subject);
        let mut open = Vec::new();
        for target in targets {
            // Which layer refuses hangs on the resource too: on some types a policy of its own may grant past it.
            match self.prover.refusing_layer(target, &query, &self.subject, &naming, elsewhere) {
                Some(layer) => {
                    refused.insert(Restriction::Layer(layer));
                }
                None => open.push(target.clone()),
            }
        }
        open
    }

    /// What keeps the user from federated-user sessions, found once; none if it may make them, or is no user.
    fn no_federation(&mut self) -> Option<Kept> {
        if !self.federation_known && matches!(self.subject.kind, SubjectKind::User { .. }) {
            let mut answers = SharingProver { prover: &mut *self.prover, solutions: self.solutions };
            let verdict = federation_verdict(&mut answers, self.catalogue, &self.subject);
            if let Verdict::Proved(certificate) = verdict {
                self.no_federation = Some((certificate.core.into_iter().collect(), certificate.claims));
            }
        }
        self.federation_known = true;
        self.no_federation.clone()
    }

    /// The verdict on the targets. A user's federated-user sessions are taken into account; only where nothing is decided
    /// with them it is asked whether the user can make any, and then without them: `unfederated` says that the verdict
    /// rests on that.
    fn ask(&mut self, targets: &[Target], unfederated: &mut bool) -> Verdict {
        let verdict = self.ask_of(&self.subject.clone(), targets);
        if !matches!(verdict, Verdict::Inconclusive(_)) || self.no_federation().is_none() {
            return verdict;
        }
        let again = self.ask_of(&self.without_federation(), targets);
        *unfederated |= matches!(again, Verdict::Proved(_));
        again
    }

    fn without_federation(&self) -> Subject {
        Subject { federation: Federation::Never, ..self.subject.clone() }
    }

    fn ask_of(&mut self, subject: &Subject, targets: &[Target]) -> Verdict {
        if targets.len() > TARGETS_TOGETHER {
            return self.prover.answer(&allowed(targets.to_vec(), self.as_of), subject);
        }
        self.ask_one_by_one(subject, targets)
    }

    /// Refuted by the first target, in order, for which a request is replayed; proved if every target is.
    fn ask_one_by_one(&mut self, subject: &Subject, targets: &[Target]) -> Verdict {
        let mut core: BTreeSet<Restriction> = BTreeSet::new();
        let (mut formulas, mut claims) = (BTreeSet::<String>::new(), BTreeSet::<String>::new());
        let mut undecided: Option<Reason> = None;
        let mut used_strings = false;
        for target in targets {
            let query = allowed(vec![target.clone()], self.as_of);
            let mut answers = SharingProver { prover: &mut *self.prover, solutions: self.solutions };
            match answers.answer(&query, subject) {
                Verdict::Proved(certificate) => {
                    used_strings |= certificate.used_strings;
                    core.extend(certificate.core);
                    claims.extend(certificate.claims);
                    formulas.insert(certificate.formula);
                }
                Verdict::Inconclusive(reason) => {
                    undecided.get_or_insert(reason);
                }
                other @ (Verdict::Refuted(_) | Verdict::NotApplicable) => return other,
            }
        }
        match undecided {
            Some(reason) => Verdict::Inconclusive(reason),
            None => Verdict::Proved(Box::new(Certificate {
                formula: formulas.into_iter().collect::<Vec<_>>().join(" "),
                claims,
                core: core.into_iter().collect(),
                used_strings,
                ..Certificate::joined(Vec::new())
            })),
        }
    }

    fn concluded(
        &mut self,
        verdict: Verdict,
        (refused, mut claims): (BTreeSet<Restriction>, BTreeSet<String>),
        targets: &Targets,
        unfederated: bool,
    ) -> Answer {
        match verdict {
            Verdict::Refuted(witness) => Answer::Allowed(witness),
            Verdict::Inconclusive(reason) => Answer::Unknown(reason),
            Verdict::NotApplicable => Answer::NoSuchRequest(NO_CONTEXT),
            Verdict::Proved(certificate) => {
                claims.extend(certificate.claims);
                let core: BTreeSet<Restriction> = refused.into_iter().chain(certificate.core).collect();
                let core = self.minimal(core, &mut claims, targets, unfederated);
                let mut grounds = self.grounds(&core, targets);
                if unfederated {
                    let (ground, shown) = self.federation_ground();
                    grounds.extend(ground);
                    claims.extend(shown);
                }
                if grounds.is_empty() {
                    Answer::NoSuchRequest(NO_CONTEXT)
                } else {
                    Answer::Denied(Denial { grounds, claims })
                }
            }
        }
    }

    /// What was found target by target may be more than it takes for all of them together.
    fn minimal(
        &mut self,
        core: BTreeSet<Restriction>,
        claims: &mut BTreeSet<String>,
        targets: &Targets,
        unfederated: bool,
    ) -> BTreeSet<Restriction> {
        let all: Vec<Target> = targets.all().cloned().collect();
        if core.len() < 2 || all.len() < 2 || all.len() > TARGETS_TOGETHER {
            return core;
        }
        let subject = if unfederated { self.without_federation() } else { self.subject.clone() };
        let query = allowed(all, self.as_of);
        let mut answers = SharingProver { prover: &mut *self.prover, solutions: self.solutions };
        match answers.answer(&query, &subject) {
            Verdict::Proved(certificate) => {
                *claims = certificate.claims;
                certificate.core.into_iter().collect()
            }
            Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => core,
        }
    }

    fn grounds(&self, core: &BTreeSet<Restriction>, targets: &Targets) -> Vec<Ground> {
        grounds(core, targets, &self.subject, self.catalogue)
    }

    /// What keeps the user from the sessions that would get past the other grounds.
    fn federation_ground(&mut self) -> (Option<Ground>, BTreeSet<String>) {
        let Some((core, claims)) = self.no_federation() else { return (None, BTreeSet::new()) };
        let targets = Targets { direct: federation_targets(self.catalogue), ..Targets::default() };
        let because = self.grounds(&core, &targets);
        (Some(Ground::NoSession { call: FEDERATION, because }), claims)
    }
}
