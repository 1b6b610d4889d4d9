-- Who waits since when follows from what happens to a conversation, whoever did it: the bot, a colleague, a platform's echo.
create function hub.note_waiting() returns trigger language plpgsql as $$
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
  return new;
end $$;
create trigger conversation_waiting before update on hub.conversation for each row
  when (new.state is distinct from old.state
        or new.floor_epoch is distinct from old.floor_epoch
        or new.snoozed_until is distinct from old.snoozed_until
        or (new.pending > old.pending and (new.state in ('waiting', 'agent') or new.snoozed_until is not null)))
  execute function hub.note_waiting();
