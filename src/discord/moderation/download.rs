//! Downloads files that moderators attach: from Discord's attachment hosts only, with limits on size, time and number.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Url;
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::discord::connect::ATTACHMENT_HOSTS;
use crate::discord::interaction::File;

/// Maximum number of downloads at once, and the time limit for each.
const AT_ONCE: usize = 2;
const LONGEST: Duration = Duration::from_secs(60);

/// Downloads attached files.
pub struct Downloads {
    client: reqwest::Client,
    proxy: Option<String>,
    most: usize,
    slots: Semaphore,
}

/// Why a file was not downloaded, in words for the moderator.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DownloadError {
    /// The file is larger than allowed.
    #[error(
        "the file is too large: at most {most} MiB are allowed; split it, or ask the person who runs the bot to raise \
         `limits.attachment_mib` in verbatim.toml"
    )]
    TooLarge {
        /// The limit, in MiB.
        most: usize,
    },
    /// The address is not on one of Discord's attachment hosts.
    #[error("the file does not come from Discord; attach it to the command again")]
    ForeignHost,
    /// Discord did not deliver the file.
    #[error("Discord did not deliver the file ({0}); attach it again")]
    Unavailable(String),
}

impl Downloads {
    /// Downloads with `client`, at most `most` bytes per file; from `proxy`, if set, instead of Discord's hosts.
    pub fn new(client: reqwest::Client, proxy: Option<&str>, most: usize) -> Self {
        Self { client, proxy: proxy.map(str::to_owned), most, slots: Semaphore::new(AT_ONCE) }
    }

    /// Downloads a file and returns its bytes.
    ///
    /// # Errors
    /// [`DownloadError`].
    pub async fn fetch(&self, file: &File) -> Result<Vec<u8>, DownloadError> {
        self.check_size(file.size as usize)?;
        let address = address(&file.url, self.proxy.as_deref()).ok_or(DownloadError::ForeignHost)?;
        let _slot =
            self.slots.acquire().await.map_err(|error| DownloadError::Unavailable(error.to_string()))?;
        tokio::time::timeout(LONGEST, self.read(address))
            .await
            .unwrap_or_else(|_| Err(DownloadError::Unavailable("it took too long".to_owned())))
    }

    async fn read(&self, address: Url) -> Result<Vec<u8>, DownloadError> {
        let unavailable = |error: reqwest::Error| DownloadError::Unavailable(error.without_url().to_string());
        let response = self.client.get(address).timeout(LONGEST).send().await.map_err(unavailable)?;
        if !response.status().is_success() {
            return Err(DownloadError::Unavailable(response.status().to_string()));
        }
        let mut bytes = Vec::new();
        let mut parts = response.bytes_stream();
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.map_err(unavailable)?);
            self.check_size(bytes.len())?;
        }
        Ok(bytes)
    }

    fn check_size(&self, size: usize) -> Result<(), DownloadError> {
        if size > self.most {
            return Err(DownloadError::TooLarge { most: self.most >> 20 });
        }
        Ok(())
    }
}

/// The address to fetch a file from: its own, if that is on one of Discord's hosts; with a proxy, the same path there.
fn address(url: &str, proxy: Option<&str>) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let discords = url.scheme() == "https"
        && url.port().is_none()
        && url.host_str().is_some_and(|host| ATTACHMENT_HOSTS.contains(&host));
    let Some(proxy) = proxy else { return (plain && discords).then_some(url) };
    let proxy = Url::parse(proxy).ok()?;
    if plain && url.origin() == proxy.origin() {
        return Some(url);
    }
    let mut there = proxy.join(url.path()).ok()?;
    there.set_query(url.query());
    (plain && discords).then_some(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_discords_hosts_are_asked() {
        let fetched = |url: &str| address(url, None).map(|url| url.to_string());
        let good = "https://cdn.discordapp.com/attachments/1/2/a.md?ex=1";
        assert_eq!(fetched(good).as_deref(), Some(good));
        for bad in [
            "http://cdn.discordapp.com/a.md",
            "https://cdn.discordapp.com:8443/a.md",
            "https://cdn.discordapp.com.evil.example/a.md",
            "https://user@cdn.discordapp.com/a.md",
            "https://evil.example/cdn.discordapp.com/a.md",
            "http://127.0.0.1/a.md",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert_eq!(fetched(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_proxy_is_asked_instead() {
        let fetched = |url: &str| address(url, Some("http://127.0.0.1:9")).map(|url| url.to_string());
        let there = "http://127.0.0.1:9/attachments/1/2/a.md?ex=1";
        assert_eq!(fetched("https://media.discordapp.net/attachments/1/2/a.md?ex=1").as_deref(), Some(there));
        assert_eq!(fetched(there).as_deref(), Some(there));
        assert_eq!(fetched("http://127.0.0.1:8/attachments/1/2/a.md"), None);
    }

    #[tokio::test]
    async fn a_large_file_is_not_even_asked_for() {
        let downloads = Downloads::new(reqwest::Client::new(), None, 2 << 20);
        let file = File { name: "a.md".to_owned(), url: "nonsense".to_owned(), size: 5 << 20 };
        let error = downloads.fetch(&file).await.expect_err("too large");
        insta::assert_snapshot!(error, @"the file is too large: at most 2 MiB are allowed; split it, or ask the person who runs the bot to raise `limits.attachment_mib` in verbatim.toml");
    }
}
