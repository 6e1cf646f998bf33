#!/bin/bash
# Makes every NAME/plan.json below corpus/plans anew, and NAME/state.tfstate
# where there is a NAME/before, with the real terraform and the stand-in
# provider.  All names, or those given as arguments; PLANS names another folder.
#
# Needs: terraform on PATH (made with 1.11.4) and the Python environment that
# scripts/setup-tools.sh makes in .tools/terraform; STANDIN_PYTHON names
# another.  No network: no `terraform init`, no registry.
#
# A plan.json that differs from the one there only in its timestamp and in the
# order of relevant_attributes is not written again; FRESH=1 writes it anyway.
set -euo pipefail
cd "$(dirname "$0")"
top=$PWD
plans=$(cd "${PLANS:-../../corpus/plans}" && pwd)
export STANDIN_PYTHON=${STANDIN_PYTHON:-$top/../../.tools/terraform/bin/python}

# The protocol's messages.
"$STANDIN_PYTHON" -m grpc_tools.protoc -Iprovider \
  --python_out=provider/standin/gen provider/tfplugin5.proto

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Nothing of the user's own configuration, and no calls home.
for name in $(compgen -e | grep -E '^(TF_|AWS_)' || true); do unset "$name"; done
export TF_CLI_CONFIG_FILE=$work/dev.tfrc TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
cat > "$TF_CLI_CONFIG_FILE" <<CONFIG
provider_installation {
  dev_overrides {
    "hashicorp/aws" = "$top/provider"
  }
  direct {}
}
CONFIG

quiet() { # a command whose output is of interest only if it fails
  "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; echo "failed: $*" >&2; exit 1; }
}

make_plan() {
  local name=$1 from=$plans/$1 here=$work/$1
  mkdir -p "$here"
  cp -r "$from"/. "$here"
  cd "$here"
  rm -f plan.json state.tfstate
  local state=()
  if [ -d before ]; then
    # A state of known lineage, so that it is the same every time.
    cd before
    cat > state.tfstate <<STATE
{"version":4,"terraform_version":"1.11.4","serial":0,"lineage":"00000000-0000-4000-8000-000000000000","outputs":{},"resources":[]}
STATE
    quiet terraform get -no-color
    quiet terraform apply -no-color -input=false -auto-approve -state=state.tfstate
    cp state.tfstate "$here/state.tfstate"
    cp state.tfstate "$from/state.tfstate"
    cd "$here"
    state=(-state=state.tfstate)
  fi
  # Only some have a drift.json: what was changed behind terraform's back.
  if [ -f drift.json ]; then export STANDIN_DRIFT=$here/drift.json; fi
  quiet terraform get -no-color
  quiet terraform plan -no-color -input=false "${state[@]}" -out=plan.bin
  terraform show -json plan.bin > plan.json
  unset STANDIN_DRIFT
  cd "$top"
  local word=unchanged
  if [ -n "${FRESH:-}" ] || [ ! -f "$from/plan.json" ] ||
    ! python3 provider/tools/same_plan.py "$here/plan.json" "$from/plan.json"; then
    cp "$here/plan.json" "$from/plan.json"
    word=written
  fi
  if grep -qF -e "$top" -e "$work" "$from/plan.json"; then
    echo "$name: plan.json holds a path of this machine" >&2
    exit 1
  fi
  echo "$name: $word, $(wc -c < "$from/plan.json") bytes"
}

if [ $# -eq 0 ]; then set -- $(ls "$plans"); fi
for name in "$@"; do
  if [ -d "$plans/$name" ]; then make_plan "$name"; fi
done
