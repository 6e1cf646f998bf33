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

# A key for a user that is there, and one for a new one.
resource "aws_iam_access_key" "ann" {
  user = aws_iam_user.ann.name
}

resource "aws_iam_user" "eve" {
  name = "eve"
}

resource "aws_iam_access_key" "eve" {
  user = aws_iam_user.eve.name
}

# Not changed.
resource "aws_ssoadmin_permission_set" "same" {
  name         = "same"
  instance_arn = "arn:aws:sso:::instance/ssoins-1111222233334444"
}

resource "aws_ssoadmin_permission_set" "new" {
  name             = "new"
  instance_arn     = "arn:aws:sso:::instance/ssoins-1111222233334444"
  session_duration = "PT8H"
}

# A stack makes what its template says, roles as well.
resource "aws_cloudformation_stack" "roles" {
  name         = "roles"
  capabilities = ["CAPABILITY_NAMED_IAM"]

  template_body = jsonencode({
    Resources = {
      Role = {
        Type = "AWS::IAM::Role"
        Properties = {
          RoleName          = "from-stack"
          ManagedPolicyArns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
          AssumeRolePolicyDocument = {
            Version   = "2012-10-17"
            Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "111122223333" } }]
          }
        }
      }
    }
  })
}

# What runs with a role.
resource "aws_iam_role" "run" {
  name = "run"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = ["lambda.amazonaws.com", "states.amazonaws.com"] }
      },
    ]
  })
}

resource "aws_lambda_function" "f" {
  function_name = "handler"
  role          = aws_iam_role.run.arn
  filename      = "handler.zip"
  handler       = "index.handler"
  runtime       = "python3.13"
}

resource "aws_lambda_function" "existing_role" {
  function_name = "existing-role"
  role          = "arn:aws:iam::111122223333:role/existing-role"
  filename      = "handler.zip"
  handler       = "index.handler"
  runtime       = "python3.13"
}

resource "aws_sfn_state_machine" "m" {
  name     = "machine"
  role_arn = aws_iam_role.run.arn

  definition = jsonencode({
    StartAt = "Call"
    States  = { Call = { Type = "Task", Resource = aws_lambda_function.f.arn, End = true } }
  })
}

# Policies of resources: one that AWS gives by default, one permission.
resource "aws_kms_key" "default" {
  description = "the default policy"
}

resource "aws_lambda_permission" "events" {
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:aws:events:eu-central-1:111122223333:rule/nightly"
}

resource "aws_bedrock_inference_profile" "p" {
  name = "helper"

  model_source {
    copy_from = "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"
  }
}

# Of another provider.
resource "terraform_data" "note" {
  input = aws_iam_role.run.arn
}
