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

resource "aws_iam_user" "ann" {
  name = "ann"
}

resource "aws_ssoadmin_permission_set" "same" {
  name         = "same"
  instance_arn = "arn:aws:sso:::instance/ssoins-1111222233334444"
}
