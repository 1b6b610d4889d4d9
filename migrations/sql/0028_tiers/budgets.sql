-- A refusal is told apart from the warnings, so that money which answers under way have only put aside silences none.
alter table hub.budget_use add column refusal_told boolean not null default false;
create index budget_use_age on hub.budget_use(began);
create index budget_hold_age on hub.budget_hold(expires_at);

create or replace function hub.reserve_budget(p_hold uuid, p_conversation uuid, p_cost numeric, p_tokens bigint,
                                              p_ttl interval)
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
      update hub.budget_use set refusal_told = true
       where tenant_id = t and budget_id = b.id and subject_id = who and began = first;
      return query select b.id, b.scope, who, b.period, b.unit, first, b.amount, u.spent,
                          case when not u.refusal_told then least(100, floor(u.spent * 100 / b.amount))::integer end;
      return;
    end if;
    insert into hub.budget_hold(tenant_id, hold_id, budget_id, subject_id, began, amount, expires_at)
      values (t, p_hold, b.id, who, first, wanted, now() + p_ttl);
    update hub.budget_use set held = held + wanted
     where tenant_id = t and budget_id = b.id and subject_id = who and began = first;
  end loop;
end $$;

grant delete on hub.budget_use, hub.budget_hold to hub_sysfn;
select hub.open_to_system('budget_use', 'spent, held');
select hub.open_to_system('budget_hold', 'expires_at'); -- to lock them
