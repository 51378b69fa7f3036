//! What a client receives after it identifies.

use serde_json::{Value, json};

use super::people::{APPLICATION, Person, now};
use super::state::State;

/// The data of `READY`.
pub fn ready(state: &State, session: &str, shard: [u64; 2]) -> Value {
    let is_mine = |guild: &u64| (guild >> 22) % shard[1] == shard[0];
    let guilds: Vec<Value> = (state.guilds.keys().filter(|guild| is_mine(guild)))
        .map(|guild| json!({ "id": guild.to_string(), "unavailable": true }))
        .collect();
    let mut user = Person::bot().user();
    user["email"] = json!(null);
    user["verified"] = json!(true);
    user["mfa_enabled"] = json!(false);
    user["flags"] = json!(0);
    json!({
        "v": 10, "user": user, "user_settings": {}, "session_type": "normal", "session_id": session,
        "resume_gateway_url": state.gateway_address, "relationships": [], "private_channels": [],
        "presences": [], "guilds": guilds, "guild_join_requests": [], "geo_ordered_rtc_regions": [],
        "shard": shard, "application": { "id": APPLICATION.to_string(), "flags": 0 },
        "_trace": ["[\"double\"]"],
    })
}

/// The data of `GUILD_CREATE`.
pub fn guild_create(state: &State, guild: u64, name: &str) -> Value {
    let mut object = guild_object(guild, name);
    let of = |is_thread: bool| -> Vec<Value> {
        let all = state.channels.values();
        let all = all.filter(|spot| spot.guild == Some(guild) && spot.parent.is_some() == is_thread);
        all.map(|spot| spot.object()).collect()
    };
    let more = json!({
        "joined_at": now(), "large": false, "unavailable": false, "member_count": 3, "voice_states": [],
        "members": [member()], "channels": of(false), "threads": of(true), "presences": [],
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    object
}

/// The properties of an ordinary guild.
const PLAIN_GUILD: &str = r#"{
    "icon": null, "splash": null, "discovery_splash": null, "owner_id": "1", "afk_channel_id": null,
    "afk_timeout": 300, "verification_level": 1, "default_message_notifications": 1,
    "explicit_content_filter": 0, "emojis": [], "features": [], "mfa_level": 0, "application_id": null,
    "system_channel_id": null, "system_channel_flags": 0, "rules_channel_id": null, "max_presences": null,
    "max_members": 500000, "vanity_url_code": null, "description": null, "banner": null, "premium_tier": 0,
    "premium_subscription_count": 0, "preferred_locale": "en-US", "public_updates_channel_id": null,
    "max_video_channel_users": 25, "max_stage_video_channel_users": 50, "nsfw_level": 0, "nsfw": false,
    "stickers": [], "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null,
    "incidents_data": null, "region": "deprecated", "widget_enabled": false, "widget_channel_id": null,
    "hub_type": null
}"#;

/// The guild object as REST returns it.
fn guild_object(guild: u64, name: &str) -> Value {
    let mut object: Value = serde_json::from_str(PLAIN_GUILD).expect("it is written above");
    object["id"] = json!(guild.to_string());
    object["name"] = json!(name);
    object["roles"] = json!([{ "id": guild.to_string(), "name": "@everyone", "color": 0, "hoist": false,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null }, "position": 0,
        "permissions": super::people::ORDINARY.to_string(), "managed": false, "mentionable": false,
        "icon": null, "unicode_emoji": null, "flags": 0 }]);
    object
}

fn member() -> Value {
    let mut member = Person::bot().partial_member();
    member["user"] = Person::bot().user();
    member
}
