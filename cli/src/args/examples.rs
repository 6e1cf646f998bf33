//! Examples that follow the help of a command.

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  aws iam get-account-authorization-details > account.json
  ringfence check --authorization-details account.json

  ringfence check world/ -o text -o json=report.json
  ringfence check world/ --fail-on refuted --assume F17=lower
  ringfence check world/ --cache answers.ringfence

  terraform plan -out=plan.bin && terraform show -json plan.bin > plan.json
  ringfence check world/ --plan plan.json

Exit codes: 0 proved or every violation accepted, 1 refuted, 2 error, 3 inconclusive or not applicable.";

pub(super) const MERGE_EXAMPLES: &str = "\
Examples:
  ringfence check world/ --shard 1/2 --cache first.ringfence
  ringfence check world/ --shard 2/2 --cache second.ringfence
  ringfence merge first.ringfence second.ringfence --world world/

The report is the one of a run that judges everybody, byte for byte. Nothing in the files is
believed: proofs and requests are checked again, and what no file holds is solved.

Exit codes: those of `ringfence check`.";

pub(super) const COMPARE_EXAMPLES: &str = "\
Examples:
  ringfence compare world/ changed/
  ringfence compare world/ changed/ -o text -o json=changes.json

Each principal: equivalent, narrower, broader or incomparable, with a request for each direction.

Exit codes: 0 nothing is allowed that was not before, 1 something is, 2 error, 3 that is not decided.";

pub(super) const NO_NEW_ACCESS_EXAMPLES: &str = "\
Examples:
  ringfence check-no-new-access --policy-type IDENTITY_POLICY \\
    --existing-policy-document file://old.json --new-policy-document file://new.json

Exit codes: 0 PASS, 1 FAIL, 2 error, 3 FAIL since it is not decided.";

pub(super) const IMPORT_EXAMPLES: &str = "\
Examples:
  ringfence import answers/ --write world/
  ringfence import account.json describe-organization.json list-*.json policies/ --write world/

Exit codes: 0 written, 2 error.";

pub(super) const PLAN_EXAMPLES: &str = "\
Examples:
  terraform plan -out=plan.bin && terraform show -json plan.bin > plan.json
  ringfence plan plan.json --world world/ --write planned/
  ringfence can role/app s3:DeleteBucket --world planned/

Exit codes: 0 written, 2 error.";

pub(super) const PRE_COMMIT_EXAMPLES: &str = "\
Examples:
  ringfence pre-commit world/accounts/111122223333/authorization-details.json policies/boundary.json

Exit codes: 0 proved or accepted, 1 refuted, 2 error, 3 inconclusive or not applicable.";

pub(super) const COLLECT_EXAMPLES: &str = "\
Examples:
  ringfence collect world/
  ringfence collect world/ --role OrganizationAccountAccessRole --regions us-east-1,eu-west-1
  ringfence collect --print-policy --role audit/Reader > policy.json

With credentials of the management account or of a delegated administrator the organisation is read
too. The same command goes on where an earlier one ended.

Exit codes: 0 all was read, 2 error, 3 something could not be read.";

pub(super) const CAN_EXAMPLES: &str = "\
Examples:
  ringfence can role/app bedrock:InvokeModel
  ringfence can arn:aws:iam::111122223333:user/anna 's3:Put*' 'arn:aws:s3:::reports/*' \\
      --world world/ --context aws:SourceIp=192.0.2.1 --expect denied
  ringfence can --batch questions.jsonl > answers.jsonl

Exit codes: 0 answered, 1 not the expected answer, 2 error, 3 unknown or not applicable.";

pub(super) const WHO_CAN_EXAMPLES: &str = "\
Examples:
  ringfence who-can bedrock:InvokeModel 'arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-*'
  ringfence who-can iam:PassRole arn:aws:iam::111122223333:role/admin --world world/ --expect passers.txt
  ringfence who-can kms:Decrypt --context-absent aws:SourceVpce --expect-none
  ringfence who-can --batch questions.jsonl > answers.jsonl

Exit codes: 0 answered, 1 not who was expected, 2 error, 3 unknown of somebody, or not applicable.";

pub(super) const BLAST_RADIUS_EXAMPLES: &str = "\
Examples:
  ringfence blast-radius --world world/
  ringfence blast-radius role/app --world world/ -o text -o json=reach.json
  ringfence blast-radius --world world/ --model-set images

Exit codes: 0 answered, 2 error, 3 something stays open.";

pub(super) const PATHS_EXAMPLES: &str = "\
Examples:
  ringfence paths --world world/
  ringfence paths role/app --world world/ -o text -o json=paths.json
  ringfence paths role/app --world world/ -o mermaid=paths.mmd

Exit codes: 0 proved that nobody escapes, 1 a path was found, 2 error, 3 inconclusive.";

pub(super) const WHY_EXAMPLES: &str = "\
Examples:
  ringfence why expensive-models role/app --world world/
  ringfence why boundary-escape arn:aws:iam::111122223333:user/anna --world world/ -o json
  ringfence why expensive-models --world world/ --one-step

Exit codes: 0 proved, also where --limit left something open, 1 refuted, 2 error, 3 inconclusive or not applicable.";

pub(super) const BOUNDARY_EXAMPLES: &str = "\
Examples:
  ringfence boundary boundary.json --config guardrails.toml
  ringfence boundary boundary.json --world world/ --under ou-ab12-sandbox1
  ringfence boundary --world world/ --under ou-ab12-sandbox1
  ringfence boundary scp.json --scp --since 2026-06-01

Exit codes: 0 every guardrail holds, 1 one does not, 2 error, 3 inconclusive.";

pub(super) const SIMULATE_EXAMPLES: &str = "\
Examples:
  ringfence simulate case.json --expect Allow
  ringfence simulate --batch cases.jsonl > answers.jsonl
  ringfence simulate --caller-arn arn:aws:iam::123456789012:user/anna \\
      --policy-input-list policy.json --permissions-boundary-policy-input-list boundary.json \\
      --action-names bedrock:InvokeModel \\
      --resource-arns arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0 \\
      --context-entries aws:RequestedRegion=us-east-1

Exit codes: 0 answered, 1 not the expected decision, 2 error.";

pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  ringfence check world/ --evidence evidence.tar.gz
  ringfence verify evidence.tar.gz
  ringfence verify evidence.tar.gz --inputs world/

Exit codes: 0 accepted, 1 rejected, 2 error, 3 some claims have no proof and are only believed.";

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  ringfence explain
  ringfence explain guardrail-required
  ringfence explain F17";

pub(super) const DATA_EXAMPLES: &str = "\
Examples:
  ringfence data
  ringfence data models opus
  ringfence data actions bedrock
  ringfence data actions bedrock:UpdateModel";
