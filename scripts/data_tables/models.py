"""Bedrock models with prices, and inference profiles, from two price collections (rules: docs/data.md)."""

import ast
import collections
import datetime
import decimal
import json
import re

from .packages import PackageError

GEOGRAPHIES = ("us", "eu", "apac", "jp", "au", "global", "us-gov", "in")
GEOGRAPHY = re.compile(r"^(" + "|".join(GEOGRAPHIES) + r")\.(?=[a-z0-9-]+\.)")
MODEL_ID = re.compile(r"^[a-z0-9-]+\.[a-z0-9.:-]+$")
# Where a profile of a geography may send a request, when the account's own list is not given.
DESTINATIONS = {
    "us": ["us-east-1", "us-east-2", "us-west-2"],
    "eu": [
        "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
    ],
    "us-gov": ["us-gov-east-1", "us-gov-west-1"],
    "apac": [
        "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1",
        "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    ],
    "jp": ["ap-northeast-1", "ap-northeast-3"],
    "au": ["ap-southeast-2", "ap-southeast-4"],
    "in": ["ap-south-1", "ap-south-2"],
    "global": ["*"],
}
MILLION = decimal.Decimal(1_000_000)

Price = collections.namedtuple("Price", "input output label date")


def bare(identifier):
    """A model or profile id without its geography."""
    return GEOGRAPHY.sub("", identifier)


def litellm_rows(source):
    """(key, id as called, row) of each Bedrock row whose last part is a model or profile id."""
    table = json.loads(source.text("litellm/model_prices_and_context_window_backup.json"))
    for key, row in sorted(table.items()):
        provider = str(row.get("litellm_provider", ""))
        if not provider.startswith("bedrock") and "bedrock" not in key:
            continue
        # claude_platform rows are another service (aws-external-anthropic); guardrails are no model.
        if "claude_platform/" in key or row.get("mode") == "guardrail":
            continue
        called = key.rsplit("/", 1)[-1]
        # Leaves out aliases that Bedrock does not know: without a provider, or with an @.
        if MODEL_ID.match(called):
            yield key, called, row


def litellm_price(row):
    """(input, output) in USD per million tokens of the base on-demand rate; None where unknown."""
    rates = [row.get(f"{side}_cost_per_token") for side in ("input", "output")]
    prices = [None if rate is None else decimal.Decimal(repr(rate)) * MILLION for rate in rates]
    if prices[0] is not None and prices[0] == 0:
        prices[0] = None
    # Zero output is a price only where a model returns no tokens and its input is priced by tokens.
    if prices[1] is not None and prices[1] == 0 and (row.get("mode") != "embedding" or prices[0] is None):
        prices[1] = None
    return prices


def keywords(call):
    return {keyword.arg: keyword.value for keyword in call.keywords}


def genai_models(source):
    """(id, match clause, prices) of each Bedrock model, in the package's order, as syntax trees."""
    tree = ast.parse(source.text("genai_prices/data.py"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Provider":
            fields = keywords(node)
            if fields["id"].value == "aws":
                for model in fields["models"].elts:
                    parts = keywords(model)
                    yield parts["id"].value, parts["match"], parts["prices"]


def matches(clause, identifier):
    """Whether a match clause of genai-prices holds for `identifier`."""
    name = clause.func.id
    values = [keyword.value for keyword in clause.keywords]
    if name == "ClauseOr":
        return any(matches(part, identifier) for part in values[0].elts)
    tests = {
        "ClauseEquals": lambda text: identifier == text,
        "ClauseStartsWith": identifier.startswith,
        "ClauseEndsWith": identifier.endswith,
        "ClauseContains": lambda text: text in identifier,
    }
    if name not in tests:
        raise PackageError(f"genai-prices uses the match clause {name}, which this script does not know")
    return tests[name](values[0].value)


def genai_price(prices, today):
    """(input, output) of a price expression: its base tier, in the newest form that has begun by `today`."""
    if isinstance(prices, ast.List):
        current = None
        for conditional in prices.elts:
            fields = keywords(conditional)
            constraint = fields.get("constraint")
            if constraint is not None:
                if constraint.func.id != "StartDateConstraint":
                    raise PackageError(f"genai-prices uses the constraint {constraint.func.id}")
                start = [argument.value for argument in keywords(constraint)["start_date"].args]
                if datetime.date(*start) > today:
                    continue
            current = fields["prices"]
        prices = current
    fields = keywords(prices)
    return [amount(fields.get(f"{side}_mtok")) for side in ("input", "output")]


def amount(node):
    if node is None:
        return None
    if node.func.id == "TieredPrices":
        node = keywords(node)["base"]
    if node.func.id != "Decimal":
        raise PackageError(f"genai-prices uses the price form {node.func.id}")
    return decimal.Decimal(node.args[0].value)


def collect(sources):
    """({bare id: {partition: [Price]}}, profile ids)."""
    litellm, genai = sources["litellm"], sources["genai-prices"]
    today = datetime.date.fromisoformat(genai.package.date)
    models = collections.defaultdict(lambda: {"aws": [], "aws-us-gov": []})
    profiles = set()
    catalogued = list(genai_models(genai))
    used = set()
    for key, called, row in litellm_rows(litellm):
        partition = "aws-us-gov" if "us-gov" in key else "aws"
        prices = models[bare(called)]
        if called != bare(called):
            profiles.add(called)
        prices[partition].append(Price(*litellm_price(row), f"litellm:{key}", litellm.package.date))
        # genai-prices holds commercial prices only.
        first = next((entry for entry in catalogued if matches(entry[1], called)), None)
        if first is not None:
            used.add(first[0])
            if partition == "aws":
                rates = genai_price(first[2], today)
                prices["aws"].append(Price(*rates, f"genai-prices:{first[0]}", genai.package.date))
    for identifier, _, expression in catalogued:
        if identifier in used:
            continue
        called = identifier.removeprefix("regional.")
        if called != bare(called):
            profiles.add(called)
        rates = genai_price(expression, today)
        models[bare(called)]["aws"].append(Price(*rates, f"genai-prices:{identifier}", genai.package.date))
    return models, profiles


def dearest(prices):
    """The price with the highest output, then input; of equal ones that of genai-prices, then the last label."""
    unknown = decimal.Decimal(-1)

    def rank(price):
        output = unknown if price.output is None else price.output
        input_ = unknown if price.input is None else price.input
        return output, input_, price.label.startswith("genai-prices:"), price.label

    return max(prices, key=rank, default=None)


def shown(number):
    return "-" if number is None else format(number.normalize(), "f")


def header(kind, columns, sources):
    lines = [f"# {kind}"]
    for key in ("genai-prices", "litellm"):
        name, version, date, licence, digest, _ = sources[key].header("")
        lines.append(f"# source\t{name}\t{version}\t{date}\t{licence}\t{digest}")
    return lines + ["\t".join(columns)]


def render_models(sources):
    models, _ = collect(sources)
    columns = ["id", "provider", "input", "output", "gov_input", "gov_output", "source", "date"]
    title = "Bedrock models: USD per million tokens, on demand, dearest Region or geography; - = not known"
    lines = header(title, columns, sources)
    for identifier in sorted(models):
        commercial = dearest(models[identifier]["aws"])
        government = dearest(models[identifier]["aws-us-gov"])
        chosen = [price for price in (commercial, government) if price is not None]
        fields = [identifier, identifier.split(".", 1)[0]]
        for price in (commercial, government):
            fields += ["-", "-"] if price is None else [shown(price.input), shown(price.output)]
        fields.append(" ".join(price.label for price in chosen))
        fields.append(min(price.date for price in chosen))
        lines.append("\t".join(fields))
    return "\n".join(lines) + "\n"


def render_profiles(sources):
    _, profiles = collect(sources)
    columns = ["profile", "model", "geography", "regions"]
    title = "System-defined inference profiles of Bedrock; Regions by geography, * = any commercial Region"
    lines = header(title, columns, sources)
    for profile in sorted(profiles):
        geography = GEOGRAPHY.match(profile).group(1)
        lines.append("\t".join([profile, bare(profile), geography, ",".join(DESTINATIONS[geography])]))
    return "\n".join(lines) + "\n"
