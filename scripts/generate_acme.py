#!/usr/bin/env python3
"""Writes corpus/organizations/acme: an organisation with boundaries that work and boundaries that fail.

The principals, their policies and the verdicts that a person worked out for them stand side by side below. The output
is committed; run this by hand after a change: python3 scripts/generate_acme.py
"""

import base64
import hashlib
import json
import pathlib
import shutil
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent / "corpus" / "organizations" / "acme"

MANAGEMENT = "100200300400"
SECURITY = "100200300411"
LOGS = "100200300422"
PLATFORM = "100200300433"
SANDBOX = "100200300444"
PRODUCTION = "100200300455"
DEVELOPMENT = "100200300466"

ORGANIZATION_ID = "o-acm3k7x2p9"
ROOT_ID = "r-acm3"
SSO_REGION = "eu-central-1"

PROVED, REFUTED, OPEN, NONE, UNCHECKED = "proved", "refuted", "inconclusive", "not-applicable", "not-checked"

# Models with a price below 10 USD per million output tokens.
CHEAP_MODELS = [
    "arn:aws:bedrock:*::foundation-model/amazon.nova-micro-v1:0",
    "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
    "arn:aws:bedrock:*::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
]
INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]


# --- Policy documents -------------------------------------------------------------------------------------------


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect, sid, actions, resources="*", condition=None, not_action=False, not_resource=False):
    result = {"Sid": sid, "Effect": effect}
    result["NotAction" if not_action else "Action"] = actions
    result["NotResource" if not_resource else "Resource"] = resources
    if condition:
        result["Condition"] = condition
    return result


def allow(sid, actions, resources="*", condition=None, **negated):
    return statement("Allow", sid, actions, resources, condition, **negated)


def deny(sid, actions, resources="*", condition=None, **negated):
    return statement("Deny", sid, actions, resources, condition, **negated)


def trust_service(*services):
    return document({"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"})


def trust_account(account, actions="sts:AssumeRole", condition=None):
    result = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": actions}
    if condition:
        result["Condition"] = condition
    return document(result)


def trust_identity_center(account):
    provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_4f0c2a9d81b3e657_DO_NOT_DELETE"
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        }
    )


def trust_github(account, subject):
    host = "token.actions.githubusercontent.com"
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{host}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{host}:sub": subject},
            },
        }
    )


# --- Accounts ---------------------------------------------------------------------------------------------------


def unique_id(prefix, arn):
    digest = base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()
    return prefix + digest[:17]


def date(arn, year=None):
    number = int(hashlib.sha256(arn.encode()).hexdigest()[:8], 16)
    year = year or 2022 + number % 4
    return f"{year}-{1 + number % 10:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00+00:00"


class Account:
    """One account and the verdicts expected for its principals."""

    def __init__(self, account, encoding):
        self.id = account
        self.encoding = encoding
        self.users, self.groups, self.roles = [], [], []
        self.policies = {}
        self.expected = []

    def arn(self, kind, path, name):
        return f"arn:aws:iam::{self.id}:{kind}{path}{name}"

    def boundary(self, name):
        return self.arn("policy", "/boundary/", name)

    def encoded(self, policy, trust=False):
        if self.encoding == "percent":
            return urllib.parse.quote(json.dumps(policy, separators=(",", ":")), safe="")
        if self.encoding == "text" and trust:
            return json.dumps(policy)
        return policy

    def policy(self, name, policy, path="/", old=None):
        """A customer managed policy. `old`: the document of version v1 that is no longer in force."""
        arn = self.arn("policy", path, name)
        versions = [policy] if old is None else [policy, old]
        self.policies[arn] = {
            "PolicyName": name,
            "PolicyId": unique_id("ANPA", arn),
            "Arn": arn,
            "Path": path,
            "DefaultVersionId": f"v{len(versions)}",
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
            "CreateDate": date(arn),
            "UpdateDate": date(arn, 2026),
            "PolicyVersionList": [
                {
                    "Document": self.encoded(version),
                    "VersionId": f"v{len(versions) - index}",
                    "IsDefaultVersion": index == 0,
                    "CreateDate": date(f"{arn}{index}", 2026 - index),
                }
                for index, version in enumerate(versions)
            ],
        }
        return arn

    def attach(self, arns):
        attached = []
        for arn in arns:
            if arn in self.policies:
                self.policies[arn]["AttachmentCount"] += 1
            attached.append({"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn})
        return attached

    def bound(self, entity, boundary):
        if boundary:
            arn = self.boundary(boundary)
            self.policies[arn]["PermissionsBoundaryUsageCount"] += 1
            entity["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}

    def inline(self, documents):
        return [{"PolicyName": name, "PolicyDocument": self.encoded(policy)} for name, policy in documents.items()]

    def expect(self, arn, verdicts, reason, group):
        names = ("expensive-models", "boundary-escape", "modify-and-invoke")
        entry = {"principal": arn, "group": group}
        entry.update(zip(names, verdicts, strict=True))
        entry["reason"] = reason
        self.expected.append(entry)

    def role(self, name, trust, verdicts, reason, *, path="/", inline=None, managed=(), boundary=None, tags=None,
             group="finding", used="2026-09-14T08:12:00+00:00"):
        arn = self.arn("role", path, name)
        entity = {
            "Path": path,
            "RoleName": name,
            "RoleId": unique_id("AROA", arn),
            "Arn": arn,
            "CreateDate": date(arn),
            "AssumeRolePolicyDocument": self.encoded(trust, trust=True),
            "InstanceProfileList": [],
            "RolePolicyList": self.inline(inline or {}),
            "AttachedManagedPolicies": self.attach(managed),
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            "RoleLastUsed": {"LastUsedDate": used, "Region": "eu-central-1"} if used else {},
        }
        self.bound(entity, boundary)
        self.roles.append(entity)
        self.expect(arn, verdicts, reason, group)

    def group(self, name, *, inline=None, managed=()):
        arn = self.arn("group", "/", name)
        self.groups.append(
            {
                "Path": "/",
                "GroupName": name,
                "GroupId": unique_id("AGPA", arn),
                "Arn": arn,
                "CreateDate": date(arn),
                "GroupPolicyList": self.inline(inline or {}),
                "AttachedManagedPolicies": self.attach(managed),
            }
        )

    def user(self, name, verdicts, reason, *, groups=(), inline=None, managed=(), boundary=None, tags=None,
             group="finding"):
        arn = self.arn("user", "/", name)
        entity = {
            "Path": "/",
            "UserName": name,
            "UserId": unique_id("AIDA", arn),
            "Arn": arn,
            "CreateDate": date(arn),
            "UserPolicyList": self.inline(inline or {}),
            "GroupList": list(groups),
            "AttachedManagedPolicies": self.attach(managed),
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        }
        self.bound(entity, boundary)
        self.users.append(entity)
        self.expect(arn, verdicts, reason, group)

    def permission_set(self, name, managed, verdicts, reason, **more):
        """A role that IAM Identity Center made for a permission set."""
        suffix = hashlib.sha256(f"{self.id}{name}".encode()).hexdigest()[:16]
        path = f"/aws-reserved/sso.amazonaws.com/{SSO_REGION}/"
        self.role(f"AWSReservedSSO_{name}_{suffix}", trust_identity_center(self.id), verdicts, reason, path=path,
                  managed=managed, **more)

    def service_linked(self, name, service, policy):
        self.role(name, trust_service(service), (UNCHECKED, UNCHECKED, UNCHECKED), "service-linked: only AWS can use it",
                  path=f"/aws-service-role/{service}/", group="service-linked",
                  managed=[f"arn:aws:iam::aws:policy/aws-service-role/{policy}"], used="2026-10-21T03:00:00+00:00")

    def common(self, verdicts, reason):
        """What Control Tower and Identity Center put into every member account."""
        administrator(self, verdicts, reason)
        self.role("OrganizationAccountAccessRole", trust_account(MANAGEMENT), verdicts, reason,
                  managed=[ADMINISTRATOR_ACCESS], group="administrator", used="2026-03-02T16:40:00+00:00")
        service_linked_roles(self)

    def details(self):
        return {
            "UserDetailList": self.users,
            "GroupDetailList": self.groups,
            "RoleDetailList": self.roles,
            "Policies": [self.policies[arn] for arn in sorted(self.policies)],
        }


ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY_ACCESS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POWER_USER_ACCESS = "arn:aws:iam::aws:policy/PowerUserAccess"
SECURITY_AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
LAMBDA_BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
BILLING = "arn:aws:iam::aws:policy/job-function/Billing"


def administrator(account, verdicts, reason):
    account.permission_set("AdministratorAccess", [ADMINISTRATOR_ACCESS], verdicts, reason, group="administrator",
                           used="2026-10-20T09:31:00+00:00")


def service_linked_roles(account):
    account.service_linked("AWSServiceRoleForOrganizations", "organizations.amazonaws.com",
                           "AWSOrganizationsServiceTrustPolicy")
    account.service_linked("AWSServiceRoleForSSO", "sso.amazonaws.com", "AWSSSOServiceRolePolicy")


LAMBDA = trust_service("lambda.amazonaws.com")
ECS = trust_service("ecs-tasks.amazonaws.com")


def management():
    account = Account(MANAGEMENT, "object")
    administrator(account, (REFUTED, NONE, REFUTED), "an administrator of the management account, which no SCP limits")
    service_linked_roles(account)
    account.service_linked("AWSServiceRoleForCloudTrail", "cloudtrail.amazonaws.com", "CloudTrailServiceRolePolicy")
    account.permission_set("Billing", [BILLING], (PROVED, NONE, PROVED), "job-function/Billing holds no Bedrock action")
    account.role(
        "organization-formation", trust_github(MANAGEMENT, "repo:acme/landing-zone:ref:refs/heads/main"),
        (REFUTED, NONE, REFUTED), "an administrator that nobody declared: the pipeline of the landing zone",
        managed=[ADMINISTRATOR_ACCESS], group="administrator")
    account.role(
        "cost-report", LAMBDA, (PROVED, NONE, PROVED), "reads costs and writes one bucket",
        managed=[LAMBDA_BASIC],
        inline={"costs": document(allow("Costs", ["ce:Get*", "cur:Describe*"]),
                                  allow("Report", "s3:PutObject", "arn:aws:s3:::acme-cost-reports/*"))})
    account.group("break-glass", inline={"everything-with-mfa": document(
        allow("WithMfa", "*", "*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}))})
    for name in ("break-glass-1", "break-glass-2"):
        account.user(name, (REFUTED, NONE, REFUTED), "may do everything in a session with MFA; declared as an exception",
                     groups=["break-glass"], tags={"owner": "ciso"})
    return account


def security():
    account = Account(SECURITY, "percent")
    account.common((PROVED, NONE, PROVED), "the SCP NoGenerativeAi of the OU Security denies Bedrock and SageMaker")
    account.service_linked("AWSServiceRoleForAmazonGuardDuty", "guardduty.amazonaws.com",
                           "AmazonGuardDutyServiceRolePolicy")
    account.permission_set("SecurityAudit", [SECURITY_AUDIT, READ_ONLY_ACCESS], (PROVED, NONE, PROVED), "reads only")
    account.role(
        "incident-response", trust_account(SECURITY, condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        (PROVED, NONE, PROVED), "an administrator in effect (iam:*, sts:*), stopped by the SCP NoGenerativeAi",
        group="administrator",
        inline={"respond": document(allow("Respond", ["iam:*", "sts:*", "ec2:*", "guardduty:*", "bedrock:*"]))})
    account.role("guardduty-quarantine", LAMBDA, (PROVED, NONE, PROVED), "changes security groups only",
                 managed=[LAMBDA_BASIC],
                 inline={"quarantine": document(allow("Isolate", ["ec2:ModifyInstanceAttribute",
                                                                  "ec2:DescribeInstances"]))})
    return account


def logs():
    account = Account(LOGS, "text")
    account.common((PROVED, NONE, PROVED), "the SCP NoGenerativeAi of the OU Security denies Bedrock and SageMaker")
    account.role("log-delivery", trust_service("firehose.amazonaws.com"), (PROVED, NONE, PROVED), "writes one bucket",
                 inline={"deliver": document(allow("Deliver", "s3:PutObject", "arn:aws:s3:::acme-logs/*"))})
    account.role("athena-analyst", trust_account(SECURITY), (PROVED, NONE, PROVED), "queries logs",
                 inline={"query": document(allow("Query", ["athena:*", "glue:Get*"]),
                                           allow("Read", ["s3:GetObject", "s3:ListBucket"],
                                                 ["arn:aws:s3:::acme-logs", "arn:aws:s3:::acme-logs/*"]))})
    account.group("log-readers", inline={"read": document(
        allow("Read", ["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::acme-logs", "arn:aws:s3:::acme-logs/*"]))})
    account.user("siem-reader", (PROVED, NONE, PROVED), "reads one bucket", groups=["log-readers"])
    return account


def protect_boundary(account, boundary, *, edits=True, rollback=True, put=True, path="boundary"):
    """The statements by which a boundary protects itself; the switches leave one of them out."""
    policies = f"arn:aws:iam::{account.id}:policy/{path}/*"
    actions = ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"]
    statements = []
    if edits:
        statements.append(deny("KeepBoundaryPolicies", actions + ["iam:SetDefaultPolicyVersion"] * rollback, policies))
    removed = ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"]
    if put:
        removed += ["iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"]
    statements.append(deny("KeepBoundaries", removed))
    statements.append(deny("BoundNewPrincipals", ["iam:CreateRole", "iam:CreateUser"], "*",
                           {"StringNotEquals": {"iam:PermissionsBoundary": boundary}}))
    return statements


def delegate_roles(account, boundary, prefix):
    """Making roles below a path, if they get the boundary."""
    return allow("MakeBoundRoles", ["iam:CreateRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy",
                                    "iam:PutRolePolicy", "iam:DeleteRolePolicy"],
                 f"arn:aws:iam::{account.id}:role/{prefix}/*",
                 {"StringEquals": {"iam:PermissionsBoundary": boundary}})


DATA_SERVICES = ["s3:*", "logs:*", "cloudwatch:*", "ecr:*", "sqs:*", "dynamodb:*", "lambda:*"]


def platform():
    account = Account(PLATFORM, "object")
    account.common((REFUTED, NONE, REFUTED),
                   "the SCP DenyExpensiveModels forgets bedrock-mantle and every dear model that it does not name")
    account.service_linked("AWSServiceRoleForAmazonSageMakerNotebooks", "sagemaker.amazonaws.com",
                           "AmazonSageMakerNotebooksServiceRolePolicy")
    broad = account.policy("ml-broad-access", document(allow("Broad", ["bedrock:*", "bedrock-mantle:*", "iam:*"] +
                                                             DATA_SERVICES)), path="/ml/")

    # A boundary that works: it names what may be invoked, and guards itself.
    name = "MlEngineerBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(
        allow("Services", DATA_SERVICES + ["bedrock:Get*", "bedrock:List*", "iam:Get*", "iam:List*"]),
        allow("CheapModels", INVOKE, CHEAP_MODELS),
        delegate_roles(account, boundary, "ml"),
        allow("PassMlRoles", "iam:PassRole", f"arn:aws:iam::{PLATFORM}:role/ml/*",
              {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "sagemaker.amazonaws.com"]}}),
        allow("EditTeamPolicies", ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"],
              f"arn:aws:iam::{PLATFORM}:policy/ml/*"),
        *protect_boundary(account, boundary)), path="/boundary/")
    works = "the boundary MlEngineerBoundary names the models that may be invoked and guards itself"
    account.role("engineer", trust_account(PLATFORM), (PROVED, PROVED, PROVED), works, path="/ml/", managed=[broad],
                 boundary=name)
    account.role("feature-pipeline", LAMBDA, (PROVED, PROVED, PROVED), works, path="/ml/",
                 managed=[ADMINISTRATOR_ACCESS], boundary=name)
    account.role("batch-scoring", trust_service("sagemaker.amazonaws.com"), (PROVED, PROVED, PROVED), works,
                 path="/ml/", boundary=name, inline={"score": document(allow("Score", INVOKE))})

    # Duties kept apart, and not.
    train = ["bedrock:CreateModelCustomizationJob", "bedrock:CreateCustomModel", "bedrock:CreateModelImportJob",
             "bedrock:StopModelCustomizationJob", "bedrock:Get*", "bedrock:List*"]
    account.policy("ModelTrainerBoundary", document(
        allow("Train", train), allow("Data", ["s3:GetObject", "s3:ListBucket"]),
        allow("PassTrainingRole", "iam:PassRole", f"arn:aws:iam::{PLATFORM}:role/ml/training-job",
              {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}})), path="/boundary/")
    account.role("model-trainer", trust_account(PLATFORM), (PROVED, PROVED, PROVED),
                 "may train and not invoke: the boundary ModelTrainerBoundary", path="/ml/", managed=[broad],
                 boundary="ModelTrainerBoundary")
    account.role("training-job", trust_service("bedrock.amazonaws.com"), (PROVED, NONE, PROVED),
                 "reads training data only", path="/ml/",
                 inline={"data": document(allow("Read", ["s3:GetObject", "s3:ListBucket"]))})
    account.role("inference-runner", ECS, (PROVED, NONE, PROVED), "may invoke cheap models and change none",
                 path="/ml/", inline={"invoke": document(allow("Invoke", INVOKE, CHEAP_MODELS))})
    account.policy("MlLeadBoundary", document(
        allow("Train", train), allow("CheapModels", INVOKE, CHEAP_MODELS), allow("Data", DATA_SERVICES)),
        path="/boundary/")
    account.role("lead", trust_account(PLATFORM), (PROVED, PROVED, REFUTED),
                 "the boundary MlLeadBoundary lets one role both train and invoke", path="/ml/", managed=[broad],
                 boundary="MlLeadBoundary")
    account.policy("NoModelChangesBoundary", document(
        allow("Bedrock", "bedrock:*"),
        deny("NoModelChanges", ["bedrock:UpdateModel", "bedrock:CreateModelCustomization",
                                "bedrock:DeleteModelCustomization"]),
        deny("CheapModelsOnly", INVOKE, CHEAP_MODELS, not_resource=True)), path="/boundary/")
    account.role("prompt-engineer", trust_account(PLATFORM), (OPEN, PROVED, REFUTED),
                 "NoModelChangesBoundary denies three actions that do not exist, such as bedrock:UpdateModel; whether its "
                 "inline agents need a right to the model is undocumented (F29)",
                 path="/ml/", managed=[broad], boundary="NoModelChangesBoundary")

    # A stream action forgotten.
    account.policy("ChatBoundary", document(
        allow("Bedrock", ["bedrock:Invoke*", "bedrock:Get*", "bedrock:List*"]),
        deny("CheapModelsOnly", ["bedrock:InvokeModel", "bedrock:Converse", "bedrock:ConverseStream"], CHEAP_MODELS,
             not_resource=True)), path="/boundary/")
    account.role("chat-assistant", ECS, (REFUTED, PROVED, PROVED),
                 "ChatBoundary forgets bedrock:InvokeModelWithResponseStream (ConverseStream is no action), and the "
                 "SCP DenyExpensiveModels does not name every dear model", path="/ml/",
                 boundary="ChatBoundary", inline={"chat": document(allow("Chat", "bedrock:Invoke*"))})
    # The second door.
    account.policy("BedrockRuntimeBoundary", document(
        allow("CheapModels", INVOKE, CHEAP_MODELS),
        allow("Projects", ["bedrock-mantle:CreateInference", "bedrock-mantle:Get*", "bedrock-mantle:List*"])),
        path="/boundary/")
    account.role("gateway", ECS, (REFUTED, PROVED, PROVED),
                 "bedrock-mantle:CreateInference names its model in a condition key, which nothing here limits",
                 path="/ml/", managed=[broad], boundary="BedrockRuntimeBoundary")
    # Models that a pattern lets in.
    account.policy("NovaBoundary", document(
        allow("Nova", INVOKE, "arn:aws:bedrock:*::foundation-model/amazon.nova-*")), path="/boundary/")
    account.role("summarizer-nova", LAMBDA, (REFUTED, PROVED, PROVED),
                 "the pattern amazon.nova-* of NovaBoundary also names nova-2-pro-preview (11 USD) and nova-canvas "
                 "(no price known)", path="/ml/", managed=[broad], boundary="NovaBoundary")

    # Missing keys and session tags.
    account.policy("TaggedTierBoundary", document(
        allow("Invoke", INVOKE),
        deny("StandardTierIsCheap", INVOKE, CHEAP_MODELS, {"StringEquals": {"aws:PrincipalTag/ai-tier": "standard"}},
             not_resource=True)), path="/boundary/")
    tier = {"ai-tier": "standard"}
    invoke = {"invoke": document(allow("Invoke", INVOKE))}
    account.role("summarizer", LAMBDA, (PROVED, PROVED, PROVED),
                 "tagged ai-tier=standard, and nobody may pass session tags: the Deny always applies", path="/ml/",
                 tags=tier, boundary="TaggedTierBoundary", inline=invoke)
    account.role("reporting-bot", LAMBDA, (REFUTED, PROVED, PROVED),
                 "the role has no tag ai-tier, so the Deny of TaggedTierBoundary, a StringEquals, never applies",
                 path="/ml/", boundary="TaggedTierBoundary", inline=invoke)
    account.role("summarizer-shared", trust_account(PLATFORM, ["sts:AssumeRole", "sts:TagSession"]),
                 (REFUTED, PROVED, PROVED),
                 "the trust policy allows sts:TagSession: a session tag ai-tier overrides the role's tag",
                 path="/ml/", tags=tier, boundary="TaggedTierBoundary", inline=invoke)
    account.policy("PremiumTierBoundary", document(
        allow("CheapModels", INVOKE, CHEAP_MODELS),
        allow("NotStandardTier", INVOKE, "arn:aws:bedrock:*::foundation-model/*",
              {"StringNotEquals": {"aws:PrincipalTag/ai-tier": "standard"}})), path="/boundary/")
    account.role("meeting-notes", LAMBDA, (REFUTED, PROVED, PROVED),
                 "untagged: StringNotEquals in an Allow of PremiumTierBoundary is true where the key is absent",
                 path="/ml/", boundary="PremiumTierBoundary", inline=invoke)
    account.role("meeting-notes-eu", LAMBDA, (PROVED, PROVED, PROVED),
                 "as meeting-notes, but tagged ai-tier=standard", path="/ml/", tags=tier,
                 boundary="PremiumTierBoundary", inline=invoke)
    account.policy("PrivateEndpointBoundary", document(
        allow("CheapModels", INVOKE, CHEAP_MODELS),
        allow("EvaluationEndpoint", INVOKE, "arn:aws:bedrock:*::foundation-model/*",
              {"ForAllValues:StringEquals": {"aws:SourceVpce": "vpce-0evaluation00000"}})), path="/boundary/")
    account.role("evaluation", ECS, (REFUTED, PROVED, PROVED),
                 "ForAllValues of PrivateEndpointBoundary is true when aws:SourceVpce is absent, that is from anywhere "
                 "outside a VPC endpoint", path="/ml/", boundary="PrivateEndpointBoundary", inline=invoke)
    account.role("provisioned-search", ECS, (OPEN, NONE, PROVED),
                 "may invoke any provisioned model, whose ARN does not say which model it runs", path="/ml/",
                 inline={"invoke": document(
                     allow("Invoke", INVOKE, CHEAP_MODELS),
                     allow("Provisioned", "bedrock:InvokeModel", f"arn:aws:bedrock:*:{PLATFORM}:provisioned-model/*"))})
    return account


def sandbox():
    account = Account(SANDBOX, "object")
    account.common((PROVED, NONE, PROVED),
                   "the SCP SandboxModels denies every model but the cheap ones, bedrock-mantle and every change")
    account.permission_set("DataScientist", [POWER_USER_ACCESS], (PROVED, NONE, PROVED), "the SCP SandboxModels",
                           used="2026-10-22T13:05:00+00:00")
    account.group("interns", managed=[POWER_USER_ACCESS])
    account.policy("SandboxBoundary", document(allow("Everything", "*")), path="/boundary/")
    for name in ("intern-mei", "intern-omar", "intern-sofia"):
        account.user(name, (PROVED, NONE, PROVED), "the SCP SandboxModels", groups=["interns"])
    account.role("notebook", trust_service("sagemaker.amazonaws.com"), (PROVED, REFUTED, PROVED),
                 "SandboxBoundary allows everything, iam:DeleteRolePermissionsBoundary included; models are kept cheap "
                 "by the SCP SandboxModels", managed=[ADMINISTRATOR_ACCESS], boundary="SandboxBoundary")
    account.role("model-playground", LAMBDA, (PROVED, NONE, PROVED), "the SCP SandboxModels",
                 inline={"play": document(allow("Play", ["bedrock:*", "bedrock-mantle:*"]))})
    return account


def developer_boundary(account):
    """Forgets that a boundary is a policy: whoever may write policies may rewrite it."""
    name = "DeveloperBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(
        allow("Services", DATA_SERVICES + ["iam:Get*", "iam:List*"]),
        allow("WritePolicies", ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion"],
              f"arn:aws:iam::{account.id}:policy/*"),
        delegate_roles(account, boundary, "app"),
        *protect_boundary(account, boundary, edits=False)), path="/boundary/")
    return name


def production():
    account = Account(PRODUCTION, "object")
    account.common((REFUTED, NONE, REFUTED), "the SCP DenyOpus names one family of models and forgets the streaming action")
    account.service_linked("AWSServiceRoleForECS", "ecs.amazonaws.com", "AmazonECSServiceRolePolicy")
    account.service_linked("AWSServiceRoleForRDS", "rds.amazonaws.com", "AmazonRDSServiceRolePolicy")
    account.permission_set("ReadOnlyAccess", [READ_ONLY_ACCESS], (OPEN, NONE, PROVED),
                           "reads only, bedrock:AgenticRetrieveStream among it, behind which a model may run (F29)")
    developer = developer_boundary(account)
    account.role("deploy", trust_github(PRODUCTION, "repo:acme/*:environment:production"), (PROVED, PROVED, PROVED),
                 "DeveloperBoundary may be rewritten by its own text, but the SCP ProtectBoundaries stops it here",
                 path="/ci/", managed=[ADMINISTRATOR_ACCESS], boundary=developer)
    account.role("checkout-api", ECS, (PROVED, NONE, PROVED), "one table and one queue", path="/app/",
                 inline={"checkout": document(allow("Table", ["dynamodb:GetItem", "dynamodb:PutItem"],
                                                    f"arn:aws:dynamodb:eu-central-1:{PRODUCTION}:table/checkout"),
                                              allow("Queue", "sqs:SendMessage",
                                                    f"arn:aws:sqs:eu-central-1:{PRODUCTION}:orders"))})
    account.role("support-chat", LAMBDA, (PROVED, NONE, PROVED), "invokes cheap models only", path="/app/",
                 managed=[LAMBDA_BASIC], inline={"chat": document(allow("Chat", INVOKE, CHEAP_MODELS))})
    claude = "arn:aws:bedrock:*::foundation-model/anthropic.claude-*"
    account.role("support-chat-stream", LAMBDA, (REFUTED, NONE, PROVED),
                 "streams any Claude model; the SCP DenyOpus stops InvokeModel only", path="/app/",
                 inline={"stream": document(allow("Stream", "bedrock:InvokeModelWithResponseStream", claude))})
    opus = "arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-*"
    account.role("report-writer", LAMBDA, (PROVED, NONE, PROVED),
                 "allowed to invoke Opus by its own policy, stopped by the SCP DenyOpus", path="/app/",
                 inline={"write": document(allow("Write", "bedrock:InvokeModel", opus))})
    sonnet = "anthropic.claude-sonnet-4-6"
    profile = f"arn:aws:bedrock:eu-central-1:{PRODUCTION}:inference-profile/eu.{sonnet}"
    account.role("invoice-reader", LAMBDA, (REFUTED, NONE, PROVED),
                 "a dear model, only through an inference profile, all of whose checks pass", path="/app/",
                 inline={"read": document(
                     allow("Profile", "bedrock:InvokeModel", profile),
                     allow("Model", "bedrock:InvokeModel", f"arn:aws:bedrock:*::foundation-model/{sonnet}",
                           {"ArnLike": {"bedrock:InferenceProfileArn": profile}}))})
    account.role("campaign-2027", LAMBDA, (REFUTED, NONE, PROVED),
                 "a grant that starts on 2027-01-01 is a violation with a date", path="/app/",
                 inline={"campaign": document(
                     allow("FromJanuary", INVOKE, f"arn:aws:bedrock:*::foundation-model/{sonnet}",
                           {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}))})
    # The typo: "foundation-models" excludes nothing.
    account.policy("NotDearModelsBoundary", document(
        allow("NotDearModels", INVOKE,
              ["arn:aws:bedrock:*::foundation-models/anthropic.claude-opus-*",
               "arn:aws:bedrock:*::foundation-models/anthropic.claude-sonnet-*"], not_resource=True)),
        path="/boundary/")
    account.role("search-ranking", ECS, (REFUTED, PROVED, PROVED),
                 "NotDearModelsBoundary spells foundation-model with an s, so its NotResource excludes nothing",
                 path="/app/", boundary="NotDearModelsBoundary",
                 inline={"rank": document(allow("Rank", INVOKE))})
    account.group("legacy-applications", inline={"bedrock": document(
        allow("Bedrock", ["bedrock:InvokeModel", "bedrock:ListFoundationModels"]))})
    account.user("legacy-batch", (REFUTED, NONE, PROVED),
                 "its group may invoke every model; the SCP DenyOpus names only one family",
                 groups=["legacy-applications"])
    account.user("ses-smtp", (PROVED, NONE, PROVED), "sends mail",
                 inline={"smtp": document(allow("Send", "ses:SendRawEmail"))})
    return account


def development():
    account = Account(DEVELOPMENT, "percent")
    account.common((REFUTED, NONE, REFUTED), "the SCP DenyOpus names one family of models and forgets the streaming action")
    account.service_linked("AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com", "AutoScalingServiceRolePolicy")
    account.permission_set("PowerUserAccess", [POWER_USER_ACCESS], (REFUTED, NONE, REFUTED),
                           "everything but IAM; the SCP DenyOpus names one family of models and forgets the streaming action")
    account.role("deploy", trust_github(DEVELOPMENT, "repo:acme/*"), (REFUTED, NONE, REFUTED),
                 "an administrator that nobody declared: every branch of every repository may use it", path="/ci/",
                 managed=[ADMINISTRATOR_ACCESS], group="administrator")
    full = account.policy("team-full-access", document(allow("Full", ["iam:*"] + DATA_SERVICES)), path="/dev/")
    reads = ["iam:Get*", "iam:List*"]
    policies = f"arn:aws:iam::{DEVELOPMENT}:policy/*"

    def team(name, boundary, verdict, reason):
        account.role(f"team-{name}", trust_account(DEVELOPMENT), (PROVED, verdict, PROVED), reason, path="/dev/",
                     managed=[full], boundary=boundary)

    # Works: every service but a few, and no way to the boundary itself.
    name = "StandardBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(
        allow("AllButPowerfulServices",
              ["iam:*", "organizations:*", "account:*", "bedrock:*", "bedrock-mantle:*", "sagemaker:*"],
              not_action=True),
        allow("ReadIam", reads),
        delegate_roles(account, boundary, "app"),
        allow("WritePolicies", ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"],
              policies),
        *protect_boundary(account, boundary)), path="/boundary/")
    team("web", name, PROVED, "StandardBoundary guards itself and binds what it creates")
    account.group("developers", managed=[POWER_USER_ACCESS, full])
    account.user("anna", (REFUTED, PROVED, PROVED), "StandardBoundary guards itself, and forgets aws-external-anthropic", groups=["developers"],
                 boundary=name)
    account.user("ben", (REFUTED, PROVED, PROVED), "StandardBoundary guards itself, and forgets aws-external-anthropic", groups=["developers"],
                 boundary=name)

    team("orders", developer_boundary(account), REFUTED,
         "DeveloperBoundary allows iam:CreatePolicyVersion on itself")
    account.policy("IamAdminBoundary", document(allow("Services", ["iam:*"] + DATA_SERVICES)), path="/boundary/")
    team("platform", "IamAdminBoundary", REFUTED,
         "IamAdminBoundary holds iam:*, so the role may delete its own boundary")
    account.user("carl", (PROVED, REFUTED, PROVED),
                 "IamAdminBoundary holds iam:*, so the user may delete his own boundary", groups=["developers"],
                 boundary="IamAdminBoundary")

    name = "KeepBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(allow("Services", ["iam:*"] + DATA_SERVICES),
                                  *protect_boundary(account, boundary, put=False)), path="/boundary/")
    team("data", name, REFUTED, "KeepBoundary denies deleting a boundary and forgets replacing it (Put…)")

    name = "VersionedBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(allow("Services", ["iam:*"] + DATA_SERVICES),
                                  *protect_boundary(account, boundary, rollback=False)), path="/boundary/",
                   old=document(allow("Services", "*")))
    team("mobile", name, REFUTED,
         "VersionedBoundary forgets iam:SetDefaultPolicyVersion, and version v1 of it allows everything")

    name = "MistypedBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(allow("Services", ["iam:*"] + DATA_SERVICES),
                                  *protect_boundary(account, boundary, path="boundry")), path="/boundary/")
    team("search", name, REFUTED, "MistypedBoundary protects policy/boundry/*, where nothing is")

    name = "SelfServiceBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(
        allow("Services", DATA_SERVICES + reads),
        allow("MakeRoles", ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"],
              f"arn:aws:iam::{DEVELOPMENT}:role/app/*",
              {"StringEqualsIfExists": {"iam:PermissionsBoundary": boundary}})), path="/boundary/")
    team("growth", name, REFUTED,
         "the IfExists of SelfServiceBoundary lets a role be made without any boundary")

    name = "SetOperatorBoundary"
    boundary = account.boundary(name)
    account.policy(name, document(
        allow("Services", DATA_SERVICES + reads),
        allow("MakeRoles", "iam:CreateRole", f"arn:aws:iam::{DEVELOPMENT}:role/app/*",
              {"ForAllValues:StringEquals": {"iam:PermissionsBoundary": [boundary]}})), path="/boundary/")
    team("video", name, REFUTED,
         "ForAllValues of SetOperatorBoundary is true when no boundary is named: a role may be made without one")
    account.role("preview-environment", LAMBDA, (PROVED, NONE, PROVED), "logs only", path="/app/",
                 managed=[LAMBDA_BASIC])
    return account


# --- The organisation -------------------------------------------------------------------------------------------

UNITS = [
    ("ou-acm3-security01", "Security", ROOT_ID),
    ("ou-acm3-ai00000001", "AI", ROOT_ID),
    ("ou-acm3-aiplatform", "Platform", "ou-acm3-ai00000001"),
    ("ou-acm3-aisandbox1", "Sandbox", "ou-acm3-ai00000001"),
    ("ou-acm3-workloads1", "Workloads", ROOT_ID),
    ("ou-acm3-workprod01", "Production", "ou-acm3-workloads1"),
    ("ou-acm3-workdev001", "Development", "ou-acm3-workloads1"),
]

ACCOUNTS = [
    (MANAGEMENT, "acme-management", ROOT_ID),
    (SECURITY, "acme-security-audit", "ou-acm3-security01"),
    (LOGS, "acme-log-archive", "ou-acm3-security01"),
    (PLATFORM, "acme-ml-platform", "ou-acm3-aiplatform"),
    (SANDBOX, "acme-ml-sandbox", "ou-acm3-aisandbox1"),
    (PRODUCTION, "acme-workloads-prod", "ou-acm3-workprod01"),
    (DEVELOPMENT, "acme-workloads-dev", "ou-acm3-workdev001"),
]

PLATFORM_ADMINISTRATORS = {
    "ArnNotLike": {
        "aws:PrincipalArn": [
            "arn:aws:iam::*:role/OrganizationAccountAccessRole",
            "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_AdministratorAccess_*",
        ]
    }
}


def service_control_policies():
    models = "arn:aws:bedrock:*::foundation-model"
    developer = [f"arn:aws:iam::{PRODUCTION}:policy/boundary/DeveloperBoundary",
                 f"arn:aws:iam::{PRODUCTION}:policy/boundary/NotDearModelsBoundary"]
    everywhere = [ROOT_ID] + [unit for unit, _, _ in UNITS] + [account for account, _, _ in ACCOUNTS]
    return [
        ("p-FullAWSAccess", "FullAWSAccess", "Allows access to every operation", True, everywhere,
         document({"Effect": "Allow", "Action": "*", "Resource": "*"})),
        ("p-acm3base0001", "Baseline", "Nobody leaves, and root users do nothing", False, [ROOT_ID],
         document(deny("StayInTheOrganization", ["organizations:LeaveOrganization", "account:CloseAccount"]),
                  deny("NoRootUsers", "*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}))),
        ("p-acm3region01", "RegionGuard", "Only the Regions that we use", False, [ROOT_ID],
         document(deny("OtherRegions",
                       ["iam:*", "organizations:*", "account:*", "sts:*", "sso:*", "route53:*", "cloudfront:*",
                        "support:*", "budgets:*", "ce:*", "cur:*", "health:*", "s3:ListAllMyBuckets"], "*",
                       {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1"]}},
                       not_action=True))),
        ("p-acm3nogenai1", "NoGenerativeAi", "Security accounts run no models", False, ["ou-acm3-security01"],
         document(deny("NoGenerativeAi", ["bedrock:*", "bedrock-mantle:*", "aws-external-anthropic:*", "bedrock-agentcore:*", "sagemaker:*"]))),
        ("p-acm3dear0001", "DenyExpensiveModels", "Forgets bedrock-mantle, and lists models by name", False,
         ["ou-acm3-ai00000001"],
         document(deny("DearModels", INVOKE,
                       [f"{models}/anthropic.claude-opus-*", f"{models}/anthropic.claude-3-opus-*",
                        f"{models}/anthropic.claude-sonnet-*", f"{models}/anthropic.claude-3-*-sonnet-*",
                        f"{models}/amazon.nova-premier-*"]))),
        ("p-acm3sandbox1", "SandboxModels", "The sandbox gets the cheap models and changes none", False,
         ["ou-acm3-aisandbox1"],
         document(deny("CheapModelsOnly", INVOKE, CHEAP_MODELS, not_resource=True),
                  deny("NoOtherDoor", ["bedrock-mantle:*", "aws-external-anthropic:*", "sagemaker:*",
                                       "bedrock:InvokeInlineAgent", "bedrock:RetrieveAndGenerate",
                                       "bedrock:AgenticRetrieveStream"]),
                  deny("NoModelChanges", ["bedrock:Create*", "bedrock:Update*", "bedrock:Delete*", "bedrock:Put*",
                                          "bedrock:Start*", "bedrock:Stop*"]))),
        ("p-acm3opus0001", "DenyOpus", "Forgets the streaming action and bedrock-mantle", False, ["ou-acm3-workloads1"],
         document(deny("Opus", "bedrock:InvokeModel",
                       [f"{models}/anthropic.claude-opus-*", f"{models}/anthropic.claude-3-opus-*"]))),
        ("p-acm3bound001", "ProtectBoundaries", "Only administrators touch boundaries", False, ["ou-acm3-workprod01"],
         document(deny("BoundaryPolicies",
                       ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion",
                        "iam:SetDefaultPolicyVersion"], "arn:aws:iam::*:policy/boundary/*", PLATFORM_ADMINISTRATORS),
                  deny("Boundaries",
                       ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary",
                        "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"], "*",
                       PLATFORM_ADMINISTRATORS),
                  deny("NewPrincipals", ["iam:CreateRole", "iam:CreateUser"], "*",
                       PLATFORM_ADMINISTRATORS | {"StringNotEquals": {"iam:PermissionsBoundary": developer}}))),
    ]


def target(target_id):
    kind = "ROOT" if target_id == ROOT_ID else "ORGANIZATIONAL_UNIT" if target_id.startswith("ou-") else "ACCOUNT"
    names = {ROOT_ID: "Root"} | {unit: name for unit, name, _ in UNITS} | {key: name for key, name, _ in ACCOUNTS}
    prefix = f"arn:aws:organizations::{MANAGEMENT}"
    kinds = {"ROOT": "root", "ORGANIZATIONAL_UNIT": "ou", "ACCOUNT": "account"}
    arn = f"{prefix}:{kinds[kind]}/{ORGANIZATION_ID}/{target_id}"
    return {"TargetId": target_id, "Arn": arn, "Name": names[target_id], "Type": kind}


def organization():
    prefix = f"arn:aws:organizations::{MANAGEMENT}"
    policies = []
    for policy_id, name, description, aws_managed, targets, content in service_control_policies():
        owner = "arn:aws:organizations::aws:policy" if aws_managed else f"{prefix}:policy/{ORGANIZATION_ID}"
        policies.append(
            {
                "PolicySummary": {
                    "Id": policy_id,
                    "Arn": f"{owner}/service_control_policy/{policy_id}",
                    "Name": name,
                    "Description": description,
                    "Type": "SERVICE_CONTROL_POLICY",
                    "AwsManaged": aws_managed,
                },
                "Content": json.dumps(content),
                "Targets": [target(name) for name in targets],
            }
        )
    email = "aws+{}@acme.example"
    return {
        "Organization": {
            "Id": ORGANIZATION_ID,
            "Arn": f"{prefix}:organization/{ORGANIZATION_ID}",
            "FeatureSet": "ALL",
            "MasterAccountArn": f"{prefix}:account/{ORGANIZATION_ID}/{MANAGEMENT}",
            "MasterAccountId": MANAGEMENT,
            "MasterAccountEmail": email.format("management"),
            "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        },
        "Roots": [
            {
                "Id": ROOT_ID,
                "Arn": f"{prefix}:root/{ORGANIZATION_ID}/{ROOT_ID}",
                "Name": "Root",
                "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
            }
        ],
        "OrganizationalUnits": [
            {"Id": unit, "Arn": f"{prefix}:ou/{ORGANIZATION_ID}/{unit}", "Name": name, "ParentId": parent}
            for unit, name, parent in UNITS
        ],
        "Accounts": [
            {
                "Id": account,
                "Arn": f"{prefix}:account/{ORGANIZATION_ID}/{account}",
                "Email": email.format(name.removeprefix("acme-")),
                "Name": name,
                "Status": "ACTIVE",
                "JoinedMethod": "INVITED" if account == MANAGEMENT else "CREATED",
                "JoinedTimestamp": date(account, 2022),
                "ParentId": parent,
                "Tags": [{"Key": "owner", "Value": name.removeprefix("acme-")}],
            }
            for account, name, parent in ACCOUNTS
        ],
        "Policies": policies,
    }


def roots():
    reasons = {MANAGEMENT: (REFUTED, "no SCP limits the management account")}
    stopped = (PROVED, "the SCP Baseline denies everything to root users of member accounts")
    result = []
    for account, _, _ in ACCOUNTS:
        verdict, reason = reasons.get(account, stopped)
        result.append({"principal": f"arn:aws:iam::{account}:root", "group": "root", "expensive-models": verdict,
                       "boundary-escape": NONE, "modify-and-invoke": verdict, "reason": reason})
    return result


def resource_policies(account):
    """The policies of an account's resources; an account that is not listed has none."""
    region = "eu-central-1"
    insecure = {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    own_bucket = lambda name: [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    delegated = lambda owner: {"Sid": "AccountDecides", "Effect": "Allow",
                               "Principal": {"AWS": f"arn:aws:iam::{owner}:root"}, "Action": "kms:*", "Resource": "*"}
    return {
        LOGS: {
            "arn:aws:s3:::acme-logs": {"Version": "2012-10-17", "Statement": [
                insecure | {"Resource": own_bucket("acme-logs")},
                {"Sid": "Trail", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
                 "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-logs/AWSLogs/*",
                 "Condition": {"StringEquals": {"aws:SourceOrgID": ORGANIZATION_ID}}},
                {"Sid": "SecurityReads", "Effect": "Allow",
                 "Principal": {"AWS": f"arn:aws:iam::{SECURITY}:root"},
                 "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": own_bucket("acme-logs")}]},
            f"arn:aws:kms:{region}:{LOGS}:key/3b5f2c1e-8a4d-4f0a-9c6e-1d2b7a90e411":
                {"Version": "2012-10-17", "Statement": [delegated(LOGS)]},
        },
        PLATFORM: {
            "arn:aws:s3:::acme-training-data": {"Version": "2012-10-17", "Statement": [
                insecure | {"Resource": own_bucket("acme-training-data")},
                {"Sid": "DevelopersUpload", "Effect": "Allow",
                 "Principal": {"AWS": f"arn:aws:iam::{DEVELOPMENT}:root"}, "Action": "s3:PutObject",
                 "Resource": "arn:aws:s3:::acme-training-data/incoming/*"}]},
            f"arn:aws:sqs:{region}:{PLATFORM}:batch-jobs": {"Version": "2012-10-17", "Statement": [
                {"Sid": "BucketEvents", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                 "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{region}:{PLATFORM}:batch-jobs",
                 "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-training-data"}}}]},
        },
    }.get(account, {})


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    shutil.rmtree(ROOT / "accounts", ignore_errors=True)
    write(ROOT / "organization.json", organization())
    expected = []
    for make in (management, security, logs, platform, sandbox, production, development):
        account = make()
        write(ROOT / "accounts" / account.id / "authorization-details.json", account.details())
        write(ROOT / "accounts" / account.id / "resource-policies.json", resource_policies(account.id))
        if account.id == PRODUCTION:
            write(ROOT / "accounts" / account.id / "inference-profiles.json", inference_profiles())
        expected += account.expected
    expected.sort(key=lambda entry: entry["principal"])
    write(ROOT / "expected.json", {"principals": expected, "roots": roots()})


def inference_profiles():
    """What the production account lists: a profile of AWS that stays in the Regions that RegionGuard admits."""
    model = "anthropic.claude-sonnet-4-6"
    arn = f"arn:aws:bedrock:eu-central-1:{PRODUCTION}:inference-profile/eu.{model}"
    regions = ("eu-central-1", "eu-west-1")
    return {"inferenceProfileSummaries": [{
        "inferenceProfileName": "EU Claude Sonnet 4.6", "inferenceProfileArn": arn, "inferenceProfileId": f"eu.{model}",
        "models": [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model}"} for region in regions],
        "status": "ACTIVE", "type": "SYSTEM_DEFINED"}]}


if __name__ == "__main__":
    main()
