"""Ids that look like stand-ins: what people type where they have no id, under which unrelated firms gather."""

from features.facts.sql import literal

_WORDS = (
    *("NA", "N/A", "NAN", "NULL", "NONE", "NIL", "UNKNOWN", "UNDEFINED", "UNSPECIFIED", "TBD", "TBA", "TEST", "DUMMY"),
    *("PLACEHOLDER", "DEFAULT", "ANONYMOUS", "VARIOUS", "MULTIPLE", "OTHER", "OTHERS", "FOREIGN", "PENDING", "NOID"),
    *("NOTAPPLICABLE", "NOT APPLICABLE", "NOT KNOWN", "NOT AVAILABLE", "NO ID"),
    *("无", "暂无", "未知", "不详", "待定", "其他"),
)
_ENDINGS = ("NAN", "NULL", "NONE", "UNKNOWN", "UNDEFINED", "N/A")
_PHRASES = ("SEE LIST", "SEE ATTACHED", "LIST OF", "MULTIPLE VENDORS", "VARIOUS VENDORS", "VARIOUS SUPPLIERS")
_ASCENDING = ("12345678", "123456789", "1234567890", "0123456789", "987654321", "9876543210")
_REPEATED_MIN = 5  # digits: `77777` is a stand-in, `77` may be a number of a short list

_PATTERNS = (
    "|".join(w.replace("/", r"\W?") for w in _WORDS),
    r"[^\p{L}\p{N}]+",  # nothing but signs
    r"0+",
    *(rf"{digit}{{{_REPEATED_MIN},}}" for digit in "123456789"),
    r"X{3,}",
    r"0{5,}[19]",  # the first number of a form, or the last
    r"0{3,}9{3,}",
    "|".join(_ASCENDING),
    rf".*[^\p{{L}}\p{{N}}](?:{'|'.join(_ENDINGS)})[^\p{{L}}\p{{N}}]*",
    r".*<NA>",
    r"\P{N}*[^\p{L}\p{N}]NA",  # a prefix, and no number after it
    rf".*(?:{'|'.join(_PHRASES)}).*",
)
_STAND_IN = "|".join(f"(?:{pattern})" for pattern in _PATTERNS)
_SURROUNDED = r"^[\s<\[\(\-_.*#]+|[\s>\]\)\-_.*#]+$"


def looks_like_stand_in(text: str) -> str:
    """Return SQL that is true where the id in the SQL expression `text` looks like a stand-in; null for a null."""
    upper = f"upper({text})"
    inner = f"regexp_replace({upper}, {literal(_SURROUNDED)}, '', 'g')"
    # The pattern stands here once, because DuckDB compiles it anew, for 10 ms, wherever it stands in a statement.
    matches = f"list_filter([{upper}, {inner}], lambda form: regexp_full_match(form, {literal(_STAND_IN)}))"
    return f"CASE WHEN {text} IS NOT NULL THEN len({matches}) > 0 END"
