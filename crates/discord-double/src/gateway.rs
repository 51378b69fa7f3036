//! The gateway server: WebSocket connections with their opcodes and close codes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::guild::{guild_create, ready};
use super::people::snowflake;
use super::session::{Identify, Out, Session};
use super::state::{Shared, State};

/// Most payloads that a client can send in [`MINUTE`].
const MOST: usize = 120;
const MINUTE: Duration = Duration::from_secs(60);

/// Accepts connections until the runtime stops.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        if shared.look(|state| state.gateway.is_shut) {
            continue;
        }
        let shared = shared.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true).ok();
            if let Ok(socket) = tokio_tungstenite::accept_async(stream).await {
                connection(socket, shared).await;
            }
        });
    }
}

/// Runs one connection from `HELLO` to its end.
async fn connection(mut socket: WebSocketStream<TcpStream>, shared: Arc<Shared>) {
    let (out, mut outgoing) = unbounded_channel();
    let mut link = shared.change(|state| {
        state.gateway.connections += 1;
        Link { number: state.gateway.connections, out, received: VecDeque::new() }
    });
    let heartbeat = shared.look(|state| state.settings.heartbeat.as_millis() as u64);
    link.payload(json!({ "op": 10, "s": null, "t": null,
        "d": { "heartbeat_interval": heartbeat, "_trace": ["[\"double\"]"] } }));
    loop {
        tokio::select! {
            // Sends everything that a payload causes before reading the next one.
            biased;
            Some(out) = outgoing.recv() => match out {
                Out::Text(text) => {
                    if socket.send(Message::Text(text)).await.is_err() {
                        return link.lost(&shared, None);
                    }
                }
                Out::Close(code) => return close(socket, code, &link, &shared).await,
                Out::Cut => return link.lost(&shared, None),
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => shared.change(|state| link.receive(state, text.as_str())),
                Some(Ok(Message::Close(frame))) => {
                    socket.flush().await.ok();
                    return link.lost(&shared, frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return link.lost(&shared, None),
            },
        }
    }
}

/// Closes the connection and waits briefly for the client's close frame.
async fn close(mut socket: WebSocketStream<TcpStream>, code: u16, link: &Link, shared: &Shared) {
    let reason = reason(code).into();
    // Detaches the session from the connection before the client can reconnect.
    shared.change(|state| link.detach(state));
    socket.close(Some(CloseFrame { code: CloseCode::from(code), reason })).await.ok();
    let rest = async { while let Some(Ok(_)) = socket.next().await {} };
    tokio::time::timeout(Duration::from_secs(2), rest).await.ok();
}

fn reason(code: u16) -> &'static str {
    match code {
        4000 => "Unknown error.",
        4001 => "Unknown opcode.",
        4002 => "Error while decoding payload.",
        4003 => "Not authenticated.",
        4004 => "Authentication failed.",
        4005 => "Already authenticated.",
        4007 => "Invalid seq.",
        4008 => "Rate limited.",
        4009 => "Session timed out.",
        4010 => "Invalid shard.",
        4011 => "Sharding required.",
        4013 => "Invalid intent(s).",
        4014 => "Disallowed intent(s).",
        _ => "",
    }
}

/// The server side of one connection.
struct Link {
    number: u64,
    out: UnboundedSender<Out>,
    /// When the most recent payloads arrived.
    received: VecDeque<Instant>,
}

impl Link {
    fn payload(&self, payload: Value) {
        self.send(Out::Text(payload.to_string().into()));
    }

    fn close(&self, code: u16) {
        self.send(Out::Close(code));
    }

    fn send(&self, out: Out) {
        // The receiver lives as long as the connection.
        self.out.send(out).ok();
    }

    fn receive(&mut self, state: &mut State, text: &str) {
        if self.is_too_fast() {
            return self.close(4008);
        }
        let Ok(payload) = serde_json::from_str::<Value>(text) else { return self.close(4002) };
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => {
                state.gateway.heartbeats += 1;
                if state.gateway.acknowledges {
                    self.payload(json!({ "op": 11, "d": null, "s": null, "t": null }));
                }
            }
            Some(2) => self.identify(state, data),
            Some(6) => self.resume(state, data),
            Some(3 | 4 | 8 | 31) if state.gateway.on(self.number).is_none() => self.close(4003),
            Some(3 | 4 | 8 | 31) => {}
            _ => self.close(4001),
        }
    }

    fn is_too_fast(&mut self) -> bool {
        let now = Instant::now();
        self.received.retain(|at| now.duration_since(*at) < MINUTE);
        self.received.push_back(now);
        self.received.len() > MOST
    }

    fn identify(&self, state: &mut State, data: &Value) {
        if state.gateway.on(self.number).is_some() {
            return self.close(4005);
        }
        let identify = Identify {
            token: data["token"].as_str().unwrap_or_default().trim_start_matches("Bot ").to_owned(),
            intents: data["intents"].as_u64().unwrap_or(0),
            shard: [data["shard"][0].as_u64().unwrap_or(0), data["shard"][1].as_u64().unwrap_or(1)],
            at: Instant::now(),
            data: data.clone(),
        };
        state.gateway.identifies.push(identify.clone());
        if let Some(code) = refusal(state, &identify) {
            return self.close(code);
        }
        let id = format!("session-{:x}", snowflake());
        let mut session = Session::new(id, &identify, (self.number, self.out.clone()));
        session.send("READY", 0, &ready(state, &session.id, session.shard));
        for (guild, name) in &state.guilds {
            if (guild >> 22) % session.shard[1] == session.shard[0] {
                session.send("GUILD_CREATE", 0, &guild_create(state, *guild, name));
            }
        }
        session.is_ready = true;
        state.gateway.sessions.push(session);
    }

    fn resume(&self, state: &mut State, data: &Value) {
        state.gateway.resumes_asked += 1;
        if token_of(data) != state.settings.token {
            return self.close(4004);
        }
        let (id, after) = (data["session_id"].as_str(), data["seq"].as_u64().unwrap_or(0));
        let refused = state.gateway.refuse_resumes > 0;
        state.gateway.refuse_resumes = state.gateway.refuse_resumes.saturating_sub(1);
        let known = state.gateway.sessions.iter_mut().find(|session| Some(session.id.as_str()) == id);
        let Some(session) = known.filter(|_| !refused) else { return self.refuse_to_resume(state, id) };
        session.connection = Some((self.number, self.out.clone()));
        if !session.replay(after) {
            return self.refuse_to_resume(state, id);
        }
        session.send("RESUMED", 0, &json!({ "_trace": ["[\"double\"]"] }));
        state.gateway.resumes += 1;
    }

    fn refuse_to_resume(&self, state: &mut State, id: Option<&str>) {
        state.gateway.sessions.retain(|session| Some(session.id.as_str()) != id);
        self.payload(json!({ "op": 9, "d": false, "s": null, "t": null }));
    }

    /// Detaches the session from the connection; it can be resumed.
    fn detach(&self, state: &mut State) {
        if let Some(session) = state.gateway.on(self.number) {
            session.connection = None;
        }
    }

    /// Handles the end of the connection: the client closed it with a code, or it broke.
    fn lost(&self, shared: &Shared, code: Option<u16>) {
        shared.change(|state| {
            // With these codes, the client ends its session.
            if matches!(code, Some(1000 | 1001))
                && let Some(id) = state.gateway.on(self.number).map(|session| session.id.clone())
            {
                state.gateway.sessions.retain(|session| session.id != id);
            }
            self.detach(state);
            state.gateway.closed.push(code);
        });
    }
}

fn token_of(data: &Value) -> &str {
    data["token"].as_str().unwrap_or_default().trim_start_matches("Bot ")
}

/// The close code that rejects an `IDENTIFY`.
fn refusal(state: &State, identify: &Identify) -> Option<u16> {
    let [number, count] = identify.shard;
    if identify.token != state.settings.token {
        Some(4004)
    } else if count == 0 || number >= count {
        Some(4010)
    } else if identify.intents & state.gateway.disallowed != 0 {
        Some(4014)
    } else {
        None
    }
}
