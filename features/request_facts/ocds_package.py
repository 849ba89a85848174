"""An OCDS release package sent with a request: its rows about one supplier, as rows of the canonical tables."""

from collections.abc import Collection, Mapping
from typing import Any

from features.facts.ids import normal_id
from features.facts.tables import TABLES
from features.importing.derived_columns import OF_CONTRACT
from features.request_facts.schema import ERRORS_MAX, ROOT, SENDABLE, FactsRefused, SentRow, SentRows, check_size
from features.sources.ocds.release import BadRelease, ReleaseRows

_PARTIES = ("suppliers", "buyers")
_LINKED = "links to a release instead of giving it: send the release itself"
_NOTHING = "has nothing about this supplier: check the supplier's id in the package"


def is_package(facts: Mapping[str, Any]) -> bool:
    """Whether facts are an OCDS package, or look like one."""
    return not {"releases", "records", "ocid"}.isdisjoint(facts)


def package_rows(package: Mapping[str, Any], about: str, contracts: Collection[str]) -> SentRows:
    """Return the rows of a release package that are about a supplier.

    Args:
        package: the package.
        about: the supplier's id.
        contracts: the supplier's contracts that are stored.
    """
    releases = package.get("releases")
    if not isinstance(releases, list) or "ocid" in package:
        why = "must be a release package: an object with an array `releases`"
        raise FactsRefused([(ROOT, why)])
    beside = sorted(package.keys() & TABLES.keys())
    if beside:
        why = "would be ignored beside `releases`: send a package or tables, not both"
        raise FactsRefused([(f"{ROOT}/{name}", why) for name in beside])
    check_size([len(releases)])
    sent, errors = SentRows("ocds"), []
    for i, release in enumerate(releases):
        at = f"/releases/{i}"
        if isinstance(release, dict) and "ocid" not in release and isinstance(release.get("url"), str):
            errors.append((f"{ROOT}{at}", _LINKED))
            continue
        try:
            read = ReleaseRows.of(release, at)
            errors += [(f"{ROOT}{fault.pointer}", fault.reason) for fault in read.faults]
            _add_rows(read, about, contracts, sent)
        except BadRelease as bad:
            errors.append((f"{ROOT}{bad.pointer}", bad.reason))
        check_size(map(len, sent.rows.values()))
    if errors:
        raise FactsRefused(errors[:ERRORS_MAX])
    if not sent.rows.keys() - {*_PARTIES, "tenders"}:
        raise FactsRefused([(ROOT, _NOTHING)])
    return sent


def _add_rows(release: ReleaseRows, about: str, stored: Collection[str], sent: SentRows) -> None:
    """Add the rows of a release that are about the supplier, and the parties and tenders that they name."""
    own = {values["contract_id"] for t, values, *_ in release.rows if t == "contracts" and _is_about(values, about)}
    contracts = own | set(stored)
    usable = [row for row in release.rows if _may_concern(row[0], row[1], about, contracts)]
    is_concerned = any(
        table not in {*_PARTIES, "tenders"} and _names_supplier_or_contract(values) for table, values, *_ in usable
    )
    for table, values, pointer, wrong in usable if is_concerned else []:
        text = {name: str(cell) for name, cell in values.items() if cell is not None}
        bad = "\t".join(wrong) if wrong else None
        sent.rows.setdefault(table, []).append(SentRow(text, f"{ROOT}{pointer}", bad))
    sent.left_out += len(release.rows) - (len(usable) if is_concerned else 0)


def drop_stored_parties(sent: SentRows, stored: Mapping[str, Collection[str]]) -> None:
    """Remove parties that are stored already: a release has fewer of their columns than a register."""
    for name in _PARTIES:
        key = TABLES[name].key[0]
        sent.rows[name] = [row for row in sent.rows.get(name, ()) if normal_id(row.values[key]) not in stored[name]]


def _may_concern(table: str, values: Mapping[str, object], about: str, contracts: Collection[object]) -> bool:
    """Whether a row is about the supplier, or about no supplier."""
    if table not in SENDABLE:
        return False
    if table in OF_CONTRACT:
        return values.get("contract_id") in contracts or (table == "stages" and values.get("contract_id") is None)
    return _is_about(values, about) if "supplier_id" in values else True


def _is_about(values: Mapping[str, object], about: str) -> bool:
    return normal_id(str(values.get("supplier_id", ""))) == about


def _names_supplier_or_contract(values: Mapping[str, object]) -> bool:
    """Whether a row names the supplier or one of the supplier's contracts."""
    return values.get("supplier_id") is not None or values.get("contract_id") is not None
