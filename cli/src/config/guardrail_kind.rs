//! What a guardrail asks: the keys of each kind (docs/guardrails.md).

use std::ops::Range;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_solver::guardrail::{
    Calls, Commitment, Configuration, GuardrailKind, ModelChoice, Network, PinnedKey, Tier,
};
use ringfence_solver::inquiry::InquiryError;
use ringfence_solver::theorem::calls::CallQuestion;
use ringfence_solver::wildcard::Theory;
use toml::de::DeTable;

use super::condition_block;
use super::reader::{Reader, Value, get};

/// States of automata while names are looked up.
const STATES: usize = 60_000;
/// The longest time without use that can be asked for: AWS tracks the last use of roles for 400 days.
const MOST_DAYS: u32 = 400;

/// The keys of guardrails of the kind `name`, besides `id`, `kind` and `principals`; none if there is no such kind.
pub(super) fn keys(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "cannot-invoke" => &["models", "unapproved", "approved_products"],
        "cannot-escape-boundary"
        | "must-be-bounded"
        | "boundary-required-on-create"
        | "boundary-protected" => &[],
        "separation-of-duties" => &["tiers", "models"],
        "forbid" => &["actions", "resources", "when", "unless"],
        "approved-regions" => &["regions", "actions"],
        "approved-accounts" => &["accounts", "actions"],
        "guardrail-required" => &["guardrails", "models"],
        "network-required" => &["vpc_endpoints", "vpcs", "ip_ranges", "aws_services", "actions"],
        "no-standing-access" => &["models"],
        "owned" => &["tags", "account_tags", "models"],
        "unused" => &["days", "models"],
        "cannot-commit-spend" => &["commitments"],
        "must-be-able" => &["action", "resource", "context", "absent"],
        _ => return None,
    })
}

/// What the guardrail in `table`, which stands at `place`, asks; none, and noted, if that cannot be told.
pub(super) fn read<'i>(
    name: &str,
    table: &DeTable<'i>,
    place: Range<usize>,
    configuration: &Configuration,
    reader: &mut Reader<'i>,
) -> Option<GuardrailKind> {
    let mut form = Form { table, place, configuration, reader };
    Some(match name {
        "cannot-invoke" => return form.cannot_invoke(),
        "cannot-escape-boundary" => GuardrailKind::CannotEscapeBoundary,
        "separation-of-duties" => {
            let (tiers, models) = (form.tiers(), form.models("models").ok()?);
            GuardrailKind::SeparationOfDuties { tiers, models }
        }
        "forbid" => return form.forbid(),
        "approved-regions" => {
            let regions = form.regions()?;
            GuardrailKind::ApprovedRegions { regions, actions: form.actions()? }
        }
        "approved-accounts" => {
            let accounts = form.accounts()?;
            GuardrailKind::ApprovedAccounts { accounts, actions: form.actions()? }
        }
        "guardrail-required" => {
            let help = "write ARNs of guardrails, such as `arn:aws:bedrock:*:111122223333:guardrail/abc*`";
            let guardrails = form.required_texts("guardrails", help)?;
            for (text, place) in form.texts("guardrails") {
                if !text.starts_with("arn:") && !text.starts_with('*') {
                    form.reader.error(place, &format!("`{text}` matches no ARN of a guardrail"), help);
                }
            }
            GuardrailKind::GuardrailRequired { guardrails, models: form.models("models").ok()? }
        }
        "network-required" => {
            let network = form.network()?;
            GuardrailKind::NetworkRequired { network, actions: form.actions()? }
        }
        "must-be-bounded" => GuardrailKind::MustBeBounded,
        "boundary-required-on-create" => GuardrailKind::BoundaryRequiredOnCreate,
        "boundary-protected" => GuardrailKind::BoundaryProtected,
        "no-standing-access" => GuardrailKind::NoStandingAccess { models: form.models("models").ok()? },
        "owned" => return form.owned(),
        "unused" => {
            let value =
                form.required("days", "write the days after which a role counts as unused, such as 90")?;
            let days = form.reader.whole_number(value, "days", MOST_DAYS)?;
            GuardrailKind::Unused { days, models: form.models("models").ok()? }
        }
        "cannot-commit-spend" => GuardrailKind::CannotCommitSpend { commitments: form.commitments() },
        _ => return form.must_be_able(),
    })
}

/// An error was noted.
struct Noted;

/// The table of one guardrail.
struct Form<'f, 'i> {
    table: &'f DeTable<'i>,
    place: Range<usize>,
    configuration: &'f Configuration,
    reader: &'f mut Reader<'i>,
}

impl<'f, 'i> Form<'f, 'i> {
    fn required(&mut self, key: &str, help: &str) -> Option<&'f Value<'i>> {
        let value = get(self.table, key);
        if value.is_none() {
            self.reader.error(self.place.clone(), &format!("`{key}` is missing"), help);
        }
        value
    }

    fn texts(&mut self, key: &str) -> Vec<(&'f str, Range<usize>)> {
        self.reader.texts(self.table, key)
    }

    /// The texts under `key`; noted if there are none.
    fn required_texts(&mut self, key: &str, help: &str) -> Option<Vec<String>> {
        let value = self.required(key, help)?;
        let texts: Vec<String> = self.texts(key).into_iter().map(|(text, _)| text.to_owned()).collect();
        if texts.is_empty() {
            self.reader.error(value.span(), &format!("`{key}` is empty"), help);
            return None;
        }
        Some(texts)
    }

    /// The name of the set under `key`, if it is there.
    fn models(&mut self, key: &str) -> Result<Option<String>, Noted> {
        let Some(value) = get(self.table, key) else { return Ok(None) };
        let name = self.reader.text(value, key).ok_or(Noted)?;
        if !self.configuration.models.contains_key(name) {
            let known: Vec<&str> = self.configuration.models.keys().map(String::as_str).collect();
            let help = format!("the sets are {}; add one under `[models]`", known.join(", "));
            self.reader.error(value.span(), &format!("there is no set of models `{name}`"), &help);
            return Err(Noted);
        }
        Ok(Some(name.to_owned()))
    }

    fn cannot_invoke(&mut self) -> Option<GuardrailKind> {
        let (inside, outside) = (self.models("models").ok()?, self.models("unapproved").ok()?);
        let products = get(self.table, "approved_products")
            .map(|_| self.texts("approved_products").into_iter().map(|(text, _)| text.to_owned()).collect());
        let models = match (inside, outside) {
            (Some(name), None) => Some(ModelChoice::In(name)),
            (None, Some(name)) => Some(ModelChoice::Outside(name)),
            (None, None) if products.is_some() => None,
            (None, None) => {
                let help = "name a set of `[models]`, such as \"expensive\"; or `unapproved`, or `approved_products`";
                self.reader.error(self.place.clone(), "`models` is missing", help);
                return None;
            }
            (Some(_), Some(_)) => {
                let help = "write one of them, and another guardrail for the other";
                self.reader.error(self.place.clone(), "`models` and `unapproved` are both there", help);
                return None;
            }
        };
        Some(GuardrailKind::CannotInvoke { models, approved_products: products })
    }

    fn tiers(&mut self) -> Vec<Tier> {
        let Some(value) = get(self.table, "tiers") else { return vec![Tier::Weights] };
        let help = "write some of weights, serving and behaviour";
        self.choices("tiers", value, &Tier::ALL.map(|tier| (tier.name(), tier)), "tier", help)
    }

    fn commitments(&mut self) -> Vec<Commitment> {
        let Some(value) = get(self.table, "commitments") else { return Commitment::ALL.to_vec() };
        let names: Vec<&str> = Commitment::ALL.iter().map(|kind| kind.name()).collect();
        let help = format!("write some of {}", names.join(", "));
        let all = Commitment::ALL.map(|kind| (kind.name(), kind));
        self.choices("commitments", value, &all, "kind of commitment", &help)
    }

    fn choices<T: Copy + PartialEq>(
        &mut self,
        key: &str,
        value: &Value<'i>,
        all: &[(&str, T)],
        what: &str,
        help: &str,
    ) -> Vec<T> {
        let texts = self.texts(key);
        if texts.is_empty() {
            self.reader.error(value.span(), &format!("`{key}` names no {what}"), help);
        }
        let mut chosen = Vec::new();
        for (text, place) in texts {
            match all.iter().find(|(name, _)| *name == text) {
                Some((_, choice)) if !chosen.contains(choice) => chosen.push(*choice),
                Some(_) => {}
                None => self.reader.error(place, &format!("there is no {what} `{text}`"), help),
            }
        }
        chosen
    }

    /// Patterns of actions that the guardrail is about; empty if the key is left out, none if one is not known.
    fn actions(&mut self) -> Option<Vec<String>> {
        if get(self.table, "actions").is_none() {
            return Some(Vec::new());
        }
        let actions = self.required_texts("actions", "leave it out for the actions on models")?;
        let calls = Calls { actions: actions.clone(), ..Calls::default() };
        self.looked_up(&calls, &[], "actions").map(|_| actions)
    }

    /// The calls as the catalogue knows them; none, and noted, where it does not.
    fn looked_up(&mut self, calls: &Calls, pinned: &[PinnedKey], key: &str) -> Option<CallQuestion> {
        let catalogue = Catalogue::embedded().ok()?;
        let found = CallQuestion::new(calls, pinned, catalogue, &mut Theory::new(STATES));
        match found {
            Ok(question) => Some(question),
            Err(errors) => {
                for error in errors {
                    let of_context = matches!(
                        error.error,
                        InquiryError::WrongValue { .. }
                            | InquiryError::TooManyValues { .. }
                            | InquiryError::PinnedTwice { .. }
                    );
                    let text = if of_context { "" } else { error.text.as_str() };
                    let place = self.place_of(text, key);
                    self.reader.error(place, &error.error.to_string(), &error.error.help());
                }
                None
            }
        }
    }

    /// Where `text` stands among the values of the guardrail; else where `key` does.
    fn place_of(&self, text: &str, key: &str) -> Range<usize> {
        let values = ["actions", "resources", "action", "resource"];
        let found = values.iter().filter_map(|key| get(self.table, key)).find_map(|value| {
            let elements: Vec<&Value<'i>> = match value.get_ref().as_array() {
                Some(list) => list.iter().collect(),
                None => vec![value],
            };
            elements.into_iter().find(|one| one.get_ref().as_str() == Some(text)).map(Value::span)
        });
        found.or_else(|| get(self.table, key).map(Value::span)).unwrap_or_else(|| self.place.clone())
    }

    fn forbid(&mut self) -> Option<GuardrailKind> {
        let actions = self.required_texts("actions", "write actions, or patterns such as `s3:Delete*`")?;
        let resources = if get(self.table, "resources").is_some() {
            self.required_texts("resources", "leave it out for any resource")?
        } else {
            Vec::new()
        };
        let when = condition_block::read(self.table, "when", self.reader);
        let unless = condition_block::read(self.table, "unless", self.reader);
        let read = |key: &str, blocks: &[_]| get(self.table, key).is_some() && blocks.is_empty();
        if read("when", &when) || read("unless", &unless) {
            return None;
        }
        let calls = Calls { actions, resources, when, unless };
        let question = self.looked_up(&calls, &[], "actions")?;
        let catalogue = Catalogue::embedded().ok()?;
        for (key, blocks) in [("when", &calls.when), ("unless", &calls.unless)] {
            for condition in blocks.iter().flatten() {
                if !question.carries(&condition.key, catalogue) {
                    let place = get(self.table, key).map_or_else(|| self.place.clone(), Value::span);
                    self.reader.error(
                        place,
                        &format!("none of the actions carries the key `{}`", condition.key),
                        "no request could meet the condition: name a key that the actions carry, or leave it out",
                    );
                }
            }
        }
        Some(GuardrailKind::Forbid(calls))
    }

    fn regions(&mut self) -> Option<Vec<String>> {
        let help = "write Regions, such as `eu-west-1`";
        let value = self.required("regions", help)?;
        let regions = self.texts("regions");
        let catalogue = Catalogue::embedded().ok()?;
        for (region, place) in &regions {
            let known = catalogue
                .partitions()
                .any(|partition| catalogue.regions(partition).iter().any(|known| known == region));
            if !known {
                self.reader.error(place.clone(), &format!("the catalogue knows no Region `{region}`"), help);
            }
        }
        if regions.is_empty() {
            self.reader.error(value.span(), "`regions` is empty", help);
            return None;
        }
        Some(regions.into_iter().map(|(text, _)| text.to_owned()).collect())
    }

    /// May be empty: then only a principal's own account is approved.
    fn accounts(&mut self) -> Option<Vec<AccountId>> {
        let help = "write account ids of twelve digits; an empty list for a principal's own account alone";
        self.required("accounts", help)?;
        let mut accounts = Vec::new();
        for (text, place) in self.texts("accounts") {
            match AccountId::parse(text) {
                Some(account) => accounts.push(account),
                None => self.reader.error(place, &format!("`{text}` is no account"), help),
            }
        }
        Some(accounts)
    }

    fn network(&mut self) -> Option<Network> {
        let mut network = Network::default();
        for (text, place) in self.texts("vpc_endpoints") {
            if !text.starts_with("vpce-") {
                self.reader.error(
                    place,
                    &format!("`{text}` is no VPC endpoint"),
                    "write ids such as `vpce-0a1b2c3d`",
                );
            }
            network.vpc_endpoints.push(text.to_owned());
        }
        for (text, place) in self.texts("vpcs") {
            if !text.starts_with("vpc-") {
                self.reader.error(place, &format!("`{text}` is no VPC"), "write ids such as `vpc-0a1b2c3d`");
            }
            network.vpcs.push(text.to_owned());
        }
        for (text, place) in self.texts("ip_ranges") {
            if !ringfence_solver::text::is_address_range(text) {
                let help = "write ranges such as `192.0.2.0/24` or `2001:db8::/32`";
                self.reader.error(place, &format!("`{text}` is no range of addresses"), help);
            }
            network.ip_ranges.push(text.to_owned());
        }
        if let Some(value) = get(self.table, "aws_services") {
            network.aws_services = self.reader.boolean(value, "aws_services")?;
        }
        if network.vpc_endpoints.is_empty() && network.vpcs.is_empty() && network.ip_ranges.is_empty() {
            let help = "write `vpc_endpoints`, `vpcs` or `ip_ranges`";
            self.reader.error(self.place.clone(), "no network is approved", help);
            return None;
        }
        Some(network)
    }

    fn owned(&mut self) -> Option<GuardrailKind> {
        let texts = |texts: Vec<(&str, Range<usize>)>| -> Vec<String> {
            texts.into_iter().map(|(text, _)| text.to_owned()).collect()
        };
        let (tags, account_tags) = (texts(self.texts("tags")), texts(self.texts("account_tags")));
        if tags.is_empty() && account_tags.is_empty() {
            let help =
                "write `tags` or `account_tags`, such as `tags = [\"cost-owner\", \"security-owner\"]`";
            self.reader.error(self.place.clone(), "no tag is required", help);
            return None;
        }
        Some(GuardrailKind::Owned { tags, account_tags, models: self.models("models").ok()? })
    }

    fn must_be_able(&mut self) -> Option<GuardrailKind> {
        let help = "write the call that must be possible, such as `action = \"bedrock:InvokeModel\"`";
        let action = self.reader.required_text(self.table, "action", self.place.clone(), help);
        let resource = match get(self.table, "resource") {
            Some(value) => Some(self.reader.text(value, "resource")?.to_owned()),
            None => None,
        };
        let context = self.context()?;
        let action = action?.to_owned();
        let calls = Calls {
            actions: vec![action.clone()],
            resources: resource.iter().cloned().collect(),
            ..Calls::default()
        };
        let question = self.looked_up(&calls, &context, "context")?;
        let place = ["context", "absent"].iter().find_map(|key| get(self.table, key)).map(Value::span);
        for remark in question.remarks() {
            let help = "the call could not be asked about as it is meant: correct the key, or leave it out";
            self.reader.error(place.clone().unwrap_or_else(|| self.place.clone()), remark, help);
        }
        Some(GuardrailKind::MustBeAble { action, resource, context })
    }

    /// Keys that are pinned: by `context` to a text or a list of texts, by `absent` as absent.
    fn context(&mut self) -> Option<Vec<PinnedKey>> {
        let mut pinned = Vec::new();
        if let Some(value) = get(self.table, "context") {
            for (key, value) in self.reader.any_table(value, "`context`")? {
                let name = key.get_ref().to_string();
                let texts = self.reader.one_or_many(value, &name);
                if texts.is_empty() {
                    let help = "write a text, or a list of texts; keys that are absent go under `absent`";
                    self.reader.error(value.span(), &format!("`{name}` has no value"), help);
                }
                pinned.push((name, Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())));
            }
        }
        let absent = self.texts("absent").into_iter().map(|(key, _)| (key.to_owned(), None));
        pinned.extend(absent);
        Some(pinned)
    }
}
