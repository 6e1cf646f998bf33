# Two policies of its own, both attached to the role it is given.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "name" {
  type = string
}

variable "role" {
  type = string
}

locals {
  actions = ["sqs:SendMessage", "sns:Publish"]
}

resource "aws_iam_policy" "own" {
  count = 2
  name  = "${var.name}-${count.index}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = local.actions[count.index], Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "own" {
  count = 2

  role       = var.role
  policy_arn = aws_iam_policy.own[count.index].arn
}

output "policy_arns" {
  value = aws_iam_policy.own[*].arn
}
