//! What kind of step a primitive is.

use super::{About, Asked, Effect, On, Primitive, Said};

impl Primitive {
    /// Only the management account of an organisation, and accounts to which it delegates that, can do it.
    pub fn is_of_organization(&self) -> bool {
        const SERVICES: [&str; 4] = ["sso:", "sso-directory:", "identitystore:", "organizations:"];
        let of = |asked: &Asked| {
            (SERVICES.iter().any(|service| asked.action.starts_with(service))
                && asked.action != "organizations:LeaveOrganization")
                || asked.action == "sts:AssumeRoot"
                || asked.action.starts_with("account:")
        };
        // What a service does for an organisation is told by what it is about.
        let made = self.about == About::Organization && self.effect == Effect::Create;
        made || self.all_requests().any(of)
    }

    /// Accounts to which an organisation delegates it are in no input, and it is not among what docs/steps.md takes the management account alone
    /// to do.
    pub fn is_delegated_unseen(&self) -> bool {
        self.all_requests()
            .any(|asked| asked.action == "sts:AssumeRoot" || asked.action.starts_with("account:"))
    }

    /// A path with it takes its evidence for granted, unless an inventory lists all that it asks for.
    pub fn assumes(&self, is_listed: bool) -> bool {
        self.evidence.is_some() && !(self.listed && is_listed)
    }

    /// It leads from one state to another.
    pub fn is_searched(&self) -> bool {
        match self.effect {
            Effect::Enable | Effect::Weaken | Effect::Declared => false,
            Effect::Model => self.makes_alias(),
            Effect::Become
            | Effect::Edit
            | Effect::Attach
            | Effect::Rewrite
            | Effect::ChooseVersion
            | Effect::Join
            | Effect::RemoveDenies
            | Effect::Tag
            | Effect::Rename
            | Effect::RemoveBoundary
            | Effect::ReplaceBoundary
            | Effect::Create
            | Effect::Recreate
            | Effect::OpenTrust
            | Effect::OpenProvider
            | Effect::OpenResource
            | Effect::LiftControl
            | Effect::Author => true,
        }
    }

    /// It changes a principal by rights that an administrator of the account has.
    pub fn is_plain_takeover(&self) -> bool {
        self.services.is_empty()
            && self.resources.is_empty()
            && self.limits.is_none()
            && matches!(self.about, About::User | About::Role)
            && matches!(
                self.effect,
                Effect::Become | Effect::Edit | Effect::OpenTrust | Effect::RemoveBoundary
            )
    }

    /// It makes something that runs a model under another name.
    pub fn makes_alias(&self) -> bool {
        self.effect == Effect::Model && self.id.starts_with("alias-")
    }

    /// None of its calls is about the principal that it makes: a service makes that.
    pub fn is_made_by_service(&self) -> bool {
        self.effect == Effect::Create && self.all_requests().all(|asked| asked.on != On::Target)
    }

    /// A role is passed with one of its calls.
    pub fn passes_role(&self) -> bool {
        self.requests.iter().any(|asked| asked.action == "iam:PassRole")
    }

    /// Some request says which boundary is wanted.
    pub fn names_boundary(&self) -> bool {
        self.all_requests().any(|asked| asked.keys.iter().any(|(_, said)| *said == Said::Requested))
    }

    /// All requests that some way of it takes.
    pub fn all_requests(&self) -> impl Iterator<Item = &Asked> {
        self.requests.iter().chain(self.choices.iter().flatten().flatten())
    }
}
