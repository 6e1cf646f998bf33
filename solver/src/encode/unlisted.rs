//! ARNs on which AWS checks actions of which its reference lists no resource type (semantics:D3).
//!
//! The reference says that such an action can be granted on `*` only, and of the others AWS's guides say the same. Of these
//! it is known that AWS checks an ARN all the same, so that a statement which names that ARN is in force.

use ringfence_model::catalogue::{AccessLevel, Action, Catalogue};

use super::format::ArnForm;
use crate::query::TargetResource;
use crate::wildcard::LanguageBuilder;
use crate::wildcard::character::CharacterSet;

/// What is known, by service and action: the S3 User Guide's walkthrough on bucket policies for the first, the resource
/// that AWS names where it refuses the call for the others. `${Any}` is any text, `*` itself.
const KNOWN: [(&str, &str, &str); 16] = [
    ("s3", "ListAllMyBuckets", "arn:${Partition}:s3:::*"),
    ("dynamodb", "ListTables", "arn:${Partition}:dynamodb:${Region}:${Account}:table/*"),
    ("eks", "ListClusters", "arn:${Partition}:eks:${Region}:${Account}:cluster/*"),
    ("iam", "ListGroups", "arn:${Partition}:iam::${Account}:group/${Any}"),
    ("iam", "ListInstanceProfiles", "arn:${Partition}:iam::${Account}:instance-profile/${Any}"),
    ("iam", "ListOpenIDConnectProviders", "arn:${Partition}:iam::${Account}:oidc-provider/${Any}"),
    ("iam", "ListRoles", "arn:${Partition}:iam::${Account}:role/${Any}"),
    ("iam", "ListSAMLProviders", "arn:${Partition}:iam::${Account}:saml-provider/${Any}"),
    ("iam", "ListServerCertificates", "arn:${Partition}:iam::${Account}:server-certificate/${Any}"),
    ("iam", "ListUsers", "arn:${Partition}:iam::${Account}:user/${Any}"),
    ("iam", "ListVirtualMFADevices", "arn:${Partition}:iam::${Account}:mfa/${Any}"),
    ("sns", "ListPlatformApplications", "arn:${Partition}:sns:${Region}:${Account}:*"),
    ("sns", "ListSubscriptions", "arn:${Partition}:sns:${Region}:${Account}:*"),
    ("sns", "ListTopics", "arn:${Partition}:sns:${Region}:${Account}:*"),
    ("sqs", "ListQueues", "arn:${Partition}:sqs:${Region}:${Account}:${Any}"),
    ("ssm", "DescribeParameters", "arn:${Partition}:ssm:${Region}:${Account}:*"),
];

/// The format that is known of the action.
fn known(action: &Action) -> Option<&'static str> {
    let is = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
    KNOWN
        .iter()
        .find(|(service, name, _)| is(service, &action.service) && is(name, &action.name))
        .map(|(_, _, format)| *format)
}

/// Whether the ARN on which AWS checks the action is known to name the Region of the call.
pub(super) fn names_region(action: &Action) -> bool {
    known(action).is_some_and(|format| format.contains("${Region}"))
}

/// The ARNs on which calls of `account` for the action are checked, all in `region` if one is given and they name one; none
/// where AWS is not known to check an ARN.
pub(super) fn forms(
    action: &Action,
    account: &str,
    (partition, region): (&str, Option<&str>),
    catalogue: &Catalogue,
) -> Vec<ArnForm> {
    let regions = match region {
        Some(region) => vec![region.to_owned()],
        None => catalogue.regions(partition).to_vec(),
    };
    let Some(format) = known(action) else { return Vec::new() };
    let format = format.replace("${Partition}", partition).replace("${Account}", account);
    let (text, any) = match format.strip_suffix("${Any}") {
        Some(text) => (text, true),
        None => (format.as_str(), false),
    };
    let mut builder = LanguageBuilder::new();
    match text.split_once("${Region}") {
        Some((before, behind)) => builder.text(before).alternatives(regions).text(behind),
        None => builder.text(text),
    };
    if any {
        builder.star(CharacterSet::any());
    }
    vec![ArnForm { arns: builder.build(), open: None, documented: None }]
}

/// What an action without resource types may be asked about: `*`, unless AWS is known to check it on an ARN; then `*` is
/// open.
pub(crate) fn of_no_type(action: &Action) -> Vec<TargetResource> {
    match known(action) {
        Some(_) => vec![TargetResource::Unlisted, TargetResource::LeftOut],
        None => vec![TargetResource::Wildcard],
    }
}

/// Services of which "no type is required" says that a call is about one of several.
const ALWAYS_ON_ONE: [&str; 5] = ["events", "gamelift", "lambda", "s3", "sts"];

/// Whether calls for the action may name no resource of the types that it takes, as far as its reference tells: none of
/// them is required. Of tags, resource policies and some services that says that a call is about one of several.
pub(crate) fn may_be_left_out(action: &Action) -> bool {
    let about_one = ALWAYS_ON_ONE.contains(&action.service.as_ref())
        || action.access_levels.contains(AccessLevel::Tagging)
        || action.name.starts_with("ListTags")
        || action.name.contains("ResourcePolic");
    action.resource_is_optional && !about_one
}
