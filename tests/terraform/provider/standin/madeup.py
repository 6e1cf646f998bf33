"""Made-up values for what AWS would answer after an apply.

Well-formed, never real, and the same for the same configuration every time.
"""

import hashlib
import json

DATE = "2024-01-15T10:30:00Z"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
DIGITS = "0123456789"


def token(alphabet, length, *seed):
    digest = hashlib.sha512(json.dumps(seed, sort_keys=True).encode()).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        letters.append(alphabet[index])
    return "".join(letters)


def uuid(*seed):
    text = token("0123456789abcdef", 32, *seed)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def counter(*seed):
    """As the suffix which the provider gives to a name_prefix: 26 digits."""
    return "20240115103000" + token(DIGITS, 12, *seed)


def organization_id(account):
    return "o-" + token(LOWER, 10, "organization", account)


def root_id(account):
    return "r-" + token(LOWER, 4, "root", account)


def values(type_name, state, account, region):
    """Values for the computed attributes of one resource.

    `state` is the planned state, unknowns and all.  Only unknown attributes
    are ever taken from the answer.
    """
    known = {
        key: value
        for key, value in sorted(state.items())
        if isinstance(value, (str, int, float, bool, list, dict))
    }
    seed = (type_name, account, region, json.loads(json.dumps(known, default=str)))
    answer = {}

    def get(key):
        value = state.get(key)
        return value if isinstance(value, str) else None

    def arn(service, rest, region="", owner=account):
        return f"arn:aws:{service}:{region}:{owner}:{rest}"

    if "name_prefix" in state:
        if get("name") is None:
            answer["name_prefix"] = get("name_prefix") or "terraform-"
            answer["name"] = answer["name_prefix"] + counter(*seed)
        else:
            answer["name_prefix"] = ""
    name = get("name") or answer.get("name")
    path = get("path")
    kind = type_name.removeprefix("aws_")

    match kind:
        case "iam_policy":
            answer["arn"] = answer["id"] = arn("iam", f"policy{path}{name}")
            answer["policy_id"] = "ANPA" + token(BASE32, 17, *seed)
        case "iam_role":
            answer |= {
                "arn": arn("iam", f"role{path}{name}"),
                "id": name,
                "unique_id": "AROA" + token(BASE32, 17, *seed),
                "create_date": DATE,
            }
        case "iam_user":
            answer |= {
                "arn": arn("iam", f"user{path}{name}"),
                "id": name,
                "unique_id": "AIDA" + token(BASE32, 17, *seed),
            }
        case "iam_group":
            answer |= {
                "arn": arn("iam", f"group{path}{name}"),
                "id": name,
                "unique_id": "AGPA" + token(BASE32, 17, *seed),
            }
        case "iam_instance_profile":
            answer |= {
                "arn": arn("iam", f"instance-profile{path}{name}"),
                "id": name,
                "unique_id": "AIPA" + token(BASE32, 17, *seed),
                "create_date": DATE,
            }
        case "iam_role_policy" | "iam_user_policy" | "iam_group_policy":
            answer["id"] = f"{get(kind.split('_')[1])}:{name}"
        case (
            "iam_role_policy_attachment"
            | "iam_user_policy_attachment"
            | "iam_group_policy_attachment"
        ):
            answer["id"] = f"{get(kind.split('_')[1])}/{get('policy_arn')}"
        case "iam_policy_attachment" | "iam_group_membership":
            answer["id"] = name
        case "iam_user_group_membership":
            answer["id"] = "terraform-" + counter(*seed)
        case "iam_service_linked_role":
            service = get("aws_service_name")
            suffix = get("custom_suffix")
            label = service.split(".")[0].title().replace("-", "")
            role = f"AWSServiceRoleFor{label}" + (f"_{suffix}" if suffix else "")
            answer |= {
                "name": role,
                "path": f"/aws-service-role/{service}/",
                "arn": arn("iam", f"role/aws-service-role/{service}/{role}"),
                "unique_id": "AROA" + token(BASE32, 17, *seed),
                "create_date": DATE,
            }
            answer["id"] = answer["arn"]
        case "organizations_organization":
            organization = organization_id(account)
            root = root_id(account)
            master = {
                "arn": arn("organizations", f"account/{organization}/{account}"),
                "email": "master@example.com",
                "id": account,
                "joined_method": "INVITED",
                "joined_timestamp": DATE,
                "name": "master",
                "state": "ACTIVE",
                "status": "ACTIVE",
            }
            answer |= {
                "id": organization,
                "arn": arn("organizations", f"organization/{organization}"),
                "accounts": [master],
                "non_master_accounts": [],
                "master_account_arn": master["arn"],
                "master_account_email": master["email"],
                "master_account_id": account,
                "master_account_name": master["name"],
                "roots": [
                    {
                        "arn": arn("organizations", f"root/{organization}/{root}"),
                        "id": root,
                        "name": "Root",
                        "policy_types": [
                            {"status": "ENABLED", "type": kind}
                            for kind in sorted(state.get("enabled_policy_types") or [])
                        ],
                    }
                ],
            }
        case "organizations_organizational_unit":
            unit = f"ou-{root_id(account)[2:]}-{token(LOWER, 8, *seed)}"
            answer |= {
                "id": unit,
                "arn": arn("organizations", f"ou/{organization_id(account)}/{unit}"),
                "accounts": [],
            }
        case "organizations_account":
            number = token("123456789", 12, *seed)
            answer |= {
                "id": number,
                "arn": arn(
                    "organizations", f"account/{organization_id(account)}/{number}"
                ),
                "joined_method": "CREATED",
                "joined_timestamp": DATE,
                "parent_id": root_id(account),
                "state": "ACTIVE",
                "status": "ACTIVE",
            }
        case "organizations_policy":
            policy = "p-" + token(LOWER, 8, *seed)
            place = f"{organization_id(account)}/{(get('type') or '').lower()}"
            answer["id"] = policy
            answer["arn"] = arn("organizations", f"policy/{place}/{policy}")
        case "organizations_policy_attachment":
            answer["id"] = f"{get('target_id')}:{get('policy_id')}"
        case "s3_bucket":
            if get("bucket") is None:
                answer["bucket_prefix"] = get("bucket_prefix") or "terraform-"
                answer["bucket"] = answer["bucket_prefix"] + counter(*seed)
            else:
                answer["bucket_prefix"] = ""
            bucket = get("bucket") or answer["bucket"]
            answer |= {
                "arn": f"arn:aws:s3:::{bucket}",
                "id": bucket,
                "bucket_domain_name": f"{bucket}.s3.amazonaws.com",
                "bucket_region": region,
                "bucket_regional_domain_name": f"{bucket}.s3.{region}.amazonaws.com",
                "hosted_zone_id": "Z3AQBSTGFYJSTF",
                "request_payer": "BucketOwner",
                "object_lock_enabled": False,
            }
        case "s3_bucket_policy":
            answer["id"] = get("bucket")
        case "sqs_queue":
            url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
            answer |= {
                "arn": arn("sqs", name, region),
                "id": url,
                "url": url,
                "kms_data_key_reuse_period_seconds": 300,
                "sqs_managed_sse_enabled": True,
            }
        case "sqs_queue_policy":
            answer["id"] = get("queue_url")
        case "sns_topic":
            answer["arn"] = answer["id"] = arn("sns", name, region)
            answer["owner"] = account
        case "sns_topic_policy":
            answer |= {"id": get("arn"), "owner": account}
        case "kms_key":
            key = uuid(*seed)
            answer |= {
                "key_id": key,
                "id": key,
                "arn": arn("kms", f"key/{key}", region),
            }
            answer["policy"] = json.dumps(
                {
                    "Id": "key-default-1",
                    "Statement": [
                        {
                            "Action": "kms:*",
                            "Effect": "Allow",
                            "Principal": {"AWS": arn("iam", "root")},
                            "Resource": "*",
                            "Sid": "Enable IAM User Permissions",
                        }
                    ],
                    "Version": "2012-10-17",
                },
                separators=(",", ":"),
            )
        case "kms_key_policy":
            answer["id"] = get("key_id")
        case "secretsmanager_secret":
            suffix = token(LOWER, 6, *seed)
            secret = arn("secretsmanager", f"secret:{name}-{suffix}", region)
            answer |= {"arn": secret, "id": secret}
        case "secretsmanager_secret_policy":
            answer["id"] = get("secret_arn")
        case "secretsmanager_secret_version":
            version = "terraform-" + counter(*seed)
            answer |= {
                "arn": get("secret_id"),
                "id": f"{get('secret_id')}|{version}",
                "version_id": version,
                "version_stages": ["AWSCURRENT"],
            }
        case "lambda_function":
            function = arn("lambda", f"function:{get('function_name')}", region)
            invoke = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions"
            answer |= {
                "arn": function,
                "id": get("function_name"),
                "architectures": ["x86_64"],
                "invoke_arn": f"{invoke}/{function}/invocations",
                "last_modified": DATE,
                "qualified_arn": f"{function}:$LATEST",
                "qualified_invoke_arn": f"{invoke}/{function}:$LATEST/invocations",
                "version": "$LATEST",
            }
        case "lambda_permission":
            prefix = get("statement_id_prefix")
            if get("statement_id") is None:
                answer["statement_id"] = (prefix or "terraform-") + counter(*seed)
            answer["id"] = get("statement_id") or answer["statement_id"]
        case "bedrockagent_agent":
            agent = token(BASE32, 10, *seed)
            answer |= {
                "agent_arn": arn("bedrock", f"agent/{agent}", region),
                "agent_id": agent,
                "id": agent,
                "agent_version": "DRAFT",
                "prepared_at": DATE,
                "idle_session_ttl_in_seconds": 600,
            }
        case "bedrock_inference_profile":
            profile = token(LOWER, 12, *seed)
            answer |= {
                "arn": arn(
                    "bedrock", f"application-inference-profile/{profile}", region
                ),
                "id": profile,
                "created_at": DATE,
                "updated_at": DATE,
                "status": "ACTIVE",
                "type": "APPLICATION",
            }
        case "bedrock_provisioned_model_throughput":
            model = arn(
                "bedrock", f"provisioned-model/{token(LOWER, 12, *seed)}", region
            )
            answer |= {"id": model, "provisioned_model_arn": model}
        case "iam_access_key":
            answer |= {
                "id": "AKIA" + token(BASE32, 16, *seed),
                "create_date": DATE,
                "secret": "made-up",
                "ses_smtp_password_v4": "made-up",
            }
        case "sfn_state_machine":
            machine = arn("states", f"stateMachine:{name}", region)
            answer |= {
                "arn": machine,
                "id": machine,
                "creation_date": DATE,
                "revision_id": "INITIAL",
                "status": "ACTIVE",
            }
        case "ssoadmin_permission_set":
            instance = (get("instance_arn") or "").rsplit("/", 1)[-1]
            name = "ps-" + token("0123456789abcdef", 16, *seed)
            answer["arn"] = f"arn:aws:sso:::permissionSet/{instance}/{name}"
            answer["id"] = f"{answer['arn']},{get('instance_arn')}"
            answer["created_date"] = DATE
        case "cloudformation_stack":
            answer["id"] = arn("cloudformation", f"stack/{name}/{uuid(*seed)}", region)
    return answer


def empty(kind):
    """The zero value of a type, for attributes nothing better is known for."""
    if isinstance(kind, str):
        return {"string": "", "number": 0, "bool": False}[kind]
    return {} if kind[0] == "map" else []
