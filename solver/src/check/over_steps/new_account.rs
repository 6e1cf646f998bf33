//! Paths through an account that the run makes: its administrator lets the management account in, and nothing but SCPs of the root binds
//! it.

use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::ResourceTypeId;
use ringfence_model::request::Request;
use ringfence_model::steps::{Change, Decided, Means, OrganizationChange, Step, administration_role};
use ringfence_model::world::Organization;

use super::super::question::Question;
use super::goals::joined_witness;
use super::search::End;
use super::{GoalQuestion, Stepping};
use crate::query::{Target, TargetResource};
use crate::steps::cast::MemberId;
use crate::steps::closure::Closure;
use crate::steps::slice::slice;
use crate::steps::state::{Actor, Cap, Edits};
use crate::steps::verdict::{Goal, Path, PathStatus};
use crate::steps::walk::{Walk, Walker};
use crate::subject::Subject;
use crate::theorem::{Answers, duties, targets_of};
use crate::verdict::Verdict;
use crate::witness::Witness;

/// The row of the table that is replayed so.
pub(super) const CREATE_ACCOUNT: &str = "create-account";
/// The row by which the role of the new account is assumed.
const ASSUME_ROLE: &str = "assume-role";
/// So many are asked at most who may assume the role.
const ASKED: usize = 8;

/// How somebody comes to act in the new account.
#[derive(Clone, Copy)]
enum Entry<'a> {
    /// This one assumes its role.
    Assumed(&'a Actor),
    /// By the password of its root user.
    Root,
}

impl<'w> Stepping<'_, 'w> {
    /// A path to the goal through an account that somebody held makes.
    pub(super) fn in_new_account<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        asked: GoalQuestion<'_>,
    ) -> Option<Path> {
        let organization = self.guards.cast.world.organization.as_ref()?;
        let management = organization.management_account;
        let new = new_id(organization)?;
        let is_there =
            |actor: &&Actor| self.member(actor.member).is_some_and(|member| member.account() == management);
        let actors: Vec<Actor> =
            closed.actors.iter().map(|(_, actor)| actor).filter(is_there).cloned().collect();
        for maker in &actors {
            let others = actors.iter().filter(|actor| *actor != maker).take(ASKED);
            let entries = std::iter::once(maker).chain(others).map(Entry::Assumed).chain([Entry::Root]);
            for entry in entries {
                if let Ok(path) = self.through(answers, (start, maker, entry), (closed, new), asked) {
                    return Some(path);
                }
            }
        }
        None
    }

    /// # Errors
    /// Why there is no such path.
    fn through<A: Answers>(
        &mut self,
        answers: &mut A,
        (start, maker, entry): (MemberId, &Actor, Entry<'_>),
        (closed, new): (&Closure, AccountId),
        asked: GoalQuestion<'_>,
    ) -> Result<Path, String> {
        let mut facts = maker.facts();
        if let Entry::Assumed(user) = entry {
            facts.extend(user.facts());
        }
        let mut walker = self.walker(answers, start, std::collections::BTreeMap::new());
        let mut walk = walker.walk(closed, &slice(closed, &facts));
        let partition = self.member(maker.member).map_or("aws", |member| member.subject.partition.as_str());
        let role = administration_role(partition, new);
        self.make_account(&mut walker, maker, (new, partition), entry, &mut walk)?;
        let mut path = Path {
            goal: asked.goal,
            status: PathStatus::Conditional,
            steps: Vec::new(),
            reached_by: Vec::new(),
            reached: format!("{role} carries no boundary"),
            assumed: Vec::new(),
            unreplayed: None,
        };
        if asked.goal != Goal::Integrity {
            let subject = match entry {
                Entry::Assumed(user) => {
                    self.assume(&mut walker, user, &role, &mut walk)?;
                    walk.session_of(&role)
                }
                Entry::Root => walk.root_of(new),
            };
            let subject = subject.ok_or("nobody is there")?;
            let witness = self.reached_by(answers, start, maker, &subject, asked)?;
            path.reached = witness.facts().join("; ");
            path.reached_by = decided(&mut walk, &witness)?;
        }
        path.steps = walk.steps;
        self.minimise(answers, start, &End::Requests(Vec::new()), &mut path);
        Ok(path)
    }

    fn make_account<'c, A: Answers>(
        &self,
        walker: &mut Walker<'_, 'w, 'c, A>,
        maker: &Actor,
        (new, partition): (AccountId, &str),
        entry: Entry<'_>,
        walk: &mut Walk<'c>,
    ) -> Result<(), String>
    where
        'w: 'c,
    {
        let primitive = self.primitives.find(CREATE_ACCOUNT).ok_or("the table has no such row")?;
        let calls = targets_of(self.plan.catalogue, "organizations:CreateAccount", &[]);
        let changed = |_: &[Request], _: &Subject| {
            let created = Change::Organization(OrganizationChange::CreateAccount { account: new });
            let mut assumed = vec![format!("AWS gives the new account the id {new}")];
            let mut changes = vec![created];
            if matches!(entry, Entry::Root) {
                let principal = Arc::from(format!("arn:{partition}:iam::{new}:root"));
                changes.push(Change::Obtain { principal, means: Means::Mailbox, limits: None });
                let text = "whoever makes an account reads the mail of its root user, and root access is not managed centrally";
                assumed.push(text.to_owned());
            }
            Some((changes, assumed))
        };
        walker.step(primitive, maker, calls, changed, walk)
    }

    fn assume<'c, A: Answers>(
        &self,
        walker: &mut Walker<'_, 'w, 'c, A>,
        user: &Actor,
        role: &str,
        walk: &mut Walk<'c>,
    ) -> Result<(), String>
    where
        'w: 'c,
    {
        let primitive = self.primitives.find(ASSUME_ROLE).ok_or("the table has no such row")?;
        let catalogue = self.plan.catalogue;
        let exactly =
            |resource_type: ResourceTypeId| TargetResource::Exactly { resource_type, arn: role.to_owned() };
        let action = catalogue.find_action("sts:AssumeRole").ok_or("no such action")?;
        let resource_type = catalogue.find_resource_type("iam", "role").ok_or("no such type")?;
        let calls = vec![Target::new(action, exactly(resource_type), Vec::new())];
        let changed = |_: &[Request], _: &Subject| {
            let (principal, means) = (Arc::from(role), Means::Assume);
            Some((vec![Change::Obtain { principal, means, limits: None }], Vec::new()))
        };
        walker.step(primitive, user, calls, changed, walk)
    }

    /// How whoever acts in the new account reaches the goal.
    ///
    /// # Errors
    /// That it does not.
    fn reached_by<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        maker: &Actor,
        subject: &Subject,
        asked: GoalQuestion<'_>,
    ) -> Result<Witness, String> {
        let verdict = if asked.goal == Goal::ModifyAndInvoke {
            let Question::Duties(modify, invoke) = asked.question else {
                return Err("no question".to_owned());
            };
            let modifies = duties::modifies(answers, subject, modify, self.plan.as_of.as_ref(), None);
            let invokes =
                self.routes(answers, subject, asked, |own, answers| own.routes(answers, invoke, None));
            joined_witness(modifies, invokes)
        } else {
            // Whoever acts there is nobody of the cast, and has no boundary.
            let member = MemberId(usize::MAX);
            let nobody = Actor {
                member,
                cap: Cap::None,
                edits: Edits::default(),
                limits: None,
                opened: Arc::default(),
                ..maker.clone()
            };
            self.decide(answers, start, (&nobody, None), subject, asked)
        };
        match verdict {
            Verdict::Refuted(witness) => Ok(*witness),
            Verdict::Proved(_) | Verdict::NotApplicable => {
                Err(format!("{} does not reach the goal", subject.arn))
            }
            Verdict::Inconclusive(reason) => Err(reason.text()),
        }
    }
}

/// The requests of the witness, as they are decided in the world that the walk left.
fn decided(walk: &mut Walk<'_>, witness: &Witness) -> Result<Vec<Decided>, String> {
    let mut all = Vec::new();
    for replayed in witness.requests() {
        let step = Step { requests: vec![replayed.request.clone()], changes: Vec::new() };
        all.extend(walk.run.make(&step).map_err(|failure| failure.to_string())?);
    }
    Ok(all)
}

/// An id that no account of the organisation has.
fn new_id(organization: &Organization) -> Option<AccountId> {
    let ids = (1_u64..).map(|number| format!("{:012}", 100_000_000_000 + number));
    ids.filter_map(|id| AccountId::parse(&id)).find(|id| !organization.accounts.contains_key(id))
}
