"""One action of FPDS, and the meaning of its cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

COLUMNS = {
    *("PIID", "Modification Number", "Transaction Number", "Referenced IDV PIID", "Date Signed", "Effective Date"),
    *("Completion Date", "Contracting Agency ID", "Contracting Agency Name", "Product or Service Code"),
    *("Description of Requirement", "Extent Competed", "Award Type", "Reason For Modification", "DUNS Number"),
    *("Vendor Name", "Vendor Address State Name", "Contracting Officer's Business Size Determination"),
    "Base and Exercised Options Value",
}

_ORDERS = {"DELIVERY ORDER", "PURCHASE ORDER", "BPA CALL"}
# "Competed under simplified acquisition" may be posted publicly or sent to three firms: the file does not say which.
_METHODS = {
    "FULL AND OPEN COMPETITION": "open",
    "FULL AND OPEN COMPETITION AFTER EXCLUSION OF SOURCES": "selective",
    "COMPETED UNDER SAP": "other",
    "COMPETITIVE DELIVERY ORDER": "framework",
    "NON-COMPETITIVE DELIVERY ORDER": "direct",
    "NOT COMPETED": "direct",
    "NOT COMPETED UNDER SAP": "direct",
    "NOT AVAILABLE FOR COMPETITION": "direct",
    "FOLLOW ON TO COMPETED ACTION": "direct",
}


@dataclass(frozen=True)
class Action:
    """An award or a modification.

    Attributes:
        line: the line in which its record ends.
        day: the day on which it was signed and became known.
        completion: the planned end of the contract on that day.
    """

    line: int
    record: Mapping[str, str]
    day: date
    completion: date | None

    @property
    def contract(self) -> str:
        """The contract's number; an order's number is unique only under its agreement, which is added."""
        agreement = self.record["Referenced IDV PIID"]
        return f"{self.record['PIID']}@{agreement}" if agreement else self.record["PIID"]

    @property
    def id(self) -> str:
        """The unique id of the action."""
        return f"{self.contract}-{self.record['Modification Number']}-{self.record['Transaction Number']}"

    @property
    def is_award(self) -> bool:
        """Whether it is the award itself."""
        return self.record["Modification Number"] == "0"

    @property
    def order(self) -> tuple[date, bool, int]:
        """Sort key in order of events: by day, the award first, then in the order of the file."""
        return self.day, not self.is_award, self.line

    @property
    def reason(self) -> str:
        """The reason of the modification, in the publisher's words."""
        return self.record["Reason For Modification"]

    @property
    def supplier(self) -> str | None:
        """The vendor's DUNS number."""
        return self.record["DUNS Number"] or None

    @property
    def buyer(self) -> str | None:
        """The contracting agency."""
        return self.record["Contracting Agency ID"] or None

    @property
    def amount(self) -> str:
        """The amount that it adds to the contract, with exercised options."""
        return self.record["Base and Exercised Options Value"].replace("$", "").replace(",", "")

    @property
    def terms(self) -> dict[str, str | None]:
        """The contract's columns from this action, the contract's first."""
        record = self.record
        return {
            "contract_id": self.contract,
            "buyer_id": self.buyer,
            "kind": "order" if record["Award Type"] in _ORDERS else "contract",
            "category": _category(record["Product or Service Code"]),
            "method": _METHODS.get(record["Extent Competed"]),
            "amount": self.amount if self.is_award else "0",
            "currency": "USD",
            "signed_on": (self.day if self.is_award else self._earliest()).isoformat(),
            "source": "fpds",
            "source_ref": record["PIID"],
        }

    def _earliest(self) -> date:
        named = (self.day, self.completion, day_of(self.record["Effective Date"]))
        return min(day for day in named if day is not None)


def action_of(line: int, record: Mapping[str, str]) -> Action | None:
    """Return a record as an action; None where the day it was signed on cannot be read."""
    day = day_of(record["Date Signed"])
    return Action(line, record, day, day_of(record["Completion Date"])) if day else None


def day_of(text: str) -> date | None:
    """Return the date in a cell; the file has two forms (09/29/2016; 2013-07-02 00:00:00)."""
    for form in ("%m/%d/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _category(code: str) -> str | None:
    """Goods, works or services by the product or service code: goods have digits, Y builds and Z repairs structures."""
    if not code:
        return None
    return "goods" if code[0].isdigit() else "works" if code[0] in "YZ" else "services"
