//! An organisation of one to three accounts with a little of everything that decides a request, drawn at random: what no corpus thinks of.

mod conditions;
mod organization;
mod principals;
mod questions;
mod resources;
mod statements;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::random::Random;
use super::world::GeneratedWorld;

const MANAGEMENT: &str = "999988887777";
const FIRST: &str = "111122223333";
const SECOND: &str = "444455556666";
const ORGANIZATION: &str = "o-exampleorg";
const ROOT: &str = "r-ab12";
const UNIT: &str = "ou-ab12-dev00001";

/// A world, and what to ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariedWorld {
    /// The files of the world, with a `ringfence.toml` of five guardrails.
    pub world: GeneratedWorld,
    /// Questions for `can --batch`, one a line.
    pub questions: String,
}

impl VariedWorld {
    /// The world of a seed. Equal seeds give equal bytes.
    pub fn new(seed: u64) -> Self {
        let random = Random::new(seed);
        let mut drawn = random.part(0);
        let mut accounts = vec![FIRST];
        if drawn.chance(65) {
            accounts.push(SECOND);
        }
        let organized = drawn.chance(75);
        if organized && drawn.chance(30) {
            accounts.push(MANAGEMENT);
        }
        let mut files = BTreeMap::new();
        let text = |json: &Value| format!("{json:#}\n");
        let mut callers: Vec<String> = Vec::new();
        for (account, place) in accounts.iter().zip(1..) {
            let mut drawn = random.part(place);
            let mut put = |file: &str, json: &Value| {
                files.insert(format!("accounts/{account}/{file}.json"), text(json));
            };
            let (details, arns) = principals::details(&mut drawn, account);
            put("authorization-details", &details);
            callers.extend(arns);
            // What is not there is not known, so that both kinds are asked about.
            if drawn.chance(85) {
                put("resource-policies", &resources::policies(&mut drawn, account));
            }
            if drawn.chance(60) {
                put("resources", &resources::inventory(&mut drawn, account));
            }
            if drawn.chance(60) {
                put("inference-profiles", &resources::profiles(&mut drawn, account));
            }
            if drawn.chance(30) {
                put("credentials", &json!([]));
            }
        }
        if organized {
            let file = organization::file(&mut random.part(10), &accounts);
            files.insert("organization.json".to_owned(), text(&file));
        }
        files.insert("ringfence.toml".to_owned(), questions::guardrails(&mut random.part(11)));
        let questions = questions::batch(&mut random.part(12), &accounts, &callers);
        Self { world: GeneratedWorld { files }, questions }
    }
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::VariedWorld;

    /// All of them are worlds that AWS could have: none has an error, so that a suite that draws them leaves none out.
    #[test]
    fn every_seed_is_a_world_without_errors() {
        let place = std::env::temp_dir().join(format!("ringfence-varied-{}", std::process::id()));
        let (mut with_organization, mut principals) = (0, 0);
        for seed in 0..150 {
            let varied = VariedWorld::new(seed);
            assert_eq!(varied, VariedWorld::new(seed));
            if Path::new(&place).exists() {
                std::fs::remove_dir_all(&place).unwrap();
            }
            let world = varied.world.read(&place).unwrap();
            let world = world.unwrap_or_else(|errors| panic!("{seed}: {errors:?}"));
            with_organization += usize::from(world.organization.is_some());
            principals += world.principals().count();
            assert_eq!(varied.questions.lines().count(), 10);
        }
        std::fs::remove_dir_all(&place).unwrap();
        assert!(
            (80..140).contains(&with_organization) && principals > 600,
            "{with_organization} {principals}"
        );
    }
}
