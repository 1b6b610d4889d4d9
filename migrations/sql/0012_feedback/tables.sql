-- What customers thought of single answers: one opinion a message, the newest counts.
create table hub.feedback (
  tenant_id uuid not null,
  message_id uuid not null,
  conversation_id uuid not null,
  value text not null check (value in ('up', 'down')),
  comment text,
  at timestamptz not null default now(),
  primary key (tenant_id, message_id),
  foreign key (tenant_id, message_id) references hub.message(tenant_id, id) on delete cascade,
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index feedback_list on hub.feedback(tenant_id, at desc, message_id);
create index feedback_conversation on hub.feedback(tenant_id, conversation_id);
select hub.protect_tenant_table('feedback');
