"""One line: words that somebody gives are text that can be repeated anywhere as they were given."""

import pytest

from features.errors import InputError
from features.one_line import LENGTH_MAX, is_one_line, one_line


@pytest.mark.parametrize("text", ["It refuses too many.", "2015至2024年平均", "x", "x" * LENGTH_MAX])
def test_a_sentence_is_one_line(text):
    assert is_one_line(text)
    assert one_line(f"  {text} ", what="The reason", where="--reason") == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is blank"),
        (" \n", "is blank"),
        ("x" * (LENGTH_MAX + 1), "is 501 characters long"),
        ("a\nb", r"holds the character '\n'"),
        ("a\u2028b", r"holds the character '\u2028'"),
        ("a\u202eb", r"holds the character '\u202e'"),
        ("a\x00b", r"holds the character '\x00'"),
    ],
)
def test_what_is_blank_long_or_unseen_is_refused_with_the_way_out(text, fault):
    assert not is_one_line(text)
    with pytest.raises(InputError) as refused:
        one_line(text, what="The reason", where="--reason")
    assert refused.value.what == f"The reason {fault}."
    assert (refused.value.where, refused.value.fix) == ("--reason", "Give one line of text, 500 characters at most.")


def test_what_is_no_text_is_no_line():
    assert not is_one_line(7)
    assert not is_one_line(None)
