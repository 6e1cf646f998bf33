//! Guards that follow from the answers to more general ones: whoever may change nothing at all need not be asked about each thing,
//! and a request that is allowed for one policy mostly is for the next.

use std::sync::Arc;

use ringfence_model::context::ContextKey;
use ringfence_model::request::Request;

use super::{Binding, Chosen, Guard, Guards, On, Posed};
use crate::steps::primitive::{Asked, Said};
use crate::steps::state::Cap;
use crate::steps::tags::NO_TAGS;
use crate::theorem::Answers;
use crate::witness::Witness;
use crate::wrong::takes_shortcuts;

impl Guards<'_> {
    /// The answer, where it follows: blocked, if a question that admits more requests is; allowed, if the request that shows it for
    /// some policy or boundary was replayed for the one that is asked about. Only of calls that stay in the account is the general
    /// question one that admits more.
    pub(super) fn by_general_questions(
        &mut self,
        answers: &mut impl Answers,
        place: usize,
        posed: Posed<'_>,
    ) -> Option<Guard> {
        let Posed { asked, binding, tagged, mode, .. } = posed;
        let stays = asked.action.starts_with("iam:") && matches!(asked.on, On::Target | On::Policy);
        if !stays || !takes_shortcuts() {
            return None;
        }
        let own = self.relevant(asked, binding);
        let of_any_policy =
            Binding { policy: None, requested: None, cap: None, tag: None, new_policy: None, ..own.clone() };
        let mut last = None;
        // The widest is asked first: it is one question for all.
        for (general, tagged) in [(Binding::default(), &NO_TAGS), (of_any_policy, tagged)] {
            if self.relevant(asked, &general) == own {
                return None;
            }
            let posed = self.pose(asked, &general, tagged, mode);
            let guard = match self.known.get(&(place, posed.place)) {
                Some(known) => known.clone(),
                None => self.decide_alone(answers, place, posed),
            };
            if guard.is_blocked() {
                return Some(guard);
            }
            last = Some(guard);
        }
        let Some(Guard::Allowed(witness)) = last else { return None };
        let [replayed] = witness.requests() else { return None };
        let request = with_keys(&replayed.request, asked, binding)?;
        let subject = self.subject(place)?;
        let replayed = answers.replayed_alike(&request, &subject)?;
        Some(Guard::Allowed(Arc::new(Witness::new(vec![replayed], Vec::new()))))
    }
}

/// The request with the keys that name a policy or boundary as the binding says them; none where it does not say one by name, or
/// they say nothing.
fn with_keys(request: &Request, asked: &Asked, binding: &Binding) -> Option<Request> {
    let mut request = request.clone();
    let mut changed = false;
    for (key, said) in &asked.keys {
        let chosen = match said {
            Said::Current => match binding.cap.as_ref()? {
                Cap::None => &Chosen::None,
                Cap::Policy(arn, _) => &Chosen::Policy(Arc::clone(arn)),
                Cap::Other => return None,
            },
            Said::Requested => binding.requested.as_ref()?,
            Said::Policy => binding.policy.as_ref()?,
            Said::Service | Said::Text(_) | Said::InPaths(_) => continue,
        };
        changed = true;
        match chosen {
            Chosen::Policy(arn) => request.context.set(key.as_written(), arn),
            Chosen::None => drop(request.context.remove(&ContextKey::new(key.as_written()))),
            Chosen::OfAws | Chosen::OfAccount | Chosen::Authored(_) => return None,
        }
    }
    (changed && asked.on == On::Target).then_some(request)
}
