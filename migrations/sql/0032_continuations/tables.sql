-- A conversation on a website that its visitor agreed to go on with on another channel: a code that works once.
create table hub.continuation (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  hash bytea not null,            -- SHA-256 of the code, which is shown to the visitor alone
  conversation_id uuid not null,  -- the one that goes on
  channel_id uuid not null,       -- where, and nowhere else, the code works
  consent text not null,          -- the words that the visitor agreed to
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  used_by uuid,                   -- the conversation in which it goes on
  unique (tenant_id, hash),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade,
  foreign key (tenant_id, channel_id) references hub.channel(tenant_id, id) on delete cascade,
  foreign key (tenant_id, used_by) references hub.conversation(tenant_id, id) on delete set null (used_by)
);
create index continuation_conversation on hub.continuation(tenant_id, conversation_id);
create index continuation_used_by on hub.continuation(tenant_id, used_by) where used_by is not null;
create index continuation_channel on hub.continuation(tenant_id, channel_id);
select hub.protect_tenant_table('continuation');
