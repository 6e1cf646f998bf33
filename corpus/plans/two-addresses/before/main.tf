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

resource "aws_iam_role_policy_attachment" "old" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy_attachment" "first" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.write.arn

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "old" {
  name               = "same-name"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "old" {
  name = "inline"
  role = aws_iam_role.app.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }]
  })
}
