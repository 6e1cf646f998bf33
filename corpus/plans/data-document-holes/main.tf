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

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_kms_key" "k" {
  description         = "data"
  enable_key_rotation = true
}

resource "aws_s3_bucket" "b" {
  bucket = "example-reports"
}

resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# All known: read while planning.
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "ec2.amazonaws.com"]
    }

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

# All known, with a policy variable.
data "aws_iam_policy_document" "home" {
  policy_id = "home-directories"

  statement {
    sid       = "OwnDirectory"
    actions   = ["s3:PutObject", "s3:GetObject"]
    resources = ["arn:aws:s3:::example-home/&{aws:username}/*"]
  }

  statement {
    sid       = "ListOwn"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::example-home"]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["&{aws:username}/*"]
    }
  }
}

# One list of resources with one element, unknown.
data "aws_iam_policy_document" "key" {
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.k.arn]
  }
}

# A list with a known, an unknown and a partly known element; a statement
# wholly known beside it; the policy variable.
data "aws_iam_policy_document" "bucket" {
  source_policy_documents = [data.aws_iam_policy_document.home.json]

  statement {
    sid     = "Objects"
    actions = ["s3:GetObject"]
    resources = [
      "arn:aws:s3:::public-files/*",
      aws_s3_bucket.b.arn,
      "${aws_s3_bucket.b.arn}/*",
      "${aws_s3_bucket.b.arn}/&{aws:username}/*",
    ]
  }

  statement {
    sid       = "DenyDelete"
    effect    = "Deny"
    actions   = ["s3:DeleteBucket"]
    resources = ["arn:aws:s3:::${aws_s3_bucket.b.bucket}"]
  }
}

# Unknown principals, in a set that has one known element as well.
data "aws_iam_policy_document" "trust_reader" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.reader.arn, "arn:aws:iam::444455556666:root"]
    }
  }
}

# An unknown condition value, and a condition variable that is known.
data "aws_iam_policy_document" "condition" {
  statement {
    sid       = "OnlyThatKey"
    actions   = ["s3:PutObject"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.k.arn]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}

# Lists unknown as a whole, not element by element.
data "aws_iam_policy_document" "whole_list" {
  statement {
    sid       = "WholeLists"
    actions   = ["kms:DescribeKey"]
    resources = split(",", aws_kms_key.k.arn)

    principals {
      type        = "AWS"
      identifiers = split(",", aws_iam_role.reader.arn)
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = split(",", aws_kms_key.k.key_id)
    }
  }
}

# An unknown action, effect and principal type.
data "aws_iam_policy_document" "odd" {
  statement {
    sid       = aws_kms_key.k.key_id
    effect    = aws_kms_key.k.key_id == "" ? "Allow" : "Deny"
    actions   = ["kms:${aws_kms_key.k.key_id}"]
    resources = ["*"]
  }
}

# Statements made by a dynamic block over a known number of unknown elements.
data "aws_iam_policy_document" "dynamic" {
  dynamic "statement" {
    for_each = [aws_kms_key.k.arn, "arn:aws:kms:eu-central-1:111122223333:key/known"]

    content {
      actions   = ["kms:DescribeKey"]
      resources = [statement.value]
    }
  }
}

# And over an unknown number: all the statements are unknown, the known
# statement beside them too.
data "aws_iam_policy_document" "dynamic_unknown" {
  statement {
    sid       = "Known"
    actions   = ["kms:ListKeys"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = toset(split(",", aws_kms_key.k.key_id))

    content {
      actions   = ["kms:DescribeKey"]
      resources = ["arn:aws:kms:eu-central-1:111122223333:key/${statement.value}"]
    }
  }
}

# Built from a document that is itself deferred.
data "aws_iam_policy_document" "combined" {
  source_policy_documents   = [data.aws_iam_policy_document.home.json, data.aws_iam_policy_document.key.json]
  override_policy_documents = [data.aws_iam_policy_document.condition.json]
}

# Everything known, but it waits for a resource with pending changes.
data "aws_iam_policy_document" "waiting" {
  depends_on = [aws_kms_key.k]

  statement {
    sid       = "Waiting"
    actions   = ["kms:ListAliases"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "home" {
  name   = "home"
  policy = data.aws_iam_policy_document.home.json
}

resource "aws_iam_policy" "key" {
  name   = "key"
  policy = data.aws_iam_policy_document.key.json
}

resource "aws_iam_policy" "bucket" {
  name   = "bucket"
  policy = data.aws_iam_policy_document.bucket.json
}

resource "aws_iam_policy" "condition" {
  name   = "condition"
  policy = data.aws_iam_policy_document.condition.json
}

resource "aws_iam_policy" "whole_list" {
  name   = "whole-list"
  policy = data.aws_iam_policy_document.whole_list.json
}

resource "aws_iam_policy" "odd" {
  name   = "odd"
  policy = data.aws_iam_policy_document.odd.json
}

resource "aws_iam_policy" "dynamic" {
  name   = "dynamic"
  policy = data.aws_iam_policy_document.dynamic.json
}

resource "aws_iam_policy" "dynamic_unknown" {
  name   = "dynamic-unknown"
  policy = data.aws_iam_policy_document.dynamic_unknown.json
}

resource "aws_iam_policy" "combined" {
  name   = "combined"
  policy = data.aws_iam_policy_document.combined.json
}

resource "aws_iam_policy" "waiting" {
  name   = "waiting"
  policy = data.aws_iam_policy_document.waiting.json
}

resource "aws_iam_role" "chained" {
  name               = "chained"
  assume_role_policy = data.aws_iam_policy_document.trust_reader.json
}

resource "aws_iam_role_policy_attachment" "reader" {
  for_each = {
    home = aws_iam_policy.home.arn
    key  = aws_iam_policy.key.arn
  }

  role       = aws_iam_role.reader.name
  policy_arn = each.value
}
