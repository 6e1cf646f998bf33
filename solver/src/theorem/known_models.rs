//! Which models are known beside those of the price table: by inventories, by AWS's inference profiles, and by policies that name them.

use std::collections::BTreeSet;

use ringfence_model::models::{ModelTable, ProfileTable, split_geography};
use ringfence_model::policy::{PolicyDocument, Statement};
use ringfence_model::world::World;

use super::models::{bare_id, id_characters, without_length};

/// The key by which a call of bedrock-mantle names its model.
const MANTLE_MODEL: &str = "bedrock-mantle:model";

/// True when the price table has the model `id`, or an inventory or a policy of `world` names it.
pub fn is_known_model(id: &str, table: &ModelTable, world: &World) -> bool {
    table.row(id).is_some() || named_models(world).contains(id)
}

/// The bare ids of the models that `world` names: its inventories, by the ARN of a model or by that of an inference profile of AWS,
/// whose id is a geography and the model's; and its policies, without wildcards. The models behind AWS's inference profiles and those
/// of the embedded price table are there as well, also where a price table of the user's leaves them out.
pub fn named_models(world: &World) -> BTreeSet<String> {
    let profiles = ProfileTable::embedded().into_iter().flat_map(|table| &table.rows);
    let priced = ModelTable::embedded().into_iter().flat_map(|table| &table.rows);
    let mut all: BTreeSet<String> = profiles.map(|row| row.model.clone()).collect();
    all.extend(priced.map(|row| row.id.clone()));
    for id in world.model_arns().filter_map(bare_id) {
        if without_length(id).is_none_or(|base| !all.contains(base)) {
            all.insert(id.to_owned());
        }
    }
    let accounts = || world.accounts.values();
    let identity = accounts().flat_map(|account| {
        let users = account.users.iter().flat_map(|user| user.identity.iter().chain(&user.boundary));
        let roles = account.roles.iter().flat_map(|role| role.identity.iter().chain(&role.boundary));
        users.chain(roles).chain(account.groups.iter().flat_map(|group| &group.identity))
    });
    let organization = world.organization.iter();
    let control = organization.flat_map(|found| found.service_control_policies.iter().map(|one| &one.policy));
    for policy in identity.chain(control) {
        add_models_of(&policy.document, &mut all);
    }
    all
}

/// Adds the bare ids of the models that a policy names without wildcards, by their ARNs, by those of AWS's inference profiles, and as
/// models of bedrock-mantle.
pub(crate) fn add_models_of(document: &PolicyDocument, all: &mut BTreeSet<String>) {
    for id in document.statements.iter().flat_map(models_of_statement) {
        if without_length(&id).is_none_or(|base| !all.contains(base)) {
            all.insert(id);
        }
    }
}

fn models_of_statement(statement: &Statement) -> impl Iterator<Item = String> {
    let resources = statement.resource.iter().flat_map(|element| &element.values);
    let by_arn = resources.filter_map(|value| bare_id(&value.raw));
    let keys = statement.conditions.iter().filter(|condition| condition.key.canonical() == MANTLE_MODEL);
    let values = keys.flat_map(|condition| &condition.values);
    let by_key = values.map(|value| split_geography(&value.raw).1);
    let is_id =
        |id: &&str| !id.is_empty() && id.contains('.') && id.chars().all(|c| id_characters().contains(c));
    by_arn.chain(by_key).filter(is_id).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::is_known_model;
    use ringfence_model::models::ModelTable;
    use ringfence_model::world::World;

    #[test]
    fn a_model_is_known_by_the_table() {
        let (table, world) = (ModelTable::embedded().unwrap(), World::default());
        assert!(is_known_model("anthropic.claude-v1", table, &world));
        assert!(is_known_model("eu.anthropic.claude-v1", table, &world));
        assert!(!is_known_model("anthropic.claude-v", table, &world));
        assert!(!is_known_model("", table, &world));
    }
}
