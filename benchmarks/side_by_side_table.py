"""One set of the side-by-side comparison as text."""

from typing import Any

NOT_EVALUABLE = "not evaluable"


def table(name: str, result: Any) -> str:
    """One set as text."""
    if result.proposed == NOT_EVALUABLE:
        return f"\n{name}: {NOT_EVALUABLE}. {result.why}"
    head = (
        f"\n{name}: learned from {result.n:,} cases, {result.bad:,} bad; "
        f"judged on {result.test_n:,}, {result.test_bad:,} bad"
    )
    rows = [head, f"  proposed: {result.proposed}, written: {result.written}. {result.why}"]
    rows.append(
        f"  {'':20}{'AUC':>7}  {'90 %':<15}{'KS':>6}{'Brier':>9}{'cal. error':>11}{'fit s':>7}  ahead of proposed"
    )
    for one in result.lines:
        gap = f"{one.behind[0]:+.3f} to {one.behind[1]:+.3f}" if one.behind and one.name != "proposed" else ""
        mark = " " if one.serves else "*"
        interval = f"{one.low:.3f} – {one.high:.3f}" if one.low is not None and one.high is not None else ""
        rows.append(
            f" {mark}{one.name:<20}{one.auc or 0:>7.3f}  {interval:<15}{one.ks or 0:>6.3f}{one.brier:>9.4f}"
            f"{one.error or 0:>11.4f}{one.seconds:>7.1f}  {gap}"
        )
    return "\n".join(rows)
