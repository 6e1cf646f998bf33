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

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = local.trust
}

# Destroyed at `old`, made at `new`, the same role and policy: which comes last is not known.
resource "aws_iam_role_policy_attachment" "new" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.read.arn
}

# Replaced, the new one first: another policy, on the same role.
resource "aws_iam_role_policy_attachment" "first" {
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"

  lifecycle {
    create_before_destroy = true
  }
}

# A role of the same name at another address.
resource "aws_iam_role" "new" {
  name               = "same-name"
  assume_role_policy = local.trust
}

# An inline policy of the same name on the same role, with another document.
resource "aws_iam_role_policy" "new" {
  name = "inline"
  role = aws_iam_role.app.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }]
  })
}
