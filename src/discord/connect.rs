//! Connecting to Discord: the token, the REST client and the gateway. Each is checked before the bot serves, so that an
//! error is reported in one line that names the setting to change.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serenity::all::{CurrentUser, GatewayIntents, Http, HttpBuilder, HttpError};
use serenity::http::Ratelimiter;
use thiserror::Error;

/// Environment variable with the bot's token.
pub const TOKEN: &str = "DISCORD_TOKEN";
/// Environment variable with an alternative origin for the REST API, for tests and proxies.
pub const API: &str = "DISCORD_API";
/// Environment variable with the path of a certificate to trust for an API host on loopback, for tests.
pub const CA: &str = "DISCORD_CA";

/// Hosts that serve message attachments.
pub const ATTACHMENT_HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];
const API_HOST: &str = "discord.com";
/// Timeouts for opening a connection and for a whole request.
const CONNECT: Duration = Duration::from_secs(5);
const REQUEST: Duration = Duration::from_secs(10);
/// Number of attempts at the first request, and the pause after the first failure; the pause doubles each time.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// The credentials and addresses for connecting to Discord.
pub struct Access {
    /// The bot's token.
    pub token: SecretString,
    /// [`API`], if set.
    pub api: Option<String>,
    /// [`CA`], if set.
    pub ca: Option<PathBuf>,
}

/// Why the bot cannot serve. Each error is one line for the operator, with the remedy.
#[derive(Debug, Error)]
pub enum ServeError {
    /// There is no token.
    #[error(
        "there is no Discord token: create an application at https://discord.com/developers/applications, copy \
         the token from its Bot page and set DISCORD_TOKEN; `verbatim chat` needs no token"
    )]
    NoToken,
    /// The token's file cannot be read.
    #[error("cannot read the token file {}: {source}; check `discord.token_file`", .path.display())]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Discord rejected the token.
    #[error(
        "Discord rejected the token: copy it again from the Bot page of your application at \
         https://discord.com/developers/applications and set DISCORD_TOKEN"
    )]
    WrongToken,
    /// The application lacks the privileged intent.
    #[error(
        "Discord rejected the Message Content intent: enable it on the Bot page of your application at \
         https://discord.com/developers/applications, or set `discord.message_content = false`"
    )]
    MissingIntent,
    /// An environment variable has an invalid value.
    #[error("{variable}: {what}")]
    Environment {
        /// The variable's name.
        variable: &'static str,
        /// What is wrong, and the remedy.
        what: String,
    },
    /// Discord cannot be reached, or its response is invalid.
    #[error("cannot reach Discord: {0}; check that this machine can reach discord.com, then start again")]
    Unreachable(String),
    /// The connection ended for good.
    #[error("the connection to Discord ended: {0}")]
    Ended(String),
}

/// Whether the token is set in the environment, and not only in a file.
pub fn is_token_in_environment() -> bool {
    std::env::var(TOKEN).is_ok_and(|token| !token.trim().is_empty())
}

impl Access {
    /// Reads the token from the environment or from `token_file`, and the other settings from the environment.
    ///
    /// # Errors
    /// [`ServeError::NoToken`], [`ServeError::TokenFile`], [`ServeError::Environment`].
    pub fn find(token_file: Option<&Path>) -> Result<Self, ServeError> {
        let set = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let token = match (set(TOKEN), token_file) {
            (Some(token), _) => token,
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|source| ServeError::TokenFile { path: path.to_owned(), source })?,
            (None, None) => return Err(ServeError::NoToken),
        };
        let token = token.lines().next().unwrap_or_default().trim();
        let token = token.strip_prefix("Bot ").unwrap_or(token).trim();
        if token.is_empty() {
            return Err(ServeError::NoToken);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ServeError::WrongToken);
        }
        let api = set(API).map(|api| api.trim().trim_end_matches('/').to_owned());
        Ok(Self { token: token.to_owned().into(), api, ca: set(CA).map(PathBuf::from) })
    }

    /// The id of the application that the token belongs to, if the token contains it.
    pub fn application(&self) -> Option<u64> {
        super::invite::application_of(self.token.expose_secret())
    }

    /// Creates the client for the REST API and the client that downloads attachments. Logs a warning for each test
    /// setting in use.
    ///
    /// # Errors
    /// [`ServeError::Environment`].
    pub fn http(&self) -> Result<(Http, reqwest::Client), ServeError> {
        if let Some(path) = &self.ca {
            tracing::warn!(file = %path.display(), "{CA} is set: Discord's hosts resolve to this machine");
        }
        if let Some(origin) = self.proxy() {
            tracing::warn!(%origin, "{API} is set: requests go to it without rate limiting");
        }
        self.client()
    }

    /// Like [`Access::http`], without warnings.
    pub(super) fn client(&self) -> Result<(Http, reqwest::Client), ServeError> {
        let wrong = |variable, what: String| ServeError::Environment { variable, what };
        let mut client = reqwest::Client::builder()
            .use_rustls_tls()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(path) = &self.ca {
            let unread = |error: &dyn std::fmt::Display| {
                wrong(CA, format!("cannot read {} as a PEM file: {error}", path.display()))
            };
            let pem = std::fs::read(path).map_err(|error| unread(&error))?;
            let certificate = reqwest::Certificate::from_pem(&pem).map_err(|error| unread(&error))?;
            let loopback = self.loopback()?;
            client = client.tls_built_in_root_certs(false).add_root_certificate(certificate);
            for host in ATTACHMENT_HOSTS.into_iter().chain([API_HOST]) {
                client = client.resolve(host, loopback);
            }
        }
        if let Some(origin) = self.proxy() {
            check_origin(origin).map_err(|what| wrong(API, what))?;
        }
        let client = client.build().map_err(|error| wrong(CA, error.to_string()))?;
        Ok((self.http_with(&client, self.proxy().is_none()), client))
    }

    /// The REST client for answering interactions. Discord exempts these requests from the global rate limit, and each
    /// interaction has separate limits. The library's rate limiter would count different interactions together and keep
    /// an entry for every interaction forever.
    pub(super) fn interactions(&self, client: &reqwest::Client) -> Http {
        self.http_with(client, false)
    }

    fn http_with(&self, client: &reqwest::Client, limited: bool) -> Http {
        let token = self.token.expose_secret();
        let mut http = HttpBuilder::new(token).client(client.clone()).ratelimiter_disabled(!limited);
        if limited {
            let mut limiter = Ratelimiter::new(client.clone(), format!("Bot {token}"));
            limiter.set_ratelimit_callback(Box::new(|_| {
                metrics::counter!("verbatim_rate_limits_total").increment(1);
            }));
            http = http.ratelimiter(limiter);
        }
        match self.proxy() {
            Some(origin) => http.proxy(origin).build(),
            None => http.build(),
        }
    }

    /// The origin that REST requests go to instead of Discord's own host, if any.
    pub fn proxy(&self) -> Option<&str> {
        let is_port_of_ca =
            self.ca.is_some() && self.api.as_ref().is_some_and(|api| api.starts_with("https://"));
        self.api.as_deref().filter(|_| !is_port_of_ca)
    }

    /// The API host's address if [`CA`] is set: port 443 on loopback, or the https address in [`API`].
    fn loopback(&self) -> Result<SocketAddr, ServeError> {
        let Some(address) = self.api.as_ref().and_then(|api| api.strip_prefix("https://")) else {
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 443)));
        };
        let address: Option<SocketAddr> = address.parse().ok();
        address.filter(|address| address.ip().is_loopback()).ok_or_else(|| ServeError::Environment {
            variable: API,
            what: "if DISCORD_CA is set, it must be https:// with a loopback address and a port".to_owned(),
        })
    }
}

/// Checks that the token may be sent to `origin`: only over HTTPS, or to this machine.
fn check_origin(origin: &str) -> Result<(), String> {
    let url = reqwest::Url::parse(origin).ok().filter(|url| url.has_host());
    match url {
        Some(url) if url.scheme() == "https" || url.scheme() == "http" && is_this_machine(&url) => Ok(()),
        Some(url) if url.scheme() == "http" => Err(format!(
            "`{origin}` is another machine, and the bot's token would be sent there unencrypted. Use an https:// \
             address, or an address of this machine such as http://127.0.0.1:8080."
        )),
        _ => Err(format!("`{origin}` is not an origin. Use one such as http://127.0.0.1:8080.")),
    }
}

/// Whether the bot may connect to this gateway: encrypted, or on this machine. The token is sent there, too.
fn is_safe_gateway(address: &str) -> bool {
    let url = reqwest::Url::parse(address).ok();
    url.is_some_and(|url| url.scheme() == "wss" || url.scheme() == "ws" && is_this_machine(&url))
}

fn is_this_machine(url: &reqwest::Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.to_canonical().is_loopback())
}

/// The gateway intents to request. Message content is privileged and only requested if enabled.
pub fn intents(message_content: bool) -> GatewayIntents {
    let plain = GatewayIntents::GUILDS | GatewayIntents::GUILD_MESSAGES | GatewayIntents::DIRECT_MESSAGES;
    if message_content { plain | GatewayIntents::MESSAGE_CONTENT } else { plain }
}

/// The bot's user, the gateway's address and the number of shards that Discord recommends.
pub struct Entry {
    /// The bot's own user.
    pub user: CurrentUser,
    /// The gateway's address.
    pub gateway: String,
    /// Number of shards.
    pub shards: u32,
}

/// Asks Discord for the token's user and the gateway.
///
/// # Errors
/// [`ServeError::WrongToken`], or [`ServeError::Unreachable`] after several attempts.
pub async fn enter(http: &Http) -> Result<Entry, ServeError> {
    let user = tried(|| http.get_current_user()).await?;
    let (gateway, shards) = match http.get_bot_gateway().await {
        Ok(gateway) => (gateway.url, gateway.shards.max(1)),
        // A proxy may support only the plain route.
        Err(_) => (tried(|| http.get_gateway()).await?.url, 1),
    };
    if !is_safe_gateway(&gateway) {
        let what = "the gateway's address is neither encrypted nor on this machine".to_owned();
        return Err(ServeError::Unreachable(what));
    }
    Ok(Entry { user, gateway, shards })
}

async fn tried<T, F>(request: impl Fn() -> F) -> Result<T, ServeError>
where
    F: Future<Output = serenity::Result<T>>,
{
    let mut pause = PAUSE;
    for again in (0..TRIES).rev() {
        let error = match request().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if is_unauthorised(&error) {
            return Err(ServeError::WrongToken);
        }
        if again == 0 {
            return Err(ServeError::Unreachable(error.to_string()));
        }
        tracing::warn!(%error, "Discord is not responding yet");
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    unreachable!("the last try returns")
}

fn is_unauthorised(error: &serenity::Error) -> bool {
    let serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) = error else { return false };
    response.status_code.as_u16() == 401
}

/// Converts the error of a connection that ended for good.
pub fn ended(error: serenity::Error) -> ServeError {
    use serenity::gateway::GatewayError;
    match error {
        serenity::Error::Gateway(GatewayError::InvalidAuthentication) => ServeError::WrongToken,
        serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents) => ServeError::MissingIntent,
        other => ServeError::Ended(other.to_string()),
    }
}

/// A shared HTTP client.
pub type SharedHttp = Arc<Http>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_encrypted_or_to_this_machine() {
        for fine in
            ["http://127.0.0.1:8080", "http://[::1]:1", "http://localhost:9", "https://proxy.example.org"]
        {
            assert_eq!(check_origin(fine), Ok(()), "{fine}");
        }
        for wrong in [
            "http://proxy.example.org",
            "http://192.168.1.2:8080",
            "http://127.0.0.1.example.org",
            "http://127.0.0.1@example.org",
            "http://localhost.example.org",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "127.0.0.1:8080",
            "http://",
            "httpx://127.0.0.1",
        ] {
            assert!(check_origin(wrong).is_err(), "{wrong}");
        }
        assert!(is_safe_gateway("wss://gateway.discord.gg") && is_safe_gateway("ws://127.0.0.1:1234/"));
        assert!(!is_safe_gateway("ws://gateway.example.org") && !is_safe_gateway("http://127.0.0.1"));
    }
}
