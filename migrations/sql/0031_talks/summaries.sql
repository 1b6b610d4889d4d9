-- What was said in a long conversation before the messages that the bot still reads word by word.
create table hub.conversation_summary (
  tenant_id uuid not null,
  conversation_id uuid not null,
  upto_seq bigint not null,                  -- the last message in it
  text text not null,
  model text,                                -- null: the messages' own words
  updated_at timestamptz not null default now(),
  primary key (tenant_id, conversation_id),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
select hub.protect_tenant_table('conversation_summary');

-- words: the first question's; model; person. Null with a title of before this column: as a person's.
alter table hub.conversation add column title_by text check (title_by in ('words', 'model', 'person'));
