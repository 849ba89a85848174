"""The error for an input that cannot be used."""


class InputError(ValueError):
    """An input that the caller can correct.

    Args:
        what: what is wrong, one sentence.
        where: the file, line, column or table that is wrong.
        fix: what to do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(" ".join(part for part in (f"{where}:" if where else None, what, fix) if part))
