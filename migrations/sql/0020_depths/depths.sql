-- Which tenants have as much waiting as may wait: messages that no turn has read, and messages that were not sent.
grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

create function hub_cross.depths(inbox_limit int, outbox_limit int)
returns table(tenant_id uuid, kind text, waiting bigint)
language sql stable security definer set search_path = hub, pg_temp as $$
 select c.tenant_id, 'inbox', sum(c.pending) from conversation c
  where c.due_at is not null group by c.tenant_id having sum(c.pending) >= inbox_limit
 union all
 select o.tenant_id, 'outbox', count(*) from outbox o
  where o.send_due_at is not null group by o.tenant_id having count(*) >= outbox_limit $$;

revoke execute on function hub_cross.depths(int, int) from public;
grant execute on function hub_cross.depths(int, int) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
