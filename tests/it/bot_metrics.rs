//! The bot's metrics page.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::bot::{Bot, admin, moderator, settings};
use crate::world::World;
use discord_double::Double;

#[test]
fn figures_are_served() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let bot = Bot::with_settings(&format!("[metrics]\nlisten = \"127.0.0.1:{port}\""));
    bot.ask("What is the usual dose of melatonin?");
    bot.reply_to(&admin(&moderator(), "status", &[]));
    bot.moderate("reindex", &[]);
    let page = figures(port);
    for figure in [
        "verbatim_questions_total{base=\"mel\",outcome=\"answer\"} 1",
        "verbatim_question_seconds",
        "verbatim_gateway{state=\"connected\"} 1",
        "verbatim_changes_total{base=\"mel\",what=\"reindex\",outcome=\"done\"} 1",
    ] {
        assert!(page.contains(figure), "{figure}\n{page}");
    }
}

/// The metrics page.
pub fn figures(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the page");
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("a request");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("the page");
    page
}

#[test]
fn figures_whose_address_is_taken_are_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let text = format!("{}\n[metrics]\nlisten = \"{address}\"\n", settings());
    let mut bot = Bot::idle(World::new().file("verbatim.toml", text).indexed(), Double::start());
    bot.run_with(|command| {
        command.env("VERBATIM_LOG", "error");
    });
    assert_eq!(bot.ends(), 1);
    let told = bot.log().replace(&address.to_string(), "[address]");
    insta::assert_snapshot!(told.trim(), @"verbatim: cannot serve metrics at [address] (`metrics.listen`): Address already in use (os error 98)");
}
