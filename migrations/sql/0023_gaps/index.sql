-- Finds what the bot could not answer without reading every message.
create index message_unanswered on hub.message(tenant_id, at)
  where author_kind = 'bot' and metadata->>'thought' in ('no_answer', 'handoff');
