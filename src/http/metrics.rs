//! The metrics page for Prometheus.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::Service;
use super::error::Problem;
use super::key_file::Scope;

/// How often the recorder moves finished measurements out of its buffers.
const UPKEEP: Duration = Duration::from_secs(5);

/// Records the program's metrics.
#[derive(Clone)]
pub struct Recorder(PrometheusHandle);

impl Recorder {
    /// Starts to record. Call it once, inside the runtime.
    ///
    /// # Errors
    /// If something records already.
    pub fn install() -> anyhow::Result<Self> {
        let handle = PrometheusBuilder::new().install_recorder().context("cannot record metrics")?;
        let kept = handle.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                kept.run_upkeep();
            }
        });
        Ok(Self(handle))
    }

    /// Serves the metrics without a key at an address of their own, in the background.
    ///
    /// # Errors
    /// If the address cannot be used.
    pub async fn serve(&self, address: SocketAddr) -> anyhow::Result<()> {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot serve metrics at {address} (`metrics.listen`)"))?;
        let handle = self.0.clone();
        let router = Router::new().fallback(move || async move { handle.render() });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(())
    }
}

/// `/metrics`, for keys with the scope `metrics`.
pub fn routes() -> Router<Arc<Service>> {
    Router::new().route("/metrics", get(page))
}

async fn page(State(service): State<Arc<Service>>, headers: HeaderMap) -> Result<String, Problem> {
    service.keys.admit(&headers, Scope::Metrics)?;
    let recorder = service.recorder.as_ref().ok_or_else(|| Problem::not_found("Metrics are off."))?;
    Ok(recorder.0.render())
}
