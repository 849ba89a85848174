"""Make `examples/facts`: thirty synthetic suppliers as CSV, cut from a small sandbox market with a fixed seed.

python examples/make_facts.py             # writes examples/facts anew, with the same bytes
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "facts"
WORLD, MARKET_SUPPLIERS, SEED = "plain", 400, 4
SUPPLIERS = 30
CONTRACTS_MIN = 6
ROWS_OF = {
    "bids": ("supplier_id", "suppliers"),
    "contracts": ("supplier_id", "suppliers"),
    "invoices": ("supplier_id", "suppliers"),
    "conduct": ("party_id", "suppliers"),
    "disputes": ("supplier_id", "suppliers"),
    "firm_events": ("supplier_id", "suppliers"),
    "financings": ("supplier_id", "suppliers"),
    "amendments": ("contract_id", "contracts"),
    "milestones": ("contract_id", "contracts"),
    "payments": ("contract_id", "contracts"),
    "stages": ("contract_id", "contracts"),
    "repayments": ("financing_id", "financings"),
}
"""By table: the column that says whose row it is, and the table of that column's key."""


def make_facts(folder: Path) -> None:
    """Write the example into a new folder: one CSV file per table, and the manifest that says it is synthetic."""
    from sandbox.make import make_sandbox

    with tempfile.TemporaryDirectory() as scratch:
        make_sandbox(Path(scratch) / "market", Path(WORLD), MARKET_SUPPLIERS, SEED)
        market = {file.stem: pq.read_table(file) for file in (Path(scratch) / "market" / "facts").glob("*.parquet")}
    folder.mkdir(parents=True)
    for name, table in sorted(cut(market).items()):
        pacsv.write_csv(table, folder / f"{name}.csv", pacsv.WriteOptions(quoting_style="needed"))
    manifest = {"synthetic": True, "currency": "CNY", "tz": "Asia/Shanghai", "world": WORLD, "seed": SEED}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def cut(market: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the rows of the chosen suppliers, with the tenders and buyers that these rows name."""
    ids = {"suppliers": chosen(market)}
    cut_tables = {"suppliers": where(market["suppliers"], "supplier_id", ids["suppliers"])}
    for name, (column, parent) in ROWS_OF.items():
        cut_tables[name] = where(market[name], column, ids[parent])
        if name in {"contracts", "financings"}:
            ids[name] = cut_tables[name][f"{name.removesuffix('s')}_id"].unique()
    tenders = [cut_tables[name]["tender_id"].unique() for name in ("bids", "contracts", "stages")]
    cut_tables["tenders"] = where(market["tenders"], "tender_id", pa.chunked_array(tenders))
    buyers = [cut_tables[name]["buyer_id"].unique() for name in ("bids", "contracts", "tenders")]
    cut_tables["buyers"] = where(market["buyers"], "buyer_id", pa.chunked_array(buyers))
    return cut_tables


def chosen(market: dict[str, pa.Table]) -> pa.Array:
    """Return the suppliers with a loan and enough contracts that have the fewest contracts: the set stays small."""
    counts = market["contracts"].group_by("supplier_id").aggregate([("contract_id", "count")])
    counts = counts.filter(pc.greater_equal(counts["contract_id_count"], CONTRACTS_MIN))
    borrowers = where(counts, "supplier_id", market["financings"]["supplier_id"])
    ordered = borrowers.sort_by([("contract_id_count", "ascending"), ("supplier_id", "ascending")])
    return ordered["supplier_id"].slice(0, SUPPLIERS).combine_chunks()


def where(table: pa.Table, column: str, ids: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return the rows whose column holds one of the ids."""
    return table.filter(pc.is_in(table[column], value_set=ids))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    shutil.rmtree(FOLDER, ignore_errors=True)
    make_facts(FOLDER)
