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

resource "aws_iam_role" "drifted" {
  name        = "drifted"
  description = "as written"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "deleted" {
  name = "deleted-by-hand"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }]
  })
}

import {
  to = aws_iam_role.imported
  id = "existing-role"
}

# Imported, and changed at once: AWS has another description.
resource "aws_iam_role" "imported" {
  name        = "existing-role"
  description = "now under terraform"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

import {
  to = aws_iam_policy.imported
  id = "arn:aws:iam::111122223333:policy/existing-boundary"
}

# Imported without a change.
resource "aws_iam_policy" "imported" {
  name = "existing-boundary"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*", "sqs:*"], Resource = "*" }]
  })
}
