-- A time-ordered UUID, version 7 (RFC 9562).
create function hub.uuid7() returns uuid language sql volatile as $$
  select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

-- Every change of who answers leaves a marker in the thread, in its order: colleagues read it, and the model learns from
-- it when a person had the floor. It is no message: customers never see it. `app.actor` says who acts, where somebody does.
create or replace function hub.note_waiting() returns trigger language plpgsql as $$
begin
  new.desk_due_at := now();
  if new.pending > old.pending then
    new.snoozed_until := null;
    if new.state in ('waiting', 'agent') then
      new.waiting_since := coalesce(new.waiting_since, now());
    end if;
  end if;
  if new.floor_epoch > old.floor_epoch and new.state_reason = 'person_acted' then
    new.waiting_since := null;
    new.answered_at := coalesce(new.answered_at, now());
  end if;
  if new.state is distinct from old.state then
    if new.state = 'waiting' then
      new.handoff_at := now();
      new.handoff_reason := new.state_reason;
      new.waiting_since := coalesce(new.waiting_since, now());
      new.answered_at := null;
    elsif new.state in ('bot', 'resolved') then
      new.waiting_since := null;
      new.snoozed_until := null;
      new.sla_due_at := null;
    end if;
  end if;
  if new.state is distinct from old.state or (new.state = 'agent' and new.assignee is distinct from old.assignee) then
    new.last_seq := new.last_seq + 1;
    insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, author_id, kind, parts, status,
                            at, floor_epoch)
      values (hub.uuid7(), new.tenant_id, new.id, new.last_seq, 'out', 'system',
              nullif(current_setting('app.actor', true), ''), 'activity',
              jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
                'type', 'activity', 'from', old.state, 'to', new.state, 'reason', new.state_reason,
                'assignee', case when new.state = 'agent' then new.assignee end))),
              'sent', now(), new.floor_epoch);
  end if;
  return new;
end $$;
drop trigger conversation_waiting on hub.conversation;
create trigger conversation_waiting before update on hub.conversation for each row
  when (new.state is distinct from old.state
        or new.assignee is distinct from old.assignee
        or new.floor_epoch is distinct from old.floor_epoch
        or new.snoozed_until is distinct from old.snoozed_until
        or (new.pending > old.pending and (new.state in ('waiting', 'agent') or new.snoozed_until is not null)))
  execute function hub.note_waiting();
