//! `verbatim mcp`: lets an assistant ask, over standard input and output.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::serve::tell_panic;
use super::session::{self, BaseArgument};
use crate::config::Config;
use crate::health::Health;
use crate::http::{self, Service};
use crate::index_watch;

const EXAMPLES: &str = "\
Examples:
  verbatim mcp --base ldn
  claude mcp add verbatim -- verbatim mcp --config /srv/verbatim/verbatim.toml

In the settings of an assistant that reads a list of servers as JSON:
  {\"mcpServers\": {\"verbatim\": {\"command\": \"verbatim\",
    \"args\": [\"mcp\", \"--config\", \"/srv/verbatim/verbatim.toml\"]}}}

The assistant starts the program and stops it. `verbatim serve` offers the same over HTTP, at `/mcp`.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Mcp {
    #[command(flatten)]
    base: BaseArgument,
}

impl Mcp {
    pub fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        std::panic::set_hook(Box::new(tell_panic));
        let engines = vec![Arc::new(session::open(config, &self.base)?)];
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.spawn(index_watch::watch(engines.clone(), CancellationToken::new()));
        let service = Service::new(config, engines, Arc::new(Health::new(false)), None);
        let served = runtime.block_on(http::serve_stdio(service));
        // Does not wait for blocked threads.
        runtime.shutdown_background();
        served.map(|()| ExitCode::SUCCESS)
    }
}
