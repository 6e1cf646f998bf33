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

# Unknown until it is made.
resource "terraform_data" "team" {
  input = "payments"
}

resource "terraform_data" "tags" {
  input = { team = "payments" }
}

# One value known, one not.
resource "aws_iam_role" "one_value" {
  name               = "one-value"
  assume_role_policy = local.trust

  tags = {
    stage = "test"
    team  = terraform_data.team.output
  }
}

# All of the tags.
resource "aws_iam_role" "all" {
  name               = "all"
  assume_role_policy = local.trust
  tags               = terraform_data.tags.output
}

# A key: with it all of the tags are unknown, though one of them is written out.
resource "aws_iam_role" "key" {
  name               = "key"
  assume_role_policy = local.trust

  tags = {
    stage                        = "test"
    (terraform_data.team.output) = "yes"
  }
}

# Known tags, and unknown ones on top.
resource "aws_iam_role" "merged" {
  name               = "merged"
  assume_role_policy = local.trust
  tags               = merge({ stage = "test" }, terraform_data.tags.output)
}

# A part of a value.
resource "aws_iam_user" "part" {
  name = "part"

  tags = {
    team = "team-${terraform_data.team.output}"
  }
}

resource "aws_iam_user" "known" {
  name = "known"

  tags = {
    stage = "test"
    team  = "payments"
  }
}

resource "aws_iam_user" "none" {
  name = "none"
}

# Who asks for a tag: of the principal, and of the role that is to be assumed.
resource "aws_iam_policy" "by_tag" {
  name = "by-tag"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::payments/*"
        Condition = { StringEquals = { "aws:PrincipalTag/team" = "payments" } }
      },
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Resource  = "*"
        Condition = { StringEquals = { "aws:ResourceTag/stage" = "test" } }
      },
    ]
  })
}

resource "aws_iam_user_policy_attachment" "known" {
  user       = aws_iam_user.known.name
  policy_arn = aws_iam_policy.by_tag.arn
}
