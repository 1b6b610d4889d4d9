-- How satisfied customers were with whole conversations: one rating a conversation, the newest counts.
create table hub.rating (
  tenant_id uuid not null,
  conversation_id uuid not null,
  score smallint not null check (score between 1 and 5),
  comment text,
  agent text, -- who had the conversation last, where a person did
  at timestamptz not null default now(),
  primary key (tenant_id, conversation_id),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index rating_list on hub.rating(tenant_id, at desc, conversation_id);
select hub.protect_tenant_table('rating');
