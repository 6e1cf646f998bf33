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

resource "aws_iam_policy" "app" {
  name = "app"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::app/*" }]
  })
}

resource "aws_iam_policy" "formatted" {
  name = "formatted"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "*" }]
  })
}

resource "aws_iam_policy" "watch" {
  name = "watch"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:ReceiveMessage", Resource = "arn:aws:sqs:eu-central-1:111122223333:old" }]
  })
}

resource "aws_iam_policy" "renamed" {
  name = "old-name"

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

resource "aws_iam_role" "bounded" {
  name                 = "bounded"
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy   = local.trust
}

resource "aws_iam_role_policy_attachment" "bounded_app" {
  role       = aws_iam_role.bounded.name
  policy_arn = aws_iam_policy.app.arn
}

resource "aws_iam_role_policy_attachment" "bounded_renamed" {
  role       = aws_iam_role.bounded.name
  policy_arn = aws_iam_policy.renamed.arn
}

resource "aws_iam_role_policy_attachment" "bounded_admin" {
  role       = aws_iam_role.bounded.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role" "gone" {
  name               = "gone"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "gone" {
  name = "gone"
  role = aws_iam_role.gone.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "ec2:Describe*", Resource = "*" }]
  })
}

resource "aws_iam_role" "same" {
  name               = "same"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "before_move" {
  name               = "moved"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "before_move_and_change" {
  name               = "moved-and-changed"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "forgotten" {
  name               = "forgotten"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "forgotten" {
  role       = aws_iam_role.forgotten.name
  policy_arn = aws_iam_policy.app.arn
}

resource "aws_iam_role" "switched" {
  name               = "switched"
  assume_role_policy = local.trust

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_user" "dev" {
  name = "dev"
}

resource "aws_iam_user_policy_attachment" "dev" {
  user       = aws_iam_user.dev.name
  policy_arn = aws_iam_policy.app.arn
}

resource "aws_iam_user" "counted" {
  count = 2
  name  = "counted-${count.index}"
}
