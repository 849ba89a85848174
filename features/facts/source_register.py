"""The register of sources in a manifest: who published the facts, by which authorisation, how fresh they are."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

REGISTER = "sources"
"""Name of the register in the manifest of facts, in a run of stored profiles, and in `data_cutoff`."""


def registered_at(manifest: Mapping[str, Any], as_of: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return the register for an answer; what does not apply is left out.

    Args:
        manifest: the manifest of the facts.
        as_of: instant of the profile, naive UTC.
        zone: the deployment's time zone, for the day of the newest fact.

    Returns:
        For each source name, publisher, authorisation, authorised_from, authorised_until, freshness_days, and `latest`,
        the day of its newest fact; it is absent where that became known on or after `as_of`.
    """
    entries = []
    for source in manifest.get(REGISTER, ()):
        entry = {name: value for name, value in source.items() if name != "latest_known_at" and value is not None}
        text = source.get("latest_known_at")
        latest = datetime.fromisoformat(text) if text else None
        if latest is not None and latest.year > 1 and latest < as_of:
            entry["latest"] = latest.replace(tzinfo=UTC).astimezone(zone).date().isoformat()
        entries.append(entry)
    return entries
