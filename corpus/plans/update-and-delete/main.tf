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
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "ec2.amazonaws.com" }
      },
    ]
  })
}

# The document changed: more actions, another resource.
resource "aws_iam_policy" "app" {
  name = "app"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

# Only written otherwise: no change.
resource "aws_iam_policy" "formatted" {
  name = "formatted"

  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": [ "s3:PutObject", "s3:GetObject" ],
          "Resource": [ "*" ]
        }
      ]
    }
  EOT
}

# The new document has a hole: known before, unknown after.
resource "aws_sqs_queue" "new" {
  name = "new"
}

resource "aws_iam_policy" "watch" {
  name = "watch"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:ReceiveMessage", Resource = aws_sqs_queue.new.arn }]
  })
}

# A policy cannot be renamed: it is replaced, and so is what it is attached by.
resource "aws_iam_policy" "renamed" {
  name = "new-name"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = "*" }]
  })
}

resource "aws_iam_policy" "boundary" {
  name = "boundary"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*", "sns:*"], Resource = "*" }]
  })
}

# The boundary is taken off.
resource "aws_iam_role" "bounded" {
  name               = "bounded"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "bounded_app" {
  role       = aws_iam_role.bounded.name
  policy_arn = aws_iam_policy.app.arn
}

resource "aws_iam_role_policy_attachment" "bounded_renamed" {
  role       = aws_iam_role.bounded.name
  policy_arn = aws_iam_policy.renamed.arn
}

# aws_iam_role_policy_attachment.bounded_admin is no longer here: destroyed.
# aws_iam_role.gone and its inline policy are no longer here: destroyed.

resource "aws_iam_role" "same" {
  name               = "same"
  assume_role_policy = local.trust
}

moved {
  from = aws_iam_role.before_move
  to   = module.moved.aws_iam_role.this
}

module "moved" {
  source = "./moved"

  trust = local.trust
}

moved {
  from = aws_iam_role.before_move_and_change
  to   = aws_iam_role.after_move["x"]
}

resource "aws_iam_role" "after_move" {
  for_each = toset(["x"])

  name               = "moved-and-changed"
  description        = "changed in passing"
  assume_role_policy = local.trust
}

# Forgotten: out of the state, still in AWS.
removed {
  from = aws_iam_role.forgotten

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_iam_role_policy_attachment.forgotten

  lifecycle {
    destroy = false
  }
}

# Replaced, the new one first.
resource "aws_iam_role" "switched" {
  name               = "switched-2"
  assume_role_policy = local.trust

  lifecycle {
    create_before_destroy = true
  }
}

# A user is renamed in place; the attachment to it is replaced.
resource "aws_iam_user" "dev" {
  name = "developer"
}

resource "aws_iam_user_policy_attachment" "dev" {
  user       = aws_iam_user.dev.name
  policy_arn = aws_iam_policy.app.arn
}

# One of two is no longer wanted.
resource "aws_iam_user" "counted" {
  count = 1
  name  = "counted-${count.index}"
}
