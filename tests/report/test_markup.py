"""Escaping and tables."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.report.markup import Html, number, table, text


class Reader(HTMLParser):
    """Collects the elements and the text of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zl", "Zp"])))
def test_text_reads_back_as_it_was(value: str) -> None:
    inside = Reader(f'<p title="{text(value)}">{text(value)}</p>')
    assert [tag for tag, _ in inside.tags] == ["p"]
    assert inside.tags[0][1]["title"] == value
    assert "".join(inside.said) == value


@given(st.text())
def test_text_holds_only_what_html_allows(value: str) -> None:
    escaped = text(value)
    assert not set(escaped) & set("<>\"'\x00\x07\x7f\x85\ufffe\uffff")
    escaped.encode("utf-8")
    assert not set(escaped) & set("\u202a\u202e\u2066\u2069\u200b\u200e\u2028\ufeff")


def test_white_space_stays_and_what_turns_a_text_is_shown() -> None:
    assert text("two\tof\nthem\r") == "two\tof\nthem\r"
    assert text("\u202egnp.exe\t\u2066") == "\\u202egnp.exe\t\\u2066"


def test_html_is_not_escaped_twice() -> None:
    assert text(text("a & b")) == "a &amp; b"
    assert text(Html("<b>x</b>")) == "<b>x</b>"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (-0.5, "-0.5"),
        (12.345678, "12.346"),
        (135.0, "135"),
        (1234567.0, "1,234,567"),
        (2.5e10, "2.5e10"),
        (1e-7, "1e-07"),
        (float("inf"), "inf"),
    ],
)
def test_numbers(value: float, words: str) -> None:
    assert number(value) == words


def test_a_table_of_mixed_columns() -> None:
    rows = [["<i>", 0.123456789, None], ["b", None, True]]
    inside = Reader(table("A & B", ["name", "x", "ok"], rows, sortable=True))
    cells = [attributes for tag, attributes in inside.tags if tag == "td"]
    assert [c.get("data-value") for c in cells] == [None, "0.123456789", None, None, None, None]
    assert [tag for tag, _ in inside.tags].count("button") == 3
    assert "i" not in [tag for tag, _ in inside.tags]
    assert {"A & B", "<i>", "0.12346", "yes"} <= set(inside.said)
    assert inside.tags[0][1] == {
        "class": "wide",
        "tabindex": "0",
        "role": "region",
        "aria-label": "A & B",
    }
