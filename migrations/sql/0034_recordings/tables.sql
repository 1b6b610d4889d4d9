-- Where in a recording a passage is said, so that an answer can point at the minute; and channels of videos as sources.
alter table hub.chunk add column seconds integer check (seconds >= 0);
alter table hub.source drop constraint source_kind_check;
alter table hub.source add constraint source_kind_check check (kind in ('website', 'youtube'));
