"""The only place that speaks SQL: one file a noun, holding its rows and its queries.

How to write here:

- ``Store.begin(tenant)`` (session.py) is the one door to tenant rows: it opens the transaction, becomes ``hub_app``,
  sets the tenant for row-level security and hands out repositories. Only it commits.
- A repository is a small class made with the transaction's connection; its rows are frozen dataclasses; its SQL is
  written by hand with named parameters through ``fetch_all`` and ``fetch_one`` (rows.py). Pass Python values; JSON
  columns take and give plain dicts and lists.
- Every tenant table is created by a migration and put under ``hub.protect_tenant_table``; a ``where tenant_id`` is
  not needed for safety, row-level security adds it, but insert statements name ``tenant_id`` (``self.tenant``).
- Wider work goes through functions in schema ``hub_cross`` (cross.py), owned by ``hub_sysfn``.
- Clever or long SQL stands in ``migrations/sql/<revision>_<topic>/*.sql`` as functions.
"""
