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

resource "aws_organizations_policy" "guard" {
  name = "guard"

  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "KeepTrail", Effect = "Deny", Action = "cloudtrail:StopLogging", Resource = "*" }]
  })
}

resource "aws_organizations_policy_attachment" "guard_workloads" {
  policy_id = aws_organizations_policy.guard.id
  target_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_policy_attachment" "guard_prod" {
  policy_id = aws_organizations_policy.guard.id
  target_id = aws_organizations_account.prod.id
}
