//! Which ARNs the resources of a type may have (semantics:D3).
//!
//! A proof about a type holds for every ARN that a resource of it can have, so that what is said here may be too wide and
//! never too narrow. Three sources, from the surest: the formats of the catalogue with the characters that AWS documents;
//! formats that AWS documents elsewhere; and forms that nobody documents but that services are known to use, of which
//! each is open: it keeps a proof from being one, and refutes nothing.

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::{Catalogue, ResourceType};

use super::assumptions::GLOBAL_SERVICES;
use crate::formula::Openness;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// ARNs of one form that resources of a type may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnForm {
    /// The ARNs.
    pub arns: Language,
    /// What makes the form open, if AWS does not document it.
    pub open: Option<Openness>,
    /// Those of the ARNs that AWS does document, where the form is open for the others alone.
    pub documented: Option<Language>,
}

/// Whose resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// Those of this account, where the ARN names one at all.
    Account(&'a str),
    /// Those of any account.
    AnyAccount,
    /// Those of AWS, of types whose ARNs otherwise name the account that owns them.
    Aws,
}

/// The accounts that ARNs of what AWS owns name: that of AWS, that of Network Firewall's rule groups, none.
pub(crate) const ACCOUNTS_OF_AWS: [&str; 3] = ["aws", "aws-managed", ""];

/// Formats that the catalogue lacks, by service and type, as guides and API references of the services give them.
const MORE_FORMATS: [(&str, &str, &str); 8] = [
    ("backup", "recoveryPoint", "arn:${Partition}:${Vendor}:${Region}:*:${RecoveryPointId}"),
    ("bedrock", "system-tool", "arn:${Partition}:bedrock:${Region}:${Account}:system-tool/${ResourceId}"),
    // The root path, and the routes of WebSocket APIs.
    (
        "execute-api",
        "execute-api-general",
        "arn:${Partition}:execute-api:${Region}:${Account}:${ApiId}/${Stage}/${Method}/",
    ),
    (
        "execute-api",
        "execute-api-general",
        "arn:${Partition}:execute-api:${Region}:${Account}:${ApiId}/${Stage}/${RouteKey}",
    ),
    ("mediaconnect", "Offering", "arn:${Partition}:mediaconnect:${Region}:${Account}:offering:${OfferingId}"),
    ("mediaconnect", "Offering", "arn:${Partition}:mediaconnect:${Region}::offering:${OfferingId}"),
    // Multi-Region access points.
    ("s3", "accesspoint", "arn:${Partition}:s3::${Account}:accesspoint/${AccessPointAlias}"),
    (
        "s3",
        "accesspointobject",
        "arn:${Partition}:s3::${Account}:accesspoint/${AccessPointAlias}/object/${ObjectName}",
    ),
];

/// What AWS owns of types whose ARNs otherwise name an account, as it documents them.
const OWNED_BY_AWS: [(&str, &str, &str); 12] = [
    ("bedrock", "blueprint", "arn:${Partition}:bedrock:${Region}:aws:blueprint/${BlueprintId}"),
    ("ec2", "prefix-list", "arn:${Partition}:ec2:${Region}:aws:prefix-list/${PrefixListId}"),
    ("iam", "policy", "arn:${Partition}:iam::aws:policy/${PolicyNameWithPath}"),
    (
        "imagebuilder",
        "component",
        "arn:${Partition}:imagebuilder:${Region}:aws:component/${ComponentName}/${ComponentVersion}/${ComponentBuildVersion}",
    ),
    (
        "imagebuilder",
        "image",
        "arn:${Partition}:imagebuilder:${Region}:aws:image/${ImageName}/${ImageVersion}/${ImageBuildVersion}",
    ),
    ("quicksight", "theme", "arn:${Partition}:quicksight::aws:theme/${ResourceId}"),
    ("ram", "permission", "arn:${Partition}:ram::aws:permission/${ResourcePath}"),
    ("sagemaker", "hub", "arn:${Partition}:sagemaker:${Region}:aws:hub/${HubName}"),
    (
        "sagemaker",
        "hub-content",
        "arn:${Partition}:sagemaker:${Region}:aws:hub-content/${HubName}/${HubContentType}/${HubContentName}",
    ),
    ("securityhub", "product", "arn:${Partition}:securityhub:${Region}::product/${Company}/${ProductId}"),
    ("ssm", "document", "arn:${Partition}:ssm:${Region}::document/AWS-${DocumentName}"),
    ("ssm", "parameter", "arn:${Partition}:ssm:${Region}::parameter/aws/${ParameterName}"),
];

/// What AWS owns and some actions on a type name in the place of its resources; which actions, the catalogue does not say.
const NAMED_BESIDES: [(&str, &str, &str); 2] = [
    ("cloudformation", "stack", "arn:${Partition}:cloudformation:${Region}:aws:transform/${TransformName}"),
    (
        "cloudformation",
        "stackset",
        "arn:${Partition}:cloudformation:${Region}:aws:transform/${TransformName}",
    ),
];

/// Services whose ARNs have exactly the forms that AWS documents, and AWS none of its own among them but for
/// [`OWNED_BY_AWS`].
const EXACT_SERVICES: [&str; 8] =
    ["dynamodb", "iam", "kms", "organizations", "s3", "secretsmanager", "sns", "sqs"];

/// Placeholders of these services whose values are letters, digits, `.`, `_` and `-`, as their guides say, and a topic's
/// with the id of a subscription behind a colon.
const PLAIN_NAMES: [&str; 5] = ["BucketName", "IndexName", "QueueName", "TableName", "TopicName"];

/// The ARNs that resources of the type may have in `partition`, all in `region` if one is given and the ARN names one. The
/// last placeholder is filled by `names`, and then only documented forms count; no names leave it free.
pub fn arn_forms(
    known: &ResourceType,
    names: &[Language],
    owner: Owner<'_>,
    (partition, region): (&str, Option<&str>),
    catalogue: &Catalogue,
) -> Vec<ArnForm> {
    let place = Place { owner, partition, region, catalogue };
    let mut forms = Vec::new();
    let documented = |arns| ArnForm { arns, open: None, documented: None };
    let formats: Vec<&str> = match owner {
        Owner::Account(_) | Owner::AnyAccount => {
            known.arn_formats.iter().map(String::as_str).chain(listed(&MORE_FORMATS, known)).collect()
        }
        Owner::Aws => listed(&OWNED_BY_AWS, known).collect(),
    };
    for format in &formats {
        if !names.is_empty() {
            forms.extend(names.iter().map(|name| documented(place.documented(format, Some(name)))));
        } else if format.contains("WithPath}") && format.contains(":iam:") {
            forms.extend(iam_names().iter().map(|name| documented(place.documented(format, Some(name)))));
        } else {
            forms.push(place.form(format));
        }
    }
    if !names.is_empty() {
        return forms;
    }
    let mut undocumented = |languages: Vec<Language>, open| {
        for arns in languages {
            if !forms.iter().any(|form| form.arns == arns) {
                forms.push(ArnForm { arns, open: Some(open), documented: None });
            }
        }
    };
    match owner {
        Owner::Account(_) | Owner::AnyAccount => {
            for format in formats.iter().filter(|format| !is_exact(format)) {
                undocumented(place.undocumented(format), Openness::ArnForms);
            }
        }
        Owner::Aws => {
            for format in known.arn_formats.iter().filter(|format| may_be_of_aws(format)) {
                undocumented(place.undocumented(format), Openness::OwnedByAws);
            }
            for format in listed(&NAMED_BESIDES, known) {
                undocumented(place.undocumented(format), Openness::OwnedByAws);
            }
        }
    }
    forms
}

/// Whether `arn`, of this type, is one of AWS's own beside those that name their account.
pub(crate) fn is_of_aws(arn: &str, known: &ResourceType) -> bool {
    let Some(arn) = Arn::parse(arn) else { return false };
    let other =
        |format: &String| Arn::parse(format).is_some_and(|format| !format.account.contains("${Account}"));
    ACCOUNTS_OF_AWS.contains(&arn.account) && !known.arn_formats.iter().any(other)
}

/// Whether AWS may own resources of the type whose ARNs do not name a customer's account as the others do.
pub(crate) fn has_resources_of_aws(known: &ResourceType) -> bool {
    listed(&OWNED_BY_AWS, known).next().is_some()
        || known.arn_formats.iter().any(|format| may_be_of_aws(format))
}

/// Languages, in lower case, whose union holds the ARNs in `partition` of what AWS owns of the type: fewer and plainer than its
/// [`arn_forms`].
pub fn shapes_of_aws(known: &ResourceType, partition: &str) -> Vec<Language> {
    let formats = known.arn_formats.iter().map(String::as_str).filter(|format| may_be_of_aws(format));
    let mut shapes = Vec::new();
    for format in formats.chain(listed(&OWNED_BY_AWS, known)).chain(listed(&NAMED_BESIDES, known)) {
        // A `*` of the format stands for anything, and paths of IAM may hold colons.
        let anything = format.contains('*') || service_of(format) == "iam";
        let part = if anything { CharacterSet::any() } else { without_colons().in_lower_case() };
        let mut builder = LanguageBuilder::new();
        builder
            .text("arn:")
            .text(partition)
            .text(":")
            .text(&service_of(format).to_ascii_lowercase())
            .text(":");
        builder.star(CharacterSet::except(':')).text(":").alternatives(ACCOUNTS_OF_AWS.map(str::to_owned));
        builder.text(":").star(part.clone());
        // The colons of the format, and one in the last name.
        for _ in 0..format.split(':').count().saturating_sub(5) {
            builder.alternatives([String::new(), ":".to_owned()]).star(part.clone());
        }
        let shape = builder.build();
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    shapes
}

/// Whether ARNs of the type may name a Region.
pub(crate) fn may_name_region(known: &ResourceType) -> bool {
    let formats = known.arn_formats.iter().map(String::as_str);
    formats.chain(listed(&MORE_FORMATS, known)).any(|format| format.contains("${Region}"))
}

/// Whether some ARN that a resource of the type may have, whoever owns it, names the service, letter case apart.
pub(crate) fn may_be_of_service(known: &ResourceType, service: &str) -> bool {
    let formats = known.arn_formats.iter().map(String::as_str);
    let more =
        [&MORE_FORMATS[..], &OWNED_BY_AWS, &NAMED_BESIDES].into_iter().flat_map(|table| listed(table, known));
    formats
        .chain(more)
        .map(service_of)
        .any(|named| named.contains(['$', '*']) || named.eq_ignore_ascii_case(service))
}

fn listed<'t, 'k>(
    table: &'t [(&str, &str, &'t str)],
    known: &'k ResourceType,
) -> impl Iterator<Item = &'t str> + use<'t, 'k> {
    table
        .iter()
        .filter(|(of, kind, _)| {
            known.service.eq_ignore_ascii_case(of) && known.name.eq_ignore_ascii_case(kind)
        })
        .map(|(_, _, format)| *format)
}

fn service_of(format: &str) -> &str {
    format.split(':').nth(2).unwrap_or_default()
}

/// The ARNs of the format are exactly those that AWS documents. Ids of foundation models are.
fn is_exact(format: &str) -> bool {
    EXACT_SERVICES.contains(&service_of(format)) || format.contains(":foundation-model/")
}

fn is_of_bedrock(format: &str) -> bool {
    service_of(format).starts_with("bedrock")
}

fn may_be_of_aws(format: &str) -> bool {
    format.contains(":${Account}:") && !EXACT_SERVICES.contains(&service_of(format))
}

/// What the placeholders for partition, Region and account stand for.
#[derive(Clone, Copy)]
struct Place<'a> {
    owner: Owner<'a>,
    partition: &'a str,
    region: Option<&'a str>,
    catalogue: &'a Catalogue,
}

impl Place<'_> {
    /// The ARNs of a format with the characters that AWS documents, the last placeholder filled by `name`.
    fn documented(&self, format: &str, name: Option<&Language>) -> Language {
        let last = format.rfind("${");
        let mut builder = LanguageBuilder::new();
        self.write(format, &mut builder, |builder, placeholder, here| match name {
            Some(name) if Some(here) == last => {
                builder.append(name);
            }
            Some(_) | None if self.owner == Owner::Aws => {
                builder.some(without_colons());
            }
            Some(_) | None => {
                builder.some(placeholder_characters(format, placeholder));
            }
        });
        builder.build()
    }

    /// The ARNs of a format, with those that are open where they hold the documented ones.
    fn form(&self, format: &str) -> ArnForm {
        let documented = self.documented(format, None);
        // Names that AWS documents with colons may have any number of them.
        let holds = !is_of_bedrock(format) || !names_may_have_colons(format);
        let one = self.owner != Owner::Aws && !is_exact(format) && holds;
        let wider = one.then(|| self.undocumented(format)).and_then(|wider| wider.into_iter().next());
        match wider.filter(|wider| *wider != documented) {
            Some(arns) => ArnForm { arns, open: Some(Openness::ArnForms), documented: Some(documented) },
            None => ArnForm { arns: documented, open: None, documented: None },
        }
    }

    /// The ARNs of a format with names of whatever characters, perhaps empty; without a Region where the service might
    /// leave it out or put it in.
    fn undocumented(&self, format: &str) -> Vec<Language> {
        // Names in Bedrock may have parts, as ids of models do, `v1:0:4k`, and what AWS owns a version, and no part is
        // empty. So no name holds another ARN, or its end, which patterns of such ARNs would find in it (F4).
        let colons = match self.owner {
            Owner::Aws => 1,
            Owner::Account(_) | Owner::AnyAccount if is_of_bedrock(format) => 2,
            Owner::Account(_) | Owner::AnyAccount => {
                return vec![self.undocumented_with(format, &printed_characters(), 0)];
            }
        };
        let part = without_colons();
        [0, colons].map(|colons| self.undocumented_with(format, &part, colons)).into()
    }

    /// The last name may have as many `colons` besides, each before some of `characters`, which are there in any case.
    fn undocumented_with(&self, format: &str, characters: &CharacterSet, colons: usize) -> Language {
        let mut parts = format.splitn(6, ':');
        let front: Vec<&str> = parts.by_ref().take(5).collect();
        let mut builder = LanguageBuilder::new();
        let last = parts.clone().next().and_then(|rest| rest.rfind("${"));
        let names = |builder: &mut LanguageBuilder, _: &str, here: usize| {
            builder.star(characters.clone());
            let more = if Some(here) == last { colons } else { 0 };
            for _ in 0..more {
                builder.alternatives([String::new(), ":".to_owned()]).some(characters.clone());
            }
        };
        for (index, part) in front.iter().enumerate() {
            if index > 0 {
                builder.text(":");
            }
            let global = GLOBAL_SERVICES.contains(&service_of(format));
            let of_account = format.contains(":${Account}:");
            match (index, *part) {
                (3, "${Region}") if self.owner == Owner::Aws => self.push_region(&mut builder, true),
                (3, "") if of_account && !global => self.push_region(&mut builder, true),
                _ => self.write(part, &mut builder, names),
            }
        }
        if let Some(rest) = parts.next() {
            builder.text(":");
            self.write(rest, &mut builder, names);
        }
        builder.build()
    }

    /// Writes a format; `name` writes placeholders other than those of the front, given their place in the format.
    fn write(
        &self,
        format: &str,
        builder: &mut LanguageBuilder,
        mut name: impl FnMut(&mut LanguageBuilder, &str, usize),
    ) {
        let mut rest = format;
        while let Some((before, after)) = rest.split_once("${") {
            let here = format.len() - rest.len() + before.len();
            push_fixed(builder, before);
            let (placeholder, after) = after.split_once('}').unwrap_or((after, ""));
            match placeholder {
                "Partition" => {
                    builder.text(self.partition);
                }
                "Region" => self.push_region(builder, false),
                // ARNs of Organizations name the management account, whoever calls.
                "Account" => self.push_account(builder, format.contains(":organizations:")),
                other => name(builder, other, here),
            }
            rest = after;
        }
        push_fixed(builder, rest);
    }

    fn push_region(&self, builder: &mut LanguageBuilder, or_none: bool) {
        let mut regions: Vec<String> = match self.region {
            Some(region) => vec![region.to_owned()],
            None => self.catalogue.regions(self.partition).to_vec(),
        };
        if or_none {
            regions.push(String::new());
        }
        builder.alternatives(regions);
    }

    fn push_account(&self, builder: &mut LanguageBuilder, any: bool) {
        match self.owner {
            Owner::Account(account) if !any => {
                builder.text(account);
            }
            Owner::Account(_) | Owner::AnyAccount => {
                let digit = CharacterSet::from_ranges(vec![('0', '9')]);
                (0..12).for_each(|_| {
                    builder.one(digit.clone());
                });
            }
            Owner::Aws => {
                builder.alternatives(ACCOUNTS_OF_AWS.map(str::to_owned));
            }
        }
    }
}

/// Fixed text of a format; a `*` in it stands for anything.
fn push_fixed(builder: &mut LanguageBuilder, text: &str) {
    builder.glob(text, &CharacterSet::any());
}

/// Names of IAM, `[\w+=,.@-]`, alone and behind a path, which may hold any printable ASCII.
fn iam_names() -> [Language; 2] {
    let characters = super::form::session_name_characters();
    let mut alone = LanguageBuilder::new();
    alone.some(characters.clone());
    let mut behind_path = LanguageBuilder::new();
    behind_path.some(CharacterSet::from_ranges(vec![('!', '~')])).text("/").some(characters);
    [alone.build(), behind_path.build()]
}

/// Anything but control characters: more than the services admit.
fn printed_characters() -> CharacterSet {
    CharacterSet::from_ranges(vec![(' ', '~'), ('\u{A0}', '\u{D7FF}'), ('\u{E000}', '\u{10FFFF}')])
}

/// Printable ASCII but for the colon.
fn without_colons() -> CharacterSet {
    CharacterSet::from_ranges(vec![(' ', '9'), (';', '~')])
}

/// Whether AWS documents names of the format, its last placeholder, with colons.
fn names_may_have_colons(format: &str) -> bool {
    let last = format.rfind("${").and_then(|start| format.get(start + 2..)).unwrap_or_default();
    let last = last.split('}').next().unwrap_or_default();
    placeholder_characters(format, last).contains(':')
}

/// The characters that a placeholder's value may have, as AWS documents them: model ids (design), ids of models that
/// hide theirs, of jobs, routers and profiles named after models (patterns of the Bedrock API reference), names and paths
/// of IAM (printable ASCII), S3 keys (anything), names of buckets (those of before 2018 too), tables, indexes, topics and
/// queues, none of which holds a `/`. All others are anything but control characters.
fn placeholder_characters(format: &str, placeholder: &str) -> CharacterSet {
    let has = |part: &str| format.contains(part);
    let single = |characters: &str| -> Vec<(char, char)> {
        characters.chars().map(|character| (character, character)).collect()
    };
    let mut ranges = vec![('a', 'z'), ('0', '9')];
    if has(":foundation-model/") || has(":inference-profile/") {
        ranges.extend(single(".:-"));
    } else if has(":custom-model/") {
        ranges.extend(single(".:-/"));
    } else if has(":provisioned-model/") || has(":imported-model/") || has(":custom-model-deployment/") {
        // Twelve lower-case letters and digits.
    } else if has(":bedrock:") || has(":bedrock-mantle:") {
        ranges.push(('A', 'Z'));
        ranges.extend(single("_.-"));
        if has(":model-customization-job/") {
            ranges.extend(single(":/"));
        } else if has("prompt-router/") || has(":guardrail-profile/") || has(":system-tool/") {
            ranges.extend(single(":"));
        }
    } else if has(":s3:") && placeholder.contains("Object") {
        ranges = vec![('\u{1}', '\u{D7FF}'), ('\u{E000}', '\u{10FFFF}')];
    } else if has(":iam:") {
        ranges = vec![('!', '~')];
    } else if EXACT_SERVICES.contains(&service_of(format)) && PLAIN_NAMES.contains(&placeholder) {
        ranges.push(('A', 'Z'));
        ranges.extend(single("_.-"));
        if placeholder == "TopicName" {
            // Some actions on a topic name one of its subscriptions.
            ranges.extend(single(":"));
        }
    } else {
        return printed_characters();
    }
    CharacterSet::from_ranges(ranges)
}
