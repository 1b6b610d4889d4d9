"""B10: the database itself keeps tenants apart, table by table, function by function, whatever the code above does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub.core.ids import ChannelId, ChannelKind, ConversationId, TenantId, uuid7
from hub.store.session import Store
from support.database import Database
from support.store import MakeTenant


def _names(*texts: str) -> set[str]:
    return set(" ".join(texts).split())


GLOBAL = {
    "tenant": _names("id slug name enabled weight created_at plan hourly_limit organisation_id"),
    "api_key": _names("id tenant_id name hash last4 scopes created_at expires_at revoked_at last_used_at"),
    "person": _names(
        "id email email_key email_verified_at name locale picture password_hash platform_admin disabled_at preferences",
        "created_at updated_at",
    ),
    "membership": _names("tenant_id person_id role reach availability availability_at capacity skills created_at"),
    "session": _names("id hash person_id method address user_agent created_at seen_at expires_at revoked_at")
    | {"impersonator_id", "only_tenant_id"},
    "organisation": _names("id name created_at"),
    "account_token": _names("hash purpose person_id email mailed created_at expires_at used_at"),
    "invitation": _names(
        "id tenant_id email email_key role teams invited_by hash mailed created_at expires_at accepted_at revoked_at"
    ),
    "external_login": _names("issuer subject person_id provider email created_at used_at"),
    "attempt": _names("bucket count since"),
    "route": _names("kind account tenant_id channel_id"),
    "schema_version": {"version_num"},
}
"""The only tables without row-level security, with all they may hold: identity and ids, nothing a customer said."""

DEPLOYMENT = {"letter", "app", "presence", "process", "schedule"}
"""Under forced row-level security without any policy for tenants: for ``hub_cross`` alone."""

CROSS = {
    *("claim", "claim_one", "claim_deliveries", "claim_jobs", "sweep_inbox", "backlog", "stuck", "depths"),
    *("event_mark", "fan_out_events", "claim_webhook_deliveries"),
    *("channel_by_id", "channel_by_account", "claim_polls", "be_present", "take_from_missed"),
    *("add_letter", "claim_letters", "end_letter", "count_new_chunks", "count_gone_chunks"),
    *("notice_readers", "claim_desk", "apps", "add_app", "change_app", "remove_app", "secrets", "replace_secret"),
    *("corpus", "search", "search_keyword", "search_vector", "search_conversations", "search_contacts"),
    *("heartbeat", "leave", "processes", "queues", "stuck_tenants", "prune", "schedule", "run_scheduled_now"),
    *("begin_scheduled", "end_scheduled", "jobs", "job_counts", "job_state", "retry_job", "cancel_job", "note_calls"),
}
"""Every function that may look across tenants. Adding one means reviewing it, and then naming it here."""

PLAIN = {"lock_corpus"}
"""In ``hub_cross`` and run with the caller's rights: they look at no table."""

POLICY = "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid AS \"nullif\"))"
CHECKED = {
    **{("message", column): value for column, value in (("direction", "in"), ("author_kind", "contact"))},
    ("feedback", "value"): "up",
    ("evaluation_case", "expect"): "answer",
    ("evaluation_outcome", "kind"): "answered",
    **{("budget", column): value for column, value in (("scope", "contact"), ("period", "day"), ("unit", "usd"))},
}
"""Columns whose values the schema limits and gives no default."""


@pytest.fixture
async def above(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees everything."""
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
async def login(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the application's login, before it becomes ``hub_app``."""
    connection = await asyncpg.connect(database.url)
    yield connection
    await connection.close()


async def tenant_tables(above: asyncpg.Connection) -> list[str]:
    rows = await above.fetch("select tablename from pg_tables where schemaname = 'hub' order by 1")
    return [row[0] for row in rows if row[0] not in GLOBAL.keys() | DEPLOYMENT]


@dataclass(frozen=True)
class Two:
    mine: UUID
    other: UUID


@pytest.fixture
async def filled(above: asyncpg.Connection, make_tenant: MakeTenant) -> Two:
    """One row of each of two tenants in every tenant table, made from the catalogue, so that no table is forgotten."""
    two = Two((await make_tenant()).id, (await make_tenant()).id)
    await above.execute("set session_replication_role = replica")
    for table in await tenant_tables(above):
        for tenant in (two.mine, two.other):
            await _insert(above, table, tenant)
    await above.execute("set session_replication_role = origin")
    return two


async def _insert(connection: asyncpg.Connection, table: str, tenant: UUID) -> None:
    columns, values = await _row(connection, table, tenant)
    await connection.execute(f"insert into hub.{table}({columns}) values ({values}) on conflict do nothing")


async def _row(connection: asyncpg.Connection, table: str, tenant: UUID) -> tuple[str, str]:
    rows = await connection.fetch(
        """select a.attname as name, format_type(a.atttypid, null) as type
             from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'hub' and c.relname = $1 and a.attnum > 0 and not a.attisdropped and a.attidentity = ''
              and ((a.attnotnull and not a.atthasdef) or a.attname = 'tenant_id')""",
        table,
    )
    values = {row["name"]: _value(table, row["name"], row["type"], tenant) for row in rows}
    return ", ".join(values), ", ".join(values.values())


def _value(table: str, name: str, type: str, tenant: UUID) -> str:
    if name == "tenant_id":
        return f"'{tenant}'::uuid"
    if (table, name) in CHECKED:
        return f"'{CHECKED[table, name]}'"
    plain = {
        "uuid": f"'{uuid4()}'::uuid",
        "text": f"'text-{uuid4().hex}'",
        "bytea": f"'{uuid4().hex}'::bytea",
        **dict.fromkeys(("jsonb", "uuid[]", "text[]"), "'{}'"),
        "boolean": "true",
        **dict.fromkeys(("timestamp with time zone", "date"), "now()"),
        "tsvector": "''::tsvector",
        "halfvec": "'[1,2,3]'::halfvec",
    }
    return plain.get(type, "1")


async def become(connection: asyncpg.Connection, tenant: UUID | None) -> None:
    """What ``Store.begin`` does, for the rest of the transaction."""
    await connection.execute(
        "select set_config('role', 'hub_app', true), set_config('app.tenant_id', $1, true)", str(tenant or "")
    )


async def test_every_table_is_a_tenants_or_on_the_short_list_of_global_ones(above: asyncpg.Connection) -> None:
    rows = await above.fetch(
        """select c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
                  (select array_agg(a.attname::text) from pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('hub', 'hub_cross', 'public') and c.relkind not in ('i', 'S', 'c')"""
    )
    assert {row["relkind"] for row in rows} == {"r"}, "views and foreign tables would need a rule of their own"
    bare = {row["relname"]: set(row["columns"]) for row in rows if not row["relrowsecurity"]}
    assert bare == GLOBAL
    assert [row["relname"] for row in rows if row["relrowsecurity"] and not row["relforcerowsecurity"]] == []
    for row in rows:
        if row["relname"] not in GLOBAL.keys() | DEPLOYMENT:
            assert "tenant_id" in row["columns"], row["relname"]
    assert len(rows) > 20, "the catalogue was read"


async def test_every_tenant_table_has_the_tenant_policy_and_no_other_for_the_application(
    above: asyncpg.Connection,
) -> None:
    rows = await above.fetch("select * from pg_policies where schemaname = 'hub'")
    ours = {row["tablename"]: row for row in rows if row["policyname"] == "tenant"}
    assert sorted(ours) == await tenant_tables(above)
    for table, row in ours.items():
        assert (list(row["roles"]), row["cmd"], row["permissive"]) == (["hub_app"], "ALL", "PERMISSIVE"), table
        assert (row["qual"], row["with_check"]) == (POLICY, POLICY), table
    rest = [row for row in rows if row["policyname"] != "tenant"]
    assert {row["policyname"] for row in rest} == {"system"}
    assert all(list(row["roles"]) == ["hub_sysfn"] for row in rest)
    for table in DEPLOYMENT:
        assert not await above.fetchval("select has_table_privilege('hub_app', $1, 'select')", f"hub.{table}")


async def test_without_a_tenant_there_are_no_rows(
    filled: Two, above: asyncpg.Connection, login: asyncpg.Connection
) -> None:
    tables = await tenant_tables(above)
    for table in tables:
        assert await above.fetchval(f"select count(*) from hub.{table}") == 2, table
    for unset in ("", None):
        async with login.transaction():
            await login.execute("set local role hub_app")
            if unset is not None:
                await login.execute("select set_config('app.tenant_id', $1, true)", unset)
            for table in tables:
                assert await login.fetchval(f"select count(*) from hub.{table}") == 0, table
    for table in [*tables, "app"]:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.fetch(f"select 1 from hub.{table}")
    for nonsense in ("no-uuid", "00000000"):
        with pytest.raises(asyncpg.DataError):
            async with login.transaction():
                await login.execute("set local role hub_app")
                await login.execute("select set_config('app.tenant_id', $1, true)", nonsense)
                await login.fetch("select 1 from hub.message")


async def test_a_tenant_sees_its_own_row_and_can_touch_no_other(
    filled: Two, above: asyncpg.Connection, login: asyncpg.Connection
) -> None:
    for table in await tenant_tables(above):
        async with login.transaction():
            await become(login, filled.mine)
            seen = await login.fetch(f"select tenant_id from hub.{table}")
            assert [row["tenant_id"] for row in seen] == [filled.mine], table
            assert await login.fetch(f"select 1 from hub.{table} where tenant_id = $1", filled.other) == [], table
        columns, values = await _row(above, table, filled.other)
        allowed = {
            verb: await above.fetchval("select has_table_privilege('hub_app', $1, $2)", f"hub.{table}", verb)
            for verb in ("update", "delete")
        }
        for sql in (
            f"insert into hub.{table}({columns}) values ({values})",
            f"update hub.{table} set tenant_id = '{filled.other}'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with login.transaction():
                    await become(login, filled.mine)
                    await login.execute(sql)
        for verb, sql in (
            ("update", f"update hub.{table} set tenant_id = tenant_id where tenant_id = '{filled.other}'"),
            ("delete", f"delete from hub.{table} where tenant_id = '{filled.other}'"),
        ):
            if allowed[verb]:
                async with login.transaction():
                    await become(login, filled.mine)
                    assert (await login.execute(sql)).split()[-1] == "0", (table, verb)
        assert await above.fetchval(f"select count(*) from hub.{table} where tenant_id = $1", filled.other) == 1, table


async def test_the_functions_that_look_across_tenants_are_exactly_the_listed_ones(above: asyncpg.Connection) -> None:
    rows = await above.fetch(
        """select p.proname as name, pg_get_userbyid(p.proowner) as owner, p.prosecdef as definer, n.nspname as schema,
                  coalesce(p.proconfig, '{}') as config,
                  has_function_privilege('public', p.oid, 'execute') as everybody
             from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('hub', 'hub_cross')"""
    )
    assert {row["name"] for row in rows if row["schema"] == "hub" and row["definer"]} == set()
    cross = [row for row in rows if row["schema"] == "hub_cross"]
    assert {row["name"] for row in cross if row["definer"]} == CROSS
    assert {row["name"] for row in cross if not row["definer"]} == PLAIN
    for row in cross:
        assert row["owner"] == "hub_sysfn", row["name"]
        if row["definer"]:
            (path,) = [setting for setting in row["config"] if setting.startswith("search_path=")]
            assert path in ("search_path=hub, pg_temp", "search_path=hub, public, pg_temp"), row["name"]
            assert not row["everybody"], f"{row['name']} is for hub_app alone"
    assert not await above.fetchval("select has_schema_privilege('hub_sysfn', 'hub_cross', 'create')")
    assert not await above.fetchval("select has_schema_privilege('hub_app', 'hub', 'create')")
    assert not await above.fetchval("select has_schema_privilege('public', 'public', 'create')")


async def test_no_role_can_log_in_bypass_or_pass_its_rights_on(above: asyncpg.Connection, database: Database) -> None:
    roles = await above.fetch("select * from pg_roles where rolname like 'hub\\_%' and not rolcanlogin")
    assert {row["rolname"] for row in roles} >= {"hub_app", "hub_sysfn"}
    for row in roles:
        assert not (row["rolsuper"] or row["rolbypassrls"] or row["rolcreaterole"] or row["rolcreatedb"])
    logins = await above.fetch(
        "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = $1",
        database.url.split("//")[1].split(":")[0],
    )
    assert [tuple(row) for row in logins] == [(False, False, False)]
    members = await above.fetch(
        """select pg_get_userbyid(roleid) as role, pg_get_userbyid(member) as member, inherit_option, set_option,
                  admin_option from pg_auth_members
            where pg_get_userbyid(roleid) in ('hub_app', 'hub_sysfn') and set_option"""
    )
    assert members
    for row in members:
        assert not row["inherit_option"], f"{row['role']} gives its policies away to {row['member']}"
    assert ("hub_app", "hub_tests") in {(row["role"], row["member"]) for row in members}
    assert ("hub_sysfn", "hub_tests") not in {(row["role"], row["member"]) for row in members}


async def test_search_without_a_tenant_raises(filled: Two, login: asyncpg.Connection) -> None:
    calls = [
        "select * from hub_cross.corpus()",
        "select * from hub_cross.search_keyword(array['x'], null, null, 5)",
        f"select * from hub_cross.search_vector('[1,2,3]'::halfvec, '{uuid4()}', 3, null, null, 5)",
        f"select * from hub_cross.search(array['x'], '[1,2,3]'::halfvec, '{uuid4()}', 3, null, 5)",
        "select * from hub_cross.search_conversations('x', 5)",
        "select * from hub_cross.search_contacts('x', 5)",
        f"select hub.accept('{uuid4()}', '[]')",
    ]
    for call in calls:
        for unset in ("", None):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="tenant not set"):
                async with login.transaction():
                    await login.execute("set local role hub_app")
                    if unset is not None:
                        await login.execute("select set_config('app.tenant_id', '', true)")
                    await login.fetch(call)
    async with login.transaction():
        await login.execute("set local role hub_app")
        assert await login.fetch("select * from hub_cross.claim_one($1, $1, '1 s')", uuid4()) == []


async def test_pooled_connections_leak_nothing_between_tenants(store: Store, make_tenant: MakeTenant) -> None:
    """2,000 transactions of 20 tenants over ten connections, some of them failing, some taking the way of accept."""
    tenants = [(await make_tenant()).id for _ in range(20)]
    channels = {}
    for tenant in tenants:
        channels[tenant] = ChannelId(uuid7())
        async with store.begin(tenant) as tx:
            await tx.channels.ensure(channels[tenant], ChannelKind("webchat"), "site", str(tenant), b"x", {})
    dice = random.Random(10)
    leaks: list[object] = []

    async def one(n: int, tenant: TenantId, act: int) -> None:
        if act == 0:
            await store.accept(tenant, channels[tenant], "[]")
        elif act == 1:
            with pytest.raises(RuntimeError, match="on purpose"):
                async with store.begin(tenant) as tx:
                    await tx.conversations.get(ConversationId(uuid7()))
                    raise RuntimeError("on purpose")
        elif act == 2:
            async with store.cross() as cross:
                await cross.backlog()
        else:
            async with store.begin(tenant) as tx:
                rows = await tx.channels.page(50, None)
                leaks.extend(row for row in rows if row.tenant_id != tenant)
                if [row.id for row in rows] != [channels[tenant]]:
                    leaks.append((n, tenant, rows))

    gate = asyncio.Semaphore(40)

    async def gated(n: int) -> None:
        async with gate:
            await one(n, dice.choice(tenants), dice.randrange(8))

    await asyncio.gather(*[gated(n) for n in range(2_000)])
    assert leaks == []
