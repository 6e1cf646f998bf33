"""The data source aws_iam_policy_document.

The one data source that needs no AWS: it turns its arguments into JSON.  This
follows the real provider in the text it produces: order of the keys, one
element written as a string, several as a list in descending order, `&{...}`
turned into `${...}`, statements of equal Sid replaced by a later document.
"""

import json
import zlib


class DocumentError(Exception):
    pass


def go_json(value, indent=None):
    """As Go's encoding/json writes it, with <, > and & escaped."""
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def identifier(text):
    """The provider's hash of a string, its id for the data source."""
    return str(zlib.crc32(text.encode()))


def _variables(value, version):
    if isinstance(value, list):
        return [_variables(item, version) for item in value]
    if version == "2008-10-17" and "&{" in value:
        raise DocumentError(f"{value}: &{{...}} is not supported in version 2008-10-17")
    return value.replace("&{", "${")


def _strings(values):
    """One element as a string, several in descending order."""
    if len(values) == 1:
        return values[0]
    return sorted(values, reverse=True)


def _principals(blocks, version):
    pairs = [
        (block["type"], _variables(_strings(block["identifiers"]), version))
        for block in blocks
    ]
    if len(pairs) == 1 and pairs[0] == ("*", "*"):
        return "*"
    merged = {}
    for kind, identifiers in pairs:
        if isinstance(identifiers, str) and kind not in merged:
            merged[kind] = identifiers
            continue
        before = merged.get(kind, [])
        before = [before] if isinstance(before, str) else before
        more = [identifiers] if isinstance(identifiers, str) else identifiers
        merged[kind] = before + more
    return dict(sorted(merged.items()))


def _conditions(blocks, version):
    merged = {}
    for block in blocks:
        values = _variables(block["values"], version)
        variable = _variables(block["variable"], version)
        variables = merged.setdefault(block["test"], {})
        if variable in variables:
            before = variables[variable]
            values = ([before] if isinstance(before, str) else before) + values
        variables[variable] = values[0] if len(values) == 1 else values
    return {test: dict(sorted(merged[test].items())) for test in sorted(merged)}


def _statement(block, version):
    statement = {}
    if block.get("sid"):
        statement["Sid"] = block["sid"]
    statement["Effect"] = block.get("effect") or "Allow"
    for key, name in (("actions", "Action"), ("not_actions", "NotAction")):
        if block.get(key):
            statement[name] = _strings(block[key])
    for key, name in (("resources", "Resource"), ("not_resources", "NotResource")):
        if block.get(key):
            statement[name] = _variables(_strings(block[key]), version)
    for key, name in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if block.get(key):
            statement[name] = _principals(block[key], version)
    if block.get("condition"):
        statement["Condition"] = _conditions(block["condition"], version)
    return statement


def _merge(into, document):
    if document.get("Id"):
        into["Id"] = document["Id"]
    if (document.get("Version") or "") > (into.get("Version") or ""):
        into["Version"] = document["Version"]
    statements = document.get("Statement") or []
    if isinstance(statements, dict):
        statements = [statements]
    for statement in statements:
        sid = statement.get("Sid")
        places = [
            index
            for index, other in enumerate(into["Statement"])
            if sid and other.get("Sid") == sid
        ]
        if places:
            into["Statement"][places[0]] = statement
        else:
            into["Statement"].append(statement)


def _parse(text):
    try:
        document = json.loads(text)
    except ValueError as error:
        raise DocumentError(f"not a policy document: {error}") from None
    if not isinstance(document, dict):
        raise DocumentError("not a policy document: no object")
    return document


def build(config):
    """The pretty and the minified JSON of one data block."""
    version = config.get("version") or "2012-10-17"
    blocks = config.get("statement") or []
    sids = [block["sid"] for block in blocks if block.get("sid")]
    if len(sids) != len(set(sids)):
        raise DocumentError("duplicate Sid in one document")
    own = {"Version": version, "Id": config.get("policy_id")}
    own["Statement"] = [_statement(block, version) for block in blocks]

    merged = {"Statement": []}
    seen = set()
    for text in config.get("source_policy_documents") or []:
        if text:
            source = _parse(text)
            statements = source.get("Statement") or []
            for statement in (
                [statements] if isinstance(statements, dict) else statements
            ):
                sid = statement.get("Sid")
                if sid and sid in seen:
                    raise DocumentError(
                        f"duplicate Sid ({sid}) in source_policy_documents"
                    )
                seen.add(sid)
            _merge(merged, source)
    _merge(merged, own)
    for text in config.get("override_policy_documents") or []:
        if text:
            _merge(merged, _parse(text))

    ordered = {}
    for key in ("Version", "Id", "Statement"):
        if merged.get(key):
            ordered[key] = merged[key]
    return go_json(ordered, indent=2), go_json(ordered)
