"""Column types that every table of the area uses."""

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, TSTZRANGE
from sqlalchemy.types import Text

Amount = BigInteger  # whole kuruş or whole kontör
Instant = TIMESTAMP(timezone=True)
Period = TSTZRANGE
Words = Text
Json = JSONB


def one_of(column: str, words: tuple[str, ...]) -> str:
    """The CHECK that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
