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
  model   = "anthropic.claude-3-5-sonnet-20240620-v1:0"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["bedrock.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "invoke" {
  statement {
    actions   = ["bedrock:InvokeModel"]
    resources = ["arn:aws:bedrock:eu-central-1::foundation-model/${local.model}", aws_bedrock_inference_profile.p.arn]
  }
}

resource "aws_iam_role" "agent" {
  name               = "agent"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "agent" {
  name   = "invoke"
  role   = aws_iam_role.agent.id
  policy = data.aws_iam_policy_document.invoke.json
}

resource "aws_bedrockagent_agent" "a" {
  agent_name              = "helper"
  agent_resource_role_arn = aws_iam_role.agent.arn
  foundation_model        = local.model
  instruction             = "You answer questions about the orders of our customers, and nothing else."

  guardrail_configuration {
    guardrail_identifier = "abcdefghijkl"
    guardrail_version    = "1"
  }
}

resource "aws_bedrock_inference_profile" "p" {
  name = "helper"

  model_source {
    copy_from = "arn:aws:bedrock:eu-central-1::foundation-model/${local.model}"
  }
}

resource "aws_bedrock_provisioned_model_throughput" "t" {
  provisioned_model_name = "helper"
  model_arn              = "arn:aws:bedrock:eu-central-1::foundation-model/${local.model}"
  model_units            = 1
}

resource "aws_lambda_permission" "agent" {
  statement_id  = "AllowAgent"
  action        = "lambda:InvokeFunction"
  function_name = "orders"
  principal     = "bedrock.amazonaws.com"
  source_arn    = aws_bedrockagent_agent.a.agent_arn
}
