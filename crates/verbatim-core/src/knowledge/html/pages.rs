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
