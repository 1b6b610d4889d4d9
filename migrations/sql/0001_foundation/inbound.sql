-- The parts of hub.accept that store what somebody outside wrote: contact, conversation, message, event.

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
