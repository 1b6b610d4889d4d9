-- Look-ups that come before the tenant is known, and the platform admin's own.
set role hub_sysfn;

create function hub_cross.channel_by_id(channel_id uuid)
returns table(id uuid, tenant_id uuid, kind text, account text, enabled boolean, secret bytea, settings jsonb)
language sql stable security definer set search_path = hub, pg_temp as $$
 select c.id, c.tenant_id, c.kind, c.account, c.enabled and t.enabled, c.secret, c.settings
   from channel c join tenant t on t.id = c.tenant_id where c.id = channel_by_id.channel_id $$;

create function hub_cross.channel_by_account(kind text, account text)
returns table(id uuid, tenant_id uuid, kind text, account text, enabled boolean, secret bytea, settings jsonb)
language sql stable security definer set search_path = hub, pg_temp as $$
 select c.id, c.tenant_id, c.kind, c.account, c.enabled and t.enabled, c.secret, c.settings
   from route r join channel c on c.id = r.channel_id join tenant t on t.id = c.tenant_id
  where r.kind = channel_by_account.kind and r.account = channel_by_account.account $$;

-- Channels whose platform must be asked, those that are ours to ask for the length of the lease.
create function hub_cross.claim_polls(owner uuid, lease interval) returns table(id uuid)
language sql security definer set search_path = hub, pg_temp as $$
 update channel c set poll_owner = owner, poll_until = now() + lease
   from tenant t
  where t.id = c.tenant_id and t.enabled and c.enabled and c.settings->>'polling' = 'true'
    and (c.poll_owner = owner or c.poll_until is null or c.poll_until < now())
 returning c.id $$;

create function hub_cross.apps(wanted text)
returns table(id uuid, kind text, name text, account text, secret bytea, created_at timestamptz, updated_at timestamptz)
language sql stable security definer set search_path = hub, pg_temp as $$
 select a.id, a.kind, a.name, a.account, a.secret, a.created_at, a.updated_at
   from app a where wanted is null or a.kind = wanted order by a.created_at, a.id $$;

create function hub_cross.add_app(id uuid, kind text, name text, account text, secret bytea) returns void
language sql security definer set search_path = hub, pg_temp as $$
 insert into app(id, kind, name, account, secret) values (add_app.id, add_app.kind, add_app.name, add_app.account,
                                                          add_app.secret) $$;

create function hub_cross.change_app(app_id uuid, new_name text, new_secret bytea) returns boolean
language sql security definer set search_path = hub, pg_temp as $$
 with done as (update app set name = coalesce(new_name, name), secret = coalesce(new_secret, secret),
                              updated_at = now() where id = app_id returning 1)
 select exists (select 1 from done) $$;

create function hub_cross.remove_app(app_id uuid) returns boolean
language sql security definer set search_path = hub, pg_temp as $$
 with done as (delete from app where id = app_id returning 1) select exists (select 1 from done) $$;

-- Every stored secret, to be encrypted anew under the first key.
create function hub_cross.secrets() returns table(owner text, id uuid, tenant_id uuid, secret bytea)
language sql stable security definer set search_path = hub, pg_temp as $$
 select 'channel', c.id, c.tenant_id, c.secret from channel c
 union all select 'app', a.id, null, a.secret from app a $$;

create function hub_cross.replace_secret(p_owner text, p_id uuid, p_old bytea, p_new bytea) returns boolean
language plpgsql security definer set search_path = hub, pg_temp as $$
begin
  if p_owner = 'channel' then
    update channel set secret = p_new, updated_at = now() where id = p_id and secret = p_old;
  else
    update app set secret = p_new, updated_at = now() where id = p_id and secret = p_old;
  end if;
  return found;
end $$;

revoke all on all functions in schema hub_cross from public;
grant execute on all functions in schema hub_cross to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
