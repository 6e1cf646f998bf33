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

locals {
  inline = {
    read  = "s3:Get*"
    write = "s3:Put*"
  }
}

# Two blocks, all known.
resource "aws_iam_role" "known" {
  name               = "known"
  assume_role_policy = local.trust

  dynamic "inline_policy" {
    for_each = local.inline

    content {
      name = inline_policy.key

      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = inline_policy.value, Resource = "*" }]
      })
    }
  }
}

# How many blocks there are is not known.
resource "terraform_data" "actions" {
  input = ["sqs:SendMessage"]
}

resource "aws_iam_role" "unknown" {
  name               = "unknown"
  assume_role_policy = local.trust

  dynamic "inline_policy" {
    for_each = terraform_data.actions.output

    content {
      name = "inline-${inline_policy.key}"

      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = inline_policy.value, Resource = "*" }]
      })
    }
  }
}

# A block that is written out, and one of which it is not known whether it is there.
resource "aws_iam_role" "mixed" {
  name               = "mixed"
  assume_role_policy = local.trust

  inline_policy {
    name = "static"

    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "ec2:Describe*", Resource = "*" }]
    })
  }

  dynamic "inline_policy" {
    for_each = terraform_data.actions.output

    content {
      name = "inline-${inline_policy.key}"

      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = inline_policy.value, Resource = "*" }]
      })
    }
  }
}

# The block is there, its document is unknown.
resource "aws_sqs_queue" "q" {
  name = "q"
}

resource "aws_iam_role" "document" {
  name               = "document"
  assume_role_policy = local.trust

  inline_policy {
    name = "queue"

    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = aws_sqs_queue.q.arn }]
    })
  }
}

# Two blocks of which one document is unknown, by dynamic.
resource "aws_iam_role" "dynamic_document" {
  name               = "dynamic-document"
  assume_role_policy = local.trust

  dynamic "inline_policy" {
    for_each = { topics = "arn:aws:sns:eu-central-1:111122223333:*", queue = aws_sqs_queue.q.arn }

    content {
      name = inline_policy.key

      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "*", Resource = inline_policy.value }]
      })
    }
  }
}

# A block that says that there are none.
resource "aws_iam_role" "none" {
  name               = "none"
  assume_role_policy = local.trust

  inline_policy {}
}

# One block fewer than before.
resource "aws_iam_role" "loses_one" {
  name               = "loses-one"
  assume_role_policy = local.trust

  dynamic "inline_policy" {
    for_each = { for name, action in local.inline : name => action if name != "write" }

    content {
      name = inline_policy.key

      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = inline_policy.value, Resource = "*" }]
      })
    }
  }
}

# No element any more: to this provider that is as if there were no such block, and what was there stays.
resource "aws_iam_role" "loses_all" {
  name               = "loses-all"
  assume_role_policy = local.trust

  dynamic "inline_policy" {
    for_each = {}

    content {
      name   = inline_policy.key
      policy = inline_policy.value
    }
  }
}

resource "aws_iam_role" "stays" {
  name               = "stays"
  assume_role_policy = local.trust

  dynamic "inline_policy" {
    for_each = local.inline

    content {
      name = inline_policy.key

      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = inline_policy.value, Resource = "*" }]
      })
    }
  }
}

# Known before, unknown after.
resource "aws_iam_role" "becomes_unknown" {
  name               = "becomes-unknown"
  assume_role_policy = local.trust

  dynamic "inline_policy" {
    for_each = terraform_data.actions.output

    content {
      name = "inline-${inline_policy.key}"

      policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = inline_policy.value, Resource = "*" }]
      })
    }
  }
}
