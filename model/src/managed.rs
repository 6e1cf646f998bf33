//! The AWS managed policies: embedded documents of their default versions, found by ARN.
//!
//! An account export names them and may not contain them: a policy that is only a boundary is missing there. The table
//! (`model/data/managed-policies.tsv.gz`, format in docs/data.md) is unpacked when first asked for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::arn::Arn;
use crate::data_source::{DataSource, TableError, TableErrors, sha256_hex, unpack};

/// The partition of a table that names none.
pub const COMMERCIAL: &str = "aws";

const EMBEDDED: &[u8] = include_bytes!("../data/managed-policies.tsv.gz");

/// An AWS managed policy as it is at the date of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicyRecord {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its default version, such as `v3`.
    pub version_id: String,
    /// The day that version was made, `YYYY-MM-DD`.
    pub changed: String,
    /// The document of the default version, as JSON.
    pub text: String,
}

/// A table of AWS managed policies.
#[derive(Clone, Debug)]
pub struct ManagedPolicies {
    source: DataSource,
    digest: String,
    partition: String,
    /// By path and name, `/service-role/Name`.
    records: BTreeMap<String, ManagedPolicyRecord>,
}

impl ManagedPolicies {
    /// The embedded table, read once.
    ///
    /// # Errors
    /// When the embedded table does not parse, which a test of this crate rules out.
    pub fn embedded() -> Result<&'static Self, &'static TableError> {
        static TABLE: OnceLock<Result<ManagedPolicies, TableError>> = OnceLock::new();
        TABLE.get_or_init(|| Self::parse(EMBEDDED, "<managed>")).as_ref()
    }

    /// The table in `bytes`, plain or gzip, called `file` in errors. Documents are not parsed here.
    ///
    /// # Errors
    /// Everything that is wrong with the table, by line.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self, TableError> {
        let text = unpack(bytes, file)?;
        let mut errors = TableErrors::new(file);
        let mut source = None;
        let mut partition: Option<String> = None;
        let mut records: BTreeMap<String, ManagedPolicyRecord> = BTreeMap::new();
        let mut end = 1;
        for (number, line) in (1..).zip(text.lines()) {
            end = number;
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                ["ringfence-managed-policies", "1"] if number == 1 => {}
                _ if number == 1 => {
                    errors.add(
                        1,
                        "a table of managed policies starts with `ringfence-managed-policies`, tab, `1`",
                    );
                    return errors.finish(None);
                }
                ["source", fields @ ..] if source.is_none() => {
                    source = DataSource::from_fields(fields);
                    if source.is_none() {
                        errors.add(number, "a source needs package, version, date, licence and SHA-256");
                    }
                }
                ["partition", name] if partition.is_none() && !name.is_empty() => {
                    partition = Some((*name).to_owned());
                }
                ["policy", path, name, version_id, changed, text] => {
                    if !path.starts_with('/') || !path.ends_with('/') || name.is_empty() {
                        errors.add(number, "a policy needs a path that starts and ends with `/`, and a name");
                    }
                    let record = ManagedPolicyRecord {
                        name: (*name).to_owned(),
                        // Filled in below: the line of the partition may follow.
                        arn: String::new(),
                        version_id: (*version_id).to_owned(),
                        changed: (*changed).to_owned(),
                        text: (*text).to_owned(),
                    };
                    if records.insert(format!("{path}{name}"), record).is_some() {
                        errors.add(number, "the policy stands twice");
                    }
                }
                _ if line.is_empty() || line.starts_with('#') => {}
                _ => errors.add(number, "expected `policy`, path, name, version, date and document, or one `partition` with its name"),
            }
        }
        if records.is_empty() {
            errors.add(end, "the table holds no policies");
        }
        if source.is_none() && errors.len() == 0 {
            errors.add(end, "the table has no `source` line");
        }
        let partition = partition.unwrap_or_else(|| COMMERCIAL.to_owned());
        for (name, record) in &mut records {
            record.arn = format!("arn:{partition}:iam::aws:policy{name}");
        }
        errors.finish(source.map(|source| Self { source, digest: sha256_hex(bytes), partition, records }))
    }

    /// The policy that `arn` names: `arn:<partition>:iam::aws:policy<path><name>`, in [`Self::partition`]. None for any
    /// other ARN and for unknown policies: AWS's policies of one name differ between partitions.
    pub fn document(&self, arn: &str) -> Option<ManagedPolicyRecord> {
        let parts = Arn::parse(arn)?;
        if (parts.service, parts.region, parts.account) != ("iam", "", "aws")
            || parts.partition != self.partition
        {
            return None;
        }
        self.records.get(parts.resource.strip_prefix("policy")?).cloned()
    }

    /// The partition that all documents are of; `aws` for the embedded table.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// All policies by path and name.
    pub fn all(&self) -> impl Iterator<Item = &ManagedPolicyRecord> {
        self.records.values()
    }

    /// Where the table comes from.
    pub fn source(&self) -> &DataSource {
        &self.source
    }

    /// SHA-256 of the file that the table was read from, compressed if it was.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// [`ManagedPolicies::document`] of the embedded table.
///
/// # Errors
/// As [`ManagedPolicies::embedded`].
pub fn document(arn: &str) -> Result<Option<ManagedPolicyRecord>, &'static TableError> {
    Ok(ManagedPolicies::embedded()?.document(arn))
}

/// [`ManagedPolicies::all`] of the embedded table.
///
/// # Errors
/// As [`ManagedPolicies::embedded`].
pub fn all() -> Result<impl Iterator<Item = &'static ManagedPolicyRecord>, &'static TableError> {
    Ok(ManagedPolicies::embedded()?.all())
}

/// [`ManagedPolicies::source`] of the embedded table.
///
/// # Errors
/// As [`ManagedPolicies::embedded`].
pub fn source() -> Result<&'static DataSource, &'static TableError> {
    Ok(ManagedPolicies::embedded()?.source())
}

#[cfg(test)]
mod tests {
    use super::{ManagedPolicies, all, document, source};

    #[test]
    fn every_embedded_policy_is_found_by_its_arn_and_holds_statements() {
        assert_eq!(all().unwrap().count(), 1_582);
        for record in all().unwrap() {
            assert_eq!(document(&record.arn).unwrap().as_ref(), Some(record));
            let document: serde_json::Value = serde_json::from_str(&record.text).unwrap();
            assert!(document.get("Statement").is_some(), "{}", record.name);
            assert!(record.version_id.starts_with('v'), "{}", record.name);
        }
        let source = source().unwrap();
        assert_eq!((source.package.as_str(), source.date.as_str()), ("moto", "2026-09-30"));
    }

    #[test]
    fn paths_and_partitions_are_part_of_the_arn() {
        let administrator = document("arn:aws:iam::aws:policy/AdministratorAccess").unwrap().unwrap();
        assert!(administrator.text.contains(r#""Action":"*""#));
        for unknown in [
            "arn:aws:iam::aws:policy/Billing",
            "arn:aws:iam::123456789012:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/administratoraccess",
            "arn:aws-us-gov:iam::aws:policy/AdministratorAccess",
            "arn:aws-cn:iam::aws:policy/AdministratorAccess",
            "AdministratorAccess",
        ] {
            assert_eq!(document(unknown).unwrap(), None, "{unknown}");
        }
    }

    #[test]
    fn a_table_is_of_the_partition_that_it_names() {
        let text = "ringfence-managed-policies\t1\nsource\tp\t1\t2026-01-01\tMIT\tff\n";
        let policy = "policy\t/x/\tA\tv1\t2026-01-01\t{}\n";
        let table =
            |partition: &str| ManagedPolicies::parse(format!("{text}{partition}{policy}").as_bytes(), "t");
        let (own, none) = (table("partition\taws-cn\n").unwrap(), table("").unwrap());
        assert_eq!((own.partition(), none.partition()), ("aws-cn", "aws"));
        assert_eq!(own.all().next().unwrap().arn, "arn:aws-cn:iam::aws:policy/x/A");
        assert!(own.document("arn:aws-cn:iam::aws:policy/x/A").is_some());
        assert_eq!(own.document("arn:aws:iam::aws:policy/x/A"), None);
        assert!(none.document("arn:aws:iam::aws:policy/x/A").is_some());
        assert_eq!(none.document("arn:aws-cn:iam::aws:policy/x/A"), None);
        for wrong in ["partition\n", "partition\t\n", "partition\taws\npartition\taws-cn\n"] {
            assert_eq!(table(wrong).unwrap_err().0.len(), 1, "{wrong}");
        }
    }

    #[test]
    fn a_broken_table_is_refused_line_by_line() {
        let text = "ringfence-managed-policies\t1\nsource\tp\t1\t2026-01-01\tMIT\tff\npolicy\t/\tA\tv1\t2026-01-01\n\
                    policy\tpath\tB\tv1\t2026-01-01\t{}\n";
        let error = ManagedPolicies::parse(text.as_bytes(), "mine.tsv").unwrap_err();
        let lines: Vec<u32> = error.0.iter().map(|error| error.location.line).collect();
        assert_eq!(lines, [3, 4]);
        assert!(ManagedPolicies::parse(b"", "mine.tsv").is_err());
        assert!(ManagedPolicies::parse(b"ringfence-managed-policies\t1\n", "mine.tsv").is_err());
        assert!(ManagedPolicies::parse(&[0x1f, 0x8b, 0, 1], "mine.tsv.gz").is_err());
    }
}
