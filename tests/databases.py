"""A PostgreSQL database that many tests use one after another, empty again for each of them."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg

EMPTIED = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN SELECT oid::regclass AS name FROM pg_class
        WHERE oid > {last} AND relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP TABLE %s', each.name);
    END LOOP;
    FOR each IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %s', each.name);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""

SHAPE = """
SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
    SELECT concat_ws(' ', 'relation', oid, relname, relkind, relnamespace, relchecks, relacl)
        FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'column', attrelid, attnum, attname, atttypid, atttypmod,
        attnotnull, atthasdef) FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'default', adrelid, adnum, md5(adbin::text)) FROM pg_attrdef
    UNION ALL SELECT concat_ws(' ', 'rule', conname, conrelid, convalidated, md5(conbin::text))
        FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'index', indexrelid, indisvalid, indisunique)
        FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'trigger', tgname, tgrelid, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'function', oid, proname, md5(prosrc))
        FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'schema', oid, nspname, nspacl) FROM pg_namespace
    UNION ALL SELECT concat_ws(' ', 'setting', setrole, setconfig) FROM pg_db_role_setting
        JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()
    UNION ALL SELECT concat_ws(' ', 'revision', version_num) FROM alembic_version
) AS shape(line)
"""


def administer(server: str, statement: str) -> None:
    """Have a server do something that no transaction can hold."""
    with _connected(server, "postgres") as connection:
        connection.execute(statement)


@dataclass
class Lender:
    """Lends one database at a time, under a name that it never had before.

    Making and dropping one for every test costs more than most tests do. So what comes back is
    emptied; where its shape is not that of the template any more it is dropped instead. Whatever
    a test left running finds neither its connection nor its database again.

    Attributes:
        server: address of the server, without a database.
        template: name of a migrated, empty database.
    """

    server: str
    template: str
    name: str = ""
    last: int = 0
    shape: str = ""

    def lend(self) -> str:
        """Return the address of an empty database."""
        fresh = f"test_{uuid4().hex}"
        if self.name:
            administer(self.server, f"ALTER DATABASE {self.name} RENAME TO {fresh}")
        else:
            # Copying files is quicker than logging every page, for a template of this size.
            copied = f"TEMPLATE {self.template} STRATEGY FILE_COPY"
            administer(self.server, f"CREATE DATABASE {fresh} {copied}")
        self.name = fresh
        if not self.shape:
            with _connected(self.server, fresh) as connection:
                self.last = _one(connection, "SELECT max(oid)::bigint FROM pg_class")
                self.shape = _one(connection, SHAPE)
        return f"{self.server}/{fresh}"

    def take_back(self) -> None:
        """Empty the database that was lent, or drop it where it cannot be made what it was."""
        try:
            with _connected(self.server, self.name) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                # Rows that a trigger keeps from being deleted go as well.
                connection.execute("SET session_replication_role = replica")
                connection.execute("SET lock_timeout = '5s'")
                connection.execute(EMPTIED.format(last=self.last))
                is_as_it_was = _one(connection, SHAPE) == self.shape
        except psycopg.Error:
            is_as_it_was = False
        if not is_as_it_was:
            self.drop()

    def drop(self) -> None:
        """Drop the database, if there is one, whoever still uses it."""
        if not self.name:
            return
        administer(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self.name = ""

    def oid(self) -> int:
        """Return by what the server tells this database from another one of its name."""
        with _connected(self.server, self.name) as connection:
            query = "SELECT oid::bigint FROM pg_database WHERE datname = current_database()"
            return int(_one(connection, query))


def _connected(server: str, database: str) -> psycopg.Connection:
    return psycopg.connect(f"{server.replace('+psycopg', '')}/{database}", autocommit=True)


def _one(connection: psycopg.Connection, query: str) -> Any:
    (value,) = connection.execute(query).fetchone() or (None,)
    return value
