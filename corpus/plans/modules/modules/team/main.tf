terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.peer]
    }
  }
}

variable "name" {
  type = string
}

variable "services" {
  type = list(string)
}

variable "readers" {
  type = number
}

variable "shared_policy_arn" {
  type = string
}

variable "trusted_account" {
  type = string
}

data "aws_caller_identity" "current" {}

resource "aws_iam_policy" "team" {
  name = "team-${var.name}"
  path = "/teams/"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:aws:secretsmanager:*:${data.aws_caller_identity.current.account_id}:secret:${var.name}/*"
      },
    ]
  })
}

module "role" {
  source = "../role"

  name     = "team-${var.name}"
  services = var.services

  policy_arns = {
    shared = var.shared_policy_arn
    team   = aws_iam_policy.team.arn
  }
}

# Readers, counted.
resource "aws_iam_user" "reader" {
  count = var.readers

  name = "${var.name}-reader-${count.index}"
}

resource "aws_iam_user_policy_attachment" "reader" {
  count = var.readers

  user       = aws_iam_user.reader[count.index].name
  policy_arn = aws_iam_policy.team.arn
}

# In the other account.
resource "aws_iam_role" "audit" {
  provider = aws.peer

  name = "audit-of-${var.name}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "audit" {
  provider = aws.peer

  role       = aws_iam_role.audit.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

output "policy_arn" {
  description = "The team's own policy"
  value       = aws_iam_policy.team.arn
}

output "role_name" {
  value = module.role.name
}
