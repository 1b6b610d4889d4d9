-- A tenant of weight w has w places in a round of claims where another has one ("before": the places of those who come
-- earlier in the round). And a delivery that its last holder never gave back went down with its process: how often is
-- counted, so that one which ends every process is given up at last.
alter table hub.tenant add column weight smallint not null default 1 check (weight between 1 and 100);
alter table hub.outbox add column crashes int not null default 0;
grant update (crashes) on hub.outbox to hub_sysfn;
grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

create or replace function hub_cross.claim(n int, after uuid, owner uuid, lease interval, share int)
returns table(id uuid, tenant_id uuid, epoch bigint, attempts int, crashes int, next_after uuid)
language sql security definer set search_path = hub, pg_temp as $$
 with recursive held as materialized (
   select c.tenant_id, count(*)::int as n from conversation c
    where c.lease_owner = claim.owner and c.due_at > now() group by c.tenant_id),
 sated as materialized (select array(select held.tenant_id from held where held.n >= claim.share) as tenants),
 t(tenant_id, before) as (
   (select c.tenant_id, 0 from conversation c where c.due_at <= now() and c.tenant_id > after
       and c.tenant_id <> all((select sated.tenants from sated)::uuid[])
     order by c.tenant_id limit 1)
   union all
   select (select c.tenant_id from conversation c where c.due_at <= now() and c.tenant_id > t.tenant_id
              and c.tenant_id <> all((select sated.tenants from sated)::uuid[])
            order by c.tenant_id limit 1),
          t.before + (select k.weight from tenant k where k.id = t.tenant_id)
     from t where t.before + (select k.weight from tenant k where k.id = t.tenant_id) < claim.n),
 room as materialized (
   select t.tenant_id, greatest(claim.share - coalesce(held.n, 0), 0) as free,
          k.weight, least(k.weight, claim.n - t.before)::int as places
     from t join tenant k on k.id = t.tenant_id left join held on held.tenant_id = t.tenant_id),
 rr as materialized (select p.id from room cross join lateral (select c.id from conversation c
     where c.tenant_id = room.tenant_id and c.due_at <= now() order by c.due_at limit least(room.free, room.places)
       for update skip locked) p),
 left_over as materialized (select greatest(claim.n - (select count(*)::int from rr), 0) as n),
 fill as materialized (select p.id from room cross join lateral (select c.id from conversation c
     where c.tenant_id = room.tenant_id and c.due_at <= now() and c.id <> all(array(select rr.id from rr))
     order by c.due_at
     limit greatest(least(room.free - room.places, ceil((select left_over.n from left_over)::float * room.weight
                                                       / (select sum(room.weight) from room))::int), 0)
       for update skip locked) p
   limit (select left_over.n from left_over))
 update conversation c
    set claim_epoch = c.claim_epoch + 1, attempts = c.attempts + 1, due_at = now() + lease, lease_owner = owner
  where c.id = any(array(select rr.id from rr union all select fill.id from fill))
 returning c.id, c.tenant_id, c.claim_epoch, c.attempts, greatest(c.attempts - 1 - c.survived, 0),
           (select t.tenant_id from t where t.tenant_id is not null order by 1 desc limit 1) $$;

create or replace function hub_cross.claim_deliveries(n int, after uuid, owner uuid, lease interval, share int)
returns table(id uuid, tenant_id uuid, epoch bigint, attempts int, next_after uuid)
language sql security definer set search_path = hub, pg_temp as $$
 with recursive held as materialized (
   select o.tenant_id, count(*)::int as n from outbox o
    where o.send_lease_owner = claim_deliveries.owner and o.send_due_at > now() group by o.tenant_id),
 sated as materialized (
   select array(select held.tenant_id from held where held.n >= claim_deliveries.share) as tenants),
 t(tenant_id, before) as (
   (select o.tenant_id, 0 from outbox o where o.send_due_at <= now() and o.tenant_id > after
       and o.tenant_id <> all((select sated.tenants from sated)::uuid[])
       and not exists (select 1 from outbox e where e.conversation_id = o.conversation_id
             and e.state in ('ready', 'sending') and (e.seq, e.part) < (o.seq, o.part))
     order by o.tenant_id limit 1)
   union all
   select (select o.tenant_id from outbox o where o.send_due_at <= now() and o.tenant_id > t.tenant_id
              and o.tenant_id <> all((select sated.tenants from sated)::uuid[])
              and not exists (select 1 from outbox e where e.conversation_id = o.conversation_id
                    and e.state in ('ready', 'sending') and (e.seq, e.part) < (o.seq, o.part))
            order by o.tenant_id limit 1),
          t.before + (select k.weight from tenant k where k.id = t.tenant_id)
     from t where t.before + (select k.weight from tenant k where k.id = t.tenant_id) < claim_deliveries.n),
 room as materialized (
   select t.tenant_id, greatest(claim_deliveries.share - coalesce(held.n, 0), 0) as free,
          k.weight, least(k.weight, claim_deliveries.n - t.before)::int as places
     from t join tenant k on k.id = t.tenant_id left join held on held.tenant_id = t.tenant_id),
 rr as materialized (select p.id from room cross join lateral (select o.id from outbox o
     where o.tenant_id = room.tenant_id and o.send_due_at <= now() and not exists (
       select 1 from outbox e where e.conversation_id = o.conversation_id and e.state in ('ready', 'sending')
          and (e.seq, e.part) < (o.seq, o.part))
     order by o.send_due_at limit least(room.free, room.places) for update skip locked) p),
 left_over as materialized (select greatest(claim_deliveries.n - (select count(*)::int from rr), 0) as n),
 fill as materialized (select p.id from room cross join lateral (select o.id from outbox o
     where o.tenant_id = room.tenant_id and o.send_due_at <= now() and o.id <> all(array(select rr.id from rr))
       and not exists (select 1 from outbox e where e.conversation_id = o.conversation_id
           and e.state in ('ready', 'sending') and (e.seq, e.part) < (o.seq, o.part))
     order by o.send_due_at
     limit greatest(least(room.free - room.places, ceil((select left_over.n from left_over)::float * room.weight
                                                       / (select sum(room.weight) from room))::int), 0)
       for update skip locked) p
   limit (select left_over.n from left_over))
 update outbox o
    set send_epoch = o.send_epoch + 1, attempts = o.attempts + 1, send_due_at = now() + lease, send_lease_owner = owner,
        crashes = o.crashes + (o.send_lease_owner is not null)::int
  where o.id = any(array(select rr.id from rr union all select fill.id from fill))
 returning o.id, o.tenant_id, o.send_epoch, o.attempts,
           (select t.tenant_id from t where t.tenant_id is not null order by 1 desc limit 1) $$;

reset role;
revoke create on schema hub_cross from hub_sysfn;
