"""One whole OCDS release, and how tests change and pack it."""

import json
from pathlib import Path

RELEASE = json.loads((Path(__file__).parent / "release.json").read_text())


def changed(path, value, release=RELEASE):
    """A copy of the release with the part at a slash-separated path replaced, or removed for None."""
    copy = json.loads(json.dumps(release))
    *parents, last = [int(p) if p.isdigit() else p for p in path.split("/")]
    at = copy
    for name in parents:
        at = at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return copy


def package(*releases, **more):
    """A release package."""
    return {"uri": "u", "version": "1.1", "releases": list(releases), **more}


def quarantined_rows(summary):
    """What an import quarantined."""
    return [json.loads(line) for line in summary.quarantine.read_text().splitlines()]
