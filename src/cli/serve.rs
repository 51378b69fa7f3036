//! `verbatim serve`: the Discord bot, until it is told to stop. `verbatim invite`: the link that brings it into
//! a guild.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Usage;
use super::output::{self, BuildProgress, Output};
use super::session;
use crate::config::Config;
use crate::discord::{self, Access};
use verbatim_core::engine::{Engine, Place, Resources};
use verbatim_core::knowledge::base;

const EXAMPLES: &str = "\
Examples:
  DISCORD_TOKEN=… verbatim serve
  verbatim serve --config /etc/verbatim/verbatim.toml     (the token is in the file of `discord.token_file`)

Every base of knowledge/ is served; `base.default` is the one that is asked where none is named.
Ctrl-C or SIGTERM stops the bot; what is in flight is answered first. A second one stops it at once.";

const INVITE_EXAMPLES: &str = "\
Examples:
  DISCORD_TOKEN=… verbatim invite
  verbatim invite --application 123456789012345678";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {}

#[derive(Args)]
#[command(after_help = INVITE_EXAMPLES)]
pub struct Invite {
    /// The application's id [default: `discord.application` of the settings, else read from the token]
    #[arg(long, value_name = "ID")]
    application: Option<u64>,
}

impl Serve {
    pub fn run(self, config: &Config, _: &mut Output) -> anyhow::Result<ExitCode> {
        let access = Access::find(config.discord.token_file.as_deref())?;
        std::panic::set_hook(Box::new(tell_panic));
        let engines = engines(config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let served = runtime.block_on(async {
            if let Some(address) = config.metrics {
                metrics_exporter_prometheus::PrometheusBuilder::new()
                    .with_http_listener(address)
                    .install()
                    .with_context(|| {
                    format!("figures cannot be served at {address}, which `metrics.listen` names")
                })?;
            }
            let stop = CancellationToken::new();
            tokio::spawn(stop_at_signal(stop.clone()));
            discord::serve(config.clone(), access, engines, stop).await.map_err(anyhow::Error::from)
        });
        // Threads that still wait for something are not waited for.
        runtime.shutdown_background();
        served.map(|()| ExitCode::SUCCESS)
    }
}

/// All bases, the default one first. One that cannot be opened is told and left out, unless none is left.
fn engines(config: &Config) -> anyhow::Result<Vec<Engine>> {
    let resources = session::resources(config)?;
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
    let place = Place {
        knowledge: config.knowledge.clone(),
        index: config.index.clone(),
        base: name.to_owned(),
        keep: config.keep,
    };
    let mut progress = BuildProgress::new(name);
    let opened =
        Engine::open(resources.clone(), place, &session::now(), &mut |report| progress.report(report))?;
    drop(progress);
    opened.remarks.iter().for_each(|remark| output::remark(remark));
    Ok(opened.engine)
}

/// Logs where a thread panicked. What it says of itself is left out: it may quote what somebody asked.
fn tell_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!("panicked at {at}");
}

/// The first signal lets what is in flight be answered; the next ends the program at once. Whatever is half done then
/// is set right at the next start.
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
    tracing::warn!("stopping at once: what is in flight is not answered");
    std::process::exit(1);
}

impl Invite {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let of_token = || Access::find(config.discord.token_file.as_deref()).ok()?.application();
        let Some(application) = self.application.or(config.discord.application).or_else(of_token) else {
            return Err(Usage(
                "which application? Name it with `--application ID` (General Information of your application at \
                 https://discord.com/developers/applications), or set DISCORD_TOKEN"
                    .to_owned(),
            )
            .into());
        };
        output.line(&discord::invite(application))?;
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
