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

locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })

  document = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }]
  })
}

# The name is unknown, its beginning is not.
resource "aws_iam_role" "prefixed" {
  name_prefix        = "worker-"
  path               = "/workers/"
  assume_role_policy = local.trust
}

# Neither name nor prefix.
resource "aws_iam_role" "nameless" {
  assume_role_policy = local.trust
}

resource "aws_iam_policy" "prefixed" {
  name_prefix = "worker-"
  policy      = local.document
}

resource "aws_iam_role_policy_attachment" "prefixed" {
  role       = aws_iam_role.prefixed.name
  policy_arn = aws_iam_policy.prefixed.arn
}

# A known role attached to a known ARN, to tell them apart.
resource "aws_iam_role_policy_attachment" "known" {
  role       = "existing-role"
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy" "nameless" {
  role   = aws_iam_role.prefixed.name
  policy = local.document
}

resource "aws_iam_role_policy" "prefixed" {
  name_prefix = "extra-"
  role        = aws_iam_role.nameless.id
  policy      = local.document
}

resource "aws_iam_user_policy" "nameless" {
  user   = "somebody"
  policy = local.document
}

resource "aws_iam_instance_profile" "prefixed" {
  name_prefix = "worker-"
  role        = aws_iam_role.prefixed.name
}
