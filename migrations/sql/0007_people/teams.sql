create table hub.team (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text not null,
  description text not null default '',
  skills text[] not null default '{}', -- a conversation that needs one of these comes here
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, name)
);
create table hub.team_member (
  tenant_id uuid not null,
  team_id uuid not null,
  person_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (team_id, person_id),
  foreign key (tenant_id, team_id) references hub.team(tenant_id, id) on delete cascade,
  foreign key (tenant_id, person_id) references hub.membership(tenant_id, person_id) on delete cascade
);
create index team_member_person on hub.team_member(tenant_id, person_id);

-- Who did what, when and from where. Acts beyond one tenant stand under the nil tenant, so nothing is referred to.
create table hub.audit (
  id uuid primary key,
  tenant_id uuid not null,
  at timestamptz not null default now(),
  actor_kind text not null,          -- person, key, operator, system or nobody
  actor_id uuid,
  actor_name text not null default '',
  act text not null,
  target text,                       -- what it was done to
  details jsonb not null default '{}',
  address text not null default '',
  user_agent text not null default '',
  request_id text not null default ''
);
create index audit_list on hub.audit(tenant_id, at desc, id desc);
create index audit_actor on hub.audit(tenant_id, actor_id, at desc);

select hub.protect_tenant_table(name) from unnest(array['team', 'team_member', 'audit']) as name;
revoke update on hub.audit from hub_app; -- what was written stays as it was written; it goes with its tenant
select hub.open_to_system('team', '');
select hub.open_to_system('team_member', '');
