-- The fair claim: the next tenants with due work in turn, one piece each, then the oldest of all until n are full.
-- The lease end stands in due_at, so one column serves claim, retry and sweep.
set role hub_sysfn;

create function hub_cross.claim(n int, after uuid, owner uuid, lease interval)
returns table(id uuid, tenant_id uuid, epoch bigint, attempts int, next_after uuid)
language sql security definer set search_path = hub, pg_temp as $$
 with recursive t(tenant_id, n) as (
   (select c.tenant_id, 1 from conversation c where c.due_at <= now() and c.tenant_id > after
     order by c.tenant_id limit 1)
   union all
   select (select c.tenant_id from conversation c where c.due_at <= now() and c.tenant_id > t.tenant_id
            order by c.tenant_id limit 1), t.n + 1
     from t where t.n < claim.n and t.tenant_id is not null),
 rr as materialized (select p.id from t cross join lateral (select c.id from conversation c
     where c.tenant_id = t.tenant_id and c.due_at <= now() order by c.due_at limit 1 for update skip locked) p
   where t.tenant_id is not null),
 fill as materialized (
   select c.id from conversation c where c.due_at <= now() and c.id <> all(array(select rr.id from rr))
     order by c.due_at limit greatest(claim.n - (select count(*) from rr), 0) for update skip locked)
 update conversation c
    set claim_epoch = c.claim_epoch + 1, attempts = c.attempts + 1, due_at = now() + lease, lease_owner = owner
  where c.id = any(array(select rr.id from rr union all select fill.id from fill))
 returning c.id, c.tenant_id, c.claim_epoch, c.attempts,
           (select t.tenant_id from t where t.tenant_id is not null order by 1 desc limit 1) $$;

-- One conversation, for a caller who waits for its answer. Nothing comes back when a live lease holds it.
create function hub_cross.claim_one(conversation_id uuid, owner uuid, lease interval)
returns table(id uuid, tenant_id uuid, epoch bigint, attempts int)
language sql security definer set search_path = hub, pg_temp as $$
 update conversation c
    set claim_epoch = c.claim_epoch + 1, attempts = c.attempts + 1, due_at = now() + lease, lease_owner = owner
  where c.id = claim_one.conversation_id and c.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
    and (c.lease_owner is null or c.due_at <= now())
 returning c.id, c.tenant_id, c.claim_epoch, c.attempts $$;

-- Deliveries, fair in the same way; within a conversation only the oldest unfinished row may go.
create function hub_cross.claim_deliveries(n int, after uuid, owner uuid, lease interval)
returns table(id uuid, tenant_id uuid, epoch bigint, attempts int, next_after uuid)
language sql security definer set search_path = hub, pg_temp as $$
 with recursive t(tenant_id, n) as (
   (select o.tenant_id, 1 from outbox o where o.send_due_at <= now() and o.tenant_id > after
     order by o.tenant_id limit 1)
   union all
   select (select o.tenant_id from outbox o where o.send_due_at <= now() and o.tenant_id > t.tenant_id
            order by o.tenant_id limit 1), t.n + 1
     from t where t.n < claim_deliveries.n and t.tenant_id is not null),
 rr as materialized (select p.id from t cross join lateral (select o.id from outbox o
     where o.tenant_id = t.tenant_id and o.send_due_at <= now() and not exists (
       select 1 from outbox e where e.conversation_id = o.conversation_id and e.state in ('ready', 'sending')
          and (e.seq, e.part) < (o.seq, o.part))
     order by o.send_due_at limit 1 for update skip locked) p
   where t.tenant_id is not null),
 fill as materialized (
   select o.id from outbox o where o.send_due_at <= now() and o.id <> all(array(select rr.id from rr))
      and not exists (select 1 from outbox e where e.conversation_id = o.conversation_id
          and e.state in ('ready', 'sending') and (e.seq, e.part) < (o.seq, o.part))
     order by o.send_due_at limit greatest(claim_deliveries.n - (select count(*) from rr), 0) for update skip locked)
 update outbox o
    set send_epoch = o.send_epoch + 1, attempts = o.attempts + 1, send_due_at = now() + lease, send_lease_owner = owner
  where o.id = any(array(select rr.id from rr union all select fill.id from fill))
 returning o.id, o.tenant_id, o.send_epoch, o.attempts,
           (select t.tenant_id from t where t.tenant_id is not null order by 1 desc limit 1) $$;

create function hub_cross.claim_jobs(n int, owner uuid, lease interval)
returns table(id uuid, tenant_id uuid, epoch bigint, attempts int, name text, args jsonb)
language sql security definer set search_path = hub, pg_temp as $$
 update job j set epoch = j.epoch + 1, attempts = j.attempts + 1, due_at = now() + lease, lease_owner = owner,
                  state = 'running'
  where j.id = any(array(select x.id from job x where x.due_at <= now() order by x.due_at limit n
                         for update skip locked))
 returning j.id, j.tenant_id, j.epoch, j.attempts, j.name, j.args $$;

-- Conversations with waiting inbox rows that nothing would look at: found here whatever went wrong before.
create function hub_cross.sweep_inbox(older_than interval) returns int
language sql security definer set search_path = hub, pg_temp as $$
 with lost as (
   select distinct i.conversation_id as id from inbox i
    where i.outcome is null and i.received_at < now() - older_than and i.conversation_id is not null),
 woken as (update conversation c set due_at = now() from lost
            where c.id = lost.id and c.due_at is null returning 1)
 select count(*)::int from woken $$;

-- How much is due and how long the oldest waits, in seconds, for metrics and readiness.
create function hub_cross.backlog() returns table(kind text, due bigint, oldest float)
language sql stable security definer set search_path = hub, pg_temp as $$
 select 'turn', count(*), coalesce(extract(epoch from now() - min(due_at)), 0)::float
   from conversation where due_at <= now()
 union all
 select 'delivery', count(*), coalesce(extract(epoch from now() - min(send_due_at)), 0)::float
   from outbox where send_due_at <= now()
 union all
 select 'job', count(*), coalesce(extract(epoch from now() - min(due_at)), 0)::float from job where due_at <= now() $$;

reset role;
