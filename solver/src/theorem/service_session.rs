//! Sessions in which Bedrock runs a model with a role of the account: what their requests surely carry, and what they surely do not.

use std::sync::Arc;

use ringfence_model::condition::{BaseOperator, Condition};
use ringfence_model::policy::{NamedPolicy, PolicyDocument, Version};
use ringfence_model::policy_set::ControlLevel;

use crate::constraint::{condition, where_holds};
use crate::encode::statement::all_statements;
use crate::subject::{SessionTags, Subject, SubjectKind};

/// Keys that requests of such a session need not carry: of VPC endpoints, of callers before it, of other services' sessions, of the
/// request.
const ABSENT: [&str; 21] = [
    "aws:SourceVpce",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:SourceIdentity",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:FederatedProvider",
    "aws:Referer",
    "aws:Ec2InstanceSourceVpc",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "ec2:SourceInstanceArn",
    "lambda:SourceFunctionArn",
    // What only who calls itself surely asks for.
    "bedrock:GuardrailIdentifier",
    "bedrock:ServiceTier",
    "bedrock:ProjectArn",
    "aws:TagKeys",
];

/// An address, a program and a session that stand for those of the service, which no policy knows.
const ADDRESS: &str = "198.18.0.77/32";
const PROGRAM: &str = "service";
const SESSION: &str = "*:service";

/// `role` as far as its requests are ones that Bedrock may surely make in a session of it. What is proved of it is not proved of the
/// role.
pub(super) fn as_begun_by_bedrock(role: &Subject) -> Subject {
    let mut session = role.clone();
    if let SubjectKind::Role { session_tags, .. } = &mut session.kind {
        *session_tags = SessionTags::Never;
    }
    let named = |key: &str| {
        all_statements(&role.policies)
            .flat_map(|statement| &statement.conditions)
            .any(|condition| condition.key.canonical().eq_ignore_ascii_case(key))
    };
    let given = |operator, key, value: &str| condition(operator, key, &[value.to_owned()]);
    let mut all: Vec<Condition> = ABSENT.iter().map(|key| given(BaseOperator::Null, key, "true")).collect();
    all.push(given(BaseOperator::Bool, "aws:ViaAWSService", "false"));
    all.push(given(BaseOperator::Bool, "aws:SecureTransport", "true"));
    all.push(given(BaseOperator::IpAddress, "aws:SourceIp", ADDRESS));
    all.push(given(BaseOperator::StringEquals, "aws:UserAgent", PROGRAM));
    all.push(given(BaseOperator::StringLike, "aws:userid", SESSION));
    // What no policy asks for makes no difference.
    all.retain(|condition| named(condition.key.canonical()));
    if all.is_empty() {
        return session;
    }
    let name: Arc<str> = Arc::from("a session of the service");
    let document = PolicyDocument { version: Version::V2012, id: None, statements: vec![where_holds(all)] };
    let policy = NamedPolicy { name: Arc::clone(&name), document: Arc::new(document) };
    session.policies.demanded.push(ControlLevel { target: name, policies: vec![policy] });
    session
}
