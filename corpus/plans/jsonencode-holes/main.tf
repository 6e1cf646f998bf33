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

resource "aws_sqs_queue" "q" {
  name = "jobs"
}

resource "aws_iam_role" "worker" {
  name = "worker"

  # Known: the trust policy has no hole.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "ecs-tasks.amazonaws.com" }
      },
    ]
  })
}

locals {
  statement = {
    Effect   = "Allow"
    Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    Resource = aws_sqs_queue.q.arn
  }
}

# One unknown in one statement: the whole string is unknown.
resource "aws_iam_policy" "hole" {
  name = "hole"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Deny"
        Action   = "sqs:PurgeQueue"
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = aws_sqs_queue.q.arn
      },
    ]
  })
}

# The hole comes by way of a local value.
resource "aws_iam_role_policy" "by_local" {
  name   = "by-local"
  role   = aws_iam_role.worker.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [local.statement] })
}

# A heredoc template with a hole: a string with a known beginning.
resource "aws_iam_user_policy" "heredoc" {
  name = "heredoc"
  user = aws_iam_user.u.name

  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": "sts:AssumeRole",
          "Resource": "${aws_iam_role.worker.arn}"
        }
      ]
    }
  EOT
}

# Made by templatefile.
resource "aws_iam_policy" "template" {
  name   = "template"
  policy = templatefile("${path.module}/policy.json.tftpl", { queue = aws_sqs_queue.q.arn })
}

# A known document beside them, read from a file.
resource "aws_iam_policy" "file" {
  name   = "file"
  policy = file("${path.module}/policy.json")
}

resource "aws_iam_user" "u" {
  name = "deployer"
}

# An inline policy block with a hole, and one without.
resource "aws_iam_role" "inline" {
  name               = "inline"
  assume_role_policy = aws_iam_role.worker.assume_role_policy

  inline_policy {
    name = "known"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" }]
    })
  }

  inline_policy {
    name   = "hole"
    policy = jsonencode({ Version = "2012-10-17", Statement = [local.statement] })
  }

  managed_policy_arns = [
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    aws_iam_policy.file.arn,
  ]
}
