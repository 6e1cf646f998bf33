#!/usr/bin/env bash
# Writes a world directory for Ringfence with the AWS CLI: organization.json, and on request the files of every active
# account. Read-only. Needs: aws (version 2), jq, bash 4.4 or newer.
#
#   docs/organization-export.sh WORLD                   organization.json only, with SCPs and RCPs
#   docs/organization-export.sh WORLD --accounts ROLE   also accounts/<id>/authorization-details.json, through the role
#                                                       ROLE of each member account (OrganizationAccountAccessRole, or
#                                                       better one that may only read)
#   … --accounts ROLE --resources REGION,REGION,…       also resource-policies.json and inference-profiles.json
#
# resource-policies.json: S3 buckets, SQS, SNS, KMS, Secrets Manager, Lambda functions. Name every Region in use: what
# the file does not hold counts as having no policy. Left out, for you to add where they matter: S3 access points,
# versions and aliases of functions, and all other services (DynamoDB, ECR, EventBridge, Glue, OpenSearch, …).
#
# Run it with credentials of the management account or of a delegated administrator of AWS Organizations. The AWS CLI
# fetches all pages; nothing is cut off. A file that could not be made whole is not written.
set -euo pipefail

usage() {
    echo "usage: $0 WORLD [--accounts ROLE [--resources REGION,REGION,...]]" >&2
    exit 2
}

world=${1:-}
role=""
regions=""
case "$#" in
    1) ;;
    3) [[ $2 == --accounts ]] || usage; role=$3 ;;
    5) [[ $2 == --accounts && $4 == --resources ]] || usage; role=$3; regions=${5//,/ } ;;
    *) usage ;;
esac
[[ -n $world && $world != -* ]] || usage

for program in aws jq; do
    command -v "$program" >/dev/null || { echo "$0: $program is needed and was not found" >&2; exit 2; }
done

export AWS_PAGER="" AWS_DEFAULT_OUTPUT=json
mkdir -p "$world"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

organizations() {
    aws organizations "$@"
}

# OUs and accounts below a parent, one JSON object a line, with the parent's id in each.
walk() {
    local parent=$1 child
    organizations list-accounts-for-parent --parent-id "$parent" >"$scratch/page"
    jq -c --arg parent "$parent" '.Accounts[] | . + { ParentId: $parent }' "$scratch/page" >>"$scratch/accounts"
    organizations list-organizational-units-for-parent --parent-id "$parent" >"$scratch/page"
    jq -c --arg parent "$parent" '.OrganizationalUnits[] | . + { ParentId: $parent }' "$scratch/page" \
        >>"$scratch/units"
    local children
    children=$(jq -r '.OrganizationalUnits[].Id' "$scratch/page")
    for child in $children; do
        walk "$child"
    done
}

# The tags of each account in $scratch/accounts, put into it.
tag_accounts() {
    local account
    : >"$scratch/tagged"
    while IFS= read -r account; do
        organizations list-tags-for-resource --resource-id "$(jq -r .Id <<<"$account")" >"$scratch/page" </dev/null
        jq -c --slurpfile page "$scratch/page" '. + { Tags: $page[0].Tags }' <<<"$account" >>"$scratch/tagged"
    done <"$scratch/accounts"
}

# The policies of one type with content and targets. A type that is not enabled has none to list.
policies() {
    local id ids
    if ! organizations list-policies --filter "$1" >"$scratch/page" 2>"$scratch/error"; then
        grep -q PolicyTypeNotEnabled "$scratch/error" && return 0
        cat "$scratch/error" >&2
        return 1
    fi
    ids=$(jq -r '.Policies[].Id' "$scratch/page")
    for id in $ids; do
        organizations describe-policy --policy-id "$id" >"$scratch/policy"
        organizations list-targets-for-policy --policy-id "$id" >"$scratch/targets"
        jq -c --slurpfile targets "$scratch/targets" '.Policy + { Targets: $targets[0].Targets }' "$scratch/policy" \
            >>"$scratch/policies"
    done
}

echo "reading the organisation" >&2
organizations describe-organization >"$scratch/organization"
organizations list-roots >"$scratch/roots"
: >"$scratch/units"
: >"$scratch/accounts"
: >"$scratch/policies"
root=$(jq -r '.Roots[0].Id' "$scratch/roots")
walk "$root"
tag_accounts
policies SERVICE_CONTROL_POLICY
policies RESOURCE_CONTROL_POLICY
jq -n \
    --slurpfile organization "$scratch/organization" --slurpfile roots "$scratch/roots" \
    --slurpfile units "$scratch/units" --slurpfile accounts "$scratch/tagged" --slurpfile policies "$scratch/policies" \
    '{ Organization: $organization[0].Organization, Roots: $roots[0].Roots, OrganizationalUnits: $units,
       Accounts: $accounts, Policies: $policies }' >"$scratch/result"
mv "$scratch/result" "$world/organization.json"
echo "wrote $world/organization.json" >&2

[[ -n $role ]] || exit 0
own=$(aws sts get-caller-identity --query Account --output text)
partition=$(jq -r '.Organization.Arn | split(":")[1]' "$scratch/organization")

# What follows runs in one subshell an account: `become` changes the credentials, `ask` ends the subshell at an error.
# `set -e` does not hold inside a condition, so every step is checked by hand.
become() {
    [[ $1 != "$own" ]] || return 0
    ask - sts assume-role --role-arn "arn:$partition:iam::$1:role/$role" --role-session-name ringfence
    AWS_ACCESS_KEY_ID=$(jq -er .Credentials.AccessKeyId "$scratch/answer") || exit 1
    AWS_SECRET_ACCESS_KEY=$(jq -er .Credentials.SecretAccessKey "$scratch/answer") || exit 1
    AWS_SESSION_TOKEN=$(jq -er .Credentials.SessionToken "$scratch/answer") || exit 1
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    unset AWS_PROFILE
}

# The answer of an AWS command, into $scratch/answer. False if its error says $1, that there is nothing of the kind.
ask() {
    local nothing=$1
    shift
    aws "$@" >"$scratch/answer" 2>"$scratch/error" && return 0
    [[ $nothing != - ]] && grep -q "$nothing" "$scratch/error" && return 1
    cat "$scratch/error" >&2
    exit 1
}

# What the jq filter $1 finds in the answer, one a line, into the array `found`.
find_all() {
    jq -r "$1" "$scratch/answer" >"$scratch/found" || exit 1
    mapfile -t found <"$scratch/found"
}

# Keeps the policy text of the answer, which the jq filter $2 finds, as that of the resource $1. None is none.
keep() {
    jq -c --arg arn "$1" "$2 // empty | { (\$arn): . }" "$scratch/answer" >>"$scratch/resource-policies" || exit 1
}

# Keeps the policy of each resource whose ARN the jq filter $1 finds in the answer. The command $4… tells it, the ARN at
# its end; the filter $3 finds the policy in its answer; $2 as in `ask`.
keep_each() {
    local found filter=$1 nothing=$2 policy=$3 arn
    shift 3
    find_all "$filter"
    for arn in "${found[@]}"; do
        ask "$nothing" "$@" "$arn" && keep "$arn" "$policy"
    done
}

# The policies of the account $1 in the Region that AWS_REGION names.
regional_policies() {
    local found url
    ask - sqs list-queues
    find_all '.QueueUrls[]?'
    for url in "${found[@]}"; do
        ask NonExistentQueue sqs get-queue-attributes --attribute-names Policy --queue-url "$url" &&
            keep "arn:$partition:sqs:$AWS_REGION:$1:${url##*/}" .Attributes.Policy
    done
    ask - sns list-topics
    keep_each '.Topics[].TopicArn' NotFound .Attributes.Policy sns get-topic-attributes --topic-arn
    ask - kms list-keys
    keep_each '.Keys[].KeyArn' - .Policy kms get-key-policy --policy-name default --key-id
    ask - secretsmanager list-secrets
    keep_each '.SecretList[].ARN' ResourceNotFound .ResourcePolicy secretsmanager get-resource-policy --secret-id
    ask - lambda list-functions
    keep_each '.Functions[].FunctionArn' ResourceNotFound .Policy lambda get-policy --function-name
}

# The files of the account $1, into $scratch.
account_files() {
    local bucket found kind
    become "$1"
    ask - iam get-account-authorization-details
    mv "$scratch/answer" "$scratch/authorization-details.json"
    [[ -n $regions ]] || return 0
    : >"$scratch/resource-policies"
    : >"$scratch/profiles"
    ask - s3api list-buckets
    find_all '.Buckets[].Name'
    for bucket in "${found[@]}"; do
        ask NoSuchBucketPolicy s3api get-bucket-policy --bucket "$bucket" && keep "arn:$partition:s3:::$bucket" .Policy
    done
    for AWS_REGION in $regions; do
        export AWS_REGION
        regional_policies "$1"
        # Other services of the Region have answered: if Bedrock has no endpoint, it is not there.
        for kind in SYSTEM_DEFINED APPLICATION; do
            ask "Could not connect to the endpoint" bedrock list-inference-profiles --type-equals "$kind" || continue
            jq -c '.inferenceProfileSummaries[]' "$scratch/answer" >>"$scratch/profiles" || exit 1
        done
    done
    jq -s 'add // {}' "$scratch/resource-policies" >"$scratch/resource-policies.json" || exit 1
    jq -s '{ inferenceProfileSummaries: . }' "$scratch/profiles" >"$scratch/inference-profiles.json" || exit 1
}

failed=0
accounts=$(jq -r 'select((.State // .Status) == "ACTIVE") | .Id' "$scratch/accounts")
for account in $accounts; do
    rm -f "$scratch"/*.json
    if (account_files "$account"); then
        mkdir -p "$world/accounts/$account"
        for file in "$scratch"/*.json; do
            mv "$file" "$world/accounts/$account/"
            echo "wrote $world/accounts/$account/${file##*/}" >&2
        done
    else
        echo "account $account could not be read" >&2
        failed=1
    fi
done
exit "$failed"
