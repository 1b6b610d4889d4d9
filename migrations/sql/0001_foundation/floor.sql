-- A person takes the floor: the epoch rises, unsent bot rows are cancelled, in one statement's transaction.
-- Returns the new epoch and the message ids of bot rows already on the wire.
create function hub.yield_to_human(p_conversation uuid, p_state text, p_by text, p_reason text)
returns table(floor_epoch bigint, in_flight uuid[], cancelled uuid[]) language plpgsql as $$
declare
  epoch bigint;
  flying uuid[];
  dropped uuid[];
begin
  update hub.conversation c
     set floor_epoch = c.floor_epoch + 1, state = p_state, state_reason = p_reason,
         assignee = case when p_state = 'agent' then coalesce(p_by, c.assignee) else c.assignee end,
         resolved_at = case when p_state = 'resolved' then now() end
   where c.id = p_conversation
   returning c.floor_epoch into epoch;
  if epoch is null then
    return;
  end if;
  with gone as (
    update hub.outbox o set state = 'cancelled', send_due_at = null, send_lease_owner = null, finished_at = now(),
           error = p_reason
     where o.conversation_id = p_conversation and o.state = 'ready' and o.author_kind = 'bot'
     returning o.message_id)
  select coalesce(array_agg(distinct gone.message_id), '{}') into dropped from gone;
  select coalesce(array_agg(distinct o.message_id), '{}') into flying
    from hub.outbox o
   where o.conversation_id = p_conversation and o.state = 'sending' and o.author_kind = 'bot';
  update hub.message m set status = 'cancelled' where m.id = any(dropped) and not m.id = any(flying);
  return query select epoch, flying, dropped;
end $$;
grant execute on function hub.yield_to_human(uuid, text, text, text) to hub_app;
