"""A dump of another database becomes a schema.yaml that SQLite builds; doubts are told, and nothing is lost unsaid."""

import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.cli.app import main
from reconcile.cli.importing import import_dump
from reconcile.database.materialise import materialise
from reconcile.desired.declare import declare
from reconcile.desired.dialect_text import statements
from reconcile.desired.load import load
from reconcile.errors import FailedError, SchemaFileError

POSTGRES = """\
-- PostgreSQL database dump
\\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE TYPE public.mood AS ENUM ('sad', 'it''s ok');
CREATE TABLE public.users (
    id bigint NOT NULL,
    email character varying(80) NOT NULL, -- who; what
    at timestamp with time zone DEFAULT now() NOT NULL,
    ok boolean DEFAULT true,
    mood public.mood DEFAULT 'sad'::public.mood,
    price numeric(10,2) DEFAULT 0.5,
    twice integer GENERATED ALWAYS AS (boss_id * 2) STORED,
    boss_id bigint,
    j jsonb DEFAULT '{}'::jsonb,
    CONSTRAINT positive CHECK ((price > (0)::numeric))
);
ALTER TABLE public.users OWNER TO bob;
CREATE SEQUENCE public.users_id_seq START WITH 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
CREATE TABLE public."user roles" (user_id bigint NOT NULL, role text NOT NULL);
COPY public.users (id, email) FROM stdin;
1\ta;b'c
\\.
SELECT pg_catalog.setval('public.users_id_seq', 1, true);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY public."user roles" ADD CONSTRAINT roles_pkey PRIMARY KEY (user_id, role);
CREATE UNIQUE INDEX by_mail ON public.users USING btree (lower((email)::text), at DESC) WHERE (ok = true);
ALTER TABLE ONLY public."user roles"
    ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
COMMENT ON COLUMN public.users.email IS 'never shown';
CREATE VIEW public.happy AS
 SELECT users.id FROM public.users WHERE (users.mood = 'it''s ok'::public.mood);
"""

POSTGRES_YAML = """\
# Written by reconcile inspect --dialect postgres. Every doubtful type is told beside its column.
version: 1

tables:
  users:
    columns:
      id: INTEGER PRIMARY KEY
      email:   # was varchar(80): no length is enforced here
        sql: TEXT NOT NULL
        doc: never shown
      at: TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP   # was timestamptz: any text is taken; ISO 8601 sorts and compares rightly
      ok: INTEGER DEFAULT TRUE   # was boolean: true and false are 1 and 0 here
      mood: TEXT DEFAULT 'sad' CHECK (mood IN ('sad', 'it''s ok'))
      price: NUMERIC DEFAULT 0.5   # was decimal(10, 2): decimals are floating point here; whole cents in an INTEGER are exact
      twice: INTEGER AS (boss_id * 2) STORED
      boss_id: INTEGER
      j: TEXT DEFAULT '{}'   # was jsonb: any text is taken; CHECK (json_valid(…)) holds it to JSON
    unique:
      users_email_key: [email]
    checks:
      positive: (price > 0)
    indexes:
      by_mail: {unique: true, sql: "(LOWER(CAST((email) AS TEXT)), at DESC) WHERE (ok = TRUE)"}

  user roles:
    columns:
      user_id: INTEGER NOT NULL
      role: TEXT NOT NULL
    primary_key: [user_id, role]
    foreign_keys:
      fk: (user_id) REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED

views:
  happy: SELECT users.id FROM users WHERE (users.mood = 'it''s ok')
"""  # noqa: E501 - a comment stands beside its column

MYSQL = """\
-- MySQL dump 10.13
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
DROP TABLE IF EXISTS `users`;
CREATE TABLE `users` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `email` varchar(80) COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT 'it\\'s; x' COMMENT 'the mail',
  `kind` enum('a','b') DEFAULT 'a',
  `ok` tinyint(1) NOT NULL DEFAULT '1',
  `boss` int DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq` (`email`),
  KEY `kind` (`kind`,`ok`),
  CONSTRAINT `fk` FOREIGN KEY (`boss`) REFERENCES `users` (`id`) ON DELETE SET NULL
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COMMENT='people';
LOCK TABLES `users` WRITE;
INSERT INTO `users` VALUES (1,'a;b\\'c','a',1,NULL);
UNLOCK TABLES;
CREATE TABLE `tags` (`id` binary(16) NOT NULL PRIMARY KEY, `u` int, KEY `kind` (`u`));
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `users`.`id` AS `id` from `users` */;
"""

MYSQL_YAML = """\
# Written by reconcile inspect --dialect mysql. Every doubtful type is told beside its column.
version: 1

tables:
  users:
    columns:
      id: INTEGER PRIMARY KEY
      email:   # was varchar(80): no length is enforced here; was compared by utf8mb4_unicode_ci: byte by byte here, unless COLLATE NOCASE is added
        sql: TEXT NOT NULL DEFAULT 'it''s; x'
        doc: the mail
      kind: TEXT DEFAULT 'a' CHECK (kind IN ('a', 'b'))
      ok: INTEGER NOT NULL DEFAULT 1   # was tinyint(1): true and false are 1 and 0 here
      boss: INTEGER
    unique:
      uq: [email]
    foreign_keys:
      fk: (boss) REFERENCES users (id) ON DELETE SET NULL
    indexes:
      kind: (kind, ok)
    doc: people

  tags:
    columns:
      id: BLOB NOT NULL
      u: INTEGER
    primary_key: [id]
    indexes:
      tags_kind: (u)

views:
  v: SELECT users.id AS id FROM users
"""  # noqa: E501 - a comment stands beside its column


@pytest.fixture
def translate(tmp_path):
    pytest.importorskip("sqlglot")

    def translate(text, dialect):
        file = tmp_path / "dump.sql"
        file.write_text(text, "utf-8")
        return import_dump(file, dialect)

    return translate


@pytest.mark.parametrize(
    ("dialect", "dump", "wanted"), [("postgres", POSTGRES, POSTGRES_YAML), ("mysql", MYSQL, MYSQL_YAML)]
)
def test_a_dump_is_carried_over_and_doubts_are_told(translate, dialect, dump, wanted):
    text = translate(dump, dialect)

    assert wanted == text
    assert materialise(declare(load(text, ""), "")).entries


CANNOT = [
    ("postgres", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;", 1),
    ("postgres", "CREATE TABLE t (a int);\nCREATE TRIGGER tr BEFORE INSERT ON t EXECUTE FUNCTION f();", 2),
    ("postgres", "\n\nCREATE TABLE t (a int[]);", 3),
    ("postgres", "CREATE TABLE t (a tsvector);", 1),
    ("postgres", "CREATE TABLE t (a int) PARTITION BY RANGE (a);", 1),
    ("postgres", "CREATE TABLE t (a int, EXCLUDE USING gist (a WITH =));", 1),
    ("postgres", "CREATE TABLE t (a int);\nCREATE INDEX i ON t USING gin (a);", 2),
    ("postgres", "CREATE TABLE t (a int);\n\nCREATE VIEW v AS SELECT no_such(a) FROM t;", 3),
    ("postgres", "CREATE TABLE t (a text DEFAULT no_such());", 1),
    ("postgres", "CREATE MATERIALIZED VIEW v AS SELECT 1;", 1),
    ("postgres", "ALTER TABLE gone ADD CONSTRAINT u UNIQUE (a);", 1),
    ("postgres", "CREATE TABLE t (;", 1),
    ("mysql", "CREATE TABLE t (a timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);", 1),
    ("mysql", "CREATE TABLE t (a text, FULLTEXT KEY ft (a));", 1),
    (
        "mysql",
        "CREATE TABLE t (a int);\n/*!1 CREATE*/ /*!50003 TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = 1 */;",
        2,
    ),
    ("mysql", "CREATE TABLE t (a int, b int AUTO_INCREMENT, KEY (b), PRIMARY KEY (a));", 1),
]


@pytest.mark.parametrize(("dialect", "text", "line"), CANNOT)
def test_what_cannot_be_carried_over_is_refused_by_its_line(translate, dialect, text, line):
    with pytest.raises(SchemaFileError) as caught:
        translate(text, dialect)

    assert [line] == [problem.line for problem in caught.value.problems]


def test_every_refusal_comes_at_once(translate):
    text = "CREATE TABLE a (x int[]);\nCREATE TABLE b (y int);\nCREATE TABLE c (z tsvector);\n"

    with pytest.raises(SchemaFileError) as caught:
        translate(text, "postgres")

    assert [1, 3] == [problem.line for problem in caught.value.problems]


def test_every_column_is_refused_at_its_own_line_and_nothing_is_said_that_only_follows_from_that(translate):
    text = """
CREATE TABLE `t` (
  `id` int NOT NULL AUTO_INCREMENT,
  `flags` set('x','y'),
  `bits` bit(1) DEFAULT b'0',
  `body` text,
  PRIMARY KEY (`id`),
  FULLTEXT KEY `ft` (`body`)
);"""

    with pytest.raises(SchemaFileError) as caught:
        translate(text, "mysql")

    assert [4, 5, 8] == [problem.line for problem in caught.value.problems]


def test_two_schemas_with_a_table_of_one_name_are_refused(translate):
    text = "CREATE TABLE public.users (a int);\nCREATE TABLE app.users (b int);\n"

    with pytest.raises(SchemaFileError) as caught:
        translate(text, "postgres")

    assert [(2, "there is a table users already: SQLite has no schemas, and cannot hold both")] == [
        (problem.line, problem.message) for problem in caught.value.problems
    ]


def test_what_is_said_of_an_extension_says_nothing_of_a_table(translate):
    text = "COMMENT ON EXTENSION pgcrypto IS 'x';\nCREATE TABLE t (a int);\n"

    assert "a: INTEGER" in translate(text, "postgres")


def test_statements_end_where_the_dialect_says():
    text = "A 'x;''y'; B $$ ; $$; C \"d;\" -- e;\n; # f;\nG `h;`;"

    assert ["A 'x;''y'", "B $$ ; $$", 'C "d;"', "G `h;`"] == [one.text for one in statements(text, "mysql")]
    assert [text.index(one.text[0]) for one in statements(text, "mysql")] == [
        one.start for one in statements(text, "mysql")
    ]


def run(monkeypatch, *words):
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    return main(list(words)), out.getvalue(), err.getvalue()


def test_the_command_writes_a_file_that_makes_a_database(monkeypatch, tmp_path):
    pytest.importorskip("sqlglot")
    monkeypatch.chdir(tmp_path)
    Path("dump.sql").write_text(POSTGRES, "utf-8")

    assert 0 == run(monkeypatch, "inspect", "dump.sql", "--dialect", "postgres", "-o", "schema.yaml")[0]
    assert 0 == run(monkeypatch, "apply", "new.db", "--create", "--yes")[0]
    with closing(sqlite3.connect("new.db")) as db:
        db.execute("INSERT INTO users (email) VALUES ('a')")
        assert [(1, "a", 1, "sad", 0.5)] == db.execute("SELECT id, email, ok, mood, price FROM users").fetchall()
    assert 64 == run(monkeypatch, "inspect", "dump.sql", "--dialect", "mysql", "-o", "schema.yaml")[0]
    assert 64 == run(monkeypatch, "inspect", "dump.sql", "--dialect", "mysql", "--merge")[0]
    assert 64 == run(monkeypatch, "inspect", "--dialect", "mysql")[0]
    assert 65 == run(monkeypatch, "inspect", "gone.sql", "--dialect", "mysql")[0]


def test_without_sqlglot_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    (tmp_path / "dump.sql").write_text(MYSQL, "utf-8")

    with pytest.raises(FailedError, match="not installed") as caught:
        import_dump(tmp_path / "dump.sql", "mysql")

    assert "sqlite-reconcile[import]" in caught.value.hint
