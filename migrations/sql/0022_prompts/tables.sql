-- Versions of what a tenant tells its bot. They never change; one of them is in use, or none: then the settings count.
create table hub.prompt (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  version integer not null,
  instructions text not null,
  tone text not null,
  language text,                            -- null: the tenant's setting
  note text not null default '',            -- why it was made
  author text not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, version)
);

create table hub.prompt_in_use (
  tenant_id uuid primary key references hub.tenant(id) on delete cascade,
  prompt_id uuid not null,
  since timestamptz not null default now(),
  foreign key (tenant_id, prompt_id) references hub.prompt(tenant_id, id) on delete cascade
);

select hub.protect_tenant_table(name) from unnest(array['prompt', 'prompt_in_use']) as name;
