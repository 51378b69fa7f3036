//! The program from outside: bad input, damaged indexes, killed builds, every sentence that a person reads,
//! and what must hold of any reply. In reading order: `world` is the temporary folder that a test happens
//! in, `fixture` is what stands in it, the rest is one file a subject.

#[path = "../support/mod.rs"]
mod support;

mod bad_names;
mod bad_questions;
mod bad_sources;
mod bot;
mod bot_abuse;
mod bot_asking;
mod bot_buttons;
mod bot_commands;
mod bot_ends;
mod bot_faults;
mod bot_followups;
mod bot_gateway;
mod bot_limits;
mod bot_lost_settings;
mod bot_messages;
mod bot_moderation;
mod bot_more;
mod bot_privacy;
mod bot_properties;
mod bot_traces;
mod bot_withholding;
mod chat;
mod curation;
mod curation_killed;
mod damage;
mod differ;
mod doors;
mod double;
mod fixture;
mod full_disk;
mod generations;
mod hostile;
mod json;
mod killed;
mod ldn;
mod properties;
mod read_only;
mod sentences;
mod terminal;
mod understanding;
mod unseen_characters;
mod verify;
mod watch;
mod withheld;
mod world;
