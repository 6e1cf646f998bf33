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

resource "aws_iam_group" "admins" {
  name = "admins"
  path = "/people/"
}

resource "aws_iam_group" "readers" {
  name = "readers"
}

resource "aws_iam_user" "ann" {
  name = "ann"
  path = "/people/"
}

resource "aws_iam_user" "ben" {
  name          = "ben"
  force_destroy = true
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.admins.name, "existing-group"]
}

# All members of one group, exclusively.
resource "aws_iam_group_membership" "readers" {
  name  = "readers"
  group = aws_iam_group.readers.name
  users = [aws_iam_user.ann.name, aws_iam_user.ben.name]
}

resource "aws_iam_policy" "p" {
  name = "p"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:Get*", Resource = "*" }]
  })
}

resource "aws_iam_group_policy_attachment" "admins" {
  group      = aws_iam_group.admins.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_group_policy" "readers" {
  name  = "readers"
  group = aws_iam_group.readers.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }]
  })
}

resource "aws_iam_user_policy" "ann" {
  name = "ann"
  user = aws_iam_user.ann.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:PassRole", Resource = "*" }]
  })
}

resource "aws_iam_user_policy_attachment" "ben" {
  user       = aws_iam_user.ben.name
  policy_arn = aws_iam_policy.p.arn
}

resource "aws_iam_role" "r" {
  name = "r"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })

  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

# The policy attached to users, roles and groups, exclusively.
resource "aws_iam_policy_attachment" "p" {
  name       = "p-everywhere"
  policy_arn = aws_iam_policy.p.arn
  users      = [aws_iam_user.ann.name]
  roles      = [aws_iam_role.r.name, "existing-role"]
  groups     = [aws_iam_group.readers.name]
}

resource "aws_iam_role" "exclusive" {
  name               = "exclusive"
  assume_role_policy = aws_iam_role.r.assume_role_policy
}

resource "aws_iam_role_policy" "exclusive" {
  name = "only"
  role = aws_iam_role.exclusive.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }]
  })
}

resource "aws_iam_role_policies_exclusive" "exclusive" {
  role_name    = aws_iam_role.exclusive.name
  policy_names = [aws_iam_role_policy.exclusive.name]
}

# A set with one element known and one not.
resource "aws_iam_role_policy_attachments_exclusive" "exclusive" {
  role_name   = aws_iam_role.exclusive.name
  policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", aws_iam_policy.p.arn]
}

resource "aws_iam_service_linked_role" "ecs" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "app"
}

data "aws_iam_policy" "managed" {
  arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

data "aws_iam_policy" "by_name" {
  name = "existing-boundary"
}

data "aws_iam_role" "existing" {
  name = "existing-role"
}

resource "aws_iam_role_policy_attachment" "existing" {
  role       = data.aws_iam_role.existing.name
  policy_arn = data.aws_iam_policy.by_name.arn
}
