"""One supplier's profile as a person reads it: family by family, each value in its unit with its window."""

from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.shared.printing import evidence, suspicion

if TYPE_CHECKING:
    from features.facts.store import Facts

WORDS = {
    "en": {
        "depth": "{contracts:,} contracts known over {months:,} months",
        "missing": "never imported: {}",
        "unknown": "{} more are unknown",
        "suspicions": "suspicions: {}",
        "never_filled": "never filled in {}{}: {} (figures that rest on it are unknown)",
        "of_source": " by source {}",
    },
    "zh": {
        "depth": "已知合同 {contracts:,} 份，历史 {months:,} 个月",
        "missing": "从未导入的数据表：{}",
        "unknown": "另有 {} 项未知",
        "suspicions": "可疑数据：{}",
        "never_filled": "{}{}从未填写：{}（依赖它的指标为未知）",
        "of_source": "（来源 {}）",
    },
}


def lines(facts: "Facts", table: Any, *, lang: str = "en") -> Iterator[str]:
    """Yield the lines of a profile (one row, as `build_profiles` gives it); unknown values are only counted."""
    from features.declarations.catalogue import COLUMNS, FAMILIES
    from features.declarations.data_depth import data_depth
    from features.facts.dated_columns import never_filled

    words, row = WORDS[lang], table.to_pylist()[0]
    stood = row["as_of"].replace(tzinfo=UTC).astimezone(ZoneInfo(facts.tz))
    depth = data_depth(row, facts.missing_tables)
    yield f"{row['supplier_id']}  as_of {stood.isoformat()}  {facts.currency}"
    yield f"  {words['depth'].format(**depth)}"
    if depth["missing"]:
        yield f"  {words['missing'].format(', '.join(depth['missing']))}"
    if depth["suspicions"]:
        yield f"  {words['suspicions'].format('; '.join(suspicion(code, lang) for code in depth['suspicions']))}"
    for (name, source), columns in never_filled(facts.manifest["tables"]).items():
        of_source = words["of_source"].format(source) if source else ""
        yield f"  {words['never_filled'].format(name, of_source, ', '.join(columns))}"
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
