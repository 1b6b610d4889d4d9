grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- The newest event anybody can see, the oldest transaction still running, and the next one to begin. Sequence numbers
-- are given before commit, so an event may appear below a newer one; once every transaction that ran when `seq` was
-- read has ended, nothing can appear at or below it any more.
create function hub_cross.event_mark() returns table(seq bigint, running bigint, next bigint)
language sql security definer set search_path = hub, pg_temp as $$
 select coalesce((select max(e.seq) from event e), 0),
        pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint
   from pg_current_snapshot() s $$;

-- A row for each event each endpoint asked for, from its cursor to `safe`, for up to n endpoints that are behind.
-- How many endpoints were moved on; 0 when nothing is left to do.
create function hub_cross.fan_out_events(safe bigint, n int) returns int
language sql security definer set search_path = hub, pg_temp as $$
 with behind as materialized (
   select w.id, w.tenant_id, w.types, w.cursor from webhook w
    where w.enabled and w.cursor < safe
      and exists (select 1 from event e where e.tenant_id = w.tenant_id and e.seq > w.cursor and e.seq <= safe)
    limit n for update of w skip locked),
 batch as materialized (
   select b.id as webhook_id, b.tenant_id, b.types, e.*
     from behind b cross join lateral (
       select e.seq, e.id as event_id, e.type, e.conversation_id from event e
        where e.tenant_id = b.tenant_id and e.seq > b.cursor and e.seq <= safe order by e.seq limit 200) e),
 made as (
   insert into webhook_delivery(id, tenant_id, webhook_id, event_seq, event_id, type, conversation_id, due_at)
   select gen_random_uuid(), b.tenant_id, b.webhook_id, b.seq, b.event_id, b.type, b.conversation_id, now()
     from batch b where b.types = '{}' or b.type = any(b.types)
   on conflict (webhook_id, event_id) do nothing),
 moved as (
   update webhook w set cursor = m.top
     from (select b.webhook_id, max(b.seq) as top from batch b group by b.webhook_id) m
    where w.id = m.webhook_id returning 1)
 select count(*)::int from moved $$;

-- Events to push, fair between endpoints: the next endpoints in turn give one each, then those give more until n are
-- full. Endpoints that are switched off, or whose circuit is open, give none; within a conversation only the oldest
-- undelivered event may go.
create function hub_cross.claim_webhook_deliveries(n int, after uuid, owner uuid, lease interval)
returns table(id uuid, tenant_id uuid, epoch bigint, attempts int, next_after uuid)
language sql security definer set search_path = hub, pg_temp as $$
 with rr as materialized (
   select p.id, w.id as webhook_id
     from (select w.id from webhook w join tenant t on t.id = w.tenant_id and t.enabled
            where w.enabled and (w.open_until is null or w.open_until <= now())
              and w.id > claim_webhook_deliveries.after
            order by w.id) w
     cross join lateral (
       select d.id from webhook_delivery d
        where d.webhook_id = w.id and d.due_at <= now() and not exists (
          select 1 from webhook_delivery e where e.webhook_id = d.webhook_id and e.state = 'ready'
             and e.conversation_id = d.conversation_id and e.event_seq < d.event_seq)
        order by d.due_at, d.event_seq limit 1 for update skip locked) p
    limit claim_webhook_deliveries.n),
 fill as materialized (
   select p.id
     from (select r.webhook_id from rr r) w
     cross join lateral (
       select d.id, row_number() over () as turn from (
         select d.id from webhook_delivery d
          where d.webhook_id = w.webhook_id and d.due_at <= now() and d.id <> all(array(select rr.id from rr))
            and not exists (
              select 1 from webhook_delivery e where e.webhook_id = d.webhook_id and e.state = 'ready'
                 and e.conversation_id = d.conversation_id and e.event_seq < d.event_seq)
          order by d.due_at, d.event_seq limit claim_webhook_deliveries.n for update skip locked) d) p
    order by p.turn limit greatest(claim_webhook_deliveries.n - (select count(*) from rr), 0))
 update webhook_delivery d
    set epoch = d.epoch + 1, attempts = d.attempts + 1, due_at = now() + lease, lease_owner = owner
  where d.id = any(array(select rr.id from rr union all select fill.id from fill))
 returning d.id, d.tenant_id, d.epoch, d.attempts,
           (select rr.webhook_id from rr order by 1 desc limit 1) $$;

create or replace function hub_cross.backlog() returns table(kind text, due bigint, oldest float)
language sql stable security definer set search_path = hub, pg_temp as $$
 select 'turn', count(*), coalesce(extract(epoch from now() - min(due_at)), 0)::float
   from conversation where due_at <= now()
 union all
 select 'delivery', count(*), coalesce(extract(epoch from now() - min(send_due_at)), 0)::float
   from outbox where send_due_at <= now()
 union all
 select 'job', count(*), coalesce(extract(epoch from now() - min(due_at)), 0)::float from job where due_at <= now()
 union all
 select 'webhook', count(*), coalesce(extract(epoch from now() - min(d.due_at)), 0)::float
   from webhook_delivery d join webhook w on w.id = d.webhook_id
  where d.due_at <= now() and (w.open_until is null or w.open_until <= now()) $$;

create or replace function hub_cross.secrets() returns table(owner text, id uuid, tenant_id uuid, secret bytea)
language sql stable security definer set search_path = hub, pg_temp as $$
 select 'channel', c.id, c.tenant_id, c.secret from channel c
 union all select 'app', a.id, null, a.secret from app a
 union all select 'webhook', w.id, w.tenant_id, w.secret from webhook w $$;

create or replace function hub_cross.replace_secret(p_owner text, p_id uuid, p_old bytea, p_new bytea) returns boolean
language plpgsql security definer set search_path = hub, pg_temp as $$
begin
  if p_owner = 'channel' then
    update channel set secret = p_new, updated_at = now() where id = p_id and secret = p_old;
  elsif p_owner = 'webhook' then
    update webhook set secret = p_new, updated_at = now() where id = p_id and secret = p_old;
  else
    update app set secret = p_new, updated_at = now() where id = p_id and secret = p_old;
  end if;
  return found;
end $$;

revoke all on function hub_cross.event_mark(), hub_cross.fan_out_events(bigint, int),
  hub_cross.claim_webhook_deliveries(int, uuid, uuid, interval) from public;
grant execute on function hub_cross.event_mark(), hub_cross.fan_out_events(bigint, int),
  hub_cross.claim_webhook_deliveries(int, uuid, uuid, interval) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
