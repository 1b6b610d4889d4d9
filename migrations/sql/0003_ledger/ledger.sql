-- When a person had a dead row tried again: its age counts from here.
alter table hub.inbox add column replayed_at timestamptz;
alter table hub.outbox add column replayed_at timestamptz;
create index inbox_dead on hub.inbox(tenant_id, received_at, id) where outcome = 'dead';
create index outbox_dead on hub.outbox(tenant_id, created_at, id) where state in ('dead', 'unknown');

grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- What has no outcome though it should have had one long ago: messages that came in, and messages that are to go out.
-- A delivery that waits for its time, or behind an earlier one of its conversation, is not stuck.
create function hub_cross.stuck(bound interval) returns table(kind text, count bigint, oldest float)
language sql stable security definer set search_path = hub, pg_temp as $$
 select 'message', count(*), coalesce(extract(epoch from now() - min(coalesce(i.replayed_at, i.received_at))), 0)::float
   from inbox i
  where i.outcome is null and i.received_at < now() - bound and coalesce(i.replayed_at, i.received_at) < now() - bound
 union all
 select 'delivery', count(*), coalesce(extract(epoch from now() - min(coalesce(o.replayed_at, o.created_at))), 0)::float
   from outbox o
  where o.state in ('ready', 'sending') and coalesce(o.replayed_at, o.created_at) < now() - bound
    and (o.send_due_at is null or o.send_due_at < now() - bound)
    and not exists (select 1 from outbox e where e.conversation_id = o.conversation_id
          and e.state in ('ready', 'sending') and (e.seq, e.part) < (o.seq, o.part)) $$;

revoke all on function hub_cross.stuck(interval) from public;
grant execute on function hub_cross.stuck(interval) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
