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

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
}

# --- buckets

resource "aws_s3_bucket" "separate" {
  bucket = "example-separate"
}

# Bucket by reference (unknown id), document known.
resource "aws_s3_bucket_policy" "separate" {
  bucket = aws_s3_bucket.separate.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Partner"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::444455556666:root" }
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::example-separate/*"
      },
    ]
  })
}

# Bucket by name (known), document deferred.
resource "aws_s3_bucket_policy" "deferred" {
  bucket = "example-existing"
  policy = data.aws_iam_policy_document.deferred.json
}

data "aws_iam_policy_document" "deferred" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::example-existing/*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.writer.arn]
    }
  }
}

resource "aws_iam_role" "writer" {
  name = "writer"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

# The policy attribute of the bucket itself.
resource "aws_s3_bucket" "own_policy" {
  bucket = "example-own-policy"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "World"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::example-own-policy/*"
      },
    ]
  })
}

# --- queue and topic

resource "aws_sqs_queue" "q" {
  name = "events"
}

resource "aws_sqs_queue_policy" "q" {
  queue_url = aws_sqs_queue.q.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.q.arn
        Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.t.arn } }
      },
    ]
  })
}

resource "aws_sqs_queue" "own_policy" {
  name = "own-policy"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = ["444455556666", "arn:aws:iam::777788889999:root"] }
        Action    = "sqs:*"
        Resource  = "arn:aws:sqs:eu-central-1:${local.account}:own-policy"
      },
    ]
  })
}

resource "aws_sns_topic" "t" {
  name = "events"
}

resource "aws_sns_topic_policy" "t" {
  arn    = aws_sns_topic.t.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.t.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.separate.arn]
    }
  }
}

# --- key

resource "aws_kms_key" "own_policy" {
  description = "with its policy"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Root"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_key" "separate" {
  description = "policy apart"
}

resource "aws_kms_key_policy" "separate" {
  key_id = aws_kms_key.separate.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Root"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Writer"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.writer.arn }
        Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
        Resource  = "*"
      },
    ]
  })
}

# --- secret

resource "aws_secretsmanager_secret" "s" {
  name = "example/token"
}

resource "aws_secretsmanager_secret_policy" "s" {
  secret_arn = aws_secretsmanager_secret.s.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.account}:role/reader" }
        Action    = "secretsmanager:GetSecretValue"
        Resource  = "*"
      },
    ]
  })
}

# --- function

resource "aws_lambda_function" "f" {
  function_name = "handler"
  role          = aws_iam_role.writer.arn
  filename      = "handler.zip"
  handler       = "index.handler"
  runtime       = "python3.13"

  environment {
    variables = {
      QUEUE = aws_sqs_queue.q.url
      STAGE = "test"
    }
  }
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "AllowBucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.f.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.separate.arn
  source_account = local.account
}

resource "aws_lambda_permission" "account" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.arn
  principal     = "444455556666"
}
