"""The unified social credit code (统一社会信用代码, GB 32100) and its check digit."""

from features.facts.sql import quoted

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
WEIGHTS = tuple(3**i % 31 for i in range(17))


def check_digit(code: str) -> str:
    """Return the 18th character that belongs to the first 17; ValueError outside the alphabet."""
    total = sum(weight * ALPHABET.index(char) for weight, char in zip(WEIGHTS, code[:17], strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether `code` is a well-formed unified social credit code."""
    try:
        return len(code) == 18 and check_digit(code) == code[17]
    except ValueError:
        return False


def check_digit_state(column: str) -> str:
    """Return SQL for the check digit state of an id: `valid`, `wrong` (18 characters that are no code), or `other`."""
    code = quoted(column)
    terms = " + ".join(
        f"{weight} * (strpos('{ALPHABET}', substr({code}, {i + 1}, 1)) - 1)" for i, weight in enumerate(WEIGHTS)
    )
    digit = f"substr('{ALPHABET}', CAST((31 - ({terms}) % 31) % 31 + 1 AS BIGINT), 1)"
    return (
        f"CASE WHEN NOT regexp_full_match({code}, '[0-9A-Z]{{18}}') THEN 'other'"
        f" WHEN regexp_full_match({code}, '[{ALPHABET}]{{18}}') AND {digit} = substr({code}, 18, 1) THEN 'valid'"
        " ELSE 'wrong' END"
    )
