"""Value-added tax invoices of Chinese small firms, sales and purchases: one Parquet file, values in Chinese.

DuckDB does all the work: no invoice becomes a Python object. A void invoice (作废发票) may only be voided in the month
of its issue (国税发〔2006〕156号, articles 13 and 20), and the file does not give the day: it counts as valid from its
issue, and as void from the end of that month. A form voided blank, without an amount, was never valid. A red invoice
(红字发票) is a valid invoice with a negative amount. The publisher left out the form's code (发票代码), so numbers
repeat after years: firm, direction, number, day and counterparty identify an invoice.
"""

from collections import Counter
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import InputError
from features.facts.sql import literal, quoted
from features.facts.tables import TABLES
from features.intake.counts import RecordCount
from features.intake.intake import Intake
from features.sources.report import SourceReport

CURRENCY = "CNY"
TZ = "Asia/Shanghai"

_COLUMNS = {
    *("enterprise_id", "invoice_no", "invoice_date", "counterparty_id"),
    *("amount", "tax", "total", "status", "direction"),
}
_STATES = "WHEN '有效发票' THEN 'valid' WHEN '作废发票' THEN 'void'"
_BLANKS = literal(" \t\u00a0\u3000")
_NOTES = {
    "a void invoice: valid from its issue, void from the end of that month, by which it must be voided": "voided_later",
    "a void invoice of no amount, or issued on the last of a month: void from its issue": (
        "state = 'void' AND NOT voided_later"
    ),
    "a red invoice: its amount is negative": "state = 'valid' AND try_cast(amount AS DOUBLE) < 0",
    "blanks around a status": f"status <> trim(status, {_BLANKS})",
    "amount and tax do not add up to the total; taken unchanged": (
        "abs(try_cast(amount AS DOUBLE) + try_cast(tax AS DOUBLE) - try_cast(total AS DOUBLE)) > 0.015"
    ),
}


def recognises(source: Path) -> bool:
    """Whether a Parquet file, or one in the folder, has the publisher's columns."""
    return _invoice_file(source) is not None


def read(source: Path, intake: Intake) -> SourceReport:
    """Read the firms into `suppliers` and their invoices into `invoices`."""
    file = _invoice_file(source)
    if file is None:
        fix = f"It has the columns {', '.join(sorted(_COLUMNS))}."
        raise InputError("There is no Parquet file of invoices here.", where=str(source), fix=fix)
    number = intake.file(file.name, unit="row")
    carried = f"{number} AS _file, _line, CAST(NULL AS VARCHAR) AS _pointer, CAST(NULL AS VARCHAR) AS _bad"
    try:
        types = _create_view(file, intake)
        firm = {"supplier_id": "VARCHAR", "kind": "VARCHAR", "source": "VARCHAR"}
        intake.add(TABLES["suppliers"], firm, _FIRMS, carried=carried)
        cells = {"amount": types["amount"], "tax": types["tax"], "issued_on": types["invoice_date"]}
        cells |= {**dict.fromkeys(_TEXT, "VARCHAR"), "known_at": "DATE"}
        intake.add(TABLES["invoices"], cells, _INVOICES, carried=carried)
        rows = intake.count("SELECT count(*) FROM invoice_rows")
        notes = Counter(
            {
                note: intake.count(f"SELECT count(*) FROM invoice_rows WHERE {condition}")
                for note, condition in _NOTES.items()
            }
        )
    except duckdb.Error as error:
        raise InputError("The file is damaged: it cannot be read to its end.", where=file.name) from error
    ignored = tuple(sorted(p.name for p in source.iterdir() if p != file)) if source.is_dir() else ()
    return SourceReport({"invoices": RecordCount(rows, rows)}, +notes, ignored)


_FIRMS = (
    "(SELECT firm AS supplier_id, 'other' AS kind, 'cn_invoices' AS source, min(_line) AS _line FROM invoice_rows"
    " GROUP BY 1)"
)

_TEXT = ("invoice_id", "supplier_id", "direction", "counterparty_id", "currency", "state", "source", "source_ref")

_ROW = (
    "firm || '-' || direction || '-' || invoice_no || '-' || strftime(day, '%Y%m%d') || '-' || counterparty_id AS"
    " invoice_id, firm AS supplier_id, direction, counterparty_id, amount, tax, 'CNY' AS currency, invoice_date AS"
    " issued_on, 'cn_invoices' AS source, invoice_no AS source_ref, _line"
)

_INVOICES = (
    f"(SELECT {_ROW}, state, CASE WHEN voided_later THEN last_day(day) END AS known_at FROM invoice_rows"
    f" UNION ALL SELECT {_ROW}, 'valid' AS state, NULL AS known_at FROM invoice_rows WHERE voided_later)"
)


def _create_view(file: Path, intake: Intake) -> dict[str, str]:
    """Create the view `invoice_rows`, the file's rows with their numbers; return the types of the file's columns."""
    rows = f"read_parquet({literal(str(file))}, file_row_number = true)"
    types = {row[0]: row[1] for row in intake.con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()}
    ids = {"firm": "enterprise_id", "invoice_no": "invoice_no", "counterparty_id": "counterparty_id"}
    trimmed = ", ".join(f"trim(CAST({quoted(name)} AS VARCHAR), {_BLANKS}) AS {alias}" for alias, name in ids.items())
    state = f"CASE trim(status, {_BLANKS}) {_STATES} ELSE status END AS state"
    later = "state = 'void' AND try_cast(amount AS DOUBLE) <> 0 AND day < last_day(day) AS voided_later"
    intake.con.execute(
        f"CREATE VIEW invoice_rows AS SELECT *, {later} FROM (SELECT {trimmed}, direction, invoice_date,"
        f" try_cast(invoice_date AS DATE) AS day, amount, tax, total, status, {state},"
        f" file_row_number + 1 AS _line FROM {rows})"
    )
    return types


def _invoice_file(source: Path) -> Path | None:
    for file in sorted(source.glob("*.parquet")) if source.is_dir() else [source]:
        try:
            if set(pq.read_schema(file).names) >= _COLUMNS:
                return file
        except (OSError, pa.ArrowInvalid):
            continue
    return None
