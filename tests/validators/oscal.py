"""Reads OSCAL assessment results with compliance-trestle: oscal.py FILE. Prints how many observations there are, and findings by state."""

import collections
import json
import pathlib
import sys

from trestle.oscal.assessment_results import AssessmentResults

document = AssessmentResults.oscal_read(pathlib.Path(sys.argv[1]))
if document is None:
    sys.exit("there is no such file")
(result,) = document.results
states = collections.Counter(
    getattr(finding.target.status.state, "value", finding.target.status.state) for finding in result.findings or []
)
json.dump({"observations": len(result.observations or []), "states": states}, sys.stdout)
