"""The buyers and suppliers of a release, each under one id wherever they are mentioned."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from features.facts.ids import is_valid
from features.sources.names import is_company
from features.sources.ocds.shapes import Json, listed, named, texts, within

_SUPPLIERS, _BUYERS = {"supplier", "tenderer"}, {"buyer", "procuringEntity"}


@dataclass
class Parties:
    """The organisations of one release.

    Attributes:
        buyer_id: the buyer, else the procuring entity, else None.
    """

    at: str
    buyer_id: str | None = None
    _known: dict[str, Json] = field(default_factory=dict)
    _suppliers: dict[str, tuple[str, Json]] = field(default_factory=dict)
    _buyers: dict[str, tuple[str, Json]] = field(default_factory=dict)

    @classmethod
    def of(cls, release: Json, tender: Json, awards: list[tuple[str, Json]], at: str) -> "Parties":
        """Find the parties by role; version 1.0 describes them where they are mentioned instead."""
        parties = cls(at)
        for pointer, party in listed(release, "parties", at):
            parties._add_party(party, pointer)
        bids = listed(within(release, "bids", at), "details", f"{at}/bids")
        mentions = [m for pointer, award in awards for m in listed(award, "suppliers", pointer)]
        mentions += [m for pointer, bid in bids for m in listed(bid, "tenderers", pointer)]
        for pointer, mention in mentions:
            party_id = parties.id_of(mention, pointer)
            if party_id:
                parties._suppliers.setdefault(party_id, (pointer, mention))
        for parent, name, where in ((release, "buyer", at), (tender, "procuringEntity", f"{at}/tender")):
            mention = within(parent, name, where)
            party_id = parties.id_of(mention, f"{where}/{name}") if mention else None
            if party_id:
                parties.buyer_id = parties.buyer_id or party_id
                parties._buyers.setdefault(party_id, (f"{where}/{name}", mention))
        return parties

    def id_of(self, mention: Json, pointer: str) -> str | None:
        """Return the id under which a mentioned organisation is stored."""
        local = texts(mention, "id", pointer)
        return _identity(self._known.get(local or "", mention), pointer) or _identity(mention, pointer)

    def rows(self) -> Iterator[tuple[str, dict[str, object], str]]:
        """Yield table, values and pointer of each supplier and buyer."""
        for party_id, (pointer, party) in self._suppliers.items():
            yield "suppliers", {"supplier_id": party_id, **_firm(party, pointer)}, pointer
        for party_id, (pointer, party) in self._buyers.items():
            place = within(party, "address", pointer)
            named_as = {"name": texts(party, "name", pointer), "region": texts(place, "region", pointer)}
            yield "buyers", {"buyer_id": party_id, **named_as}, pointer

    def _add_party(self, party: Json, pointer: str) -> None:
        party_id = _identity(party, pointer)
        if party_id is None:
            return
        self._known[texts(party, "id", pointer) or party_id] = party
        roles = party.get("roles")
        role_names = {str(r) for r in roles} if isinstance(roles, list) else set()
        if role_names & _SUPPLIERS:
            self._suppliers.setdefault(party_id, (pointer, party))
        if role_names & _BUYERS:
            self._buyers.setdefault(party_id, (pointer, party))


def _identity(party: Json, pointer: str) -> str | None:
    """Return an id: the unified social credit code where there is one, else the publisher's, else the register's."""
    registered = texts(within(party, "identifier", pointer), "id", pointer)
    if registered and is_valid(registered):
        return registered
    return texts(party, "id", pointer) or registered


def _firm(party: Json, pointer: str) -> dict[str, object]:
    name = texts(party, "name", pointer)
    place = within(party, "address", pointer)
    scale = named(within(party, "details", pointer), "scale")
    return {
        "name": name,
        "kind": "legal_person" if name and is_company(name) else "other",
        "region": texts(place, "region", pointer),
        "size_class": scale if scale in {"micro", "small", "medium", "large"} else None,
    }
