-- Stores one webhook's events of one channel: deduplicated, in the right conversation, marked due.
-- One call is one transaction and one round trip. hub.inbox.accept prepares the batch and names each event's class:
--   speech    something a customer said           echo     a person answered elsewhere
--   own_echo  our own message came back           receipt  how far a message of ours came
--   edit, delete, reaction                        other    kept with its reason, nothing to do

create function hub.status_rank(status text) returns int language sql immutable as $$
  select case status when 'received' then 0 when 'queued' then 0 when 'sending' then 1 when 'unknown' then 2
                     when 'sent' then 3 when 'delivered' then 4 when 'read' then 5 when 'failed' then 6 else 7 end
$$;

-- The contact who owns these aliases (the first alias is the one that wrote), made if there is none.
-- Aliases of two contacts in one message link them; they are never merged.
create function hub.find_contact(t uuid, aliases jsonb, p_name text, p_locale text, candidate uuid)
returns uuid language plpgsql as $$
declare
  found_id uuid;
  others uuid[];
begin
  select (array_agg(i.contact_id order by a.n))[1], array_agg(distinct i.contact_id)
    into found_id, others
    from jsonb_array_elements(aliases) with ordinality a(alias, n)
    join hub.identity i on i.tenant_id = t and i.kind = a.alias->>'kind' and i.value = a.alias->>'value';
  if found_id is null then
    insert into hub.contact(id, tenant_id, name, locale) values (candidate, t, p_name, p_locale);
    found_id := candidate;
  elsif p_name is not null then
    update hub.contact set name = p_name, updated_at = now() where id = found_id and name is distinct from p_name;
  end if;
  insert into hub.identity(tenant_id, kind, value, contact_id)
    select t, a->>'kind', a->>'value', found_id from jsonb_array_elements(aliases) a
    on conflict do nothing;
  if cardinality(others) > 1 then
    insert into hub.contact_link(tenant_id, contact_id, other_id)
      select t, found_id, o from unnest(others) o where o <> found_id on conflict do nothing;
  end if;
  return found_id;
end $$;

-- The open conversation of this thread; a recently resolved one is opened again; otherwise a new one.
create function hub.find_conversation(t uuid, p_channel uuid, e jsonb, p_contact uuid, out id uuid, out opened boolean,
                                      out reopened boolean)
language plpgsql as $$
begin
  opened := false;
  reopened := false;
  select c.id into id from hub.conversation c
   where c.channel_id = p_channel and c.thread_key = e->>'thread' and c.state <> 'resolved';
  if id is not null then
    return;
  end if;
  update hub.conversation c
     set state = 'bot', state_reason = 'reopened', assignee = null, resolved_at = null, bot_misses = 0
   where c.id = (select r.id from hub.conversation r
                  where r.channel_id = p_channel and r.thread_key = e->>'thread'
                    and (r.resolved_at > now() - interval '14 days' or r.id::text = r.thread_key)
                  order by r.opened_at desc limit 1 for update)
     and c.state = 'resolved'
   returning c.id into id;
  if id is not null then
    reopened := true;
    return;
  end if;
  insert into hub.conversation(id, tenant_id, channel_id, thread_key, contact_id, direct)
    values ((e->>'conversation_id')::uuid, t, p_channel, e->>'thread', p_contact, (e->>'direct')::boolean)
    on conflict (channel_id, thread_key) where state <> 'resolved' do nothing
    returning conversation.id into id;
  opened := id is not null;
  if id is null then
    select c.id into id from hub.conversation c
     where c.channel_id = p_channel and c.thread_key = e->>'thread' and c.state <> 'resolved';
  end if;
end $$;

create function hub.log_event(t uuid, p_id uuid, p_type text, p_conversation uuid, p_data jsonb) returns void
language sql as $$
  insert into hub.event(id, tenant_id, type, conversation_id, data) values (p_id, t, p_type, p_conversation, p_data)
$$;

-- When a worker shall look, after one more message: a lane that holds the conversation sees it by itself; else after the
-- pause, which waits for the rest of a thought sent in fragments: each one prolongs it, up to six seconds after the first.
create function hub.due_after(c hub.conversation, pause interval) returns timestamptz language sql stable as $$
  select case when c.lease_owner is not null and c.due_at > now() then c.due_at
              when c.pending = 0 then now() + pause
              else least(now() + pause, c.burst_since + interval '6 seconds') end
$$;

-- A message written by somebody outside, with the next sequence number of its conversation.
-- p_turn: whether a turn shall read it (then the conversation becomes due).
create function hub.add_inbound(t uuid, p_channel uuid, p_conversation uuid, e jsonb, p_author text, p_turn boolean)
returns bigint language plpgsql as $$
declare
  new_seq bigint;
  pause interval := make_interval(secs => coalesce((e->>'pause')::float, 0));
begin
  update hub.conversation c
     set last_seq = c.last_seq + 1, last_message_at = now(),
         last_inbound_at = case when p_turn then greatest(c.last_inbound_at, (e->>'at')::timestamptz)
                                else c.last_inbound_at end,
         pending = c.pending + p_turn::int,
         due_at = case when not p_turn then c.due_at
                       else hub.due_after(c, pause) end,
         burst_since = case when p_turn and c.pending = 0 then now() else c.burst_since end
   where c.id = p_conversation
   returning c.last_seq into new_seq;
  insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, author_id, author_name, kind,
                          parts, reply_to, status, at)
    values ((e->>'message_id')::uuid, t, p_conversation, new_seq,
            case p_author when 'contact' then 'in' else 'out' end, p_author, e->>'author_id', e->>'name',
            e->>'kind', e->'parts', e->>'reply_to',
            case p_author when 'contact' then 'received' else 'sent' end, (e->>'at')::timestamptz);
  if e->>'platform_message_id' <> '' then
    insert into hub.platform_message(tenant_id, channel_id, platform_id, message_id)
      values (t, p_channel, e->>'platform_message_id', (e->>'message_id')::uuid) on conflict do nothing;
  end if;
  if e->>'job_id' <> '' then
    insert into hub.job(id, tenant_id, name, args, due_at)
      values ((e->>'job_id')::uuid, t, 'media.fetch', jsonb_build_object('message_id', e->>'message_id'), now());
  end if;
  return new_seq;
end $$;

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
