"""The calls of the plugin protocol."""

import copy
import json
import os
from pathlib import Path

from standin import document, madeup, overlay
from standin.gen import tfplugin5_pb2 as pb
from standin.values import (
    UNKNOWN,
    decode,
    encode,
    is_unknown,
    same_type,
    wholly_known,
)

HERE = Path(__file__).resolve().parent.parent

CALLS = {
    name: getattr(pb, message or name).Request
    for name, message in {
        "GetSchema": "GetProviderSchema",
        "PrepareProviderConfig": None,
        "Configure": None,
        "ValidateResourceTypeConfig": None,
        "ValidateDataSourceConfig": None,
        "UpgradeResourceState": None,
        "ReadResource": None,
        "PlanResourceChange": None,
        "ApplyResourceChange": None,
        "ImportResourceState": None,
        "ReadDataSource": None,
        "Stop": None,
    }.items()
}

NESTING = pb.Schema.NestedBlock


def error(summary, detail="", attribute=None):
    diagnostic = pb.Diagnostic(
        severity=pb.Diagnostic.ERROR, summary=summary, detail=detail
    )
    if attribute:
        diagnostic.attribute.steps.add().attribute_name = attribute
    return diagnostic


# --- schemas -----------------------------------------------------------------


def block_message(block, rules=None):
    rules = rules or {}
    message = pb.Schema.Block()
    for name, attribute in sorted(block["attributes"].items()):
        message.attributes.add(
            name=name,
            type=json.dumps(attribute["type"]).encode(),
            required=attribute.get("required", False),
            optional=attribute.get("optional", False),
            computed=attribute.get("computed", False),
            sensitive=name in rules.get("sensitive", ()),
            write_only=name in rules.get("write_only", ()),
        )
    for name, nested in sorted(block["blocks"].items()):
        message.block_types.add(
            type_name=name,
            block=block_message(nested["block"]),
            nesting=NESTING.NestingMode.Value(nested["nesting"].upper()),
            min_items=nested.get("min_items", 0),
            max_items=nested.get("max_items", 0),
        )
    return message


def schema_message(block, rules=None):
    return pb.Schema(version=0, block=block_message(block, rules))


# --- policy documents --------------------------------------------------------


def normalised(text):
    """JSON as the SDK normalises it: keys in order, no white space."""

    def ordered(value):
        if isinstance(value, dict):
            return {key: ordered(value[key]) for key in sorted(value)}
        if isinstance(value, list):
            return [ordered(item) for item in value]
        return value

    try:
        return document.go_json(ordered(json.loads(text)))
    except ValueError:
        return text


def same_document(left, right):
    """Whether two documents say the same, order of lists left aside."""

    def canonical(value):
        if isinstance(value, dict):
            return {key: canonical(item) for key, item in value.items()}
        if isinstance(value, list):
            items = [canonical(item) for item in value]
            if len(items) == 1 and isinstance(items[0], str):
                return items[0]
            return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
        return value

    if not (isinstance(left, str) and isinstance(right, str)):
        return False
    try:
        return canonical(json.loads(left)) == canonical(json.loads(right))
    except ValueError:
        return left == right


# --- planning ----------------------------------------------------------------


def unknown_where_computed(block, value, computed_blocks=()):
    """Computed attributes without a value become unknown, at any depth."""
    for name, attribute in block["attributes"].items():
        if attribute.get("computed") and value.get(name) is None:
            value[name] = UNKNOWN
    for name, nested in block["blocks"].items():
        inside = value.get(name)
        if name in computed_blocks and inside == []:
            value[name] = UNKNOWN
        elif isinstance(inside, list):
            for item in inside:
                if isinstance(item, dict):
                    unknown_where_computed(nested["block"], item)


def whole_lists(block, value):
    """To SDKv2 a list or set with one unknown element is unknown as a whole.

    Attributes only: a block keeps its shape, and so does a map.  Resources on
    the newer framework, and data sources whose reading waits, which terraform
    plans itself, keep known elements beside unknown ones.
    """
    for name, attribute in block["attributes"].items():
        if attribute["type"][0] in ("list", "set"):
            elements = value.get(name)
            if isinstance(elements, list) and any(map(is_unknown, elements)):
                value[name] = UNKNOWN
    for name, nested in block["blocks"].items():
        inside = value.get(name)
        # A dynamic block whose for_each is unknown is no list.
        for item in inside if isinstance(inside, list) else []:
            if isinstance(item, dict):
                whole_lists(nested["block"], item)


def differing(block, left, right):
    """Names of the top-level attributes and blocks whose values differ."""
    kinds = {name: item["type"] for name, item in block["attributes"].items()}
    for name, nested in block["blocks"].items():
        kinds[name] = [nested["nesting"], "block"]
    return [
        name
        for name, kind in kinds.items()
        if not same_type(kind, left.get(name), right.get(name))
    ]


class Provider:
    def __init__(self):
        self.schemas = json.loads((HERE / "schemas.json").read_text())
        self.account = "111122223333"
        self.region = "us-east-1"
        self.default_tags = {}

    # The schemas and the provider's own configuration.

    def GetSchema(self, request):
        response = pb.GetProviderSchema.Response(
            provider=schema_message(
                self.schemas["provider"], {"sensitive": overlay.PROVIDER_SENSITIVE}
            ),
            server_capabilities=pb.ServerCapabilities(
                get_provider_schema_optional=True
            ),
        )
        for name, block in self.schemas["resources"].items():
            schema = schema_message(block, overlay.RESOURCES[name])
            response.resource_schemas[name].CopyFrom(schema)
        for name, block in self.schemas["data_sources"].items():
            response.data_source_schemas[name].CopyFrom(schema_message(block))
        return response

    def PrepareProviderConfig(self, request):
        return pb.PrepareProviderConfig.Response(prepared_config=request.config)

    def Configure(self, request):
        config = decode(request.config) or {}
        accounts = config.get("allowed_account_ids")
        if isinstance(accounts, list) and len(accounts) == 1:
            if not is_unknown(accounts[0]):
                self.account = accounts[0]
        if isinstance(config.get("region"), str):
            self.region = config["region"]
        for block in config.get("default_tags") or []:
            if not is_unknown(block.get("tags")):
                self.default_tags = block["tags"] or {}
        return pb.Configure.Response()

    def Stop(self, request):
        return pb.Stop.Response()

    # Resources.

    def ValidateResourceTypeConfig(self, request):
        config = decode(request.config)
        rules = overlay.RESOURCES[request.type_name]
        diagnostics = []
        for name in [*rules.get("json", ()), *rules.get("json_same", ())]:
            text = config.get(name)
            if isinstance(text, str) and text:
                try:
                    json.loads(text)
                except ValueError as problem:
                    diagnostics.append(
                        error(f'"{name}" contains an invalid JSON', str(problem), name)
                    )
        if config.get("name") is not None and config.get("name_prefix") is not None:
            diagnostics.append(
                error(
                    "Conflicting configuration arguments",
                    '"name": conflicts with name_prefix',
                    "name",
                )
            )
        return pb.ValidateResourceTypeConfig.Response(diagnostics=diagnostics)

    def UpgradeResourceState(self, request):
        block = self.schemas["resources"][request.type_name]
        names = [*block["attributes"], *block["blocks"]]
        raw = json.loads(request.raw_state.json)
        state = {name: raw.get(name) for name in names}
        for name, nested in block["blocks"].items():
            if state[name] is None and nested["nesting"] != "single":
                state[name] = []
        return pb.UpgradeResourceState.Response(
            upgraded_state=pb.DynamicValue(msgpack=encode(state))
        )

    def ReadResource(self, request):
        """The state as it is: there is nothing to look at.

        STANDIN_DRIFT names a file that pretends something was changed behind
        terraform's back: {type: {id: {attribute: value} or null (deleted)}}.
        """
        response = pb.ReadResource.Response(private=request.private)
        state = decode(request.current_state)
        if state and os.environ.get("STANDIN_DRIFT"):
            drift = json.loads(Path(os.environ["STANDIN_DRIFT"]).read_text())
            changes = drift.get(request.type_name, {})
            if state.get("id") in changes:
                change = changes[state["id"]]
                state = None if change is None else {**state, **change}
        response.new_state.msgpack = encode(state)
        return response

    def PlanResourceChange(self, request):
        response = pb.PlanResourceChange.Response(planned_private=request.prior_private)
        type_name = request.type_name
        rules = overlay.RESOURCES[type_name]
        framework = rules.get("framework", False)
        response.legacy_type_system = not framework
        prior = decode(request.prior_state)
        proposed = decode(request.proposed_new_state)
        config = decode(request.config)
        if proposed is None:
            response.planned_state.msgpack = encode(None)
            return response
        block = self.schemas["resources"][type_name]
        planned = copy.deepcopy(proposed)

        for name, value in rules.get("defaults", {}).items():
            if config.get(name) is None:
                planned[name] = value
        if not framework:
            whole_lists(block, planned)
        for name in rules.get("write_only", ()):
            planned[name] = None
        for name in rules.get("json", ()):
            if isinstance(planned.get(name), str) and planned[name]:
                planned[name] = normalised(planned[name])
        if "region" in block["attributes"] and config.get("region") is None:
            planned["region"] = self.region

        if prior is None:
            self._plan_tags(block, planned, config, {}, framework)
            unknown_where_computed(block, planned, rules.get("computed_blocks", ()))
        else:
            self._plan_update(block, rules, planned, config, prior, framework)
            replace = [*rules.get("replace", ())]
            if "region" in block["attributes"]:
                replace.append("region")
            changed = differing(block, planned, prior)
            for name in sorted(set(replace) & set(changed)):
                response.requires_replace.add().steps.add().attribute_name = name
        response.planned_state.msgpack = encode(planned)
        return response

    def _plan_tags(self, block, planned, config, prior, framework):
        """tags_all is known at plan time when the tags are."""
        if "tags_all" not in block["attributes"]:
            return
        tags = config.get("tags")
        if not wholly_known(tags):
            planned["tags_all"] = UNKNOWN
            return
        everything = {**self.default_tags, **(tags or {})}
        if everything or framework:
            planned["tags_all"] = everything
        elif prior.get("tags_all"):
            # SDKv2 leaves the empty outcome to the apply.
            planned["tags_all"] = UNKNOWN
        # Otherwise what was there stays; on create it becomes unknown.

    def _plan_update(self, block, rules, planned, config, prior, framework):
        for name in [*rules.get("json", ()), *rules.get("json_same", ())]:
            if same_document(planned.get(name), prior.get(name)):
                planned[name] = prior[name]
        for name in rules.get("computed_blocks", ()):
            if config.get(name) == []:
                planned[name] = prior.get(name)
        if not framework:
            # To SDKv2 an argument left out and an empty value are the same.
            for name, attribute in block["attributes"].items():
                if config.get(name) is None and planned.get(name) is None:
                    if prior.get(name) == madeup.empty(attribute["type"]):
                        planned[name] = prior[name]
        self._plan_tags(block, planned, config, prior, framework)
        for name, nested in block["blocks"].items():
            inside, before = planned.get(name), prior.get(name)
            if isinstance(inside, list) and inside != before:
                for item in inside:
                    if isinstance(item, dict):
                        unknown_where_computed(nested["block"], item)
        if framework and differing(block, planned, prior):
            known = {*rules.get("stable", ()), *rules.get("defaults", ())}
            known |= {"tags_all", "region"}
            for name, attribute in block["attributes"].items():
                if attribute.get("computed") and config.get(name) is None:
                    if name not in known:
                        planned[name] = UNKNOWN

    def ApplyResourceChange(self, request):
        type_name = request.type_name
        rules = overlay.RESOURCES[type_name]
        response = pb.ApplyResourceChange.Response(
            private=request.planned_private,
            legacy_type_system=not rules.get("framework", False),
        )
        planned = decode(request.planned_state)
        if planned is None:
            response.new_state.msgpack = encode(None)
            return response
        block = self.schemas["resources"][type_name]
        region = planned.get("region") or self.region
        made_up = madeup.values(type_name, planned, self.account, region)
        creating = decode(request.prior_state) is None
        if planned.get("tags_all") is not None and is_unknown(planned["tags_all"]):
            planned["tags_all"] = {**self.default_tags, **(planned.get("tags") or {})}
        for name, attribute in block["attributes"].items():
            if is_unknown(planned.get(name)):
                planned[name] = made_up.get(name, madeup.empty(attribute["type"]))
            elif not creating and name in ("arn", "id") and name in made_up:
                # A user renamed in place has another ARN afterwards.
                if type_name in ("aws_iam_user", "aws_iam_group"):
                    planned[name] = made_up[name]
            elif planned.get(name) is None and name in rules.get("emptied", ()):
                planned[name] = ""
        for name, nested in block["blocks"].items():
            if is_unknown(planned.get(name)):
                planned[name] = []
            elif isinstance(planned.get(name), list):
                for item in planned[name]:
                    self._fill(nested["block"], item)
        response.new_state.msgpack = encode(planned)
        return response

    def _fill(self, block, value):
        for name, attribute in block["attributes"].items():
            if is_unknown(value.get(name)):
                value[name] = madeup.empty(attribute["type"])
        for name, nested in block["blocks"].items():
            for item in value.get(name) or []:
                self._fill(nested["block"], item)

    def ImportResourceState(self, request):
        """Import of what existing.json lists, by type and import id."""
        response = pb.ImportResourceState.Response()
        existing = self._existing().get(request.type_name, {})
        if request.id not in existing:
            response.diagnostics.append(
                error(
                    "Cannot import non-existent remote object",
                    f"The stand-in's existing.json has no {request.type_name} "
                    f'"{request.id}".',
                )
            )
            return response
        block = self.schemas["resources"][request.type_name]
        state = {name: None for name in block["attributes"]}
        for name, nested in block["blocks"].items():
            state[name] = None if nested["nesting"] == "single" else []
        state.update(existing[request.id])
        imported = response.imported_resources.add(type_name=request.type_name)
        imported.state.msgpack = encode(state)
        return response

    # Data sources.

    def _existing(self):
        text = (HERE / "existing.json").read_text()
        return json.loads(text.replace("{account}", self.account))

    def ValidateDataSourceConfig(self, request):
        response = pb.ValidateDataSourceConfig.Response()
        config = decode(request.config)
        if request.type_name == "aws_iam_policy":
            if config.get("arn") is None and config.get("name") is None:
                response.diagnostics.append(
                    error("Missing argument", "one of arn and name is needed")
                )
        return response

    def ReadDataSource(self, request):
        response = pb.ReadDataSource.Response()
        state = decode(request.config)
        try:
            getattr(self, "_read_" + request.type_name)(state)
        except (document.DocumentError, LookupError) as problem:
            response.diagnostics.append(
                error(f"reading {request.type_name}", str(problem))
            )
            return response
        response.state.msgpack = encode(state)
        return response

    def _read_aws_iam_policy_document(self, state):
        pretty, minified = document.build(state)
        state["id"] = document.identifier(pretty)
        state["json"], state["minified_json"] = pretty, minified
        state["version"] = state.get("version") or "2012-10-17"
        # What SDKv2 leaves in the state for arguments left out in a statement.
        for block in state["statement"]:
            block["effect"] = block["effect"] or "Allow"
            block["sid"] = block["sid"] or ""
            for name in ("actions", "not_actions", "resources", "not_resources"):
                block[name] = block[name] or []

    def _read_aws_caller_identity(self, state):
        state["account_id"] = state["id"] = self.account
        state["arn"] = f"arn:aws:iam::{self.account}:user/standin"
        state["user_id"] = "AIDA" + madeup.token(
            madeup.BASE32, 17, "caller", self.account
        )

    def _read_aws_partition(self, state):
        state["partition"] = state["id"] = "aws"
        state["dns_suffix"] = "amazonaws.com"
        state["reverse_dns_prefix"] = "com.amazonaws"

    def _read_aws_region(self, state):
        region = state.get("region") or state.get("name") or self.region
        state["name"] = state["id"] = state["region"] = region
        state["endpoint"] = f"ec2.{region}.amazonaws.com"
        state["description"] = region

    def _read_aws_iam_policy(self, state):
        for arn, facts in self._existing()["aws_iam_policy"].items():
            if state["arn"] == arn or (
                state["arn"] is None and state["name"] == facts["name"]
            ):
                self._take(state, facts, arn)
                return
        wanted = state["arn"] or state["name"]
        raise LookupError(f"existing.json has no IAM policy {wanted}")

    def _read_aws_iam_role(self, state):
        facts = self._existing()["aws_iam_role"].get(state["name"])
        if facts is None:
            raise LookupError(f"existing.json has no IAM role {state['name']}")
        self._take(state, facts, state["name"])
        state["role_last_used"] = []

    def _take(self, state, facts, identifier):
        for name in state:
            if state[name] is None and name in facts:
                state[name] = facts[name]
        state["id"] = identifier
        state["tags"] = state["tags"] or {}
