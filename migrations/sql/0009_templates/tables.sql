-- Messages a platform approved beforehand, as it last told them. `content` is hub.core.templates.ApprovedTemplate.
create table hub.template (
  id uuid primary key,
  tenant_id uuid not null,
  channel_id uuid not null,
  name text not null,
  language text not null,
  status text not null,
  content jsonb not null,
  created_at timestamptz not null default now(),
  synced_at timestamptz not null default now(),
  unique (channel_id, name, language),
  unique (tenant_id, id),
  foreign key (tenant_id, channel_id) references hub.channel(tenant_id, id) on delete cascade
);
create index template_list on hub.template(channel_id, created_at, id);

select hub.protect_tenant_table('template');
