"""Reading the name of a firm."""

import re

_COMPANY = re.compile(
    r"\b(INC|CORP|CORPORATION|COMPANY|CO|LTD|LIMITED|LLC|PLC|P\.?L\.?C|GMBH|AG|S\.?A|SRL|B\.?V|A/S|PTY|OPC|UC|"
    r"INCORPORATED|S\. ?DE ?R\.?L)\b\.?",
    re.IGNORECASE,
)


def normal(name: str) -> str:
    """Return a name in capitals with single blanks, so that different spellings become equal."""
    return " ".join(name.upper().split())


def is_company(name: str) -> bool:
    """Whether a name has the suffix of an incorporated firm; a name without it may be any kind of party."""
    return bool(_COMPANY.search(name))
