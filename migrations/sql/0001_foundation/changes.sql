-- The parts of hub.accept that change what is there: edits, deletions, reactions, receipts.

create function hub.apply_edit(t uuid, p_channel uuid, e jsonb, out message uuid, out conversation uuid,
                               out outcome text, out reason text) language plpgsql as $$
declare
  m hub.message;
begin
  -- The conversation first, as a turn does that takes in what waits: one of the two sees the other.
  perform 1 from hub.conversation c where c.id = (
    select x.conversation_id from hub.platform_message p join hub.message x on x.id = p.message_id
     where p.channel_id = p_channel and p.platform_id = e->>'target') for update;
  select x.* into m from hub.platform_message p join hub.message x on x.id = p.message_id
   where p.channel_id = p_channel and p.platform_id = e->>'target' for update of x;
  outcome := 'ignored';
  reason := 'unknown_target';
  if m.id is null then
    return;
  end if;
  message := m.id;
  conversation := m.conversation_id;
  if e->>'class' = 'delete' then
    update hub.message set deleted_at = (e->>'at')::timestamptz where id = m.id and deleted_at is null;
    with gone as (update hub.inbox set outcome = 'ignored', reason = 'deleted', done_at = now()
                   where message_id = m.id and hub.inbox.outcome is null returning 1)
    update hub.conversation set pending = pending - (select count(*) from gone) where id = m.conversation_id;
    reason := 'deleted';
    return;
  end if;
  if e->>'class' = 'reaction' then
    update hub.message
       set metadata = jsonb_set(metadata, '{reactions}', coalesce(metadata->'reactions', '{}')
                      || jsonb_build_object(coalesce(e->>'author_id', ''), e->'parts'->0->>'emoji'))
     where id = m.id;
    reason := 'reaction';
    return;
  end if;
  update hub.message
     set parts = e->'parts', edited_at = (e->>'at')::timestamptz,
         metadata = jsonb_set(metadata, '{edits}', coalesce(metadata->'edits', '[]') || jsonb_build_array(m.parts))
   where id = m.id;
  reason := 'edited';
  if m.direction = 'in' and (
       not exists (select 1 from hub.inbox i where i.message_id = m.id and i.outcome is null)
       or exists (select 1 from hub.turn x where x.conversation_id = m.conversation_id
                     and x.state in ('thinking', 'thought') and x.last_seq >= m.seq)) then
    -- It was answered already, or is being answered as it was: the new wording deserves an answer of its own.
    update hub.conversation c
       set pending = c.pending + 1,
           due_at = case when c.lease_owner is not null and c.due_at > now() then c.due_at else now() end
     where c.id = m.conversation_id and c.state = 'bot';
    if found then
      outcome := null;
      reason := null;
    end if;
  end if;
end $$;

-- How far a message of ours came. A row key is our delivery's own id, with ":n" for its n-th part: it settles a send whose
-- answer was lost, because the part that came back need not be sent again.
create function hub.apply_receipt(t uuid, p_channel uuid, e jsonb) returns uuid language plpgsql as $$
declare
  target uuid;
  v_platform_id text := case e->>'class' when 'own_echo' then e->>'platform_message_id' else e->>'target' end;
begin
  if e->>'row_key' ~ '^[0-9a-f-]{36}(:[0-9]{1,4})?$' then
    update hub.outbox o
       set progress = greatest(o.progress, coalesce(nullif(split_part(e->>'row_key', ':', 2), '')::int, 0) + 1),
           state = case o.state when 'unknown' then 'sent' else o.state end
     where o.id = left(e->>'row_key', 36)::uuid and o.channel_id = p_channel
     returning o.message_id into target;
    if target is not null and v_platform_id <> '' then
      insert into hub.platform_message(tenant_id, channel_id, platform_id, message_id)
        values (t, p_channel, v_platform_id, target) on conflict do nothing;
    end if;
  end if;
  if target is null then
    select p.message_id into target from hub.platform_message p
     where p.channel_id = p_channel and p.platform_id = v_platform_id;
  end if;
  if e->>'status' <> '' then
    update hub.message m set status = e->>'status', error = coalesce(e->>'error', m.error)
     where m.id = target and m.direction = 'out' and hub.status_rank(e->>'status') > hub.status_rank(m.status);
  end if;
  -- A receipt that names no message tells of all of ours in its thread up to its time.
  if e->>'status' in ('delivered', 'read') and coalesce(v_platform_id, '') = '' and e->>'thread' <> '' then
    update hub.message m set status = e->>'status'
      from hub.conversation c
     where c.channel_id = p_channel and c.thread_key = e->>'thread' and c.state <> 'resolved'
       and m.conversation_id = c.id and m.direction = 'out' and m.at <= (e->>'at')::timestamptz
       and m.status in ('sending', 'sent', 'unknown', 'delivered')
       and hub.status_rank(e->>'status') > hub.status_rank(m.status);
  end if;
  return target;
end $$;
