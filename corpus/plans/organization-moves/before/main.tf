terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_organizations_organization" "this" {
  feature_set          = "ALL"
  enabled_policy_types = ["SERVICE_CONTROL_POLICY"]
}

resource "aws_organizations_organizational_unit" "strict" {
  name      = "strict"
  parent_id = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_organizational_unit" "loose" {
  name      = "loose"
  parent_id = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_policy" "guard" {
  name = "guard"

  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "KeepTrail", Effect = "Deny", Action = "cloudtrail:StopLogging", Resource = "*" }]
  })
}

resource "aws_organizations_policy_attachment" "strict" {
  policy_id = aws_organizations_policy.guard.id
  target_id = aws_organizations_organizational_unit.strict.id
}

resource "aws_organizations_account" "moves" {
  name      = "moves"
  email     = "moves@example.com"
  parent_id = aws_organizations_organizational_unit.strict.id
}

resource "aws_organizations_account" "into_new" {
  name      = "into-new"
  email     = "into-new@example.com"
  parent_id = aws_organizations_organizational_unit.strict.id
}

resource "aws_organizations_account" "stays" {
  name      = "stays"
  email     = "stays@example.com"
  parent_id = aws_organizations_organizational_unit.loose.id
}

resource "aws_organizations_policy_attachment" "left" {
  policy_id    = aws_organizations_policy.guard.id
  target_id    = aws_organizations_account.stays.id
  skip_destroy = true
}

resource "aws_organizations_policy_attachment" "removed" {
  policy_id = aws_organizations_policy.guard.id
  target_id = aws_organizations_organizational_unit.loose.id
}
