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

variable "strict" {
  type    = bool
  default = true
}

locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "narrow" {
  name = "narrow"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }]
  })
}

resource "aws_iam_policy" "wide" {
  name = "wide"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

# Out of a terraform_data: no reference to any policy.
resource "terraform_data" "boundary" {
  input = "arn:aws:iam::111122223333:policy/existing-boundary"
}

resource "aws_iam_role" "from_data" {
  name                 = "from-data"
  permissions_boundary = terraform_data.boundary.output
  assume_role_policy   = local.trust
}

# One of two unknown ARNs; the condition is known to terraform, not in the plan.
resource "aws_iam_role" "by_variable" {
  name                 = "by-variable"
  permissions_boundary = var.strict ? aws_iam_policy.narrow.arn : aws_iam_policy.wide.arn
  assume_role_policy   = local.trust
}

# The condition is unknown too.
resource "terraform_data" "choice" {
  input = "strict"
}

resource "aws_iam_user" "by_unknown" {
  name                 = "by-unknown"
  permissions_boundary = terraform_data.choice.output == "strict" ? aws_iam_policy.narrow.arn : aws_iam_policy.wide.arn
}

# A boundary or none at all, unknown.
resource "aws_iam_role" "perhaps_none" {
  name                 = "perhaps-none"
  permissions_boundary = terraform_data.choice.output == "strict" ? aws_iam_policy.narrow.arn : null
  assume_role_policy   = local.trust
}

# The one clear case beside them.
resource "aws_iam_role" "direct" {
  name                 = "direct"
  permissions_boundary = aws_iam_policy.narrow.arn
  assume_role_policy   = local.trust
}

# By way of a local and an index.
locals {
  boundaries = {
    narrow = aws_iam_policy.narrow.arn
    wide   = aws_iam_policy.wide.arn
  }
}

resource "aws_iam_role" "by_local" {
  name                 = "by-local"
  permissions_boundary = local.boundaries["narrow"]
  assume_role_policy   = local.trust
}

# Known, of a policy that is not in the plan.
resource "aws_iam_role" "literal" {
  name                 = "literal"
  permissions_boundary = "arn:aws:iam::111122223333:policy/existing-boundary"
  assume_role_policy   = local.trust
}
