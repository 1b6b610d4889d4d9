grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- A process says that it lives; who is silent for an hour is forgotten.
create function hub_cross.heartbeat(p_id uuid, p_role text, p_host text, p_pid int, p_version text, p_facts jsonb,
                                    p_draining boolean, p_started timestamptz) returns void
language sql security definer set search_path = hub, pg_temp as $$
 insert into process(id, role, host, pid, version, facts, draining, started_at)
   values (p_id, p_role, p_host, p_pid, p_version, p_facts, p_draining, p_started)
   on conflict (id) do update set facts = excluded.facts, draining = excluded.draining, seen_at = now();
 delete from process where seen_at < now() - interval '1 hour' $$;

create function hub_cross.leave(p_id uuid) returns void
language sql security definer set search_path = hub, pg_temp as $$
 delete from process where id = p_id $$;

create function hub_cross.processes()
returns table(id uuid, role text, host text, pid int, version text, facts jsonb, draining boolean,
              started_at timestamptz, silent float)
language sql stable security definer set search_path = hub, pg_temp as $$
 select p.id, p.role, p.host, p.pid, p.version, p.facts, p.draining, p.started_at,
        extract(epoch from now() - p.seen_at)::float
   from process p order by p.role, p.started_at, p.id $$;

-- Which of these are due by the clock and now this owner's to run; what the last run left comes along.
create function hub_cross.begin_scheduled(p_names text[], p_every float[], p_owner uuid, p_lease interval)
returns table(name text, result jsonb)
language plpgsql security definer set search_path = hub, pg_temp as $$
#variable_conflict use_column
begin
  insert into schedule(name, every)
    select n, make_interval(secs => e) from unnest(p_names, p_every) u(n, e)
     where not exists (select 1 from schedule s where s.name = n)
    on conflict do nothing;
  update schedule s set every = make_interval(secs => u.e)
    from unnest(p_names, p_every) u(n, e) where s.name = u.n and s.every <> make_interval(secs => u.e);
  return query
    update schedule s set owner = p_owner, lease_until = now() + p_lease, started_at = now()
     where s.name = any(array(
             select d.name from schedule d
              where d.name = any(p_names) and d.due_at <= now() and (d.lease_until is null or d.lease_until < now())
              for update skip locked))
    returning s.name, s.result;
end $$;

create function hub_cross.end_scheduled(p_name text, p_owner uuid, p_error text, p_result jsonb) returns boolean
language sql security definer set search_path = hub, pg_temp as $$
 with done as (
   update schedule s
      set owner = null, lease_until = null, finished_at = now(), runs = s.runs + 1, error = p_error,
          due_at = greatest(now(), s.started_at + s.every),
          failures = case when p_error is null then 0 else s.failures + 1 end,
          result = case when p_error is null then p_result else s.result end
    where s.name = p_name and s.owner = p_owner
   returning 1)
 select exists (select 1 from done) $$;

create function hub_cross.schedule()
returns table(name text, every float, due_at timestamptz, running boolean, runs bigint, failures int,
              started_at timestamptz, finished_at timestamptz, error text, result jsonb)
language sql stable security definer set search_path = hub, pg_temp as $$
 select s.name, extract(epoch from s.every)::float, s.due_at, s.lease_until is not null and s.lease_until > now(),
        s.runs, s.failures, s.started_at, s.finished_at, s.error, s.result
   from schedule s order by s.name $$;

create function hub_cross.run_scheduled_now(p_name text) returns boolean
language sql security definer set search_path = hub, pg_temp as $$
 with done as (update schedule s set due_at = now() where s.name = p_name returning 1)
 select exists (select 1 from done) $$;

create function hub_cross.jobs(p_state text, p_limit int, p_at timestamptz, p_id uuid)
returns table(id uuid, tenant_id uuid, name text, args jsonb, state text, attempts int, due_at timestamptz,
              lease_owner uuid, error text, created_at timestamptz, finished_at timestamptz)
language plpgsql stable security definer set search_path = hub, pg_temp as $$
#variable_conflict use_column
begin
  if p_state = 'failed' then -- named in the statement itself, so that the partial index is used
    return query select j.id, j.tenant_id, j.name, j.args, j.state, j.attempts, j.due_at, j.lease_owner, j.error,
                        j.created_at, j.finished_at
      from job j where j.state = 'failed' and (p_at is null or (j.created_at, j.id) < (p_at, p_id))
      order by j.created_at desc, j.id desc limit p_limit;
  else
    return query select j.id, j.tenant_id, j.name, j.args, j.state, j.attempts, j.due_at, j.lease_owner, j.error,
                        j.created_at, j.finished_at
      from job j
      where (p_state is null or (p_state = 'done' and j.state = 'done')
             or (p_state in ('waiting', 'running') and j.state = p_state and j.due_at is not null))
        and (p_at is null or (j.created_at, j.id) < (p_at, p_id))
      order by j.created_at desc, j.id desc limit p_limit;
  end if;
end $$;

create function hub_cross.job_counts() returns table(waiting bigint, running bigint, failed bigint)
language sql stable security definer set search_path = hub, pg_temp as $$
 select (select count(*) from job where due_at is not null and state = 'waiting'),
        (select count(*) from job where due_at is not null and state = 'running'),
        (select count(*) from job where state = 'failed') $$;

-- One failed job once more. One that waits or runs is given up: who runs it loses its claim and stops.
create function hub_cross.retry_job(p_id uuid) returns boolean
language sql security definer set search_path = hub, pg_temp as $$
 with done as (
   update job j set state = 'waiting', attempts = 0, due_at = now(), error = null, finished_at = null
    where j.id = p_id and j.state = 'failed' returning 1)
 select exists (select 1 from done) $$;

create function hub_cross.cancel_job(p_id uuid, p_error text) returns table(tenant_id uuid, name text, args jsonb)
language sql security definer set search_path = hub, pg_temp as $$
 update job j set state = 'failed', epoch = j.epoch + 1, due_at = null, lease_owner = null, error = p_error,
                  finished_at = now()
  where j.id = p_id and j.state in ('waiting', 'running')
 returning j.tenant_id, j.name, j.args $$;

create function hub_cross.job_state(p_id uuid) returns text
language sql stable security definer set search_path = hub, pg_temp as $$
 select j.state from job j where j.id = p_id $$;

-- Removes at most n rows of what has been kept long enough; how many.
create function hub_cross.prune(p_what text, p_older interval, n int) returns int
language plpgsql security definer set search_path = hub, pg_temp as $$
declare
  removed int;
begin
  case p_what
    when 'job' then
      delete from job where id = any(array(
        select j.id from job j where j.finished_at < now() - p_older and j.state = 'done' limit n));
    when 'failed_job' then
      delete from job where id = any(array(
        select j.id from job j where j.finished_at < now() - p_older and j.state = 'failed' limit n));
    when 'idempotency' then
      delete from idempotency i using (
        select x.tenant_id, x.principal, x.key from idempotency x where x.created_at < now() - p_older limit n) old
       where i.tenant_id = old.tenant_id and i.principal = old.principal and i.key = old.key;
    when 'event' then
      delete from event where seq = any(array(select e.seq from event e where e.at < now() - p_older limit n));
    when 'webhook_delivery' then
      delete from webhook_delivery where id = any(array(
        select d.id from webhook_delivery d where d.finished_at < now() - p_older limit n));
    else
      raise exception 'nothing is kept under the name %', p_what;
  end case;
  get diagnostics removed = row_count;
  return removed;
end $$;

-- What is open beyond its bound, tenant by tenant: as hub_cross.stuck counts it.
create function hub_cross.stuck_tenants(bound interval, n int)
returns table(tenant_id uuid, kind text, count bigint, oldest float)
language sql stable security definer set search_path = hub, pg_temp as $$
 (select i.tenant_id, 'message', count(*),
         extract(epoch from now() - min(coalesce(i.replayed_at, i.received_at)))::float
    from inbox i
   where i.outcome is null and i.received_at < now() - bound and coalesce(i.replayed_at, i.received_at) < now() - bound
   group by i.tenant_id order by 4 desc limit n)
 union all
 (select o.tenant_id, 'delivery', count(*),
         extract(epoch from now() - min(coalesce(o.replayed_at, o.created_at)))::float
    from outbox o
   where o.state in ('ready', 'sending') and coalesce(o.replayed_at, o.created_at) < now() - bound
     and (o.send_due_at is null or o.send_due_at < now() - bound)
     and not exists (select 1 from outbox e where e.conversation_id = o.conversation_id
           and e.state in ('ready', 'sending') and (e.seq, e.part) < (o.seq, o.part))
   group by o.tenant_id order by 4 desc limit n) $$;

-- What waits, what is being worked on, and how long the oldest has been due, by kind.
create function hub_cross.queues() returns table(kind text, due bigint, running bigint, oldest float)
language sql stable security definer set search_path = hub, pg_temp as $$
 select b.kind, b.due,
        case b.kind
          when 'turn' then (select count(*) from conversation where due_at > now() and lease_owner is not null)
          when 'delivery' then (select count(*) from outbox where send_due_at > now() and send_lease_owner is not null)
          when 'job' then (select count(*) from job where due_at > now() and state = 'running')
          else (select count(*) from webhook_delivery where due_at > now() and lease_owner is not null) end,
        b.oldest
   from hub_cross.backlog() b $$;

revoke all on function
  hub_cross.heartbeat(uuid, text, text, int, text, jsonb, boolean, timestamptz), hub_cross.leave(uuid),
  hub_cross.processes(), hub_cross.begin_scheduled(text[], float[], uuid, interval),
  hub_cross.end_scheduled(text, uuid, text, jsonb), hub_cross.schedule(), hub_cross.run_scheduled_now(text),
  hub_cross.jobs(text, int, timestamptz, uuid), hub_cross.job_counts(), hub_cross.retry_job(uuid),
  hub_cross.cancel_job(uuid, text), hub_cross.job_state(uuid), hub_cross.prune(text, interval, int),
  hub_cross.stuck_tenants(interval, int), hub_cross.queues() from public;
grant execute on function
  hub_cross.heartbeat(uuid, text, text, int, text, jsonb, boolean, timestamptz), hub_cross.leave(uuid),
  hub_cross.processes(), hub_cross.begin_scheduled(text[], float[], uuid, interval),
  hub_cross.end_scheduled(text, uuid, text, jsonb), hub_cross.schedule(), hub_cross.run_scheduled_now(text),
  hub_cross.jobs(text, int, timestamptz, uuid), hub_cross.job_counts(), hub_cross.retry_job(uuid),
  hub_cross.cancel_job(uuid, text), hub_cross.job_state(uuid), hub_cross.prune(text, interval, int),
  hub_cross.stuck_tenants(interval, int), hub_cross.queues() to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
