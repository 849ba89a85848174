"""The rows of one process that became known at one instant, as an OCDS 1.1 release."""

from typing import Any

from features.sources.ocds.fields import KEY, OF_MEMBER, columns, plain, write

Row = dict[str, Any]
Json = dict[str, Any]

_SECTIONS = {"planning": "planning", "tender": "tender", "bids": "tender", "awards": "award", "contracts": "contract"}
_PLANNED = {"budget", "demand", "intention", "plan"}
_PARTS = {"amendments": "amendments", "milestones": "milestones", "payments": "transactions"}


class Release:
    """One release.

    Args:
        process: `supplier/ID`, `buyer/ID`, `tender/ID`, `contract/ID` or `stage/ID`.
        date: the instant at which its rows became known.
        deployment: the deployment's version, `synthetic`, `currency` and `tz`.
        rows: tables and rows, in the order of `FIELDS`; `_again` in a row means that it corrects another.
    """

    def __init__(self, process: str, date: str, deployment: Json, rows: list[tuple[str, Row]]) -> None:
        self._kind, _, self._name = process.partition("/")
        ocid = self._name if self._name.startswith("ocds-") else f"supplier-credit-{self._kind}-{self._name}"
        self._json: Json = {"ocid": ocid, "id": f"{ocid}-{date}", "date": date, "initiationType": "tender"}
        self._context: Row = {}
        self._deployment = dict(deployment)
        self._roles: dict[str, set[str]] = {}
        self._contracts: dict[str, Json] = {}
        self._bases: dict[str, Row] = {}
        self._awards: dict[str, Json] = {}
        if self._kind in {"tender", "contract"}:
            self._json["tender"] = {"id": self._name}
            self._context["tender_id"] = self._name
        self._set_context(rows)
        for table, row in rows:
            self._add(table, row, again=row["_again"])

    def _add(self, table: str, row: Row, *, again: bool) -> None:
        if table in {"suppliers", "buyers"}:
            role = {"roles": [table.removesuffix("s")]}
            self._json.setdefault("parties", []).append(role | write(table, row, self._context, again=again))
        elif table == "tenders":
            self._json["tender"] |= write(table, row, self._context, again=again)
        elif table == "bids":
            details = self._json.setdefault("bids", {}).setdefault("details", [])
            details.append(write(table, row, self._context, again=again))
            self._roles.setdefault(row["supplier_id"], set()).add("tenderer")
        elif table == "contracts":
            self._add_contract(row, again=again)
        elif table == "stages":
            self._add_stage(row, again=again)
        else:
            parent = self._contract(row["contract_id"])
            parent = parent if table == "amendments" else parent.setdefault("implementation", {})
            context = {**self._context, "contract_id": row["contract_id"]}
            parent.setdefault(_PARTS[table], []).append(write(table, row, context, again=again))

    def json(self) -> Json:
        """Return the release."""
        release = self._json
        if self._awards:
            release["awards"] = list(self._awards.values())
        if self._contracts:
            release["contracts"] = list(self._contracts.values())
        if self._roles:
            named = [{"id": party, "roles": sorted(roles)} for party, roles in sorted(self._roles.items())]
            release["parties"] = [*release.get("parties", ()), *named]
        tags = dict.fromkeys(tag for section, tag in _SECTIONS.items() if section in release)
        if any("implementation" in contract for contract in self._contracts.values()):
            tags["implementation"] = None
        return {**release, "tag": list(tags) or ["planning"], KEY: self._deployment}

    def _set_context(self, rows: list[tuple[str, Row]]) -> None:
        """Set the buyer and the source of the release; rows with other values carry their own."""
        source = next((row["source"] for _, row in rows if row["source"]), None)
        if source:
            self._context["source"] = self._deployment["source"] = source
        buyer = next((row["buyer_id"] for table, row in rows if table != "buyers" and row.get("buyer_id")), None)
        if buyer:
            self._json["buyer"] = {"id": buyer}
            self._context["buyer_id"] = buyer
            self._roles[buyer] = {"buyer"}

    def _contract(self, contract_id: str) -> Json:
        return self._contracts.setdefault(contract_id, {"id": contract_id})

    def _award(self, contract_id: str) -> Json:
        return self._awards.setdefault(contract_id, {"id": contract_id})

    def _add_contract(self, row: Row, *, again: bool) -> None:
        """Add a contract, or one more of its suppliers."""
        name, supplier = row["contract_id"], row["supplier_id"]
        if name not in self._bases:
            base = {**row, **dict.fromkeys(OF_MEMBER)}
            self._bases[name] = base
            context = {**self._context, "supplier_id": supplier}
            self._contract(name).update({**write("contracts", base, context, again=again), "awardID": name})
        differs = (c for c in columns("contracts") if c not in {"contract_id", "supplier_id"})
        own = {c: plain(row.get(c)) for c in differs if row.get(c) != self._bases[name].get(c)}
        self._award(name).setdefault("suppliers", []).append({"id": supplier, KEY: own})
        self._roles.setdefault(supplier, set()).add("supplier")

    def _add_stage(self, row: Row, *, again: bool) -> None:
        """Add a stage as the document that disclosed it, in the stage's section of OCDS."""
        stage, contract_id = row["stage"], row.get("contract_id")
        context = dict(self._context)
        if stage in _PLANNED:
            parent = self._json.setdefault("planning", {})
        elif contract_id is None or stage == "process":
            parent = self._json.setdefault("tender", {"id": self._name})
        else:
            context["contract_id"] = contract_id
            parent = self._award(contract_id) if stage == "result" else self._contract(contract_id)
            if stage in {"acceptance", "payment"}:
                parent = parent.setdefault("implementation", {})
        parent.setdefault("documents", []).append(write("stages", row, context, again=again))
