resource "terraform_data" "one" {
  input = {
    name = "one"
    list = [1, 2, 3]
  }
}

resource "terraform_data" "two" {
  input            = terraform_data.one.id
  triggers_replace = [terraform_data.one.output]
}

output "two" {
  value = terraform_data.two.output
}
