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

variable "external_id" {
  type      = string
  sensitive = true
}

variable "partner_account" {
  type      = string
  sensitive = true
}

variable "password" {
  type      = string
  sensitive = true
}

variable "session_password" {
  type      = string
  ephemeral = true
}

# The whole trust policy is sensitive, for the external id in it is.
resource "aws_iam_role" "partner" {
  name = "partner"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = "arn:aws:iam::${var.partner_account}:root" }
        Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
      },
    ]
  })

  tags = {
    partner = var.partner_account
    team    = "app"
  }
}

# A data source with a sensitive argument.  What it computes is not sensitive
# to terraform, although the argument is in it.
data "aws_iam_policy_document" "partner" {
  statement {
    sid       = "Partner"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::exchange/${var.partner_account}/*", "arn:aws:s3:::exchange/public/*"]
  }

  statement {
    sid       = "Plain"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::exchange"]
  }
}

resource "aws_iam_policy" "partner" {
  name   = "partner"
  policy = data.aws_iam_policy_document.partner.json
}

# Sensitive and unknown at once.
resource "aws_iam_policy" "both" {
  name = "both"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "secretsmanager:GetSecretValue"
        Resource  = aws_secretsmanager_secret.s.arn
        Condition = { StringEquals = { "aws:PrincipalAccount" = var.partner_account } }
      },
    ]
  })
}

# Sensitive by declaration.
resource "aws_iam_policy" "declared" {
  name   = "declared"
  policy = sensitive(data.aws_iam_policy_document.partner.json)
}

# No longer sensitive, by declaration.
resource "aws_iam_policy" "declared_plain" {
  name = "declared-plain"

  policy = nonsensitive(jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::exchange/${var.partner_account}/*" }]
  }))
}

# One sensitive element of a set.
resource "aws_iam_policy_attachment" "set" {
  name       = "set"
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  roles      = [aws_iam_role.partner.name, sensitive("hidden-role")]
}

# One sensitive inline policy, one plain.
resource "aws_iam_role" "inline" {
  name               = "inline"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })

  inline_policy {
    name = "plain"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }]
    })
  }

  inline_policy {
    name   = "partner"
    policy = sensitive(data.aws_iam_policy_document.partner.json)
  }
}

# Sensitive by the provider's schema.
resource "aws_secretsmanager_secret" "s" {
  name = "example/password"
}

resource "aws_secretsmanager_secret_version" "s" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = var.password
}

resource "aws_secretsmanager_secret_version" "literal" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = "not a real secret"
}

# Write-only: never in the plan.
resource "aws_secretsmanager_secret_version" "write_only" {
  secret_id                = aws_secretsmanager_secret.s.id
  secret_string_wo         = var.session_password
  secret_string_wo_version = 1
}

output "partner" {
  value     = data.aws_iam_policy_document.partner.json
  sensitive = true
}
