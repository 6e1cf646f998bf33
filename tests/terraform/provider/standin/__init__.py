"""A stand-in for the Terraform provider hashicorp/aws.

What it is: a provider which the real terraform binary can load, so that real
plans come out of `terraform plan` and `terraform show -json` on a machine
that cannot download the real provider.  It hands terraform the schemas of the
real provider for a few dozen resource types and data sources, marks at plan
time what only AWS could tell as unknown, and says which changes replace a
resource.

What it is not: a simulation of AWS.  Nothing is created anywhere, no policy
is checked, no name is looked up, no quota and no error of the service is
known.  `terraform apply` fills made-up but well-formed values (ARNs, unique
ids, dates) into the state, the same ones every time, only so that there can
be a state for a later plan to start from.
"""
