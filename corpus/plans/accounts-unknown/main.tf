terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# Neither provider block says which account it is for.
provider "aws" {
  region  = "eu-central-1"
  profile = "main"
}

provider "aws" {
  alias  = "other"
  region = "eu-central-1"

  assume_role {
    role_arn = "arn:aws:iam::${terraform_data.account.output}:role/deploy"
  }
}

resource "terraform_data" "account" {
  input = "444455556666"
}

resource "aws_iam_role" "main" {
  name = "main"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role" "other" {
  provider = aws.other

  name = "other"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_role.main.arn } }]
  })
}

# The same name in both.
resource "aws_iam_role" "both_main" {
  name               = "both"
  assume_role_policy = aws_iam_role.main.assume_role_policy
}

resource "aws_iam_role" "both_other" {
  provider = aws.other

  name               = "both"
  assume_role_policy = aws_iam_role.main.assume_role_policy
}

resource "aws_iam_role_policy_attachment" "other" {
  provider = aws.other

  role       = aws_iam_role.other.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
