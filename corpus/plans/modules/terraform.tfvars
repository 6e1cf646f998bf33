teams = {
  blue = {
    services = ["lambda.amazonaws.com"]
    readers  = 2
  }
  red = {
    services = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]
    readers  = 0
  }
}
