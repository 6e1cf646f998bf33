"""Exit 0 if two plan.json say the same, leaving aside what differs by chance.

That is: the time of the plan, and the order of relevant_attributes, in which
terraform goes over a map.
"""

import json
import sys


def settled(path):
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    plan.pop("timestamp", None)
    if "relevant_attributes" in plan:
        plan["relevant_attributes"].sort(key=lambda item: json.dumps(item))
    return plan


sys.exit(settled(sys.argv[1]) != settled(sys.argv[2]))
