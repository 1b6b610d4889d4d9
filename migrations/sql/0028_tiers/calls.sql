-- What a tenant may ask of the API in an hour, and what it asked.
alter table hub.tenant
  add column plan text not null default 'open',  -- a name of the deployment's setting; 'open': no limit by plan
  add column hourly_limit integer check (hourly_limit > 0);  -- instead of the plan's

create table hub.call_use (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  hour timestamptz not null,
  calls bigint not null default 0,       -- let through
  beyond bigint not null default 0,      -- of all that came, those beyond the limit
  refused bigint not null default 0,     -- of those, the ones that were refused
  primary key (tenant_id, hour)
);
create index call_use_age on hub.call_use(hour);
select hub.protect_tenant_table('call_use');
grant insert, delete on hub.call_use to hub_sysfn;
select hub.open_to_system('call_use', 'calls, beyond, refused');

grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- Add what a process counted: [{tenant, hour, calls, beyond, refused}]. Of tenants that are gone nothing is kept.
create function hub_cross.note_calls(counted jsonb) returns void
language sql security definer set search_path = hub, pg_temp as $$
  insert into call_use as u (tenant_id, hour, calls, beyond, refused)
  select x.tenant, x.hour, x.calls, x.beyond, x.refused
    from jsonb_to_recordset(counted) as x(tenant uuid, hour timestamptz, calls bigint, beyond bigint, refused bigint)
   where exists (select 1 from tenant t where t.id = x.tenant)
   order by x.tenant, x.hour
  on conflict (tenant_id, hour) do update
     set calls = u.calls + excluded.calls, beyond = u.beyond + excluded.beyond, refused = u.refused + excluded.refused
$$;

create or replace function hub_cross.prune(p_what text, p_older interval, n int) returns int
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
    when 'budget_hold' then
      -- As in hub.reserve_budget: it may have been paid for, so it counts as spent.
      with gone as (
        delete from budget_hold where (tenant_id, hold_id, budget_id) in (
          select h.tenant_id, h.hold_id, h.budget_id from budget_hold h where h.expires_at < now() - p_older
           order by h.tenant_id, h.budget_id limit n for update skip locked)
        returning tenant_id, budget_id, subject_id, began, amount),
      sums as (select tenant_id, budget_id, subject_id, began, sum(amount) as amount from gone group by 1, 2, 3, 4)
      update budget_use u set spent = u.spent + s.amount, held = u.held - s.amount from sums s
       where (u.tenant_id, u.budget_id, u.subject_id, u.began) = (s.tenant_id, s.budget_id, s.subject_id, s.began);
    when 'budget_use' then
      delete from budget_use u using (
        select x.tenant_id, x.budget_id, x.subject_id, x.began from budget_use x
         where x.began < (now() - p_older)::date limit n) old
       where (u.tenant_id, u.budget_id, u.subject_id, u.began)
           = (old.tenant_id, old.budget_id, old.subject_id, old.began);
    when 'call_use' then
      delete from call_use u using (
        select x.tenant_id, x.hour from call_use x where x.hour < now() - p_older limit n) old
       where u.tenant_id = old.tenant_id and u.hour = old.hour;
    else
      raise exception 'nothing is kept under the name %', p_what;
  end case;
  get diagnostics removed = row_count;
  return removed;
end $$;

revoke all on function hub_cross.note_calls(jsonb) from public;
grant execute on function hub_cross.note_calls(jsonb) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
