variable "trust" {
  type = string
}

resource "aws_iam_role" "this" {
  name               = "moved"
  assume_role_policy = var.trust
}
