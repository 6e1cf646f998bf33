"""Derive schemas.json from the npm package @cdktf/provider-aws.

The real hashicorp/aws provider is not needed: the CDK for Terraform bindings
were generated from `terraform providers schema -json` of that provider, and
every generated file carries its TypeScript source in an inline source map.
That source states for each attribute whether it is computed, optional or
required, and what its type is.  What it does not state (default values,
which arguments force a replacement, which attributes are sensitive, which
blocks are optional *and* computed) is kept by hand in standin/overlay.py.

Usage:  extract_schemas.py PACKAGE_DIR schemas.json
where PACKAGE_DIR is the unpacked tarball of
`npm pack @cdktf/provider-aws@21.22.1` (which speaks for hashicorp/aws 6.25.0).
"""

import base64
import json
import re
import sys
from pathlib import Path

RESOURCES = """
aws_iam_policy aws_iam_role aws_iam_user aws_iam_group aws_iam_role_policy
aws_iam_user_policy aws_iam_group_policy aws_iam_role_policy_attachment
aws_iam_user_policy_attachment aws_iam_group_policy_attachment
aws_iam_policy_attachment aws_iam_user_group_membership
aws_iam_group_membership aws_iam_role_policies_exclusive
aws_iam_role_policy_attachments_exclusive aws_iam_instance_profile
aws_iam_service_linked_role aws_organizations_organization
aws_organizations_organizational_unit aws_organizations_account
aws_organizations_policy aws_organizations_policy_attachment aws_s3_bucket
aws_s3_bucket_policy aws_sqs_queue aws_sqs_queue_policy aws_sns_topic
aws_sns_topic_policy aws_kms_key aws_kms_key_policy aws_secretsmanager_secret
aws_secretsmanager_secret_policy aws_secretsmanager_secret_version
aws_lambda_function aws_lambda_permission aws_bedrockagent_agent
aws_bedrock_inference_profile aws_bedrock_provisioned_model_throughput
aws_iam_access_key aws_sfn_state_machine aws_ssoadmin_permission_set
aws_cloudformation_stack
""".split()

DATA_SOURCES = """
aws_iam_policy_document aws_caller_identity aws_partition aws_region
aws_iam_policy aws_iam_role
""".split()

# The provider's own configuration: enough of it for plans.
PROVIDER_ATTRIBUTES = {
    "region": "string",
    "profile": "string",
    "access_key": "string",
    "secret_key": "string",
    "token": "string",
    "sts_region": "string",
    "allowed_account_ids": ["set", "string"],
    "forbidden_account_ids": ["set", "string"],
    "shared_config_files": ["list", "string"],
    "shared_credentials_files": ["list", "string"],
    "max_retries": "number",
    "skip_credentials_validation": "bool",
    "skip_metadata_api_check": "string",
    "skip_region_validation": "bool",
    "skip_requesting_account_id": "bool",
    "insecure": "bool",
}

GETTERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getNumberMapAttribute": ["map", "number"],
}
MAPS = {"StringMap": "string", "BooleanMap": "bool", "NumberMap": "number"}

MEMBER = re.compile(
    r"^  // (\w+) - computed: (true|false), "
    r"optional: (true|false), required: (true|false)\n",
    re.M,
)


def typescript(package, directory):
    js = (package / "lib" / directory / "index.js").read_text()
    encoded = re.search(r"sourceMappingURL=data:application/json;base64,(\S+)", js)
    return json.loads(base64.b64decode(encoded.group(1)))["sourcesContent"][0]


def classes(source):
    """Class name -> text of the class."""
    found = {}
    starts = list(re.finditer(r"^export class (\w+) extends", source, re.M))
    for start, following in zip(starts, starts[1:] + [None], strict=True):
        end = following.start() if following else len(source)
        found[start.group(1)] = source[start.start() : end]
    return found


def block_of(name, all_classes):
    """Attributes and nested blocks of one generated class."""
    attributes, blocks = {}, {}
    text = all_classes[name]
    members = list(MEMBER.finditer(text))
    for member, following in zip(members, members[1:] + [None], strict=True):
        body = text[member.end() : following.start() if following else len(text)]
        attribute = member.group(1)
        computed, optional, required = (g == "true" for g in member.groups()[1:])
        flags = {
            key: True
            for key, value in (
                ("computed", computed),
                ("optional", optional),
                ("required", required),
            )
            if value
        }
        nested = re.search(r"= new (\w+)\(this, \"\w+\"(?:, (true|false))?\)", body)
        string_map = re.search(r"= new cdktf\.(\w+Map)\(this", body)
        if string_map:
            attributes[attribute] = {
                "type": ["map", MAPS[string_map.group(1)]],
                **flags,
            }
        elif nested:
            kind, is_set = nested.group(1), nested.group(2) == "true"
            listed = kind.endswith("List") and kind not in (name,)
            reference = kind[: -len("List")] + "OutputReference" if listed else kind
            inner = block_of(reference, all_classes)
            if computed:
                # An attribute holding objects, not a block.
                if inner["blocks"]:
                    raise ValueError(f"{name}.{attribute}: blocks in an attribute")
                attributes[attribute] = {
                    "type": [
                        "set" if is_set else "list",
                        [
                            "object",
                            {k: v["type"] for k, v in inner["attributes"].items()},
                        ],
                    ],
                    **flags,
                }
                continue
            if attribute == "timeouts":
                shape = {"nesting": "single"}
            elif listed:
                shape = {"nesting": "set" if is_set else "list"}
            else:
                shape = {"nesting": "list", "max_items": 1}
            if required:
                shape["min_items"] = 1
            blocks[attribute] = {**shape, "block": inner}
        else:
            getter = re.search(r"return (cdktf\.Fn\.tolist\()?this\.(get\w+)\(", body)
            kind = GETTERS[getter.group(2)]
            if getter.group(1):
                kind = ["set", kind[1]]
            attributes[attribute] = {"type": kind, **flags}
    return {"attributes": attributes, "blocks": blocks}


def entity(package, terraform_name, prefix):
    directory = prefix + terraform_name.removeprefix("aws_").replace("_", "-")
    all_classes = classes(typescript(package, directory))
    (main,) = [
        name
        for name, text in all_classes.items()
        if "extends cdktf.TerraformResource" in text
        or "extends cdktf.TerraformDataSource" in text
    ]
    return block_of(main, all_classes)


def assume_role_block(package):
    source = typescript(package, "provider")
    body = re.search(
        r"export interface AwsProviderAssumeRole \{(.*?)^\}", source, re.S | re.M
    ).group(1)
    attributes = {}
    kinds = {
        "string": "string",
        "string[]": ["set", "string"],
        "{ [key: string]: string }": ["map", "string"],
    }
    for camel, kind in re.findall(r"readonly (\w+)\?: (.+);", body):
        snake = re.sub(r"([A-Z])", lambda m: "_" + m.group(1).lower(), camel)
        attributes[snake] = {"type": kinds[kind], "optional": True}
    return {"nesting": "list", "block": {"attributes": attributes, "blocks": {}}}


def main(package, target):
    package = Path(package)
    tags = {"type": ["map", "string"], "optional": True}
    provider = {
        "attributes": {
            name: {"type": kind, "optional": True}
            for name, kind in PROVIDER_ATTRIBUTES.items()
        },
        "blocks": {
            "assume_role": assume_role_block(package),
            "default_tags": {
                "nesting": "list",
                "max_items": 1,
                "block": {"attributes": {"tags": tags}, "blocks": {}},
            },
        },
    }
    schemas = {
        "source": "@cdktf/provider-aws 21.22.1, generated from hashicorp/aws 6.25.0",
        "provider": provider,
        "resources": {name: entity(package, name, "") for name in RESOURCES},
        "data_sources": {
            name: entity(package, name, "data-aws-") for name in DATA_SOURCES
        },
    }
    Path(target).write_text(json.dumps(schemas, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
