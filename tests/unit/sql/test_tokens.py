from __future__ import annotations

import pytest

from reconcile.sql.tokens import TokenError, all_tokens, tokens


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("a", "word"),
        ("_a$1", "word"),
        ("é", "word"),
        ("naïve\u2003x", "word"),  # an em space is a letter to SQLite
        ('"a ""b"" c"', "quoted"),
        ("`a ``b`` c`", "quoted"),
        ("[a b]", "quoted"),
        ("'it''s'", "string"),
        ("''", "string"),
        ("'-- no comment'", "string"),
        ("x''", "blob"),
        ("X'00fF'", "blob"),
        ("0", "number"),
        (".5", "number"),
        ("5.", "number"),
        ("1.5e-10", "number"),
        ("1E400", "number"),
        ("0x1F", "number"),
        ("1_000", "number"),
        ("?1", "variable"),
        (":name", "variable"),
        ("@name", "variable"),
        ("$name", "variable"),
        ("->>", "operator"),
        ("->", "operator"),
        ("||", "operator"),
        ("<<", "operator"),
        ("<>", "operator"),
        ("==", "operator"),
        ("-- to the end", "comment"),
        ("/* over \n lines */", "comment"),
        ("/* never closed", "comment"),
        (" \t\n\f\r\ufeff", "space"),
    ],
)
def test_one_token(sql: str, kinds: str) -> None:
    assert [(kinds, sql)] == [(token.kind, token.text) for token in all_tokens(sql)]


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("a/**/b", ["a", "b"]),
        ("a--b\nc", ["a", "c"]),
        ("1-1", ["1", "-", "1"]),
        ("a- -b", ["a", "-", "-", "b"]),
        ("a<=b", ["a", "<=", "b"]),
        ("a->'$.b'", ["a", "->", "'$.b'"]),
        ("x 'ab'", ["x", "'ab'"]),
        ("'a' 'b'", ["'a'", "'b'"]),
        ('t.[a b]."c"', ["t", ".", "[a b]", ".", '"c"']),
        ("1.5.5", ["1.5", ".5"]),
        ("a;\r\n", ["a", ";"]),
        ("", []),
    ],
)
def test_text_is_cut_as_sqlite_cuts_it(sql: str, texts: list[str]) -> None:
    assert texts == [token.text for token in tokens(sql)]


@pytest.mark.parametrize("sql", ["'open", '"open', "[open", "`open", "x'0'", "x'0g'", "1a", "0x", "!", "^", "{"])
def test_what_sqlite_does_not_accept_is_refused(sql: str) -> None:
    with pytest.raises(TokenError) as refused:
        tokens("a " + sql)

    assert refused.value.offset >= 2


def test_every_character_belongs_to_one_token() -> None:
    sql = "CREATE TABLE t (a -- one\n, [b] TEXT /* 2 */ DEFAULT 'x''y', \"c\" x'00', d $v ->> 1.5e3);\n"

    assert sql == "".join(token.text for token in all_tokens(sql))
    assert all(sql[token.start : token.end] == token.text for token in all_tokens(sql))


@pytest.mark.parametrize(
    ("a", "b"), [("Size", "sIZE"), ("[Size]", "`size`"), ("x'ab'", "X'AB'"), ("==", "="), ("<>", "!="), ("[a]", "A")]
)
def test_what_sqlite_always_takes_for_the_same_folds_alike(a: str, b: str) -> None:
    assert tokens(a)[0].folded == tokens(b)[0].folded


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ('"Size"', '"size"'),  # may be two strings
        ("'a'", "'A'"),
        ("É", "é"),
        ("current_time", "[current_time]"),
        ("null", '"null"'),
        ("1", "1.0"),
        ("a", "'a'"),
    ],
)
def test_what_may_differ_does_not_fold_alike(a: str, b: str) -> None:
    assert tokens(a)[0].folded != tokens(b)[0].folded
