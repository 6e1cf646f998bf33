terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

# The ceiling for both roles.
resource "aws_iam_policy" "boundary" {
  name        = "app-boundary"
  description = "What roles of the application may have at most"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Ceiling"
        Effect   = "Allow"
        Action   = ["s3:*", "sqs:*", "logs:*"]
        Resource = "*"
      },
      {
        Sid      = "NeverIam"
        Effect   = "Deny"
        Action   = "iam:*"
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_policy" "p" {
  name = "app-read"
  path = "/app/"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:ListBucket"]
        Resource = ["arn:aws:s3:::app-data", "arn:aws:s3:::app-data/*"]
      },
    ]
  })

  tags = {
    team = "app"
  }
}

resource "aws_iam_role" "app" {
  name                 = "app"
  path                 = "/app/"
  permissions_boundary = aws_iam_policy.boundary.arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "ec2.amazonaws.com" }
      },
    ]
  })

  tags = {
    team = "app"
  }
}

resource "aws_iam_role" "audit" {
  name        = "audit"
  description = "Read-only access for the auditors"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = "arn:aws:iam::444455556666:root" }
        Condition = {
          StringEquals = { "sts:ExternalId" = "audit-2024" }
        }
      },
    ]
  })

  inline_policy {
    name = "list"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = "iam:List*"
          Resource = "*"
        },
      ]
    })
  }
}

resource "aws_iam_role_policy_attachment" "app_read" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.p.arn
}

resource "aws_iam_role_policy_attachment" "audit_aws" {
  role       = aws_iam_role.audit.name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

resource "aws_iam_role_policy" "app_queue" {
  name = "queue"
  role = aws_iam_role.app.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
        Resource = "arn:aws:sqs:eu-central-1:111122223333:app"
      },
    ]
  })
}

resource "aws_iam_instance_profile" "app" {
  name = "app"
  role = aws_iam_role.app.name
}

output "app_role_arn" {
  value = aws_iam_role.app.arn
}
