"""What a browser says it is, in two words that people know."""

from typing import Final

# The first that is found counts: Edge and Opera say Chrome, too, and Chrome says Safari.
_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("YaBrowser", "Yandex"),
    ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_PLACES: Final = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def told(agent: str) -> str:
    """Browser and system of a User-Agent; empty where it names none that we know."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    place = next((name for mark, name in _PLACES if mark in agent), "")
    return " · ".join(part for part in (browser, place) if part)
