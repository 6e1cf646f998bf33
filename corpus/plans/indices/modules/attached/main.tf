# Attaches each policy of a list to the role it is given.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "role" {
  type = string
}

variable "policy_arns" {
  type = list(string)
}

resource "aws_iam_role_policy_attachment" "this" {
  count = length(var.policy_arns)

  role       = var.role
  policy_arn = var.policy_arns[count.index]
}
