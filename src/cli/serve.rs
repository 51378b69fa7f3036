//! `verbatim serve`: runs the Discord bot until it is stopped. `verbatim invite`: prints the link that invites it to a
//! guild.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Usage;
use super::output::{self, BuildProgress, Output};
use super::session;
use crate::config::Config;
use crate::discord::{self, Access};
use crate::health::Health;
use crate::http::{self, Recorder, Service};
use crate::index_watch;
use verbatim_core::engine::{Engine, Resources};
use verbatim_core::knowledge::base;

const EXAMPLES: &str = "\
Examples:
  DISCORD_TOKEN=… verbatim serve
  verbatim serve --config /etc/verbatim/verbatim.toml     (the token is in the file that `discord.token_file` names)

  verbatim serve --without-discord     (only the web service)

The bot serves every base in knowledge/. Questions that name no base go to `base.default`.
Ctrl-C or SIGTERM stops the bot after it finishes pending replies. A second one stops it at once.";

const NOTHING_TO_SERVE: &str = "without Discord, only the web service is left, and it is off: set `listen` under `[http]` in \
     verbatim.toml, such as \"127.0.0.1:8080\"";

const INVITE_EXAMPLES: &str = "\
Examples:
  DISCORD_TOKEN=… verbatim invite
  verbatim invite --application 123456789012345678";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// Serve only the web service
    #[arg(long)]
    without_discord: bool,
}

#[derive(Args)]
#[command(after_help = INVITE_EXAMPLES)]
pub struct Invite {
    /// The application's id [default: the setting `discord.application`, or else the id in the token]
    #[arg(long, value_name = "ID")]
    application: Option<u64>,
}

impl Serve {
    pub fn run(self, config: &Config, _: &mut Output) -> anyhow::Result<ExitCode> {
        let access = match self.without_discord {
            true if config.http.listen.is_none() => return Err(Usage(NOTHING_TO_SERVE.to_owned()).into()),
            true => None,
            false => Some(Access::find(config.discord.token_file.as_deref())?),
        };
        std::panic::set_hook(Box::new(tell_panic));
        let engines = engines(config)?.into_iter().map(Arc::new).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let served = runtime.block_on(serve(config, access, engines));
        // Does not wait for blocked threads.
        runtime.shutdown_background();
        served.map(|()| ExitCode::SUCCESS)
    }
}

/// Runs the web service, the bot, or both, until a signal or until one of them ends.
async fn serve(config: &Config, access: Option<Access>, engines: Vec<Arc<Engine>>) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    tokio::spawn(stop_at_signal(stop.clone()));
    let health = Arc::new(Health::new(access.is_some()));
    let recorder = match (config.metrics, config.http.listen) {
        (None, None) => None,
        _ => Some(Recorder::install()?),
    };
    if let (Some(address), Some(recorder)) = (config.metrics, &recorder) {
        recorder.serve(address).await?;
    }
    let web = config.http.listen.map(|address| {
        let service = Service::new(config, engines.clone(), health.clone(), recorder);
        let (stops_the_rest, stop) = (stop.clone().drop_guard(), stop.clone());
        tokio::spawn(async move {
            let _stops_the_rest = stops_the_rest;
            http::serve(address, service, stop).await
        })
    });
    let bot = async {
        match access {
            Some(access) => discord::serve(config.clone(), access, engines, health, stop.clone()).await,
            None => {
                index_watch::watch(engines, stop.clone()).await;
                Ok(())
            }
        }
    };
    let served = bot.await;
    stop.cancel();
    if let Some(web) = web {
        web.await??;
    }
    Ok(served?)
}

/// Opens all bases, the default base first. A base that cannot be opened is reported and skipped, unless none is left.
fn engines(config: &Config) -> anyhow::Result<Vec<Engine>> {
    let mut resources = session::resources(config)?;
    if let (Some(_), Some(url), Some(resources)) =
        (config.http.listen, &config.http.public_url, Arc::get_mut(&mut resources))
    {
        resources.viewer = Some(url.clone());
    }
    session::remark_on_sandbox(&resources.sandbox);
    let names = base::names(&config.knowledge).unwrap_or_else(|_| vec![config.default_base.clone()]);
    let (mut first, others): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| *name == config.default_base);
    first.extend(others);
    let mut opened = Vec::new();
    let mut failed = None;
    for name in first {
        match open(config, &resources, &name) {
            Ok(engine) => opened.push(engine),
            Err(error) => {
                let error = error.context(format!("the base `{name}` is not served"));
                if let Some(earlier) = failed.replace(error) {
                    output::complain(&super::told(&earlier));
                }
            }
        }
    }
    match failed {
        Some(error) if opened.is_empty() => Err(error),
        Some(error) => {
            output::complain(&super::told(&error));
            Ok(opened)
        }
        None => Ok(opened),
    }
}

fn open(config: &Config, resources: &Arc<Resources>, name: &str) -> anyhow::Result<Engine> {
    let place = session::place(config, name);
    let mut progress = BuildProgress::new(name);
    let opened =
        Engine::open(resources.clone(), place, &session::now(), &mut |report| progress.report(report))?;
    drop(progress);
    opened.remarks.iter().for_each(|remark| output::remark(remark));
    Ok(opened.engine)
}

/// Logs where a thread panicked. The panic message is left out: it may quote a question.
pub fn tell_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!("panicked at {at}");
}

/// The first signal stops the bot after pending replies; the second ends the program at once. The next start repairs
/// whatever was left half done.
async fn stop_at_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    let mut signalled = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    signalled().await;
    stop.cancel();
    signalled().await;
    tracing::warn!("stopping at once: pending questions are not answered");
    std::process::exit(1);
}

impl Invite {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let of_token = || Access::find(config.discord.token_file.as_deref()).ok()?.application();
        let Some(application) =
            self.application.or(config.discord.application.map(|id| id.0)).or_else(of_token)
        else {
            return Err(Usage(
                "the application's id is unknown: pass `--application ID` (see General Information of your application \
                 at https://discord.com/developers/applications), or set DISCORD_TOKEN"
                    .to_owned(),
            )
            .into());
        };
        output.line(&discord::invite(application))?;
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
