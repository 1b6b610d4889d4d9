-- Stores one webhook's events of one channel: deduplicated, in the right conversation, marked due.
-- One call is one transaction and one round trip. hub.inbox.accept prepares the batch and names each event's class:
--   speech    something a customer said           echo     a person answered elsewhere
--   own_echo  our own message came back           receipt  how far a message of ours came
--   edit, delete, reaction                        other    kept with its reason, nothing to do

-- The usual case in two statements: somebody known writes on in an open conversation. No row comes back when anything
-- is out of the ordinary (new, blocked, renamed, a duplicate, a group, several contacts); then the long way is taken.
-- A duplicate that arrives in the same moment violates the inbox's uniqueness: the caller tries again and finds it.
create function hub.accept_known(t uuid, p_channel uuid, e jsonb) returns table(conversation uuid, seq bigint)
language plpgsql as $$
declare
  pause interval := make_interval(secs => coalesce((e->>'pause')::float, 0));
  message uuid := (e->>'message_id')::uuid;
  said_at timestamptz := (e->>'at')::timestamptz;
  ids jsonb := e->'ids';
begin
  perform 1 from hub.identity i join hub.contact c on c.id = i.contact_id
    where i.tenant_id = t and i.kind = ids->0->>'kind' and i.value = ids->0->>'value'
      and not c.blocked and (e->>'name' is null or c.name = e->>'name')
      and (jsonb_array_length(ids) = 1 or jsonb_array_length(ids) = (
             select count(*) from jsonb_array_elements(ids) a
               join hub.identity o on o.tenant_id = t and o.kind = a->>'kind' and o.value = a->>'value'
              where o.contact_id = i.contact_id))
      and not exists (select 1 from hub.inbox b where b.channel_id = p_channel and b.platform_id = e->>'key');
  if not found then
    return;
  end if;
  return query
    with conv as (
      update hub.conversation c
         set last_seq = c.last_seq + 1, last_message_at = now(), pending = c.pending + 1,
             last_inbound_at = greatest(c.last_inbound_at, said_at),
             due_at = hub.due_after(c, pause),
             burst_since = case when c.pending = 0 then now() else c.burst_since end
       where c.channel_id = p_channel and c.thread_key = e->>'thread' and c.state <> 'resolved'
       returning c.id, c.last_seq),
    box as (
      insert into hub.inbox(id, tenant_id, channel_id, platform_id, type, ord, event, conversation_id, message_id)
        select (e->>'id')::uuid, t, p_channel, e->>'key', e->>'type', (e->>'ord')::float, e->'event', conv.id, message
          from conv),
    said as (
      insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, author_id, author_name, kind,
                              parts, reply_to, status, at)
        select message, t, conv.id, conv.last_seq, 'in', 'contact', e->>'author_id', e->>'name', e->>'kind', e->'parts',
               e->>'reply_to', 'received', said_at
          from conv),
    named as (
      insert into hub.platform_message(tenant_id, channel_id, platform_id, message_id)
        select t, p_channel, e->>'platform_message_id', message from conv where e->>'platform_message_id' <> ''
        on conflict do nothing),
    fetched as (
      insert into hub.job(id, tenant_id, name, args, due_at)
        select nullif(e->>'job_id', '')::uuid, t, 'media.fetch', jsonb_build_object('message_id', message), now()
          from conv where e->>'job_id' <> ''),
    noted as (
      insert into hub.event(id, tenant_id, type, conversation_id, data)
        select (e->>'received_event')::uuid, t, 'message.received', conv.id,
               jsonb_build_object('conversation_id', conv.id, 'message_id', message, 'seq', conv.last_seq)
          from conv)
    select conv.id, conv.last_seq from conv;
end $$;

create function hub.accept(p_channel uuid, p_events jsonb) returns jsonb language plpgsql as $$
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
  state_before text;
  v_outcome text;
  v_reason text;
begin
  -- New people first, in one order for everybody, so that two webhooks cannot wait for each other.
  for alias_key in
    select distinct t::text || (a->>'kind') || ':' || (a->>'value') as k
      from jsonb_array_elements(p_events) x, jsonb_array_elements(x->'ids') a
     where not exists (select 1 from hub.identity i
                        where i.tenant_id = t and i.kind = a->>'kind' and i.value = a->>'value')
     order by k
  loop
    perform pg_advisory_xact_lock(hashtextextended(alias_key, 7));
  end loop;

  for e in select value from jsonb_array_elements(p_events) loop
    if e->>'class' = 'speech' and (e->>'direct')::boolean and jsonb_array_length(e->'ids') > 0 then
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

-- The login calls hub.accept in a statement that becomes hub_app on the way, so it needs to be executable by all;
-- it runs with its caller's rights and sees nothing without a tenant.
grant usage on schema hub to public;
grant execute on function hub.accept(uuid, jsonb) to public;
