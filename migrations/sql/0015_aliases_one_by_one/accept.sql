-- hub.accept, which stores one channel's events (see 0001_foundation/accept.sql), now looking new people up one by one.
create or replace function hub.accept(p_channel uuid, p_events jsonb) returns jsonb language plpgsql as $$
declare
  t uuid := hub.current_tenant();
  e jsonb;
  alias_key text;
  answers jsonb := '[]';
  contact uuid;
  conv record;
  seq bigint;
  edit record;
  known record;
  usual jsonb; -- answers for what accept_usual stored; null where the batch is too small to be worth its one large plan
  told int := 0;
  n bigint;
  state_before text;
  v_outcome text;
  v_reason text;
begin
  if jsonb_array_length(p_events) > 2 then
    usual := hub.accept_usual(t, p_channel, p_events);
    if jsonb_array_length(usual) = jsonb_array_length(p_events) then
      return usual;
    end if;
  end if;

  -- New people first, in one order for everybody, so that two webhooks cannot wait for each other.
  for alias_key in
    select distinct t::text || (a->>'kind') || ':' || (a->>'value') as k
      from jsonb_array_elements(p_events) x, jsonb_array_elements(x->'ids') a
     where hub.owner_of_alias(t, a) is null
     order by k
  loop
    perform pg_advisory_xact_lock(hashtextextended(alias_key, 7));
  end loop;

  for e, n in select x.value, x.n from jsonb_array_elements(p_events) with ordinality x(value, n) order by x.n loop
    if (usual->told->>'n')::bigint = n then
      answers := answers || (usual->told);
      told := told + 1;
      continue;
    end if;
    if usual is null and e->>'class' = 'speech' and (e->>'direct')::boolean and jsonb_array_length(e->'ids') > 0 then
      select k.conversation as id, k.seq into known from hub.accept_known(t, p_channel, e) k;
      if known.id is not null then
        answers := answers || jsonb_build_object(
          'key', e->>'key', 'duplicate', false, 'message_id', e->>'message_id', 'conversation_id', known.id,
          'seq', known.seq, 'outcome', null, 'reason', null);
        continue;
      end if;
    end if;
    insert into hub.inbox(id, tenant_id, channel_id, platform_id, type, ord, event)
      values ((e->>'id')::uuid, t, p_channel, e->>'key', e->>'type', (e->>'ord')::float, e->'event')
      on conflict (channel_id, platform_id) do nothing;
    if not found then
      answers := answers || (
        select jsonb_build_object('key', e->>'key', 'duplicate', true, 'conversation_id', i.conversation_id,
                                  'message_id', i.message_id, 'seq', m.seq)
          from hub.inbox i left join hub.message m on m.id = i.message_id
         where i.channel_id = p_channel and i.platform_id = e->>'key');
      continue;
    end if;
    contact := null;
    select null::uuid as id, false as opened, false as reopened into conv;
    seq := null;
    v_outcome := 'ignored';
    v_reason := coalesce(e->>'reason', e->>'class');

    if e->>'class' in ('speech', 'echo') then
      if e->>'class' = 'speech' and jsonb_array_length(e->'ids') > 0 then
        contact := hub.find_contact(t, e->'ids', e->>'name', e->>'locale', (e->>'contact_id')::uuid);
      end if;
      select * into conv from hub.find_conversation(t, p_channel, e, contact);
      if contact is not null and (conv.opened or not (e->>'direct')::boolean) then
        insert into hub.participant(tenant_id, conversation_id, contact_id) values (t, conv.id, contact)
          on conflict do nothing;
      end if;
      if e->>'class' = 'echo' then
        seq := hub.add_inbound(t, p_channel, conv.id, e, 'agent', false);
        select c.state into state_before from hub.conversation c where c.id = conv.id;
        perform hub.yield_to_human(conv.id, 'agent', null, 'person_acted');
        if state_before <> 'agent' then
          perform hub.log_event(t, (e->>'moved_event')::uuid, 'conversation.updated', conv.id,
                                jsonb_build_object('conversation_id', conv.id, 'from', state_before, 'state', 'agent',
                                                   'reason', 'person_acted'));
        end if;
        v_outcome := 'handed_over';
        v_reason := 'person_acted';
      else
        seq := hub.add_inbound(t, p_channel, conv.id, e, 'contact', true);
        if exists (select 1 from hub.contact c where c.id = contact and c.blocked) then
          update hub.conversation set pending = pending - 1 where id = conv.id;
          v_reason := 'blocked';
        else
          v_outcome := null;
          v_reason := null;
        end if;
      end if;
      if conv.opened then
        perform hub.log_event(t, (e->>'opened_event')::uuid, 'conversation.opened', conv.id,
                              jsonb_build_object('conversation_id', conv.id));
      elsif conv.reopened then
        perform hub.log_event(t, (e->>'opened_event')::uuid, 'conversation.updated', conv.id,
                              jsonb_build_object('conversation_id', conv.id, 'from', 'resolved', 'state', 'bot',
                                                 'reason', 'reopened'));
      end if;
      perform hub.log_event(t, (e->>'received_event')::uuid, 'message.received', conv.id,
                            jsonb_build_object('conversation_id', conv.id, 'message_id', e->>'message_id', 'seq', seq));
      update hub.inbox set conversation_id = conv.id, message_id = (e->>'message_id')::uuid,
             outcome = v_outcome, reason = v_reason, done_at = case when v_outcome is not null then now() end
       where id = (e->>'id')::uuid;
    elsif e->>'class' in ('edit', 'delete', 'reaction') then
      select * into edit from hub.apply_edit(t, p_channel, e);
      update hub.inbox set conversation_id = edit.conversation, message_id = edit.message, outcome = edit.outcome,
             reason = edit.reason, done_at = case when edit.outcome is not null then now() end
       where id = (e->>'id')::uuid;
      if edit.message is not null then
        perform hub.log_event(t, (e->>'received_event')::uuid, 'message.updated', edit.conversation,
                              jsonb_build_object('conversation_id', edit.conversation, 'message_id', edit.message,
                                                 'change', e->>'class'));
      end if;
      answers := answers || jsonb_build_object('key', e->>'key', 'duplicate', false, 'message_id', edit.message,
                                               'conversation_id', edit.conversation, 'outcome', edit.outcome,
                                               'changed', edit.message is not null);
      continue;
    else
      if e->>'class' in ('receipt', 'own_echo') then
        perform hub.apply_receipt(t, p_channel, e);
      end if;
      update hub.inbox set outcome = v_outcome, reason = v_reason, done_at = now() where id = (e->>'id')::uuid;
    end if;
    answers := answers || jsonb_build_object(
      'key', e->>'key', 'duplicate', false, 'message_id', case when seq is not null then e->>'message_id' end,
      'conversation_id', conv.id, 'seq', seq, 'outcome', v_outcome, 'reason', v_reason);
  end loop;
  return answers;
end $$;
