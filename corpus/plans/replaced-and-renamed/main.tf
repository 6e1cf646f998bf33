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

# What stays as it is.
resource "aws_iam_policy" "read" {
  name = "read"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }]
  })
}

resource "aws_iam_group" "people" {
  name = "people"
}

resource "aws_iam_group" "readers" {
  name = "readers"
}

# A user is renamed in place. What names it is replaced, or follows.
resource "aws_iam_user" "ann" {
  name = "anna"
}

resource "aws_iam_user_policy_attachment" "ann_read" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.read.arn
}

# aws_iam_user_policy_attachment.ann_admin is no longer here: destroyed.

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.people.name]
}

resource "aws_iam_group_membership" "readers" {
  name  = "readers"
  group = aws_iam_group.readers.name
  users = [aws_iam_user.ann.name]
}

# aws_iam_user.ben is no longer here: destroyed, though aws_iam_role.trusts_users names it.

# Replaced, since its path changes: another ARN.
resource "aws_iam_role" "app" {
  name               = "app"
  path               = "/new/"
  assume_role_policy = local.trust
}

# The name stays, and so do these: what Terraform leaves as it is goes with the role that is deleted.
resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy" "app" {
  name = "app"
  role = aws_iam_role.app.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }]
  })
}

# Replaced by one of the same ARN.
resource "aws_sqs_queue" "trigger" {
  name                       = "trigger"
  visibility_timeout_seconds = 60
}

resource "aws_iam_role" "again" {
  name               = "again"
  assume_role_policy = local.trust

  lifecycle {
    replace_triggered_by = [aws_sqs_queue.trigger.visibility_timeout_seconds]
  }
}

# Not changed, though both roles that it names are others afterwards.
resource "aws_iam_role" "trusts" {
  name = "trusts"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = "sts:AssumeRole"
        Principal = {
          AWS = [
            "arn:aws:iam::111122223333:role/old/app",
            "arn:aws:iam::111122223333:role/again",
          ]
        }
      },
    ]
  })

  depends_on = [aws_iam_role.app, aws_iam_role.again]
}

resource "aws_iam_role" "trusts_users" {
  name = "trusts-users"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = "sts:AssumeRole"
        Principal = {
          AWS = [
            "arn:aws:iam::111122223333:user/ann",
            "arn:aws:iam::111122223333:user/ben",
          ]
        }
      },
    ]
  })

  depends_on = [aws_iam_user.ann]
}

# Written anew in this plan, and names one of them still, by a literal.
resource "aws_iam_role" "updated" {
  name = "updated"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = ["sts:AssumeRole", "sts:TagSession"]
        Principal = { AWS = "arn:aws:iam::111122223333:role/again" }
      },
    ]
  })

  depends_on = [aws_iam_role.again]
}

# By a reference: unknown until the new role is there.
resource "aws_iam_role" "follows" {
  name = "follows"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_role.app.arn } }]
  })
}

resource "aws_s3_bucket" "b" {
  bucket = "ringfence-replaced"
}

resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::ringfence-replaced/*"
        Principal = { AWS = ["arn:aws:iam::111122223333:role/old/app", "arn:aws:iam::111122223333:role/again"] }
      },
    ]
  })

  depends_on = [aws_iam_role.app, aws_iam_role.again]
}
