"""What the project says when an input cannot be used."""


class InputError(ValueError):
    """An input the caller can mend.

    Args:
        what: what is wrong, one sentence.
        where: the file, line, column or table it is wrong in.
        mend: what to do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(" ".join(part for part in (f"{where}:" if where else None, what, mend) if part))
