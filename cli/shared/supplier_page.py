"""One supplier's profile as a person reads it: family by family, each value in its unit with its window."""

from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.shared.printing import evidence

if TYPE_CHECKING:
    from features.facts.store import Facts

WORDS = {
    "en": {
        "depth": "{contracts:,} contracts known over {months:,} months",
        "missing": "never imported: {}",
        "unknown": "{} more are unknown",
    },
    "zh": {
        "depth": "已知合同 {contracts:,} 份，历史 {months:,} 个月",
        "missing": "从未导入的数据表：{}",
        "unknown": "另有 {} 项未知",
    },
}


def lines(facts: "Facts", table: Any, *, lang: str = "en") -> Iterator[str]:
    """Yield the lines of a profile (one row, as `build_profiles` gives it); unknown values are only counted."""
    from features.declarations.catalogue import COLUMNS, FAMILIES
    from features.declarations.data_depth import data_depth

    words, row = WORDS[lang], table.to_pylist()[0]
    stood = row["as_of"].replace(tzinfo=UTC).astimezone(ZoneInfo(facts.tz))
    depth = data_depth(row, facts.missing_tables)
    yield f"{row['supplier_id']}  as_of {stood.isoformat()}  {facts.currency}"
    yield f"  {words['depth'].format(**depth)}"
    if depth["missing"]:
        yield f"  {words['missing'].format(', '.join(depth['missing']))}"
    for family in FAMILIES.values():
        names = [c.name for c in COLUMNS if c.feature.family == family.letter and c.name in row]
        known = [name for name in names if row[name] is not None]
        if not known:
            continue
        yield f"\n{getattr(family.label, lang)}"
        for name in known:
            yield f"  {evidence(name, row[name], lang=lang, currency=facts.currency)}"
        if len(known) < len(names):
            yield f"  ({words['unknown'].format(len(names) - len(known))})"
