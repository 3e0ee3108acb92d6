"""What acts on a terminal or turns a text is shown; everything else stays."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.visible import json_escaped, visible

JOINERS = "\u200c\u200d"
ACTS = [
    chr(i)
    for i in range(sys.maxunicode + 1)
    if unicodedata.category(chr(i)) in ("Cc", "Cs", "Zl", "Zp")
    or unicodedata.bidirectional(chr(i)) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI")
    or unicodedata.bidirectional(chr(i)) in ("FSI", "PDI")
]


def test_all_controls_and_bidirectional_controls_are_shown() -> None:
    assert len(ACTS) > 2000
    for character in (*ACTS, "\u200b", "\u200e", "\u200f", "\ufeff", "\U000e0041", "\xad"):
        shown = visible(f"a{character}b")
        assert shown.isprintable()
        assert shown.isascii()
        assert int(shown[3:-1], 16) == ord(character)


@given(st.text())
def test_only_what_acts_changes(text: str) -> None:
    acts = {*ACTS, *map(chr, (0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF))}
    acts |= set(map(chr, (*range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC))))
    acts |= set(map(chr, range(0xE0000, 0xE0080)))
    acts.discard(chr(0x2065))  # not assigned
    assert visible(text) == "".join(
        c if c not in acts else c.encode("unicode_escape", "surrogatepass").decode()
        if c not in "\t\n\r" else f"\\x{ord(c):02x}"
        for c in text
    )  # fmt: skip
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize("name", ["名前", "naïve", "a b", "👩‍🔬", "می‌خواهم", "\u00a0"])
def test_names_of_all_scripts_stay(name: str) -> None:
    assert visible(name) == name


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from([None, 1]))
def test_json_reads_back_as_it_was(text: str, indent: int | None) -> None:
    for ascii_only in (True, False):
        written = json_escaped(json.dumps({text: [text]}, ensure_ascii=ascii_only, indent=indent))
        assert json.loads(written) == {text: [text]}
        assert not set(written) & (set(ACTS) - {"\n"})


def test_an_error_cannot_act() -> None:
    assert str(DataError("f\x1b[2J.csv: \u202e")) == "f\\x1b[2J.csv: \\u202e"
