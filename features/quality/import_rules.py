"""`import.toml`: the operator's rules on findings, and the register of sources.

[[rule]]
code = "AMOUNT_BEYOND_OTHERS"
action = "repaired"
reason = "confirmed by the publisher on 2026-03-01: cents were given as yuan"

[[source]]
name = "ocds"
publisher = "Provincial platform"
authorisation = "contract 12/2026, clause 3"
from = 2026-01-01
until = 2027-01-01
freshness_days = 7
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import rfc8785

from features.errors import InputError
from features.home import home
from features.quality.codes import CODES
from features.sources.notes import Action

FILE: Final = "import.toml"
_RULE: Final = ("code", "action", "reason")
_SOURCE: Final = ("name", "publisher", "authorisation", "from", "until", "freshness_days")


@dataclass(frozen=True)
class Rule:
    """What the operator decided about the rows with one code."""

    code: str
    action: Action
    reason: str


@dataclass(frozen=True)
class RegisteredSource:
    """One source of the register.

    Attributes:
        name: as in the column `source` of the rows; empty for rows without one.
        authorised_from: first day of the authorised period.
        authorised_until: last day of it; None for no end.
        freshness_days: days after which its newest fact is no longer fresh; None where nothing was agreed.
    """

    name: str
    publisher: str
    authorisation: str
    authorised_from: date
    authorised_until: date | None = None
    freshness_days: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        until = self.authorised_until.isoformat() if self.authorised_until else None
        return {**asdict(self), "authorised_from": self.authorised_from.isoformat(), "authorised_until": until}


@dataclass(frozen=True)
class ImportRules:
    """The content of `import.toml`; empty where there is none."""

    rules: tuple[Rule, ...] = ()
    sources: tuple[RegisteredSource, ...] = field(default=())

    @property
    def actions(self) -> dict[str, Action]:
        """Action by code, of rules that change something."""
        return {rule.code: rule.action for rule in self.rules if rule.action is not Action.KEPT}

    @property
    def digest(self) -> str:
        """`sha256:…` over the rules' codes and actions: what the stored rows depend on."""
        ordered = sorted((code, action.value) for code, action in self.actions.items())
        return f"sha256:{hashlib.sha256(rfc8785.dumps([list(pair) for pair in ordered])).hexdigest()}"

    def refuse_past(self, names: set[str], today: date) -> None:
        """Raise InputError if a source that is imported is outside its authorised period."""
        for source in self.sources:
            if source.name not in names:
                continue
            until = source.authorised_until
            if today < source.authorised_from or (until is not None and today > until):
                period = f"{source.authorised_from.isoformat()} to {until.isoformat() if until else 'no end'}"
                raise InputError(
                    f"Source {source.name!r} is authorised from {period}, not on {today.isoformat()}.",
                    where=FILE,
                    fix="Renew the authorisation and write its period into the register; nothing was changed.",
                )


def read_rules(file: Path | None = None) -> ImportRules:
    """Read the rules and the register from `file`, else from `<home>/import.toml`; empty where that does not exist.

    Raises:
        InputError: the file is not TOML, or an entry is incomplete, unknown or repeated.
    """
    chosen = file or home() / FILE
    if file is None and not chosen.exists():
        return ImportRules()
    try:
        content = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            "The rules of imports cannot be read.", where=str(chosen), fix="It is TOML in UTF-8."
        ) from error
    _refuse_unknown(content, ("rule", "source"), str(chosen))
    rules = tuple(_rule(entry, f"{chosen}, rule {n}") for n, entry in _blocks(content, "rule", str(chosen)))
    sources = tuple(_source(entry, f"{chosen}, source {n}") for n, entry in _blocks(content, "source", str(chosen)))
    for what, names in (("Code", [r.code for r in rules]), ("Source", [s.name for s in sources])):
        if repeated := [name for name in names if names.count(name) > 1]:
            raise InputError(f"{what} {repeated[0]!r} appears twice.", where=str(chosen), fix="Keep one of them.")
    return ImportRules(rules, sources)


def _blocks(content: Mapping[str, Any], name: str, where: str) -> list[tuple[int, Mapping[str, Any]]]:
    blocks = content.get(name, [])
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise InputError(f"{name!r} is not a list of blocks.", where=where, fix=f"Begin each with [[{name}]].")
    return list(enumerate(blocks, start=1))


def _rule(entry: Mapping[str, Any], where: str) -> Rule:
    _refuse_unknown(entry, _RULE, where)
    _require_text(entry, _RULE, where)
    code = CODES.get(entry["code"])
    if code is None:
        raise InputError(f"There is no code {entry['code']!r}.", where=where, fix=f"Codes: {', '.join(CODES)}.")
    allowed = sorted(action.value for action in {*code.rules, Action.KEPT})
    if entry["action"] not in allowed:
        fix = f"Use {', '.join(allowed)}."
        raise InputError(f"{entry['action']!r} is no action for {entry['code']}.", where=where, fix=fix)
    return Rule(entry["code"], Action(entry["action"]), entry["reason"])


def _source(entry: Mapping[str, Any], where: str) -> RegisteredSource:
    _refuse_unknown(entry, _SOURCE, where)
    _require_text(entry, ("publisher", "authorisation"), where)
    if not isinstance(entry.get("name"), str):
        raise InputError("'name' must be text; empty for rows without a source.", where=where)
    days = entry.get("freshness_days")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
        raise InputError("'freshness_days' must be a whole number of 1 or more.", where=where)
    begins, ends = entry.get("from"), entry.get("until")
    if type(begins) is not date or (ends is not None and type(ends) is not date):
        raise InputError("'from' and 'until' must be dates.", where=where, fix="Write from = 2026-01-01.")
    if ends is not None and ends < begins:
        raise InputError("'until' lies before 'from'.", where=where)
    return RegisteredSource(entry["name"], entry["publisher"], entry["authorisation"], begins, ends, days)


def _refuse_unknown(block: Mapping[str, Any], settings: tuple[str, ...], where: str) -> None:
    if unknown := sorted(set(block) - set(settings)):
        raise InputError(f"There is no setting {unknown[0]!r}.", where=where, fix=f"Use {', '.join(settings)}.")


def _require_text(block: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in names:
        if not isinstance(block.get(name), str) or not block[name].strip():
            raise InputError(f"{name!r} must be text.", where=where)
