terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_organizations_organization" "this" {
  feature_set                   = "ALL"
  aws_service_access_principals = ["cloudtrail.amazonaws.com"]
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = "workloads"
  parent_id = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_account" "prod" {
  name      = "prod"
  email     = "prod@example.com"
  parent_id = aws_organizations_organizational_unit.workloads.id
}

# A second unit, new: its id is unknown.
resource "aws_organizations_organizational_unit" "sandbox" {
  name      = "sandbox"
  parent_id = aws_organizations_organization.this.roots[0].id
}

# Weakened: one of the denied actions is exempted for a role.
resource "aws_organizations_policy" "guard" {
  name = "guard"

  content = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "KeepTrail"
        Effect   = "Deny"
        Action   = ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"]
        Resource = "*"
        Condition = {
          ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/break-glass" }
        }
      },
    ]
  })
}

resource "aws_organizations_policy_attachment" "guard_workloads" {
  policy_id = aws_organizations_policy.guard.id
  target_id = aws_organizations_organizational_unit.workloads.id
}

# guard_prod is gone: the account loses the direct attachment.

# A known policy on an unknown target.
resource "aws_organizations_policy_attachment" "guard_sandbox" {
  policy_id = aws_organizations_policy.guard.id
  target_id = aws_organizations_organizational_unit.sandbox.id
}

# A new policy, of unknown id, on the root, a unit and an account.
resource "aws_organizations_policy" "regions" {
  name        = "regions"
  description = "Only regions in Europe"
  type        = "SERVICE_CONTROL_POLICY"
  content     = data.aws_iam_policy_document.regions.json
}

data "aws_iam_policy_document" "regions" {
  statement {
    sid         = "Regions"
    effect      = "Deny"
    not_actions = ["iam:*", "organizations:*", "sts:*"]
    resources   = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "aws:RequestedRegion"
      values   = ["eu-central-1", "eu-west-1"]
    }
  }
}

resource "aws_organizations_policy_attachment" "regions_root" {
  policy_id = aws_organizations_policy.regions.id
  target_id = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_policy_attachment" "regions_account" {
  policy_id = aws_organizations_policy.regions.id
  target_id = aws_organizations_account.prod.id
}

resource "aws_organizations_policy_attachment" "regions_account_literal" {
  policy_id = aws_organizations_policy.regions.id
  target_id = "123456789012"
}

# An AWS managed policy, on the new unit.
resource "aws_organizations_policy_attachment" "full_access_sandbox" {
  policy_id = "p-FullAWSAccess"
  target_id = aws_organizations_organizational_unit.sandbox.id
}

# A resource control policy, on the root.
resource "aws_organizations_policy" "perimeter" {
  name = "perimeter"
  type = "RESOURCE_CONTROL_POLICY"

  content = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyOurOrganization"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = "*"
        Condition = {
          StringNotEqualsIfExists = { "aws:PrincipalOrgID" = aws_organizations_organization.this.id }
        }
      },
    ]
  })
}

resource "aws_organizations_policy_attachment" "perimeter_root" {
  policy_id = aws_organizations_policy.perimeter.id
  target_id = aws_organizations_organization.this.roots[0].id
}

# A new account, straight into the new unit.
resource "aws_organizations_account" "playground" {
  name      = "playground"
  email     = "playground@example.com"
  parent_id = aws_organizations_organizational_unit.sandbox.id
}
