"""An organisation in moto's server, by boto3: `build`, `answers` of what AWS commands say of it, and `change` of one policy.

usage: organization.py URL build|answers|change
"""

import json
import sys

import boto3

URL, VERB = sys.argv[1:]
ROLE = "OrganizationAccountAccessRole"


def client(service, credentials=None):
    keys = credentials or {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "example", "SessionToken": None}
    return boto3.client(
        service,
        endpoint_url=URL,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def member(account):
    """IAM of a member account, by the role that its creation made."""
    arn = f"arn:aws:iam::{account}:role/{ROLE}"
    return client("iam", client("sts").assume_role(RoleArn=arn, RoleSessionName="suite")["Credentials"])


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*"):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def fill(iam):
    """A role in a boundary, a user with a policy of AWS, a group, an instance profile."""
    boundary = iam.create_policy(
        PolicyName="builders", Path="/boundary/", PolicyDocument=document(allow(["s3:*", "bedrock:*"]))
    )["Policy"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="app",
        PermissionsBoundary=boundary,
        AssumeRolePolicyDocument=document(trust),
        Tags=[{"Key": "team", "Value": "models & more"}],
    )
    invoke = allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/*")
    iam.put_role_policy(RoleName="app", PolicyName="invoke", PolicyDocument=document(invoke))
    iam.create_instance_profile(InstanceProfileName="app")
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=document(allow("s3:Get*")))
    iam.create_user(UserName="ada", Path="/people/")
    iam.add_user_to_group(GroupName="readers", UserName="ada")
    iam.attach_user_policy(UserName="ada", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess")


def build():
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    outer = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    inner = organizations.create_organizational_unit(ParentId=outer, Name="research")["OrganizationalUnit"]["Id"]
    accounts = []
    for name, parent in (("shop", outer), ("research", inner)):
        status = organizations.create_account(
            AccountName=name, Email=f"{name}@example.com", Tags=[{"Key": "stage", "Value": name}]
        )["CreateAccountStatus"]
        account = status["AccountId"]
        organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=parent)
        fill(member(account))
        accounts.append(account)
    policy = organizations.create_policy(
        Name="no-models",
        Description="No models",
        Type="SERVICE_CONTROL_POLICY",
        Content=document({"Effect": "Deny", "Action": "bedrock:Invoke*", "Resource": "*"}),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=inner)
    return {"shop": accounts[0], "research": accounts[1], "own": client("sts").get_caller_identity()["Account"]}


def answers():
    """By account, what `aws iam get-account-authorization-details` says."""
    organizations = client("organizations")
    own = client("sts").get_caller_identity()["Account"]
    found = {}
    for account in organizations.list_accounts()["Accounts"]:
        iam = client("iam") if account["Id"] == own else member(account["Id"])
        answer = iam.get_account_authorization_details()
        found[account["Id"]] = {
            name: answer[name] for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        }
    return found


def change():
    """The policy of the research unit stops one family of models alone."""
    organizations = client("organizations")
    policies = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    (policy,) = [policy["Id"] for policy in policies if policy["Name"] == "no-models"]
    organizations.update_policy(
        PolicyId=policy,
        Content=document(
            {
                "Effect": "Deny",
                "Action": "bedrock:Invoke*",
                "Resource": "arn:aws:bedrock:*::foundation-model/anthropic.*",
            }
        ),
    )
    return {}


def plain(value):
    return value.isoformat(timespec="seconds")


print(json.dumps({"build": build, "answers": answers, "change": change}[VERB](), default=plain))
