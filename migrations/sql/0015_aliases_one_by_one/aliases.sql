-- The contact an alias belongs to. A function, and not a join: a message has one or two aliases, the planner takes a JSON
-- array for a hundred, and reading every identity of the tenant once looked cheaper to it than a hundred looks.
create function hub.owner_of_alias(t uuid, alias jsonb) returns uuid language plpgsql stable as $$
begin
  return (select i.contact_id from hub.identity i
           where i.tenant_id = t and i.kind = alias->>'kind' and i.value = alias->>'value');
end $$;

-- The contact who owns these aliases (the first alias is the one that wrote), made if there is none.
-- Aliases of two contacts in one message link them; they are never merged.
create or replace function hub.find_contact(t uuid, aliases jsonb, p_name text, p_locale text, candidate uuid)
returns uuid language plpgsql as $$
declare
  found_id uuid;
  others uuid[];
begin
  select (array_agg(known.contact order by known.n) filter (where known.contact is not null))[1],
         array_agg(distinct known.contact) filter (where known.contact is not null)
    into found_id, others
    from (select a.n, hub.owner_of_alias(t, a.alias) as contact
            from jsonb_array_elements(aliases) with ordinality a(alias, n)) known;
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
