"""AWS managed policies: one line each with path, name, default version, last change and document."""

import ast
import json

from .packages import PackageError


def render(sources):
    source = sources["managed-policies"]
    module = ast.parse(source.text("moto/iam/aws_managed_policies.py"))
    literals = [
        node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    if len(literals) != 1:
        raise PackageError("aws_managed_policies.py no longer holds exactly one string")
    policies = json.loads(literals[0])
    lines = [["ringfence-managed-policies", "1"], ["source", *source.header("AWS managed policies, default versions")]]
    for name in sorted(policies):
        policy = policies[name]
        document = json.dumps(policy["Document"], separators=(",", ":"), ensure_ascii=True)
        changed = policy["UpdateDate"][:10]
        lines.append(["policy", policy["Path"], name, policy["DefaultVersionId"], changed, document])
    for fields in lines:
        if any("\t" in field or "\n" in field for field in fields):
            raise PackageError(f"a field of {fields[2]} holds a tab or a line break")
    return "".join("\t".join(fields) + "\n" for fields in lines)
