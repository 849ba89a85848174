"""The canonical tables: their columns, keys, clocks, and which columns a dated attribute hides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """How a column is read and stored."""

    ID = "id"  # opaque string
    TEXT = "text"
    ENUM = "enum"
    INSTANT = "instant"  # TIMESTAMP(us), naive, UTC
    MONEY = "money"  # DECIMAL(18,2)
    RATE = "rate"  # DECIMAL(18,8)
    INTEGER = "integer"
    FLAG = "flag"
    REAL = "real"


SQL_TYPE: Mapping[Kind, str] = {
    Kind.ID: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.ENUM: "VARCHAR",
    Kind.INSTANT: "TIMESTAMP",
    Kind.MONEY: "DECIMAL(18,2)",
    Kind.RATE: "DECIMAL(18,8)",
    Kind.INTEGER: "BIGINT",
    Kind.FLAG: "BOOLEAN",
    Kind.REAL: "DOUBLE",
}

IBIS_TYPE: Mapping[Kind, str] = {
    Kind.ID: "string",
    Kind.TEXT: "string",
    Kind.ENUM: "string",
    Kind.INSTANT: "timestamp(6)",
    Kind.MONEY: "decimal(18,2)",
    Kind.RATE: "decimal(18,8)",
    Kind.INTEGER: "int64",
    Kind.FLAG: "boolean",
    Kind.REAL: "float64",
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table; `required` columns may not be null, `values` lists the values of an enum."""

    name: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes:
        key: the columns that identify a row; later rows of the same key are corrections.
        event: the date that decides visibility besides `known_at`, or None.
        hides: a dated attribute, and the companion columns that are unknown until that date has passed.
        parent: the table whose row must be visible too, by its key column.
        derived: columns that the import adds.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    event: str | None = None
    hides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parent: str | None = None
    derived: tuple[Column, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError where there is none."""
        return {c.name: c for c in self.stored}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all stored columns, in order."""
        return tuple(c.name for c in self.stored)

    @property
    def stored(self) -> tuple[Column, ...]:
        """Columns of an imported facts folder: own, derived, clocks."""
        return (*self.fact_columns, *CLOCKS, Column("known_until", Kind.INSTANT))

    @property
    def fact_columns(self) -> tuple[Column, ...]:
        """The content of a row: own and derived columns, without the clocks."""
        return (*self.columns, *self.derived)

    @property
    def of_supplier(self) -> bool:
        """Whether rows belong to a supplier (and so can enter a profile)."""
        return "supplier_id" in self.names and self.name not in {"outcomes", "spine"}


CATEGORIES = ("goods", "works", "services")
METHODS = ("open", "selective", "limited", "direct", "framework", "other")
STAGES = ("budget", "demand", "intention", "plan", "process", "result", "contract", "acceptance", "payment")
PARTIES = ("supplier", "buyer", "agency", "expert", "platform", "venue")


def _c(text: str) -> tuple[Column, ...]:
    """Read columns from `name:kind[!][=a|b]`, blank-separated; `!` marks a required one."""
    columns = []
    for item in text.split():
        head, _, values = item.partition("=")
        name, _, kind = head.partition(":")
        columns.append(Column(name, Kind(kind.rstrip("!")), kind.endswith("!"), tuple(filter(None, values.split("|")))))
    return tuple(columns)


CLOCKS = _c("known_at:instant retracted:flag source:text source_ref:text")
_CATEGORY, _METHOD = "category:enum=" + "|".join(CATEGORIES), "method:enum=" + "|".join(METHODS)
_VALUE, _SUPPLIER, _RESTATED = _c("value:money"), _c("supplier_id:id!"), _c("restated:flag")  # restated: see shares.py

_ALL = (
    Table(
        "suppliers",
        ("supplier_id",),
        _c(
            "supplier_id:id! name:text kind:enum!=legal_person|sole_trader|other founded_on:instant region:text"
            " industry:text size_class:enum=micro|small|medium|large registered_capital:money currency:text"
        ),
        hides={"renamed_on": (), "kind_changed_on": (), "name_shared_on": ()},
        derived=(*_VALUE, *_c("stand_in:flag renamed_on:instant kind_changed_on:instant name_shared_on:instant")),
    ),
    Table(
        "buyers",
        ("buyer_id",),
        _c("buyer_id:id! name:text region:text level:enum=national|province|city|county|other"),
    ),
    Table(
        "tenders",
        ("tender_id",),
        _c(
            f"tender_id:id! buyer_id:id {_METHOD} {_CATEGORY} estimate:money currency:text published_on:instant!"
            " deadline:instant awarded_on:instant"
        ),
        event="published_on",
        hides={"awarded_on": ()},
        derived=_VALUE,
    ),
    Table(
        "bids",
        ("bid_id",),
        _c(
            "bid_id:id! tender_id:id! supplier_id:id! buyer_id:id bidders:integer amount:money currency:text"
            " result:enum!=won|lost|disqualified|withdrawn decided_on:instant occurred_at:instant!"
        ),
        event="occurred_at",
        hides={"decided_on": ("result",)},
        derived=_VALUE,
    ),
    Table(
        "contracts",
        ("contract_id", "supplier_id"),
        _c(
            f"contract_id:id! supplier_id:id! buyer_id:id! tender_id:id kind:enum!=contract|order {_CATEGORY} {_METHOD}"
            " amount:money! currency:text! signed_on:instant! starts_on:instant ends_on:instant"
            " end_state:enum=completed|terminated_early|cancelled ended_on:instant payee_account:text members:integer"
            " share:rate"
        ),
        event="signed_on",
        hides={"ended_on": ("end_state",)},
        derived=(*_VALUE, *_RESTATED),
    ),
    Table(
        "amendments",
        ("amendment_id",),
        _c(
            "amendment_id:id! contract_id:id! amount_change:money currency:text days_change:integer reason:text"
            " occurred_at:instant!"
        ),
        event="occurred_at",
        parent="contracts",
        derived=(*_SUPPLIER, *_VALUE, *_RESTATED),
    ),
    Table(
        "milestones",
        ("milestone_id",),
        _c(
            "milestone_id:id! contract_id:id! kind:enum!=delivery|acceptance requested_on:instant due_on:instant"
            " met_on:instant result:enum=passed|partial|failed"
        ),
        hides={"met_on": ("result",), "requested_on": ()},
        parent="contracts",
        derived=_SUPPLIER,
    ),
    Table(
        "payments",
        ("payment_id",),
        _c(
            "payment_id:id! contract_id:id! invoiced_on:instant due_on:instant paid_on:instant amount:money!"
            " currency:text! payee_account:text"
        ),
        hides={"paid_on": (), "invoiced_on": ()},
        parent="contracts",
        derived=(*_SUPPLIER, *_VALUE, *_RESTATED),
    ),
    Table(
        "stages",
        ("stage_id",),
        _c(
            f"stage_id:id! tender_id:id contract_id:id stage:enum!={'|'.join(STAGES)} document:text"
            " occurred_at:instant!"
        ),
        event="occurred_at",
        parent="contracts",
        derived=_c("supplier_id:id"),
    ),
    Table(
        "invoices",
        ("invoice_id",),
        _c(
            "invoice_id:id! supplier_id:id! direction:enum!=sale|purchase counterparty_id:id! amount:money! tax:money"
            " currency:text! issued_on:instant! state:enum!=valid|void"
        ),
        event="issued_on",
        derived=_VALUE,
    ),
    Table(
        "conduct",
        ("conduct_id",),
        _c(
            f"conduct_id:id! party_id:id! party_role:enum!={'|'.join(PARTIES)} type_code:text! severity:integer"
            " amount:money effective_on:instant! expires_on:instant repaired_on:instant"
        ),
        event="effective_on",
        hides={"repaired_on": ()},
        derived=_c("supplier_id:id stated_severity:integer"),  # `severity` itself is filled in from the catalogue
    ),
    Table(
        "disputes",
        ("dispute_id",),
        _c(
            "dispute_id:id! contract_id:id supplier_id:id! kind:text! opened_on:instant! closed_on:instant outcome:text"
        ),
        event="opened_on",
        hides={"closed_on": ("outcome",)},
        parent="contracts",
    ),
    Table(
        "firm_events",
        ("event_id",),
        _c("event_id:id! supplier_id:id! type_code:text! value:real occurred_at:instant! ends_on:instant"),
        event="occurred_at",
    ),
    Table(
        "financings",
        ("financing_id",),
        _c(
            "financing_id:id! tenant_id:id! supplier_id:id! contract_id:id purpose:text amount:money! currency:text!"
            " rate:rate! requested_on:instant starts_on:instant! ends_on:instant! payee_account:text"
            " account_confirmed_on:instant"
        ),
        event="starts_on",
        hides={"account_confirmed_on": ()},
        derived=_VALUE,
    ),
    Table(
        "repayments",
        ("repayment_id",),
        _c(
            "repayment_id:id! financing_id:id! paid:money remaining:money! currency:text! days_past_due:integer"
            " occurred_at:instant!"
        ),
        event="occurred_at",
        parent="financings",
        derived=_c("supplier_id:id! tenant_id:id! value:money"),
    ),
    Table(
        "outcomes",
        ("case_id",),
        _c("case_id:id! supplier_id:id! as_of:instant! matured_on:instant! bad:integer! weight:real"),
    ),
    Table("rates", ("currency", "on"), _c("currency:text! on:instant! rate:rate!")),
    Table("calendar", ("on",), _c("on:instant! worked:flag!")),
    Table(
        "spine",
        ("case_id",),
        _c(
            "case_id:id supplier_id:id! as_of:instant! tenant_id:id contract_id:id buyer_id:id amount:money"
            f" currency:text days:integer {_CATEGORY} {_METHOD} bidders:integer"
        ),
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _ALL})
