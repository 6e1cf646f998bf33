terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "audit"
  region              = var.audit_region
  allowed_account_ids = ["444455556666"]

  assume_role {
    role_arn     = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"
    session_name = "terraform"
  }
}

variable "audit_region" {
  type    = string
  default = "eu-west-1"
}

variable "teams" {
  type = map(object({
    services  = list(string)
    readers   = number
    admin_arn = optional(string)
  }))
}

data "aws_caller_identity" "main" {}

data "aws_caller_identity" "audit" {
  provider = aws.audit
}

resource "aws_iam_policy" "shared" {
  name = "shared"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" }]
  })
}

module "team" {
  source   = "./modules/team"
  for_each = var.teams

  providers = {
    aws      = aws
    aws.peer = aws.audit
  }

  name              = each.key
  services          = each.value.services
  readers           = each.value.readers
  shared_policy_arn = aws_iam_policy.shared.arn
  trusted_account   = data.aws_caller_identity.audit.account_id
}

# A policy ARN that comes out of the module again.
resource "aws_iam_group" "operators" {
  name = "operators"
}

resource "aws_iam_group_policy_attachment" "operators" {
  for_each = module.team

  group      = aws_iam_group.operators.name
  policy_arn = each.value.policy_arn
}

# The same module once more, wholly in the other account.
module "single" {
  source = "./modules/role"
  count  = 1

  providers = {
    aws = aws.audit
  }

  name        = "single"
  services    = ["ec2.amazonaws.com"]
  policy_arns = { admin = "arn:aws:iam::aws:policy/AdministratorAccess" }
}

# A module that configures a provider of its own.
module "legacy" {
  source = "./modules/legacy"

  region = var.audit_region
}

output "policy_arns" {
  value = { for name, team in module.team : name => team.policy_arn }
}
