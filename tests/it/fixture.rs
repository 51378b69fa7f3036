//! The contents of a test's world: a small base with fixed texts, so that a change of ranking hardly changes an answer,
//! and hand-made files in various formats.

/// The base's name.
pub const BASE: &str = "mel";
/// The disclaimer below every reply.
pub const DISCLAIMER: &str = "This is a base for tests, and no medical advice.";

/// Settings that use the fixture base.
pub const SETTINGS: &str = "[base]\ndefault = \"mel\"\n";

/// A source that reads doubtfully: each paragraph begins in the middle of a sentence.
pub const DOUBTFUL: &str =
    "+++\ntitle = \"Doses\"\n+++\n# Doses\n\nand so on.\n\nbecause it is.\n\nthat it may be 2mg3 high.\n";

/// `medical.toml`
pub const MEDICAL: &str = r#"
stop_words = ["what", "much", "weigh", "should", "take", "is", "are", "the", "of", "a", "in", "with", "does", "do", "it", "can", "how", "for", "to", "and", "my", "i", "on"]

[[facet]]
id = "undesirable-effects"
title = "side effects"
headings = ["side effects"]
asks = ["side effects", "side effect"]
says = ["side effect", "headache"]

[[concept]]
id = "ibuprofen"
title = "ibuprofen"
kind = "drug"
names = ["ibuprofen"]

[[concept]]
id = "warfarin"
title = "warfarin"
kind = "drug"
names = ["warfarin"]
"#;

/// `base.toml`
pub const ABOUT: &str = r#"
title = "Melatonin"
description = "What two documents say about melatonin: dose, evidence, interactions and side effects."
disclaimer = "This is a base for tests, and no medical advice."
subject = ["melatonin"]

[[concept]]
id = "melatonin"
title = "melatonin"
kind = "drug"
names = ["melatonin"]

[[topic]]
name = "sideeffects"
title = "Side effects"
description = "Side effects that the documents name"
show = [{ source = "leaflet", section = "Side effects" }]

[[topic]]
name = "dosage"
title = "Dosage"
description = "How much is taken, and when"
show = [{ source = "leaflet", sentence = "The usual dose" }]

[[topic]]
name = "interactions"
title = "Interactions"
description = "What it does together with other medicines"
query = "Does melatonin interact with warfarin?"
"#;

/// An addition to `base.toml`: a topic that asks about one condition, and conditions of which the sources name two.
pub const CONDITIONS: &str = r#"
[[topic]]
name = "evidence"
title = "Evidence"
description = "What the documents find"
show = [{ source = "review", section = "Evidence" }]
condition = "What is the evidence for melatonin in {condition}?"

[[concept]]
id = "jet-lag"
title = "jet lag"
kind = "condition"
names = ["jet lag", "time zone change"]

[[concept]]
id = "headache"
title = "headache"
kind = "condition"
names = ["headache", "cephalalgia"]

[[concept]]
id = "gout"
title = "gout"
kind = "condition"
names = ["gout"]
"#;

/// `sources/leaflet.md`: has a date and an address.
pub const LEAFLET: &str = r#"+++
title = "Melatonin: the leaflet"
publisher = "The Sleep Clinic"
url = "https://sleep.example.org/leaflet"
licence = "CC BY 4.0"
published = "2023-04-05"
kind = "leaflet"
+++

# Melatonin: the leaflet

## Dose

The usual dose of melatonin is 2 mg, taken one to two hours before bedtime. It must not be taken with food, because food delays its effect. The tablets are swallowed whole.

## Side effects

- Headache is the most common side effect of melatonin.
- Some people report vivid dreams in the first week.
- Drowsiness on the next morning goes away when the dose is lowered.

## Interactions

Melatonin can raise the effect of warfarin, so that the clotting time is checked more often. Caffeine weakens the effect of melatonin.
"#;

/// `sources/review.md`: has no date, but a list of references, a hypothesis and a statement without citation.
pub const REVIEW: &str = r#"+++
title = "Melatonin: a review"
publisher = "The Society for Sleep"
url = ""
licence = "CC BY-SA"
published = ""
retrieved = ""
kind = "review"
+++

# Melatonin: a review

## Evidence

Melatonin shortens the time to fall asleep by seven minutes.[1] It is thought to act through the receptor MT1 in the brain.[2]

Case reports describe relief from jet lag after three nights.[citation needed]

## References

  1. ^ a b Oda EF, Bloch MH (17 May 2013). "Melatonin for the treatment of sleep disorders". Sleep Letters. 8 (5): 63773. doi:10.1000/sleep.0063773. PMC 3656905. PMID 23691095.
  2. ^ Dubocovich ML (2007). "Melatonin receptors". Sleep Medicine Letters. 8: 34–42. PMID 18032103.
"#;

/// The leaflet with another dose: the change that most tests make.
pub fn changed_leaflet() -> String {
    LEAFLET.replace("The usual dose of melatonin is 2 mg", "The usual dose of melatonin is 3 mg")
}

/// A source so large that the debug build takes a while to index it.
pub fn long_source(paragraphs: usize, first: &str) -> String {
    let mut text = format!(
        "+++\ntitle = \"A long text\"\npublisher = \"The Sleep Clinic\"\n+++\n\n# A long text\n\n{first}\n"
    );
    for number in 0..paragraphs {
        text.push_str(&format!(
            "\nIn trial {number}, group {} slept {} minutes longer than group {}. The nurses of ward {} wrote down \
             every waking hour, and the doctors compared the notes of week {}. Nobody left trial {number} early.\n",
            number * 3, number * 7 % 91, number * 5, number * 11, number % 53
        ));
    }
    text
}

/// A one-page PDF of version 1.4 with a correct cross-reference table; `content` is the page's content stream.
pub fn pdf(content: &str) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    places.iter().for_each(|place| file.push_str(&format!("{place:010} 00000 n \n")));
    file.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    file.into_bytes()
}

/// The content stream of one line of text.
pub fn page_of(line: &str) -> String {
    format!("BT /F1 12 Tf 72 720 Td ({line}) Tj ET")
}

/// A topic that shows a section too long for one message; [`guide`] contains it.
pub const LONG_TOPIC: &str = r#"
[[topic]]
name = "guide"
title = "The guide"
description = "All that the guide says on nights"
show = [{ source = "guide", section = "Nights" }]
"#;

/// A source whose only section has forty passages.
pub fn guide() -> String {
    let mut text =
        "+++\ntitle = \"Melatonin: a guide\"\npublisher = \"The Sleep Clinic\"\n+++\n\n# Melatonin: a guide\n\n## Nights\n"
            .to_owned();
    for night in 1..=40 {
        text.push_str(&format!(
            "\nIn night {night} the sleepers of ward {} were asked what they had dreamt. Most of them told the nurse \
             of a journey, and ward {} was the quietest.\n",
            night * 3,
            night * 7 % 41
        ));
    }
    text
}
