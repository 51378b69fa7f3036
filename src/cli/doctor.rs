//! `verbatim doctor`: checks everything that the program needs to run, and says what to do about each fault. It changes
//! nothing and prints no secret.

use std::fmt::Display;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::check::{read_base, unsigned_cards};
use super::output::{self, Output};
use super::session;
use crate::config::Config;
use crate::discord::connect::{Access, ServeError, TOKEN, is_token_in_environment};
use crate::discord::inspect::{Account, inspect};
use crate::http::KeyFile;
use crate::store::{Store, files};
use verbatim_core::engine::Resources;
use verbatim_core::fs;
use verbatim_core::index::build::id_of;
use verbatim_core::index::error::IndexError;
use verbatim_core::index::generation::GenerationStore;
use verbatim_core::index::manifest::Manifest;
use verbatim_core::knowledge::base::{self, Base};
use verbatim_core::knowledge::sandbox::Sandbox;
use verbatim_core::text::count::counted;

/// Free disk space, in MiB, below which a warning is due.
const LITTLE_SPACE: u64 = 200;
/// Difference to Discord's clock, in seconds, above which a warning is due.
const CLOCK: i64 = 30;

const EXAMPLES: &str = "\
Examples:
  verbatim doctor
  DISCORD_TOKEN=… verbatim doctor --online     (also asks Discord)
  verbatim doctor --json

Changes nothing. Exit code: 1 if a check failed, 0 otherwise; warnings do not count.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Doctor {
    /// Also ask Discord; needs the bot's token
    #[arg(long)]
    online: bool,
    /// Print one JSON object per check
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warning,
    Failure,
}

/// The result of one check.
#[derive(Debug, Serialize)]
struct Finding {
    check: String,
    status: Status,
    what: String,
    /// What to do; empty if the check is fine.
    remedy: String,
}

impl Finding {
    fn ok(check: &str, what: impl Display) -> Self {
        Self { check: check.to_owned(), status: Status::Ok, what: what.to_string(), remedy: String::new() }
    }

    fn warning(check: &str, what: impl Display, remedy: &str) -> Self {
        Self { status: Status::Warning, remedy: remedy.to_owned(), ..Self::ok(check, what) }
    }

    fn failure(check: &str, what: impl Display, remedy: &str) -> Self {
        Self { status: Status::Failure, remedy: remedy.to_owned(), ..Self::ok(check, what) }
    }
}

impl Doctor {
    pub fn run(self, file: Option<&Path>, output: &mut Output) -> anyhow::Result<ExitCode> {
        let working = std::env::current_dir()?;
        let findings = match Config::find(file, &working) {
            Ok(config) => {
                output::start_log(&config);
                let settings = Config::file(file, &working);
                let settings = settings.map_or("no file; the defaults apply".to_owned(), |file| shown(&file));
                let mut findings = vec![Finding::ok("settings", settings)];
                findings.extend(self.findings(&config)?);
                findings
            }
            Err(error) => vec![Finding::failure("settings", error, "Fix the settings, then run this again.")],
        };
        for finding in &findings {
            self.print(finding, output)?;
        }
        let count = |status| findings.iter().filter(|finding| finding.status == status).count();
        let (failures, warnings) = (count(Status::Failure), count(Status::Warning));
        if !self.json {
            output.line(&format!("{}, {}.", counted(failures, "failure"), counted(warnings, "warning")))?;
        }
        Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn print(&self, finding: &Finding, output: &mut Output) -> anyhow::Result<()> {
        if self.json {
            return output.json(&serde_json::to_string(finding)?);
        }
        let status = match finding.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failure => "failure",
        };
        output.line(&format!("{status:<7}  {}: {}", finding.check, finding.what))?;
        if !finding.remedy.is_empty() {
            output.line(&output::wrapped(&finding.remedy, "         "))?;
        }
        Ok(())
    }

    fn findings(&self, config: &Config) -> anyhow::Result<Vec<Finding>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sandbox = session::sandbox()?;
        let mut findings = vec![check_sandbox(&sandbox), check_digests(config)];
        let resources = session::resources(config);
        findings.push(match &resources {
            Ok(_) => Finding::ok("coefficients", "they fit the model"),
            Err(error) => Finding::failure("coefficients", super::told(error), "Restore the named file."),
        });
        findings.extend(check_bases(config, &sandbox, resources.as_deref().ok()));
        findings.push(check_safety(config));
        findings.push(space("disk of the index", &config.index));
        findings.extend(runtime.block_on(check_store(config)));
        findings.extend(check_web(config));
        findings.extend(runtime.block_on(self.check_discord(config)));
        Ok(findings)
    }

    async fn check_discord(&self, config: &Config) -> Vec<Finding> {
        let access = Access::find(config.discord.token_file.as_deref());
        let mut findings = vec![check_token(&access, config, self.online)];
        let (Ok(access), true) = (access, self.online) else { return findings };
        match inspect(&access, config).await {
            Ok(account) => findings.extend(check_account(&account, config)),
            Err(error) => findings.push(Finding::failure("Discord", error, "")),
        }
        findings
    }
}

fn check_sandbox(sandbox: &Sandbox) -> Finding {
    match sandbox.check().map(|restrictions| restrictions.missing()) {
        Ok(missing) if missing.is_empty() => Finding::ok("sandbox", "all restrictions work"),
        Ok(missing) => {
            let what = format!("source files are read without a protection from {}", missing.join(", "));
            Finding::warning("sandbox", what, "Use a newer Linux kernel, or add only files that you trust.")
        }
        Err(problem) => Finding::failure("sandbox", problem.what, &problem.remedy),
    }
}

/// Compares the model's files with the list of their digests.
fn check_digests(config: &Config) -> Finding {
    const REMEDY: &str = "Restore the model's folder as it was delivered.";
    let folder = config.models.join(&config.model);
    let list = match fs::read_to_string(&folder.join("SHA256SUMS")) {
        Ok(list) => list,
        Err(error) => return Finding::failure("model", error, REMEDY),
    };
    let lines = list.lines().filter_map(|line| line.split_once("  "));
    let differs = |digest: &str, name: &str| fs::digest(&folder.join(name)).ok().as_deref() != Some(digest);
    let wrong: Vec<&str> =
        lines.filter(|(digest, name)| differs(digest, name)).map(|(_, name)| name).collect();
    match wrong.is_empty() {
        true => Finding::ok("model", shown(&folder)),
        false => {
            let what = format!("{} differ from SHA256SUMS in {}", wrong.join(", "), folder.display());
            Finding::failure("model", what, REMEDY)
        }
    }
}

fn check_bases(config: &Config, sandbox: &Sandbox, resources: Option<&Resources>) -> Vec<Finding> {
    let names = match base::names(&config.knowledge) {
        Ok(names) => names,
        Err(problem) => return vec![Finding::failure("knowledge folder", problem.what, &problem.remedy)],
    };
    let mut findings = vec![Finding::ok("knowledge folder", shown(&config.knowledge))];
    if !names.contains(&config.default_base) {
        let what = format!("there is no base `{}`", config.default_base);
        findings.push(Finding::failure("default base", what, "Set `base.default` in verbatim.toml."));
    }
    for name in names {
        let (base, problems) = read_base(config, sandbox, &name);
        let check = format!("base {name}");
        findings.push(match (&base, problems.as_slice()) {
            (Some(_), []) => Finding::ok(&check, "no problems"),
            (Some(_), problems) => {
                let count = counted(problems.len(), "problem");
                Finding::warning(&check, count, "Run `verbatim check`, which names each with its remedy.")
            }
            (None, problems) => {
                let what = problems.first().map_or(String::new(), ToString::to_string);
                Finding::failure(&check, what, "Run `verbatim check`.")
            }
        });
        let expected = base.as_ref().zip(resources).map(|(base, resources)| expected_id(base, resources));
        findings.push(check_index(config, &name, expected.as_deref()));
    }
    findings
}

fn expected_id(base: &Base, resources: &Resources) -> String {
    id_of(base, &resources.encoder)
}

/// Checks the live generation. `expected` is the one that the knowledge folder would give now, if it can be read.
fn check_index(config: &Config, name: &str, expected: Option<&str>) -> Finding {
    const REMEDY: &str = "Run `verbatim index`.";
    let check = format!("index {name}");
    let generations = GenerationStore::new(&config.index, name);
    let sound = generations.current().and_then(|id| {
        let folder = generations.generation(&id);
        let manifest = Manifest::read(&folder)?;
        manifest.verify(&folder).map(|()| manifest)
    });
    match (sound, expected) {
        (Err(IndexError::Missing(_)), _) => Finding::warning(
            &check,
            "there is none yet",
            "The next start builds it, or run `verbatim index`.",
        ),
        (Err(error), _) => Finding::failure(&check, error, REMEDY),
        (Ok(manifest), Some(expected)) if manifest.id != expected => {
            let what = format!("outdated: the knowledge folder has changed since {}", manifest.made);
            Finding::warning(&check, what, REMEDY)
        }
        (Ok(manifest), Some(_)) => Finding::ok(&check, format!("{} from {}", manifest.id, manifest.made)),
        (Ok(manifest), None) => {
            let what =
                format!("{} from {} is sound; whether it is current is unknown", manifest.id, manifest.made);
            Finding::warning(&check, what, "Remove the failure above first.")
        }
    }
}

fn check_safety(config: &Config) -> Finding {
    match unsigned_cards(config) {
        Ok(open) if open.is_empty() => Finding::ok("safety cards", "signed by a clinician"),
        Ok(open) => {
            let what = format!("no clinician has signed {}", open.join(", "));
            Finding::warning("safety cards", what, "Have a clinician review them: see docs/safety-cards.md.")
        }
        Err(problem) => Finding::failure("safety cards", problem.what, &problem.remedy),
    }
}

async fn check_store(config: &Config) -> Vec<Finding> {
    let path = &config.store.path;
    let folder = existing(path.parent().unwrap_or(Path::new("")));
    let mut findings = vec![space("disk of the store", path)];
    for aside in files::set_aside(path).unwrap_or_default() {
        let what = format!("a broken store was set aside as {}", aside.display());
        let remedy =
            "Confirm the channel settings in each server, then delete the file or keep it elsewhere.";
        findings.push(Finding::warning("store", what, remedy));
    }
    let is_writable = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    let open = match path.exists() {
        true => Store::check(path).await,
        false => Ok(()),
    };
    findings.push(match open {
        Err(error) => Finding::failure("store", error, ""),
        Ok(()) if !is_writable(folder) || path.exists() && !is_writable(path) => {
            let remedy = "Give the user that runs the program write permission on the file and its folder.";
            Finding::failure("store", format!("{} cannot be written", path.display()), remedy)
        }
        Ok(()) if !path.exists() => {
            Finding::ok("store", format!("{} is made at the first start", path.display()))
        }
        Ok(()) => match open_to_others(path) {
            true => {
                let what = format!("other users of this machine can read {}", path.display());
                Finding::warning("store", what, "Run `chmod 600` on it; the next start does so, too.")
            }
            false => Finding::ok("store", shown(path)),
        },
    });
    findings
}

fn check_web(config: &Config) -> Vec<Finding> {
    let mut findings = vec![match config.http.listen {
        None => Finding::ok("web service", "off"),
        Some(address) => check_address("web service", address),
    }];
    if let Some(address) = config.metrics {
        findings.push(check_address("metrics", address));
    }
    if config.http.listen.is_none() {
        return findings;
    }
    findings.push(match config.http.keys_file.as_deref().map(KeyFile::read) {
        None => Finding::ok("keys", "no file of keys: no program may ask"),
        Some(Err(error)) => Finding::failure("keys", error, "No program may ask until it can be read."),
        Some(Ok(file)) if file.keys.is_empty() => {
            Finding::warning("keys", "there are none", "Make one with `verbatim key add NAME`.")
        }
        Some(Ok(file)) => Finding::ok("keys", counted(file.keys.len(), "key")),
    });
    findings.push(match &config.http.public_url {
        Some(url) => Finding::ok("public address", url),
        None => {
            let remedy = "Set `http.public_url` to the address at which people reach the service.";
            Finding::warning("public address", "not set: citations do not link to the sources", remedy)
        }
    });
    findings
}

/// Whether the address can be served. It is released again at once.
fn check_address(check: &str, address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok(check, format!("{address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let remedy =
                "That is right while the bot runs; otherwise end the other program, or change the address.";
            Finding::warning(check, format!("{address} is in use"), remedy)
        }
        Err(error) => {
            Finding::failure(check, format!("{address} cannot be served: {error}"), "Change the address.")
        }
    }
}

fn check_token(access: &Result<Access, ServeError>, config: &Config, online: bool) -> Finding {
    let file = config.discord.token_file.as_deref().filter(|_| !is_token_in_environment());
    match (access, file) {
        (Err(ServeError::NoToken), _) if !online => {
            Finding::warning("token", "not set", "Set DISCORD_TOKEN or `discord.token_file` to run the bot.")
        }
        (Err(error), _) => Finding::failure("token", error, ""),
        (Ok(_), Some(file)) if open_to_others(file) => {
            let what = format!("other users of this machine can read {}", file.display());
            Finding::warning("token", what, "Run `chmod 600` on it.")
        }
        (Ok(_), Some(file)) => Finding::ok("token", format!("set in {}", file.display())),
        (Ok(_), None) => Finding::ok("token", format!("set in {TOKEN}")),
    }
}

fn check_account(account: &Account, config: &Config) -> Vec<Finding> {
    const INVITE: &str = "Invite the bot again with the link that `verbatim invite` prints.";
    let mut findings = vec![Finding::ok("Discord", format!("the token is accepted, for {}", account.name))];
    findings.push(match &account.message_content {
        _ if !config.discord.message_content => Finding::ok("intents", "no privileged intent is needed"),
        Ok(true) => Finding::ok("intents", "Message Content is turned on"),
        Ok(false) => Finding::failure("intents", ServeError::MissingIntent, ""),
        Err(error) => Finding::warning("intents", format!("unknown: {error}"), "Try again later."),
    });
    for (guild, missing) in &account.guilds {
        let check = format!("server {guild}");
        findings.push(match missing {
            Ok(Some(missing)) if missing.is_empty() => Finding::ok(&check, "joined, with all permissions"),
            Ok(Some(missing)) => {
                Finding::failure(&check, format!("the bot lacks {}", missing.join(", ")), INVITE)
            }
            Ok(None) => {
                let remedy = format!("{INVITE} Or remove the id from `moderation.guilds`.");
                Finding::failure(&check, "the bot is not a member", &remedy)
            }
            Err(error) => Finding::warning(&check, format!("unknown: {error}"), "Try again later."),
        });
    }
    findings.push(match account.clock {
        Some(ahead) if ahead.abs() > CLOCK => {
            let what =
                format!("{} s {} Discord's", ahead.abs(), if ahead > 0 { "ahead of" } else { "behind" });
            Finding::warning("clock", what, "Let this machine synchronise its clock.")
        }
        Some(_) => Finding::ok("clock", format!("within {CLOCK} s of Discord's")),
        None => Finding::warning("clock", "Discord sent no time", "Try again later."),
    });
    findings
}

/// Whether other users of the machine can read a file.
fn open_to_others(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| files::is_open_to_others(&found))
}

/// The free space where `path` is, or will be.
fn space(check: &str, path: &Path) -> Finding {
    let folder = existing(path);
    let free = match rustix::fs::statvfs(folder) {
        Ok(found) => (found.f_bavail * found.f_frsize) >> 20,
        Err(error) => return Finding::warning(check, format!("{}: {error}", folder.display()), ""),
    };
    match free < LITTLE_SPACE {
        true => Finding::warning(check, format!("{free} MiB are free"), "Make room."),
        false => Finding::ok(check, format!("more than {LITTLE_SPACE} MiB are free")),
    }
}

/// The nearest folder above `path` that exists, or `path` itself.
fn existing(path: &Path) -> &Path {
    let found = path.ancestors().find(|path| path.exists());
    found.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_wrong_clock_is_a_warning() {
        let config = Config::parse("", Path::new("verbatim.toml"), Path::new("")).expect("the defaults");
        let status = |clock| {
            let (name, message_content) = ("Verbatim".to_owned(), Ok(false));
            let account = Account { name, message_content, guilds: Vec::new(), clock };
            check_account(&account, &config).pop().map(|finding| (finding.status, finding.what))
        };
        assert_eq!(status(Some(-3)), Some((Status::Ok, "within 30 s of Discord's".to_owned())));
        assert_eq!(status(Some(90)), Some((Status::Warning, "90 s ahead of Discord's".to_owned())));
        assert_eq!(status(Some(-90)), Some((Status::Warning, "90 s behind Discord's".to_owned())));
    }
}
