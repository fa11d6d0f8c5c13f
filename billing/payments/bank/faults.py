"""What is wrong with a value of a statement, in both languages: whoever mends the file reads it."""


class Unfit(ValueError):
    """A value that makes no sense; `turkish` says why, the error's own text says it in English."""

    def __init__(self, turkish: str, english: str) -> None:
        super().__init__(english)
        self.turkish = turkish


def said(error: ValueError) -> tuple[str, str]:
    """Why a value was refused, in Turkish and English."""
    if isinstance(error, Unfit):
        return error.turkish, str(error)
    return "değer okunamıyor", "an unreadable value"
