variable "region" {
  type = string
}

provider "aws" {
  region              = var.region
  allowed_account_ids = ["999900001111"]
}

data "aws_caller_identity" "current" {}

resource "aws_iam_user" "own" {
  name = "own-${data.aws_caller_identity.current.account_id}"
}

resource "aws_iam_user_policy" "own" {
  name = "own"
  user = aws_iam_user.own.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}
