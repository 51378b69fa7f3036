//! REST requests that fail as scripted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serenity::all::{ChannelId, Http};
use serenity::http::HttpError;
use tokio::runtime::Runtime;

use super::client::{http, http_over_tls, said};
use discord_double::Double;
use discord_double::fault::Failing;
use discord_double::people::{CHANNEL, Spot};

const MESSAGES: &str = "/channels/*/messages";

/// Posts a message. A failure has status 0 if there was no readable answer.
fn post(runtime: &Runtime, http: &Http, body: &Value) -> u16 {
    match runtime.block_on(http.send_message(ChannelId::new(CHANNEL), Vec::new(), body)) {
        Ok(_) => 200,
        Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(response))) => response.status_code.as_u16(),
        Err(_) => 0,
    }
}

#[test]
fn each_failure_strikes_as_often_as_said() {
    let double = Double::start();
    let (http, runtime) = (http(&double), Runtime::new().expect("a runtime"));
    for (failing, expected) in [
        (Failing::Status(500), 500),
        (Failing::Status(502), 502),
        (Failing::RateLimited { retry_after: 0.5, is_global: false }, 429),
        (Failing::Refused(403, 50013, "Missing Permissions"), 403),
        (Failing::Cut, 0),
        (Failing::Garbage, 0),
    ] {
        double.fail("POST", MESSAGES, 2, failing.clone());
        let statuses = [(); 3].map(|()| post(&runtime, &http, &said("x")));
        assert_eq!(statuses, [expected, expected, 200], "{failing:?}");
    }
    assert_eq!(double.written_in(&Spot::channel()).len(), 6);
    assert_eq!(double.received("POST", MESSAGES).len(), 18);
}

#[test]
fn other_routes_go_on() {
    let double = Double::start();
    let (http, runtime) = (http(&double), Runtime::new().expect("a runtime"));
    double.fail("PATCH", MESSAGES, 9, Failing::Status(500));
    double.fail("", "/gateway/**", 9, Failing::Status(500));
    assert_eq!(post(&runtime, &http, &said("x")), 200);
    assert!(runtime.block_on(http.get_bot_gateway()).is_err());
    double.heal();
    assert!(runtime.block_on(http.get_bot_gateway()).is_ok());
}

#[test]
fn a_slow_answer_comes_and_can_be_seen_coming() {
    let double = Double::start();
    let (http, runtime) = (http(&double), Runtime::new().expect("a runtime"));
    double.fail("POST", MESSAGES, 1, Failing::Slow(Duration::from_millis(300)));
    let began = Instant::now();
    let sent = runtime.spawn(async move {
        http.send_message(ChannelId::new(CHANNEL), Vec::new(), &said("x")).await.map(drop)
    });
    assert_eq!(double.next_request("POST", MESSAGES).status(), 0, "it waits");
    runtime.block_on(sent).expect("no panic").expect("an answer");
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(double.received("POST", MESSAGES).len(), 1);
}

#[test]
fn a_lost_answer_is_not_a_lost_message() {
    let double = Double::start();
    let (http, runtime) = (http(&double), Runtime::new().expect("a runtime"));
    let mut once = said("x");
    once["nonce"] = json!("n1");
    once["enforce_nonce"] = json!(true);
    double.fail("POST", MESSAGES, 1, Failing::AnswerLost);
    assert_eq!(post(&runtime, &http, &once), 0);
    assert_eq!(post(&runtime, &http, &once), 200);
    assert_eq!(double.written_in(&Spot::channel()).len(), 1);
}

/// How serenity's rate limiter reacts to the headers.
fn waited(failing: Failing, requests: usize) -> (Duration, usize) {
    let double = Double::start_tls();
    let (http, runtime) = (http_over_tls(&double), Runtime::new().expect("a runtime"));
    double.fail("POST", MESSAGES, 1, failing);
    let began = Instant::now();
    for _ in 0..requests {
        assert_eq!(post(&runtime, &http, &said("x")), 200);
    }
    (began.elapsed(), double.received("POST", MESSAGES).len())
}

#[test]
fn the_limiter_waits_and_tries_again() {
    let limited = |is_global: bool| Failing::RateLimited { retry_after: 0.7, is_global };
    for failing in [limited(false), limited(true)] {
        let (waited, received) = waited(failing.clone(), 1);
        assert!(waited >= Duration::from_secs(1), "{failing:?}: the header rounds up: {waited:?}");
        assert_eq!(received, 2);
    }
    let (waited, received) = waited(Failing::Exhausted(0.6), 2);
    assert!(waited >= Duration::from_millis(500), "none was left: {waited:?}");
    assert_eq!(received, 2);
}
