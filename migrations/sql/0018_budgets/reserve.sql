-- Both functions run with the caller's rights, so under the tenant's policies. They lock the rows of budget_use in the
-- order of the budgets, so that calls at the same moment wait for each other and never deadlock.

-- Put the most a call may take aside in every budget it falls under, or in none. No row: it may be made. One row: the
-- budget that refuses; percent is null where this was told in the same period before.
create function hub.reserve_budget(p_hold uuid, p_conversation uuid, p_cost numeric, p_tokens bigint, p_ttl interval)
  returns table (budget_id uuid, scope text, subject_id uuid, period text, unit text, began date, amount numeric,
                 spent numeric, percent integer)
  language plpgsql as $$
#variable_conflict use_column
declare
  t uuid := hub.current_tenant();
  talk record; b record; u hub.budget_use; who uuid; first date; wanted numeric; stale numeric;
begin
  select channel_id, contact_id into talk from hub.conversation where tenant_id = t and id = p_conversation;
  for b in select * from hub.budget where tenant_id = t order by id loop
    who := case b.scope when 'tenant' then t when 'channel' then talk.channel_id
                        when 'conversation' then p_conversation else talk.contact_id end;
    wanted := case b.unit when 'tokens' then p_tokens else p_cost end;
    continue when who is null or b.subject_id <> who or wanted <= 0;
    first := date_trunc(b.period, now() at time zone 'utc')::date;
    insert into hub.budget_use(tenant_id, budget_id, subject_id, began) values (t, b.id, who, first)
      on conflict (tenant_id, budget_id, subject_id, began) do update set held = budget_use.held
      returning * into u;
    -- A call whose process died may have been paid for: what it held counts as spent.
    with gone as (
      delete from hub.budget_hold h where h.tenant_id = t and h.budget_id = b.id and h.subject_id = who
         and h.began = first and h.expires_at < now() returning h.amount)
    select coalesce(sum(gone.amount), 0) into stale from gone;
    if stale > 0 then
      update hub.budget_use set spent = spent + stale, held = held - stale
       where tenant_id = t and budget_id = b.id and subject_id = who and began = first returning * into u;
    end if;
    if u.spent + u.held + wanted > b.amount then
      perform hub.settle_budget(p_hold, 0, 0);
      update hub.budget_use set told = 100
       where tenant_id = t and budget_id = b.id and subject_id = who and began = first;
      return query select b.id, b.scope, who, b.period, b.unit, first, b.amount, u.spent,
                          case when u.told < 100 then 100 end;
      return;
    end if;
    insert into hub.budget_hold(tenant_id, hold_id, budget_id, subject_id, began, amount, expires_at)
      values (t, p_hold, b.id, who, first, wanted, now() + p_ttl);
    update hub.budget_use set held = held + wanted
     where tenant_id = t and budget_id = b.id and subject_id = who and began = first;
  end loop;
end $$;

-- Spend what the call took instead of what was put aside. A row for each budget in which that passes a warning.
create function hub.settle_budget(p_hold uuid, p_cost numeric, p_tokens bigint)
  returns table (budget_id uuid, scope text, subject_id uuid, period text, unit text, began date, amount numeric,
                 spent numeric, percent integer)
  language plpgsql as $$
#variable_conflict use_column
declare
  t uuid := hub.current_tenant();
  h record; b hub.budget; u hub.budget_use; passed integer;
begin
  for h in select * from hub.budget_hold where tenant_id = t and hold_id = p_hold order by budget_id loop
    select * into b from hub.budget where tenant_id = t and id = h.budget_id;
    update hub.budget_use
       set held = held - h.amount, spent = spent + case b.unit when 'tokens' then p_tokens else p_cost end
     where tenant_id = t and budget_id = h.budget_id and subject_id = h.subject_id and began = h.began
     returning * into u;
    select max(w) into passed from unnest(b.warn_at) w where w > u.told and u.spent * 100 >= w * b.amount;
    if passed is not null then
      update hub.budget_use set told = passed
       where tenant_id = t and budget_id = h.budget_id and subject_id = h.subject_id and began = h.began;
      return query select b.id, b.scope, h.subject_id, b.period, b.unit, h.began, b.amount, u.spent, passed;
    end if;
  end loop;
  delete from hub.budget_hold where tenant_id = t and hold_id = p_hold;
end $$;

revoke all on function hub.reserve_budget(uuid, uuid, numeric, bigint, interval),
                       hub.settle_budget(uuid, numeric, bigint) from public;
grant execute on function hub.reserve_budget(uuid, uuid, numeric, bigint, interval),
                          hub.settle_budget(uuid, numeric, bigint) to hub_app;
