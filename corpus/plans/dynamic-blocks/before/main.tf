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

resource "aws_iam_role" "loses_one" {
  name               = "loses-one"
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

resource "aws_iam_role" "loses_all" {
  name               = "loses-all"
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

# The blocks will be unknown.
resource "aws_iam_role" "becomes_unknown" {
  name               = "becomes-unknown"
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
