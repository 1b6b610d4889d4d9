-- As 0006 has it, but conversations are looked up one by one, and changed by their ids. As joins, the planner was free to
-- read all open conversations of a channel, or all of a tenant, for each batch, and did so wherever it took them for few:
-- before the first analysis, and where one has far more than the average. "limit 1" leaves the unique index alone.
create or replace function hub.accept_usual(t uuid, p_channel uuid, p_events jsonb) returns jsonb
language plpgsql set enable_seqscan = off as $$
declare
  answers jsonb;
begin
  with e as materialized (
    select x.*, jsonb_array_length(x.ids) as aliases
      from rows from (jsonb_to_recordset(p_events) as (
             id uuid, key text, class text, type text, ord float, event jsonb, thread text, direct boolean, ids jsonb,
             name text, author_id text, message_id uuid, platform_message_id text, parts jsonb, kind text,
             at timestamptz, reply_to text, pause float, job_id text, received_event uuid))
           with ordinality x(id, key, class, type, ord, event, thread, direct, ids, name, author_id, message_id,
                             platform_message_id, parts, kind, at, reply_to, pause, job_id, received_event, n)),
  met as materialized (
    select e.*, who.usual from e left join lateral (
      select true as usual from hub.identity i join hub.contact c on c.id = i.contact_id
       where e.class = 'speech' and e.direct and e.aliases > 0
         and i.tenant_id = t and i.kind = e.ids->0->>'kind' and i.value = e.ids->0->>'value'
         and not c.blocked and (e.name is null or c.name = e.name)
         and (e.aliases = 1 or e.aliases = (
                select count(*) from jsonb_array_elements(e.ids) a
                  join hub.identity o on o.tenant_id = t and o.kind = a->>'kind' and o.value = a->>'value'
                 where o.contact_id = i.contact_id))
       limit 1) who on true),
  fit as materialized (
    select m.*, o.id as conversation
      from (select met.*, coalesce(bool_and(met.usual is true) over (partition by met.thread order by met.n), false) as ok
              from met) m
     cross join lateral (select c.id from hub.conversation c
                          where c.channel_id = p_channel and c.thread_key = m.thread and c.state <> 'resolved'
                          limit 1) o
     where m.ok),
  open as materialized (
    select c.id from hub.conversation c
     where c.id = any(array(select fit.conversation from fit)) and c.state <> 'resolved' order by c.id for update),
  box as (
    insert into hub.inbox(id, tenant_id, channel_id, platform_id, type, ord, event, conversation_id, message_id)
      select f.id, t, p_channel, f.key, f.type, f.ord, f.event, f.conversation, f.message_id
        from fit f where f.conversation in (select open.id from open) order by f.n
      on conflict (channel_id, platform_id) do nothing
      returning id),
  fresh as materialized (
    select f.*, row_number() over w as place, count(*) over (partition by f.conversation) as many
      from fit f where f.id in (select box.id from box) window w as (partition by f.conversation order by f.n)),
  conv as (
    update hub.conversation c
       set last_seq = c.last_seq + b.many, last_message_at = now(), pending = c.pending + b.many,
           last_inbound_at = greatest(c.last_inbound_at, b.at),
           due_at = hub.due_after(c, make_interval(secs => b.pause)),
           burst_since = case when c.pending = 0 then now() else c.burst_since end
      from (select f.conversation, f.many::int as many, max(f.at) as at,
                   max(case when f.place = f.many then coalesce(f.pause, 0) end) as pause
              from fresh f group by f.conversation, f.many) b
     where c.id = b.conversation and c.id = any(array(select open.id from open))
     returning c.id, c.last_seq - b.many as seq_before),
  said as (
    insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, author_id, author_name, kind,
                            parts, reply_to, status, at)
      select f.message_id, t, conv.id, conv.seq_before + f.place, 'in', 'contact', f.author_id, f.name, f.kind, f.parts,
             f.reply_to, 'received', f.at
        from fresh f join conv on conv.id = f.conversation),
  named as (
    insert into hub.platform_message(tenant_id, channel_id, platform_id, message_id)
      select t, p_channel, f.platform_message_id, f.message_id from fresh f where f.platform_message_id <> ''
      on conflict do nothing),
  fetched as (
    insert into hub.job(id, tenant_id, name, args, due_at)
      select f.job_id::uuid, t, 'media.fetch', jsonb_build_object('message_id', f.message_id), now()
        from fresh f where f.job_id <> ''),
  noted as (
    insert into hub.event(id, tenant_id, type, conversation_id, data)
      select f.received_event, t, 'message.received', conv.id,
             jsonb_build_object('conversation_id', conv.id, 'message_id', f.message_id,
                                'seq', conv.seq_before + f.place)
        from fresh f join conv on conv.id = f.conversation order by f.n)
  select jsonb_agg(jsonb_build_object(
           'n', f.n, 'key', f.key, 'duplicate', false, 'message_id', f.message_id, 'conversation_id', conv.id,
           'seq', conv.seq_before + f.place, 'outcome', null, 'reason', null) order by f.n)
    into answers from fresh f join conv on conv.id = f.conversation;
  return coalesce(answers, '[]');
end $$;
