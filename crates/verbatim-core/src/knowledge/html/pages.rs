//! Tests of whole pages.

use super::read;
use crate::knowledge::plain::show;

fn check(page: &str, expected: &[&str]) {
    assert_eq!(show(&read(page).unwrap_or_default().blocks), expected, "{page}");
}

#[test]
fn emphasised_paragraphs_are_subheadings() {
    check(
        "<h1>T</h1><h2>Doses</h2><p><u>Adults</u></p><p>Text.</p><p><b>Children</b></p><p>More.</p><p><b>Stop it.</b></p><p>End.</p>",
        &["h1 T", "h2 Doses", "h3 Adults", "p Text.", "h3 Children", "p More.", "p Stop it.", "p End."],
    );
}

#[test]
fn a_section_ends_with_its_box() {
    check(
        "<h1>T</h1><h2>A</h2><div><h3>Card</h3><p>One.</p></div><p>Two.</p><div><h2>B</h2></div><p>Three.</p>",
        &["h1 T", "h2 A", "h3 Card", "p One.", "end ", "p Two.", "h2 B", "p Three."],
    );
}

#[test]
fn lists_are_read_however_they_are_made() {
    check(
        "<p>Do:</p><table><tr><td><img src=a></td><td>one</td></tr><tr><td>☐</td><td>two</td></tr></table>",
        &["p Do:", "- one < Do:", "- two < Do:"],
    );
    check(
        "<h1>T</h1><p>Do:</p><p><span>-</span>one</p><p><span>•</span>two</p>",
        &["h1 T", "p Do:", "- one < Do:", "- two < Do:"],
    );
    check("<p>Do:<br>✓ one<br>✓ two</p>", &["p Do:", "- one < Do:", "- two < Do:"]);
}

#[test]
fn questions_and_what_opens_them() {
    check("<p>Q: Why?<br>A: So.</p>", &["? Why?", "p So. < Why?"]);
    check(
        "<h1>T</h1><h2>F</h2><button aria-controls=b class=more>Read more</button><div id=b hidden><p>More.</p></div>
         <button class=q aria-controls=a>Why?+</button><div id=a hidden><p>So.</p></div>",
        &["h1 T", "h2 F", "x Read more", "p More.", "? Why?", "p So. < Why?"],
    );
}

#[test]
fn a_minus_sign_is_no_bullet_and_lead_ins_are_whole() {
    check(
        "<p>Store at:<br>–20 °C for a month<br>–70 °C for a year</p>",
        &["p Store at:", "- –20 °C for a month < Store at:", "- –70 °C for a year < Store at:"],
    );
    check("<h1>T</h1><p><span>–</span>20 °C at most</p>", &["h1 T", "p –20 °C at most"]);
    check(
        "<p>Take with water,<br>never more than 4000 mg:<br>• one<br>• two</p>",
        &[
            "p Take with water,/never more than 4000 mg:",
            "- one < Take with water,/never more than 4000 mg:",
            "- two < Take with water,/never more than 4000 mg:",
        ],
    );
}

#[test]
fn roles_show_nothing_that_is_hidden_and_lose_no_rows() {
    check("<h1>T</h1><p>Seen.</p><del role=paragraph>Struck.</del>", &["h1 T", "p Seen."]);
    check(
        "<h1>T</h1><div role=grid><div role=row><b role=columnheader>Drug</b><b role=columnheader>Dose</b></div>
         <div><div role=row><i role=gridcell>A</i><i role=gridcell>5 mg</i></div></div></div>",
        &["h1 T", "head Drug | Dose", "row A | 5 mg < Drug | Dose"],
    );
}
