"""Reads outputs with parsers that share no code with Ringfence, and prints what they hold as JSON.

    formats.py FORMAT FILE      with FORMAT junit, csv or markdown
"""

import csv
import json
import sys
from html.parser import HTMLParser

from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt

# What the report itself writes as HTML; anything else would be of a name.
OWN_TAGS = {"details", "summary", "code", "pre"}


def junit(path):
    words = {Failure: "failure", Error: "error", Skipped: "skipped"}
    cases = []
    for suite in JUnitXml.fromfile(path):
        for case in suite:
            results = [[words[type(result)], result.message] for result in case.result]
            cases.append({"suite": suite.name, "name": case.name, "class": case.classname, "results": results})
    report = JUnitXml.fromfile(path)
    return {"cases": cases, "tests": report.tests, "failures": report.failures, "errors": report.errors}


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    return {"columns": rows[0], "rows": [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]}


class Tags(HTMLParser):
    """Collects the tags of the page that a Markdown renderer makes, and its text."""

    def __init__(self):
        super().__init__()
        self.tags = []
        self.text = []

    def handle_starttag(self, tag, attrs):
        self.tags.append([tag, attrs])

    def handle_data(self, data):
        self.text.append(data)


def markdown(path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table").render(source)
    parser = Tags()
    parser.feed(page)
    made = {"h2", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong", "style"} | OWN_TAGS
    foreign = [tag for tag in parser.tags if tag[0] not in made]
    attributes = [tag for tag in parser.tags for name, _ in tag[1] if name not in {"style", "open"}]
    return {
        "characters": len(source),
        "foreign": foreign,
        "attributes": attributes,
        "details": sum(tag[0] == "details" for tag in parser.tags),
        "rows": sum(tag[0] == "tr" for tag in parser.tags),
        "text": "".join(parser.text),
    }


READERS = {"junit": junit, "csv": table, "markdown": markdown}

if __name__ == "__main__":
    json.dump(READERS[sys.argv[1]](sys.argv[2]), sys.stdout)
