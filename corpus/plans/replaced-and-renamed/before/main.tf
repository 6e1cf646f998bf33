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

# A user, in a group, with two policies.
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

resource "aws_iam_user" "ann" {
  name = "ann"
}

resource "aws_iam_user_policy_attachment" "ann_read" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_user_policy_attachment" "ann_admin" {
  user       = aws_iam_user.ann.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.people.name]
}

resource "aws_iam_group_membership" "readers" {
  name  = "readers"
  group = aws_iam_group.readers.name
  users = [aws_iam_user.ann.name]
}

# A user that will be deleted.
resource "aws_iam_user" "ben" {
  name = "ben"
}

# A role that will be replaced, since its path changes.
resource "aws_iam_role" "app" {
  name               = "app"
  path               = "/old/"
  assume_role_policy = local.trust
}

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

# A role that will be replaced by one of the same ARN.
resource "aws_sqs_queue" "trigger" {
  name                       = "trigger"
  visibility_timeout_seconds = 30
}

resource "aws_iam_role" "again" {
  name               = "again"
  assume_role_policy = local.trust

  lifecycle {
    replace_triggered_by = [aws_sqs_queue.trigger.visibility_timeout_seconds]
  }
}

# Who trusts them.
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

  depends_on = [aws_iam_user.ann, aws_iam_user.ben]
}

resource "aws_iam_role" "updated" {
  name = "updated"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::111122223333:role/again" } }]
  })

  depends_on = [aws_iam_role.again]
}

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
