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

# Roles whose names are known.
resource "aws_iam_role" "r" {
  count              = 2
  name               = "r-${count.index}"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "e" {
  for_each           = toset(["blue", "green"])
  name               = "e-${each.key}"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "s" {
  count              = 2
  name               = "s-${count.index}"
  assume_role_policy = local.trust
}

# Roles whose names are made up.
resource "aws_iam_role" "u" {
  count              = 2
  name_prefix        = "u-"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "f" {
  for_each           = toset(["blue", "green"])
  name_prefix        = "f-"
  assume_role_policy = local.trust
}

resource "aws_iam_role" "g" {
  for_each           = toset(["blue", "green"])
  name_prefix        = "g-"
  assume_role_policy = local.trust
}

resource "aws_iam_policy" "p" {
  count = 2
  name  = "p-${count.index}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "arn:aws:s3:::p-${count.index}/*" }]
  })
}

resource "aws_iam_policy" "q" {
  for_each = toset(["blue", "green"])
  name     = "q-${each.key}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Put*", Resource = "arn:aws:s3:::q-${each.key}/*" }]
  })
}

# Called twice, each call makes two policies and attaches both to the role of its index.
module "counted" {
  source = "./modules/own"
  count  = 2

  name = "counted-${count.index}"
  role = aws_iam_role.r[count.index].name
}

module "counted_unknown" {
  source = "./modules/own"
  count  = 2

  name = "counted-unknown-${count.index}"
  role = aws_iam_role.u[count.index].name
}

module "each" {
  source   = "./modules/own"
  for_each = toset(["blue", "green"])

  name = "each-${each.key}"
  role = aws_iam_role.e[each.key].name
}

module "each_unknown" {
  source   = "./modules/own"
  for_each = toset(["blue", "green"])

  name = "each-unknown-${each.key}"
  role = aws_iam_role.f[each.key].name
}

# The same with a role as each.value.
module "each_value" {
  source   = "./modules/own"
  for_each = aws_iam_role.f

  name = "each-value-${each.key}"
  role = each.value.name
}

# Here the module gets the ARN, or a list of ARNs, and attaches each to its role.
module "attached" {
  source = "./modules/attached"
  count  = 2

  role        = aws_iam_role.s[count.index].name
  policy_arns = [aws_iam_policy.p[count.index].arn, aws_iam_policy.q["blue"].arn]
}

module "attached_splat" {
  source = "./modules/attached"

  role        = aws_iam_role.u[1].name
  policy_arns = aws_iam_policy.p[*].arn
}

module "attached_values" {
  source   = "./modules/attached"
  for_each = toset(["blue", "green"])

  role        = aws_iam_role.g[each.key].name
  policy_arns = [aws_iam_policy.q[each.key].arn, "arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

# Attachments at the root, by index, by key, by a splat.
resource "aws_iam_role_policy_attachment" "by_index" {
  count = 2

  role       = aws_iam_role.r[count.index].name
  policy_arn = aws_iam_policy.p[count.index].arn
}

# The other way round: the first policy on the second role.
resource "aws_iam_role_policy_attachment" "crossed" {
  count = 2

  role       = aws_iam_role.r[count.index].name
  policy_arn = aws_iam_policy.p[1 - count.index].arn
}

resource "aws_iam_role_policy_attachment" "by_key" {
  for_each = aws_iam_role.f

  role       = each.value.name
  policy_arn = aws_iam_policy.q[each.key].arn
}

resource "aws_iam_role_policy_attachment" "literal" {
  role       = aws_iam_role.u[0].name
  policy_arn = aws_iam_policy.q["green"].arn
}

resource "aws_iam_role_policy_attachment" "splat" {
  role       = aws_iam_role.e["blue"].name
  policy_arn = element(aws_iam_policy.p[*].arn, 1)
}

resource "aws_iam_role_policy_attachment" "splat_index" {
  role       = (aws_iam_role.u[*].name)[0]
  policy_arn = (aws_iam_policy.p[*].arn)[0]
}

resource "aws_iam_role_policy_attachment" "values" {
  role       = aws_iam_role.e["blue"].name
  policy_arn = values(aws_iam_policy.q)[1].arn
}

resource "aws_iam_role_policy_attachment" "expression" {
  role       = aws_iam_role.e["green"].name
  policy_arn = { for key, policy in aws_iam_policy.q : key => policy.arn }["blue"]
}

# One instance of a module, and one of what is in it.
resource "aws_iam_role_policy_attachment" "from_module" {
  role       = aws_iam_role.r[1].name
  policy_arn = module.counted[0].policy_arns[1]
}
