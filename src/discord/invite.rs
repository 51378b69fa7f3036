//! The link that invites the bot to a server, with only the permissions and scopes that it needs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serenity::all::Permissions;

/// The permissions that the bot needs in a channel: to see it, to write there and in its threads, to show embeds, and
/// to reply to messages, for which Discord requires Read Message History.
pub(super) const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::SEND_MESSAGES_IN_THREADS)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::READ_MESSAGE_HISTORY);

/// Returns the invite link for an application.
pub fn invite(application: u64) -> String {
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={}",
        NEEDED.bits()
    )
}

/// Returns the id of the application that `token` belongs to: the token's first part is the id in base64.
pub fn application_of(token: &str) -> Option<u64> {
    let first = token.trim().trim_start_matches("Bot ").split('.').next()?.trim_end_matches('=');
    let bytes = STANDARD_NO_PAD.decode(first).or_else(|_| URL_SAFE_NO_PAD.decode(first)).ok()?;
    String::from_utf8(bytes).ok()?.parse().ok().filter(|&id| id != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_asks_for_what_is_needed_and_no_more() {
        insta::assert_snapshot!(invite(123), @"https://discord.com/oauth2/authorize?client_id=123&scope=bot+applications.commands&permissions=274877991936");
        assert_eq!(NEEDED.iter().count(), 5);
    }

    #[test]
    fn a_token_tells_its_application() {
        assert_eq!(application_of("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.secret"), Some(123_456_789_012_345_678));
        assert_eq!(application_of("nonsense"), None);
        assert_eq!(application_of(""), None);
    }
}
