-- Words of messages and names, each with the tenant as one more word, so that one index finds one tenant's words alone.
-- Row-level security would keep the planner from these indexes, so a function of hub_cross searches, for its own tenant.
create function hub.message_words(tenant uuid, parts jsonb) returns tsvector language sql immutable parallel safe as $$
  select to_tsvector('simple', 'tenant' || replace(tenant::text, '-', '')) || jsonb_to_tsvector('simple',
           jsonb_path_query_array(parts, '$[*].keyvalue() ? (@.key == "text" || @.key == "caption" || @.key == "title"
                                                             || @.key == "name").value'), '["string"]')
$$;
create function hub.contact_words(tenant uuid, name text) returns tsvector language sql immutable parallel safe as $$
  select to_tsvector('simple', 'tenant' || replace(tenant::text, '-', '')) || to_tsvector('simple', coalesce(name, ''))
$$;
-- What somebody typed: every word must occur, the last one may go on.
create function hub.wanted_words(tenant uuid, typed text) returns tsquery language sql immutable parallel safe as $$
  select case when plainto_tsquery('simple', typed)::text = '' then null
              else (plainto_tsquery('simple', 'tenant' || replace(tenant::text, '-', ''))::text || ' & '
                    || plainto_tsquery('simple', typed)::text || ':*')::tsquery end
$$;
grant execute on function hub.message_words(uuid, jsonb), hub.contact_words(uuid, text), hub.wanted_words(uuid, text)
  to hub_app, hub_sysfn;
create index message_words on hub.message using gin (hub.message_words(tenant_id, parts));
create index contact_words on hub.contact using gin (hub.contact_words(tenant_id, name));
select hub.open_to_system(name, '') from unnest(array['message', 'contact', 'identity']) as name;

grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- This tenant's conversations that hold the words or whose customer has the name or address, newest hits first. `seq` is
-- the message that holds the words.
create function hub_cross.search_conversations(typed text, n int)
returns table(conversation_id uuid, seq bigint)
language sql stable security definer set search_path = hub, pg_temp as $$
 with wanted as (select hub.current_tenant() as t, hub.wanted_words(hub.current_tenant(), typed) as q),
 people as (
   select c.id from contact c, wanted w where hub.contact_words(c.tenant_id, c.name) @@ w.q and c.tenant_id = w.t
   union
   select i.contact_id from identity i, wanted w
    where i.tenant_id = w.t and length(typed) >= 3 and starts_with(i.value, ltrim(typed, '+'))
   limit 500),
 hits as (
   (select m.conversation_id, m.seq, m.at from message m, wanted w
     where hub.message_words(m.tenant_id, m.parts) @@ w.q and m.tenant_id = w.t and m.deleted_at is null
     order by m.at desc limit n * 4)
   union all
   (select c.id, null, coalesce(c.last_message_at, c.opened_at) from conversation c, wanted w
     where c.tenant_id = w.t and c.contact_id in (select id from people)
     order by 3 desc limit n))
 select h.conversation_id, max(h.seq) from hits h group by h.conversation_id order by max(h.at) desc limit n $$;

create function hub_cross.search_contacts(typed text, n int) returns table(contact_id uuid)
language sql stable security definer set search_path = hub, pg_temp as $$
 with wanted as (select hub.current_tenant() as t, hub.wanted_words(hub.current_tenant(), typed) as q)
 select c.id from contact c, wanted w where hub.contact_words(c.tenant_id, c.name) @@ w.q and c.tenant_id = w.t
 union
 select i.contact_id from identity i, wanted w
  where i.tenant_id = w.t and length(typed) >= 3 and starts_with(i.value, ltrim(typed, '+'))
 limit n $$;

revoke all on function hub_cross.search_conversations(text, int), hub_cross.search_contacts(text, int) from public;
grant execute on function hub_cross.search_conversations(text, int), hub_cross.search_contacts(text, int) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
