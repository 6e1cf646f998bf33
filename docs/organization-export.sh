#!/usr/bin/env bash
# Writes a world directory for Ringfence with the AWS CLI: organization.json, and with --accounts the authorization
# details of every active account. Read-only. Needs: aws (version 2), jq, bash 4 or newer.
#
#   docs/organization-export.sh WORLD                   organization.json only
#   docs/organization-export.sh WORLD --accounts ROLE   also accounts/<id>/authorization-details.json, through the role
#                                                       ROLE of each member account (OrganizationAccountAccessRole, or
#                                                       better one that may only read)
#
# Run it with credentials of the management account or of a delegated administrator of AWS Organizations. The AWS CLI
# fetches all pages; nothing is cut off.
set -euo pipefail

usage() {
    echo "usage: $0 WORLD [--accounts ROLE]" >&2
    exit 2
}

world=${1:-}
role=""
case "$#" in
    1) ;;
    3) [[ $2 == --accounts ]] || usage; role=$3 ;;
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

# The authorization details of one account, into $scratch/details. Run in a subshell: it changes the credentials. Every
# step is checked by hand, since `set -e` does not hold inside a condition.
details() {
    local account=$1
    if [[ $account != "$own" ]]; then
        aws sts assume-role --role-arn "arn:aws:iam::$account:role/$role" --role-session-name ringfence \
            >"$scratch/session" || return 1
        AWS_ACCESS_KEY_ID=$(jq -er .Credentials.AccessKeyId "$scratch/session") || return 1
        AWS_SECRET_ACCESS_KEY=$(jq -er .Credentials.SecretAccessKey "$scratch/session") || return 1
        AWS_SESSION_TOKEN=$(jq -er .Credentials.SessionToken "$scratch/session") || return 1
        export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
        unset AWS_PROFILE
    fi
    aws iam get-account-authorization-details >"$scratch/details"
}

failed=0
accounts=$(jq -r 'select((.State // .Status) == "ACTIVE") | .Id' "$scratch/accounts")
for account in $accounts; do
    if (details "$account"); then
        mkdir -p "$world/accounts/$account"
        mv "$scratch/details" "$world/accounts/$account/authorization-details.json"
        echo "wrote $world/accounts/$account/authorization-details.json" >&2
    else
        echo "account $account could not be read" >&2
        failed=1
    fi
done
exit "$failed"
