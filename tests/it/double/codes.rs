//! Close codes and shards, tested with a bare WebSocket, because serenity never triggers these errors.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use discord_double::Double;
use discord_double::events;
use discord_double::people::{Person, Spot};

/// A bare connection.
struct Socket {
    runtime: Runtime,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    fn open(double: &Double) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let address = double.gateway_address();
        let stream = runtime.block_on(tokio_tungstenite::connect_async(address)).expect("a connection").0;
        let mut socket = Self { runtime, stream };
        assert_eq!(socket.next()["op"], 10);
        socket
    }

    fn send(&mut self, payload: &Value) {
        self.say(&payload.to_string());
    }

    fn say(&mut self, text: &str) {
        self.runtime.block_on(self.stream.send(Message::text(text))).expect("it can be sent");
    }

    /// The next payload; a close is `{"close": code}`.
    fn next(&mut self) -> Value {
        let next = async { tokio::time::timeout(Duration::from_secs(10), self.stream.next()).await };
        match self.runtime.block_on(next).expect("something comes") {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("JSON"),
            Some(Ok(Message::Close(Some(frame)))) => json!({ "close": u16::from(frame.code) }),
            other => panic!("{other:?}"),
        }
    }

    /// The next event of this name.
    fn event(&mut self, name: &str) -> Value {
        loop {
            let payload = self.next();
            if payload["t"] == name {
                return payload;
            }
        }
    }
}

fn identify(double: &Double, shard: [u64; 2]) -> Value {
    json!({ "op": 2, "d": { "token": double.token(), "intents": 513, "shard": shard,
        "properties": { "os": "linux", "browser": "t", "device": "t" } } })
}

#[test]
fn each_mistake_has_its_code() {
    let double = Double::start();
    for (text, code) in [
        ("no JSON".to_owned(), 4002),
        (json!({ "op": 99, "d": null }).to_string(), 4001),
        (json!({ "op": 3, "d": {} }).to_string(), 4003),
        (identify(&double, [1, 1]).to_string(), 4010),
        (json!({ "op": 2, "d": { "token": "wrong", "intents": 1 } }).to_string(), 4004),
        (json!({ "op": 6, "d": { "token": "wrong", "session_id": "x", "seq": 1 } }).to_string(), 4004),
    ] {
        let mut socket = Socket::open(&double);
        socket.say(&text);
        assert_eq!(socket.next(), json!({ "close": code }), "{text}");
    }
}

#[test]
fn identifying_twice_is_a_mistake() {
    let double = Double::start();
    let mut socket = Socket::open(&double);
    socket.send(&identify(&double, [0, 1]));
    socket.event("GUILD_CREATE");
    socket.send(&identify(&double, [0, 1]));
    assert_eq!(socket.next(), json!({ "close": 4005 }));
}

#[test]
fn too_many_payloads_are_a_mistake() {
    let double = Double::start();
    let mut socket = Socket::open(&double);
    for _ in 0..121 {
        socket.send(&json!({ "op": 1, "d": null }));
    }
    for _ in 0..120 {
        assert_eq!(socket.next()["op"], 11);
    }
    assert_eq!(socket.next(), json!({ "close": 4008 }));
}

#[test]
fn events_are_numbered_and_replayed_from_where_a_client_was() {
    let double = Double::start();
    let mut socket = Socket::open(&double);
    socket.send(&identify(&double, [0, 1]));
    let ready = socket.event("READY");
    assert_eq!(ready["s"], 1);
    assert_eq!(socket.event("GUILD_CREATE")["s"], 2);
    let session = ready["d"]["session_id"].as_str().expect("a session");
    drop(socket);
    let mut socket = Socket::open(&double);
    let resume =
        |seq: u64| json!({ "op": 6, "d": { "token": double.token(), "session_id": session, "seq": seq } });
    socket.send(&resume(1));
    assert_eq!(socket.next()["t"], "GUILD_CREATE");
    assert_eq!(socket.next()["t"], "RESUMED");
    assert_eq!(double.resumes(), 1);
    let mut later = Socket::open(&double);
    later.send(&resume(1_000));
    assert_eq!(later.next(), json!({ "op": 9, "d": false, "s": null, "t": null }));
    assert_eq!((double.resumes(), double.resumes_asked()), (1, 2));
}

#[test]
fn a_guild_belongs_to_one_shard() {
    let double = Double::start();
    let spot = |shard: u64| Spot::of((4 + shard) << 22, (4 + shard) << 22 | 1);
    double.add_guild(&spot(0));
    double.add_guild(&spot(1));
    let mut shards = [0, 1].map(|shard| {
        let mut socket = Socket::open(&double);
        socket.send(&identify(&double, [shard, 2]));
        assert_eq!(socket.event("READY")["d"]["shard"], json!([shard, 2]));
        socket
    });
    double.wait_until_ready(2);
    for shard in [1, 0] {
        let text = format!("to shard {shard}");
        double.send(&events::message(&spot(shard), &Person::new(7, "someone"), &text));
    }
    for (shard, socket) in shards.iter_mut().enumerate() {
        let event = socket.event("MESSAGE_CREATE");
        assert_eq!(event["d"]["channel_id"], spot(shard as u64).channel.to_string());
    }
}
