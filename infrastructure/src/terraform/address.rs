//! Addresses of Terraform: `module.team["blue"].aws_iam_role.app[0].arn`.

use serde_json::Value;

/// A part of an address, with the index behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// The name.
    pub(super) name: String,
    /// The number or key in brackets; none if there is none, or one that is no constant.
    pub(super) index: Option<Value>,
}

/// The parts of `address`, split at dots outside of brackets and quotes.
pub(super) fn steps(address: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut text, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for character in address.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                steps.push(step(&text));
                text.clear();
                continue;
            }
            _ => {}
        }
        text.push(character);
    }
    steps.push(step(&text));
    steps
}

fn step(text: &str) -> Step {
    let (name, index) = match text.split_once('[') {
        Some((name, rest)) => (name, serde_json::from_str(rest.strip_suffix(']').unwrap_or(rest)).ok()),
        None => (text, None),
    };
    Step { name: name.to_owned(), index }
}

/// The module calls of the address of a module, `module.a["x"].module.b`: names with indices.
pub(super) fn modules(address: &str) -> Vec<Step> {
    if address.is_empty() {
        return Vec::new();
    }
    let mut steps = steps(address).into_iter();
    let mut modules = Vec::new();
    while let Some(word) = steps.next() {
        if word.name == "module"
            && let Some(call) = steps.next()
        {
            modules.push(call);
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{modules, steps};

    #[test]
    fn addresses_are_split_where_terraform_joins_them() {
        let found = steps("module.a[\"x.y]\\\"\"].aws_iam_role.r[3].arn");
        let names: Vec<&str> = found.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["module", "a", "aws_iam_role", "r", "arn"]);
        assert_eq!((found[1].index.clone(), found[3].index.clone()), (Some(json!("x.y]\"")), Some(json!(3))));
        let found = modules("module.team[\"blue\"].module.role");
        assert_eq!((found.len(), found[0].name.as_str(), found[1].index.clone()), (2, "team", None));
        assert_eq!(steps("aws_iam_role.r[count.index]")[1].index, None);
    }
}
