//! The REST server: reads a request, makes it fail if a test says so, checks it and answers it.

mod body_check;
mod commands;
mod interactions;
mod messages;
mod routes;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request, State as Extension};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::connection::{Cutter, RestListener};
use super::fault::Failing;
use super::record::{Recorded, SentFile};
use super::state::{Shared, State};

/// Largest request in bytes; Discord accepts 25 MiB.
const LARGEST: usize = 25 * 1_024 * 1_024;

/// The response of a route.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    /// `null` for no body.
    body: Value,
    /// A body that is not JSON, with its content type.
    bytes: Option<(String, Vec<u8>)>,
}

impl Answer {
    fn json(body: Value) -> Self {
        Self { status: 200, body, bytes: None }
    }

    fn done() -> Self {
        Self { status: 204, body: Value::Null, bytes: None }
    }

    /// An error as Discord returns it: the status, the error code and the message.
    fn refused(status: u16, code: u64, message: &str) -> Self {
        Self { status, body: json!({ "message": message, "code": code }), bytes: None }
    }

    /// The error for a body that breaks a limit.
    fn invalid(found: &[String]) -> Self {
        let empty = found.iter().any(|line| line.ends_with("empty") && line.contains("message is"));
        if empty && found.len() == 1 {
            return Self::refused(400, 50006, "Cannot send an empty message");
        }
        let mut answer = Self::refused(400, 50035, "Invalid Form Body");
        let errors: Vec<Value> =
            found.iter().map(|line| json!({ "code": "BASE_TYPE_INVALID", "message": line })).collect();
        answer.body["errors"] = json!({ "body": { "_errors": errors } });
        answer
    }
}

/// Serves until the runtime stops.
pub async fn serve(listener: RestListener, shared: Arc<Shared>) {
    let router = Router::new().fallback(handle).with_state(shared);
    let service = router.into_make_service_with_connect_info::<Cutter>();
    axum::serve(listener, service).await.ok();
}

async fn handle(
    Extension(shared): Extension<Arc<Shared>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response<Body> {
    let request = match read(request).await {
        Ok(request) => Arc::new(request),
        Err(answer) => return respond(&answer, "unread", None),
    };
    let fault = shared.change(|state| {
        let mut faults = state.faults.iter_mut();
        let fault = faults
            .find_map(|fault| fault.strikes(&request.method, &request.path).then(|| fault.failing.clone()));
        if fault.is_some() {
            state.record(request.clone());
        }
        fault
    });
    let answer = match &fault {
        None | Some(Failing::Exhausted(_) | Failing::AnswerLost) => {
            answer(&shared, &request, fault.is_none())
        }
        Some(Failing::Slow(while_)) => {
            tokio::time::sleep(*while_).await;
            answer(&shared, &request, false)
        }
        Some(failing) => failed(failing),
    };
    if matches!(fault, Some(Failing::Cut | Failing::AnswerLost)) {
        cutter.cut();
    }
    shared.change(|_| request.answered(answer.status));
    respond(&answer, &request.path, fault.as_ref())
}

/// Reads the whole request. Returns 413 if it is too large, 400 if it is neither JSON nor a form with JSON.
async fn read(request: Request) -> Result<Recorded, Answer> {
    let uri = request.uri().clone();
    let path = uri.path();
    let below = path.strip_prefix("/api/v").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    let mut recorded =
        Recorded::new(request.method().as_str(), below.unwrap_or(path), uri.query().unwrap_or(""));
    let (parts, body) = request.into_parts();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    recorded.headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let bytes =
        to_bytes(body, LARGEST).await.map_err(|_| Answer::refused(413, 40005, "Request entity too large"))?;
    let kind = recorded.header("content-type").unwrap_or_default().to_owned();
    if kind.starts_with("multipart/form-data") {
        let request = Request::from_parts(parts, Body::from(bytes));
        form(request, &mut recorded).await.ok_or_else(|| malformed("the form cannot be read"))?;
    } else if !bytes.is_empty() {
        recorded.body = json_of(&bytes)?;
        if !kind.starts_with("application/json") {
            return Err(malformed(&format!("a body of the type `{kind}`")));
        }
    }
    Ok(recorded)
}

fn malformed(what: &str) -> Answer {
    Answer::refused(400, 50109, &format!("The request body contains invalid JSON: {what}"))
}

fn json_of(bytes: &Bytes) -> Result<Value, Answer> {
    serde_json::from_slice(bytes).map_err(|error| malformed(&error.to_string()))
}

/// Reads a form: `payload_json` and files.
async fn form(request: Request, recorded: &mut Recorded) -> Option<()> {
    let mut parts = Multipart::from_request(request, &()).await.ok()?;
    while let Some(part) = parts.next_field().await.ok()? {
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.ok()?;
        match filename {
            None if name == "payload_json" => recorded.body = json_of(&bytes).ok()?,
            None => {}
            Some(filename) => {
                recorded.files.push(SentFile { part: name, filename, bytes: bytes.to_vec() });
            }
        }
    }
    Some(())
}

/// Checks a request and passes it to its route.
fn answer(shared: &Shared, request: &Arc<Recorded>, is_new: bool) -> Answer {
    let check = shared.change(|state| body_check::of(state, request));
    let (refused, forbidden) = check.as_ref().map_or_else(Default::default, |check| check.run(request));
    shared.change(|state: &mut State| {
        if is_new {
            state.record(request.clone());
        }
        let answer =
            if refused.is_empty() { routes::answer(state, request) } else { Answer::invalid(&refused) };
        state.violate(request, refused.into_iter().chain(forbidden));
        request.answered(answer.status);
        answer
    })
}

fn failed(failing: &Failing) -> Answer {
    match failing {
        Failing::RateLimited { retry_after, is_global } => {
            let message = "You are being rate limited.";
            let body = json!({ "message": message, "retry_after": retry_after, "global": is_global });
            Answer { status: 429, body, bytes: None }
        }
        Failing::Status(status) => {
            let reason = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
            Answer::refused(*status, 0, &format!("{status}: {}", reason.unwrap_or_default()))
        }
        Failing::Refused(status, code, message) => Answer::refused(*status, *code, message),
        Failing::Invalid(said) => Answer::invalid(&[(*said).to_owned()]),
        Failing::Garbage => {
            let bytes = Some(("application/json".to_owned(), b"{\"id\": \"1\", <html>".to_vec()));
            Answer { status: 200, body: Value::Null, bytes }
        }
        // The request has no effect.
        Failing::Cut | Failing::AnswerLost | Failing::Slow(_) | Failing::Exhausted(_) => Answer::done(),
    }
}

fn respond(answer: &Answer, path: &str, fault: Option<&Failing>) -> Response<Body> {
    let mut response = Response::builder().status(answer.status).header("via", "1.1 double");
    for (name, value) in limits(answer.status, path, fault) {
        response = response.header(name, value);
    }
    let body = match &answer.bytes {
        Some((kind, bytes)) => {
            response = response.header("content-type", kind);
            Body::from(bytes.clone())
        }
        None if answer.body.is_null() => Body::empty(),
        None => {
            response = response.header("content-type", "application/json");
            Body::from(answer.body.to_string())
        }
    };
    response.body(body).expect("a sound response")
}

/// The rate limit headers of a route.
fn limits(status: u16, path: &str, fault: Option<&Failing>) -> Vec<(&'static str, String)> {
    if let Some(Failing::RateLimited { retry_after, is_global: true }) = fault {
        return vec![
            ("retry-after", retry_after.ceil().to_string()),
            ("x-ratelimit-global", "true".to_owned()),
            ("x-ratelimit-scope", "global".to_owned()),
        ];
    }
    if path.starts_with("/attachments") || status >= 500 {
        return Vec::new();
    }
    let (remaining, after) = match fault {
        Some(Failing::Exhausted(after)) => (0, *after),
        Some(Failing::RateLimited { retry_after, .. }) => (0, *retry_after),
        _ => (999, 1.0),
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let mut headers = vec![
        ("x-ratelimit-bucket", bucket(path)),
        ("x-ratelimit-limit", "1000".to_owned()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", format!("{:.3}", since.as_secs_f64() + after)),
        ("x-ratelimit-reset-after", format!("{after:.3}")),
    ];
    if status == 429 {
        headers.push(("retry-after", after.ceil().to_string()));
        headers.push(("x-ratelimit-scope", "user".to_owned()));
    }
    headers
}

/// The rate limit bucket of a path.
fn bucket(path: &str) -> String {
    let words = path.split('/').filter(|part| part.parse::<u64>().is_err() && !part.starts_with("token-of-"));
    let hash = words.flat_map(str::bytes).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:032x}")
}

/// Applies the sent properties to a message.
pub fn overlay(object: &mut Value, sent: &Value) {
    for name in ["content", "embeds", "components", "tts", "nonce", "message_reference"] {
        if let Some(value) = sent.get(name).filter(|value| !value.is_null()) {
            object[name] = value.clone();
        }
    }
    for embed in object["embeds"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        embed.insert("type".to_owned(), json!("rich"));
    }
    // Whether a message is private is fixed when it is created.
    let private = object["flags"].as_u64().unwrap_or(0) & (1 << 6);
    if let Some(flags) = sent["flags"].as_u64() {
        object["flags"] = json!(flags | private);
    }
}
