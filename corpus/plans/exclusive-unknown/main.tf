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

locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "read" {
  name = "read"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }]
  })
}

resource "aws_iam_policy" "write" {
  name = "write"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Put*", Resource = "*" }]
  })
}

# Both ARNs are made in this plan: the list is unknown, but what it is of can be read.
resource "aws_iam_role" "two" {
  name                = "two"
  assume_role_policy  = local.trust
  managed_policy_arns = [aws_iam_policy.read.arn, aws_iam_policy.write.arn]
}

# One known, one not: to this provider all of the list is unknown.
resource "aws_iam_role" "one_of_two" {
  name                = "one-of-two"
  assume_role_policy  = local.trust
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", aws_iam_policy.write.arn]
}

# A list of which nothing follows: the output of terraform_data is unknown until it is made.
resource "terraform_data" "arns" {
  input = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

resource "aws_iam_role" "any" {
  name                = "any"
  assume_role_policy  = local.trust
  managed_policy_arns = terraform_data.arns.output
}

# The same on a role that is there already, and is not managed here.
resource "aws_iam_role_policy_attachments_exclusive" "any" {
  role_name   = "existing-role"
  policy_arns = terraform_data.arns.output
}

# On a role of this plan: the ARNs of both policies.
resource "aws_iam_role" "listed" {
  name               = "listed"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachments_exclusive" "two" {
  role_name   = aws_iam_role.listed.name
  policy_arns = [aws_iam_policy.read.arn, aws_iam_policy.write.arn]
}

resource "aws_iam_role_policy" "listed" {
  name = "queues"
  role = aws_iam_role.listed.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }]
  })
}

# Known names.
resource "aws_iam_role_policies_exclusive" "listed" {
  role_name    = aws_iam_role.listed.name
  policy_names = [aws_iam_role_policy.listed.name]
}

# On the role that is there already: none may stay.
resource "aws_iam_role_policies_exclusive" "existing" {
  role_name    = "existing-role"
  policy_names = []
}

# A policy that is there already, on two roles that are made here and on no others.
resource "aws_iam_role" "plain" {
  count              = 2
  name               = "plain-${count.index}"
  assume_role_policy = local.trust
}

resource "aws_iam_policy_attachment" "existing" {
  name       = "existing-everywhere"
  policy_arn = "arn:aws:iam::111122223333:policy/existing-boundary"
  roles      = aws_iam_role.plain[*].name
}
