"""The buyers and suppliers of a release, each under one id wherever they are mentioned."""

from dataclasses import dataclass, field

from features.facts.ids import is_valid
from features.sources.names import is_company
from features.sources.ocds.reading import Reading
from features.sources.ocds.shapes import Json, named, texts, within

_SUPPLIERS, _BUYERS = {"supplier", "tenderer"}, {"buyer", "procuringentity"}
_NO_IDENTIFIER = {"NA", "NONE", "NULL", "NIL", "UNKNOWN", "TBC", "TBD", "NOTAVAILABLE", "NOTAPPLICABLE"}

Objects = list[tuple[str, Json]]  # each with its pointer


@dataclass
class Parties:
    """The organisations of one release.

    Attributes:
        buyer_id: the buyer, else the procuring entity, else None.
    """

    buyer_id: str | None = None
    _known: dict[str, Json] = field(default_factory=dict)
    _suppliers: dict[str, tuple[str, Json]] = field(default_factory=dict)
    _buyers: dict[str, tuple[str, Json]] = field(default_factory=dict)

    @classmethod
    def of(cls, release: Reading, tender: Json, *, awards: Objects, bids: Objects) -> "Parties":
        """Find the parties by role; version 1.0 describes them where they are mentioned instead."""
        parties = cls()
        for pointer, party in release.listed(release.json, "parties", release.at, "suppliers"):
            with release.part("suppliers", pointer):
                parties._add_party(party, pointer)
        mentions = [m for at, award in awards for m in release.listed(award, "suppliers", at, "bids")]
        mentions += [m for at, bid in bids for m in release.listed(bid, "tenderers", at, "bids")]
        for pointer, mention in mentions:
            with release.part("suppliers", pointer):
                party_id = parties.id_of(mention, pointer)
                if party_id:
                    parties._suppliers.setdefault(party_id, (pointer, mention))
        buyers = ((release.json, "buyer", release.at), (tender, "procuringEntity", f"{release.at}/tender"))
        for parent, name, where in buyers:
            with release.part("buyers", f"{where}/{name}"):
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

    def add_rows(self, release: Reading) -> None:
        """Add a row for each supplier and buyer."""
        for party_id, (pointer, party) in self._suppliers.items():
            with release.part("suppliers", pointer):
                release.add("suppliers", {"supplier_id": party_id, **_firm(release, party, pointer)}, pointer)
        for party_id, (pointer, party) in self._buyers.items():
            with release.part("buyers", pointer):
                place = release.within(party, "address", pointer, "buyers")
                called = {"name": texts(party, "name", pointer), "region": texts(place, "region", pointer)}
                release.add("buyers", {"buyer_id": party_id, **called}, pointer)

    def _add_party(self, party: Json, pointer: str) -> None:
        party_id = _identity(party, pointer)
        if party_id is None:
            return
        local = texts(party, "id", pointer) or party_id
        known = self._known.get(local)
        if known is None or _registered(known, pointer) is None:
            self._known[local] = party
        listed = party.get("roles")
        roles = [listed] if isinstance(listed, str) else listed if isinstance(listed, list) else []
        names = {role.casefold() for role in roles if isinstance(role, str)}
        if names & _SUPPLIERS:
            self._suppliers.setdefault(party_id, (pointer, party))
        if names & _BUYERS:
            self._buyers.setdefault(party_id, (pointer, party))


def _identity(party: Json, pointer: str) -> str | None:
    """Return an id: the registered identifier where there is one, else the publisher's own.

    The publisher's own comes second, because tools that upgrade from version 1.0 write a hash of name and address
    there: a firm that moves would become two.
    """
    return _registered(party, pointer) or texts(party, "id", pointer)


def _registered(party: Json, pointer: str) -> str | None:
    """Return the registered identifier; None for a stand-in such as `0000000` or `N/A`, which many firms share."""
    registered = texts(within(party, "identifier", pointer), "id", pointer)
    if registered is None or is_valid(registered):
        return registered
    characters = [c for c in registered.upper() if c.isalnum()]
    is_stand_in = len(set(characters)) < 2 or "".join(characters) in _NO_IDENTIFIER
    own = texts(party, "id", pointer)
    return None if is_stand_in and own else registered


def _firm(release: Reading, party: Json, pointer: str) -> dict[str, object]:
    name = texts(party, "name", pointer)
    place = release.within(party, "address", pointer, "suppliers")
    scale = named(release.within(party, "details", pointer, "suppliers"), "scale")
    return {
        "name": name,
        "kind": "legal_person" if name and is_company(name) else "other",
        "region": texts(place, "region", pointer),
        "size_class": scale if scale in {"micro", "small", "medium", "large"} else None,
    }
