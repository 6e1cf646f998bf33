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

# A role, a user and policies whose names only the apply tells.
resource "aws_iam_role" "app" {
  name_prefix        = "app-"
  assume_role_policy = local.trust
}

resource "terraform_data" "login" {
  input = "ann"
}

resource "aws_iam_user" "login" {
  name = terraform_data.login.output
}

resource "aws_iam_user" "part" {
  name = "dev-${terraform_data.login.output}"
}

# A pattern that fits the role above, whatever comes after its prefix.
resource "aws_iam_policy" "assume" {
  name_prefix = "assume-"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::111122223333:role/app-*" }]
  })
}

# The ARN itself, unknown, beside a pattern that fits every user.
resource "aws_iam_policy" "keys" {
  name = "keys"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "iam:CreateAccessKey"
        Resource = "arn:aws:iam::111122223333:user/*"
      },
      {
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = aws_iam_role.app.arn
      },
    ]
  })
}

# The prefix of a policy in a condition.
resource "aws_iam_policy" "attach" {
  name = "attach"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "iam:AttachUserPolicy"
        Resource  = "*"
        Condition = { ArnLike = { "iam:PolicyARN" = "arn:aws:iam::111122223333:policy/assume-*" } }
      },
    ]
  })
}

resource "aws_iam_role" "operator" {
  name               = "operator"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "operator_assume" {
  role       = aws_iam_role.operator.name
  policy_arn = aws_iam_policy.assume.arn
}

resource "aws_iam_role_policy_attachment" "operator_keys" {
  role       = aws_iam_role.operator.name
  policy_arn = aws_iam_policy.keys.arn
}

resource "aws_iam_role_policy_attachment" "app_attach" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.attach.arn
}

resource "aws_iam_user_policy_attachment" "login_assume" {
  user       = aws_iam_user.login.name
  policy_arn = aws_iam_policy.assume.arn
}

# A trust policy that tells the role by the same pattern.
resource "aws_iam_role" "trusts" {
  name = "trusts"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = "arn:aws:iam::111122223333:root" }
        Condition = { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/app-*" } }
      },
    ]
  })
}
